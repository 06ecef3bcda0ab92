"""The lights of a controller: what each of them shows of the show, and which messages bring them there.

A light follows one name: a parameter, a status, `cue.N` for the state of the cue with number N, or `preset.N`. Only what changed is
sent, a few messages at a time: a pad controller that is refreshed at full speed loses messages in silence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from controllers.feedback import describe
from core.control.domain import Value
from core.control.parameters import PARAMETERS
from core.control.snapshot import CueState, Snapshot

MESSAGES_PER_BEAT = 12  # sent at a time; at 30 beats a second the 64 pads of a grid are right within 0.2 s
STANDBY = "standby"  # of a cue that is ready and armed
CUE_STATES = (STANDBY, *(state.value for state in CueState))
PRESET_STATES = (
    "recalled",
    "changed",
    "saved",
)  # the last one recalled, the same when a hand has moved it since, any other
_NAME = re.compile(r"(cue\.[1-9]\d{0,2}|preset\.[1-9]\d?)")
_NOTE_ON, _CONTROL_CHANGE, _SYSEX, _SYSEX_END = 0x90, 0xB0, 0xF0, 0xF7


class LedKind(StrEnum):
    NOTE = "note"
    CC = "cc"
    SYSEX = "sysex"


@dataclass(frozen=True, slots=True)
class Light:
    """One look of a light: its colour or brightness, 0..127, and the channel that it is sent on, 1..16."""

    colour: int
    channel: int


@dataclass(frozen=True, slots=True)
class Led:
    """One light.

    Attributes:
        number: of the note or CC, or the index that follows `data` in a system exclusive message.
        when: the name that it follows.
        off, on: its looks; a numeric parameter takes a place between their colours.
        looks: for a name that has words for values, such as the state of a cue; a word that is not there is off.
        data: of a system exclusive message, what comes before number and colour.
    """

    kind: LedKind
    number: int
    when: str
    off: Light
    on: Light
    looks: Mapping[str, Light]
    data: bytes = b""

    def message(self, value: Value) -> bytes:
        """What makes this light show the value."""
        return self._encode(self._look(value))

    def dark(self) -> bytes:
        return self._encode(self.off)

    def _look(self, value: Value) -> Light:
        if isinstance(value, str):
            return self.looks.get(value, self.off)
        parameter = PARAMETERS.get(self.when)
        if parameter is not None and parameter.is_numeric():
            place = parameter.to_fader(value)
            return Light(round(self.off.colour + place * (self.on.colour - self.off.colour)), self.on.channel)
        return self.on if value else self.off

    def _encode(self, look: Light) -> bytes:
        if self.kind is LedKind.SYSEX:
            return bytes((_SYSEX, *self.data, self.number, look.colour, _SYSEX_END))
        status = _NOTE_ON if self.kind is LedKind.NOTE else _CONTROL_CHANGE
        return bytes((status | (look.channel - 1), self.number, look.colour))


class LedBoard:
    """The lights of one connected controller, and what they show already."""

    def __init__(self, leds: Sequence[Led]) -> None:
        self._leds = {(led.kind, led.data, led.number): led for led in leds}
        self._shown: dict[tuple[LedKind, bytes, int], bytes] = {}

    def __len__(self) -> int:
        return len(self._leds)

    def refresh(self, values: Mapping[str, Value]) -> list[bytes]:
        """The messages for lights that are not right yet, at most MESSAGES_PER_BEAT; the rest comes with the next call."""
        messages: list[bytes] = []
        for place, led in self._leds.items():
            message = led.message(values.get(led.when, False))
            if self._shown.get(place) == message:
                continue
            if len(messages) == MESSAGES_PER_BEAT:
                break
            self._shown[place] = message
            messages.append(message)
        return messages

    def forget(self) -> None:
        """Send everything anew: somebody else has used the lights."""
        self._shown.clear()

    def darken(self) -> list[bytes]:
        """The messages that turn all lights off."""
        self._shown.clear()
        return [led.dark() for led in self._leds.values()]


def light_values(snapshot: Snapshot) -> dict[str, Value]:
    """Everything that a light may follow, by name."""
    cues = {f"cue.{cue.number}": _cue_state(cue.state, is_standby=cue.is_standby) for cue in snapshot.cues}
    presets = {f"preset.{preset.number}": _preset_state(preset.number, snapshot) for preset in snapshot.presets}
    return describe(snapshot) | cues | presets


def can_follow(name: str) -> bool:
    return name in describe(Snapshot()) or _NAME.fullmatch(name) is not None


def _cue_state(state: CueState, *, is_standby: bool) -> str:
    return STANDBY if is_standby and state is CueState.READY else state.value


def _preset_state(number: int, snapshot: Snapshot) -> str:
    recalled, changed, saved = PRESET_STATES
    if number != snapshot.preset:
        return saved
    return changed if snapshot.is_preset_changed else recalled
