"""The user's own mapping: what was learned or written by hand, laid over the shipped mapping of each controller.

An own entry for a control hides what the shipped mapping does with that control, and nothing else of it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from controllers.midi.mapping.bindings import Binding
from controllers.midi.mapping.controls import Control
from controllers.midi.mapping.entry import NOTHING
from controllers.midi.mapping.learn import Entry
from controllers.midi.mapping.mapping_file import SCHEMA, MidiMap, parse_map
from controllers.midi.port_names import PortName
from core.control.toml_text import to_toml

HEAD = """\
# Your own MIDI controls, over those of the shipped mappings. latentdeck writes this file when it learns a control and reads
# it again when you save it. You may edit it; comments are not kept.
"""


@dataclass(frozen=True, slots=True)
class OwnMap:
    """The entries as they stand in the file, and what they mean."""

    entries: tuple[Entry, ...]
    midi_map: MidiMap

    @classmethod
    def parse(cls, text: str, file: str) -> OwnMap:
        """Raises ConfigError."""
        midi_map = parse_map(text, file)
        return cls(tuple(tomllib.loads(text).get("map", [])), midi_map)

    @classmethod
    def of(cls, entries: Sequence[Entry], file: str = "own") -> OwnMap:
        return cls.parse(write_entries(entries), file)

    def text(self) -> str:
        return write_entries(self.entries)

    def with_entry(self, entry: Entry) -> OwnMap:
        """The control of this entry does this and nothing else."""
        control = Control.parse(str(entry["on"]))
        kept = [
            other
            for other in self.entries
            if _port(other) not in ("", _port(entry)) or not Control.parse(str(other["on"])).overlaps(control)
        ]
        return OwnMap.of([*kept, entry])

    def without_target(self, target: str, shipped: Iterable[tuple[str, Binding]]) -> OwnMap:
        """Nothing moves the target: own entries are taken out, the controls of shipped ones, each with its port, freed."""
        kept = [entry for entry in self.entries if entry["to"] != target]
        freed = [{"port": port, "on": str(item.on), "to": NOTHING} for port, item in shipped if item.to == target]
        return OwnMap.of([*kept, *(entry for entry in freed if entry not in kept)])


def layer(shipped: MidiMap, own: OwnMap, port: PortName, present: Collection[str] = ()) -> tuple[Binding, ...]:
    """What the controls of one port do. present: the names of all open ports; an entry for one of them means only that one."""

    def is_meant(written: str) -> bool:
        return written in ("", str(port))

    def was_meant(written: str) -> bool:
        return written not in present and port.was(written)

    mine, mine_freed = _of_port(own.midi_map, is_meant)
    hidden = [*(binding.on for binding in mine), *mine_freed]
    older, older_freed = _of_port(own.midi_map, was_meant)
    older = _not_hidden(older, hidden)
    hidden += [*(binding.on for binding in older), *older_freed]
    rest = [binding for binding in shipped.bindings if is_meant(binding.port) or was_meant(binding.port)]
    return (*(replace(binding, is_own=True) for binding in (*mine, *older)), *_not_hidden(rest, hidden))


def _of_port(midi_map: MidiMap, is_meant: Callable[[str], bool]) -> tuple[list[Binding], list[Control]]:
    """The bindings of a port and the controls that are free there."""
    bound = [binding for binding in midi_map.bindings if is_meant(binding.port)]
    return bound, [item.on for item in midi_map.freed if is_meant(item.port)]


def _not_hidden(bindings: Sequence[Binding], hidden: Sequence[Control]) -> list[Binding]:
    return [binding for binding in bindings if not any(binding.on.overlaps(control) for control in hidden)]


def write_entries(entries: Sequence[Entry]) -> str:
    return HEAD + to_toml({"schema": SCHEMA, "name": "own", "map": list(entries) or None})


def _port(entry: Entry) -> str:
    return str(entry.get("port", ""))


EMPTY = OwnMap.of([])
