"""The profiles of docs/midi.md, made from the shipped mappings: `python -m live.generate.midi_reference docs/midi.md` renews them."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from controllers.midi.map_files import shipped_maps
from controllers.midi.mapping.bindings import Binding, Mode
from controllers.midi.mapping.mapping_file import MidiMap
from core.control.errors import ConfigError
from core.control.parameters import PARAMETERS

OPENING, CLOSING = "<!-- profiles -->\n", "<!-- /profiles -->"


def renewed(text: str) -> str:
    """The text with the part between the marks replaced. Raises ConfigError when a mark is missing."""
    before, opened, rest = text.partition(OPENING)
    _, closed, after = rest.partition(CLOSING)
    if not opened or not closed:
        raise ConfigError(f"the text has no place marked {OPENING.strip()} ... {CLOSING}")
    return f"{before}{OPENING}{profiles(shipped_maps())}{CLOSING}{after}"


def profiles(maps: Iterable[MidiMap]) -> str:
    return "".join(_profile(midi_map) for midi_map in sorted(maps, key=lambda midi_map: midi_map.name.casefold()))


def _profile(midi_map: MidiMap) -> str:
    lines = [f"\n### {midi_map.name}\n"]
    if midi_map.feedback:
        lines.append(f"Note: {midi_map.feedback}.\n")
    lines += ["| control | message | does | light |", "| --- | --- | --- | --- |", *_rows(midi_map.bindings)]
    return "\n".join(lines) + "\n"


def _rows(bindings: Iterable[Binding]) -> Iterator[str]:
    """A row a binding; the pads of the cues, which are many and alike, in one."""
    for row, group in groupby(bindings, key=_row_of_pads):
        items = list(group)
        if row:
            first, last = items[0], items[-1]
            cells = (
                f"{first.label} … {last.label}",
                f"`{first.on}` … `{last.on}`",
                f"arms cue {first.value} … {last.value}",
            )
            yield _row(*cells, has_light=first.led is not None)
        else:
            yield from (_row(item.label, f"`{item.on}`", _deed(item), has_light=item.led is not None) for item in items)


def _row_of_pads(binding: Binding) -> str:
    """The label without the number at its end, of a pad that arms one cue; empty for anything else."""
    return binding.label.rstrip("0123456789") if binding.to == "standby.select" and binding.value else ""


def _row(control: str, message: str, deed: str, *, has_light: bool) -> str:
    return f"| {control} | {message} | {deed} | {'yes' if has_light else ''} |"


def _deed(binding: Binding) -> str:
    words = f"`{binding.to}`"
    if binding.value:
        return f"{words} {binding.value}"
    if binding.mode is Mode.ABSOLUTE and (binding.low, binding.high) != (0.0, 1.0):
        ends = (PARAMETERS[binding.to].from_fader(place) for place in (binding.low, binding.high))
        return f"{words} {' … '.join(f'{float(end):g}' for end in ends)}"
    return f"{words} on and off" if binding.mode is Mode.TOGGLE else words


def main() -> None:
    path = Path(sys.argv[1])
    path.write_text(renewed(path.read_text(encoding="utf-8")), encoding="utf-8")


if __name__ == "__main__":
    main()
