"""What a MIDI message means as a move of a control; mido's message objects in, control events out."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from controllers.midi.mapping.controls import ANY_CHANNEL, FINE_OFFSET, Control, ControlEvent, Source
from controllers.midi.pairs import Pair

_LOWEST_BEND, _BEND_SPAN = -8192, 16383


class Decoder:
    """Decodes the messages of one device; remembers only the halves of 14-bit faders."""

    def __init__(self, controls: Collection[Control]) -> None:
        """controls: those that have bindings; CC pairs are put together only where a binding asks for cc14."""
        self._wide = frozenset(control for control in controls if control.source is Source.CC14)
        self._pairs: dict[Control, Pair] = {}

    def decode(self, message: Any, now: float) -> ControlEvent | None:
        """None for messages that no control makes: sysex, aftertouch and the like. now: seconds, monotonic."""
        match message.type:
            case "control_change":
                return self._decode_cc(message.channel + 1, message.control, message.value, now)
            case "note_on" | "note_off":
                # many keyboards send a note-on with velocity 0 for a note-off
                velocity = message.velocity if message.type == "note_on" else 0
                return ControlEvent(Control(Source.NOTE, message.channel + 1, message.note), velocity / 127, velocity)
            case "pitchwheel":
                raw = message.pitch - _LOWEST_BEND
                return ControlEvent(Control(Source.BEND, message.channel + 1), raw / _BEND_SPAN, raw)
            case "program_change":
                control = Control(Source.PROGRAM, message.channel + 1, message.program)
                return ControlEvent(control, 1.0, message.program)
        return None

    def _decode_cc(self, channel: int, number: int, value: int, now: float) -> ControlEvent | None:
        if wide := self._find_wide(channel, number):
            move = self._pairs.setdefault(wide, Pair()).hear_coarse(value, now)
            return None if move is None else ControlEvent(wide, *move)
        if wide := self._find_wide(channel, number - FINE_OFFSET):
            move = self._pairs.setdefault(wide, Pair()).hear_fine(value, now)
            return None if move is None else ControlEvent(wide, *move)
        return ControlEvent(Control(Source.CC, channel, number), value / 127, value)

    def _find_wide(self, channel: int, number: int) -> Control | None:
        """The 14-bit control with this coarse number, if a binding asks for it."""
        spellings = {Control(Source.CC14, channel, number), Control(Source.CC14, ANY_CHANNEL, number)}
        return Control(Source.CC14, channel, number) if spellings & self._wide else None
