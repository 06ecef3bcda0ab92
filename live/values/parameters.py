"""The live values of all parameters: what was asked for, what playback uses now, and who asked last.

A value that is swung (by an oscillator or the sound) stays in `values` where the hand has put it, and one that glides is there at
once; `number` gives where playback has it now. The renderer hears of neither: it gets what was asked for.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from core.control.commands import Origin
from core.control.domain import Value
from core.control.parameters import PARAMETERS

ROUNDING = 1e-9  # of a glide: a second is ten frames of a tenth, however that adds up
SETTLE_TIME = 0.4  # a knob that has rested this long is believed by the renderer; before, each value would start a tree
_NONE: Mapping[str, float] = MappingProxyType({})


@dataclass(slots=True)
class _Glide:
    """start and end are places of the fader: half of the way is half for the hand, whatever the curve."""

    start: float
    end: float
    seconds: float
    elapsed: float = 0.0


class LiveParameters:
    """Values with glides. Thread: playback only."""

    def __init__(self, values: Mapping[str, Value] | None = None) -> None:
        self._values: dict[str, Value] = PARAMETERS.defaults() | dict(values or {})
        self._chosen = set(values or {})  # by somebody, at the start or since
        self._glides: dict[str, _Glide] = {}
        self._now: dict[str, float] = {}  # where those are that glide
        self._settled = dict(self._values)
        self.settled_version = 0  # counts changes of what the renderer sees
        self._changed_at: dict[str, float] = {}
        self._setters: dict[str, Origin] = {}
        self._swings = _NONE
        self.swung = _NONE
        self.gliding = (
            _NONE  # where those are that glide for longer than they do by themselves: on their way to a preset
        )
        self.values: Mapping[str, Value] = MappingProxyType(dict(self._values))
        self.setters: Mapping[str, Origin] = MappingProxyType({})

    def set(self, name: str, value: Value, origin: Origin, now: float, *, glide: float = 0.0) -> None:
        """value must be legal; it is gone to within `glide` seconds, or as slowly as the parameter always does."""
        seconds = max(glide, PARAMETERS[name].glide)
        if seconds > 0:
            to_fader = PARAMETERS[name].to_fader
            self._glides[name] = _Glide(to_fader(self._here(name)), to_fader(value), seconds)
            self._now[name] = float(self._here(name))
        elif name in self._glides:
            self._arrive(name)
        self._setters[name] = origin
        self._chosen.add(name)
        self._changed_at[name] = now
        self._values[name] = value
        self.values = MappingProxyType(dict(self._values))
        self.setters = MappingProxyType(dict(self._setters))

    def take_defaults(self, defaults: Mapping[str, Value]) -> None:
        """Those of the model that has been loaded; what somebody has chosen stays."""
        taken = {name: value for name, value in defaults.items() if name not in self._chosen}
        if any(self._values[name] != value for name, value in taken.items()):
            self._values |= taken
            self._settled |= taken
            self.settled_version += 1
            self.values = MappingProxyType(dict(self._values))

    def glide(self, elapsed: float) -> None:
        """Move the gliding values on by `elapsed` seconds."""
        for name, glide in list(self._glides.items()):
            glide.elapsed += elapsed
            part = glide.elapsed / glide.seconds
            if part >= 1 - ROUNDING:
                self._arrive(name)
            else:
                place = glide.start + (glide.end - glide.start) * part
                self._now[name] = float(PARAMETERS[name].from_fader(place))
        if self._glides or self.gliding:
            slow = {name: now for name, now in self._now.items() if self._is_slow(name)}
            self.gliding = MappingProxyType(slow)

    def at_hand(self, name: str) -> Value:
        """Where a hand finds the value that moves it from where it is: on the way to a preset, else where it was put."""
        return self._now[name] if self._is_slow(name) else self._values[name]

    @property
    def without_swing(self) -> Mapping[str, Value]:
        """Values as playback has them now, but for what swings them."""
        return {**self.values, **self.gliding} if self.gliding else self.values

    def swing(self, swings: Mapping[str, float]) -> None:
        """Move values off from where the hand has put them, by parts of the ways of their faders, until the next call.

        Where the position is, only the show knows: it asks for its swing.
        """
        if swings or self._swings:
            self._swings = swings
            self.swung = MappingProxyType(
                {
                    name: self._swung(name, swing)
                    for name, swing in swings.items()
                    if not PARAMETERS[name].moves_by_itself
                }
            )

    def swing_of(self, name: str) -> float:
        """By what part of the way of its fader the parameter is swung."""
        return self._swings.get(name, 0.0)

    def settle(self, now: float) -> None:
        """Let the renderer see the values that have rested for SETTLE_TIME."""
        for name, changed_at in list(self._changed_at.items()):
            if now - changed_at >= SETTLE_TIME:
                self._settled[name] = self._values[name]
                self.settled_version += 1
                del self._changed_at[name]

    def number(self, name: str) -> float:
        """The value that playback uses: on its glide, swung or not."""
        swung = self.swung.get(name)
        if swung is not None:
            return swung
        now = self._now.get(name)
        return float(self._values[name]) if now is None else now

    def is_on(self, name: str) -> bool:
        return bool(self._values[name])

    def settled(self, name: str) -> Value:
        """The value that the renderer uses."""
        return self._settled[name]

    def _swung(self, name: str, swing: float) -> float:
        parameter = PARAMETERS[name]
        place = parameter.to_fader(self._here(name)) + swing
        return float(parameter.from_fader(min(max(place, 0.0), 1.0)))

    def _here(self, name: str) -> Value:
        return self._now.get(name, self._values[name])

    def _is_slow(self, name: str) -> bool:
        return name in self._glides and self._glides[name].seconds > PARAMETERS[name].glide

    def _arrive(self, name: str) -> None:
        del self._glides[name], self._now[name]
