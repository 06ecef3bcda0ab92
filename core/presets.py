"""The presets of a show, in the order of their numbers. Immutable and pure: every edit gives the presets after it.

A number is a place and not a count: when preset 2 goes, 3 stays 3, for a pad is bound to it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from core.control.domain import Value, shorten
from core.control.errors import CommandRefused, InvalidValue, UnknownName
from core.control.preset import MAX_PRESETS, NAME, NUMBER, Preset, PresetRef
from core.spelling import spell

LISTED = 8  # in an error; the names of all would fill a screen

Look = tuple[tuple[str, Value], ...]  # parameters with their values


@dataclass(frozen=True, slots=True)
class Presets:
    """Numbers and names are each there once; names are the same when they are spelled the same in an address."""

    kept: tuple[Preset, ...] = ()

    def find(self, ref: PresetRef) -> Preset:
        """Raises UnknownName, which says which ones there are."""
        found = self.get(ref)
        if found is None:
            raise UnknownName(f"there is no preset {ref if isinstance(ref, int) else shorten(ref)}; {self._listed()}")
        return found

    def get(self, ref: PresetRef) -> Preset | None:
        if isinstance(ref, int):
            return next((preset for preset in self.kept if preset.number == ref), None)
        return next((preset for preset in self.kept if spell(preset.name) == spell(ref)), None)

    def saved(self, ref: PresetRef, look: Look) -> tuple[Presets, Preset]:
        """With this look: over the preset that ref names, else as a new one, which a name gives the lowest free number.

        Raises:
            CommandRefused: there are MAX_PRESETS already.
            InvalidValue: the number or name is none that a preset may have.
        """
        before = self.get(ref)
        if before is None:
            number = int(NUMBER.coerce("the number of a preset", ref)) if isinstance(ref, int) else self._free_number()
            before = Preset(number, self._name_for(number) if isinstance(ref, int) else _checked(ref), ())
        preset = replace(before, parameters=look)
        return self.having(preset), preset

    def renamed(self, ref: PresetRef, name: str) -> Presets:
        """Raises UnknownName, or InvalidValue when another one is called that or the name cannot be one."""
        preset, other = self.find(ref), self.get(_checked(name))
        if other is not None and other != preset:
            raise InvalidValue(f"preset {other.number} is called {shorten(other.name)} already")
        return self.having(replace(preset, name=_checked(name)))

    def without(self, ref: PresetRef) -> Presets:
        """Raises UnknownName."""
        gone = self.find(ref)
        return Presets(tuple(preset for preset in self.kept if preset != gone))

    def having(self, preset: Preset) -> Presets:
        """With this one in the place of its number; its name must be free."""
        others = (other for other in self.kept if other.number != preset.number)
        return Presets(tuple(sorted((*others, preset), key=lambda each: each.number)))

    def _free_number(self) -> int:
        taken = {preset.number for preset in self.kept}
        number = next((number for number in range(1, MAX_PRESETS + 1) if number not in taken), None)
        if number is None:
            raise CommandRefused(f"there are {MAX_PRESETS} presets, more do not fit: delete one or save over one")
        return number

    def _name_for(self, number: int) -> str:
        """Of a preset that was given none; another one may have been called that by a hand."""
        names = (f"Preset {number}", *(f"Preset {number}-{further}" for further in range(2, MAX_PRESETS + 2)))
        return next(name for name in names if self.get(name) is None)

    def _listed(self) -> str:
        if not self.kept:
            return "none has been saved yet"
        words = [f"{preset.number} {shorten(preset.name)}" for preset in self.kept[:LISTED]]
        more = f" and {len(self.kept) - LISTED} more" if len(self.kept) > LISTED else ""
        return f"there are {', '.join(words)}{more}"


def check_presets(presets: Iterable[Preset]) -> Presets:
    """Presets from elsewhere, in the order of their numbers; raises InvalidValue when two share a number or a name."""
    checked = Presets()
    for preset in presets:
        twin = checked.get(preset.number) or checked.get(_checked(preset.name))
        if twin is not None:
            raise InvalidValue(
                f"preset {preset.number} {shorten(preset.name)} has the number or the name of preset {twin.number} "
                f"{shorten(twin.name)}"
            )
        checked = checked.having(preset)
    return checked


def _checked(name: str) -> str:
    """A name that can be told from a number in an address and in a file."""
    spelled = spell(name)
    if not spelled or spelled.isdecimal():
        raise InvalidValue(f"the name of a preset needs a letter, got {shorten(name)}")
    return str(NAME.coerce("the name of a preset", name))
