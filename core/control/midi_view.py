"""What the outside may see of MIDI: which controllers are here, what their controls do, and how far a learn has come."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class LearnState(StrEnum):
    IDLE = "idle"
    WAITING = "waiting"  # for a control to be moved, or to be moved further
    CONFLICT = "conflict"  # the control does something else already
    LEARNED = "learned"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class LearnView:
    """The learn that runs, or the last one: text says what to do next, or what came of it."""

    state: LearnState = LearnState.IDLE
    target: str = ""
    text: str = ""


NO_LEARN = LearnView()


@dataclass(frozen=True, slots=True)
class MidiPortView:
    """One open port.

    Attributes:
        mapping: the name of the mapping that it plays.
        note: what its owner should know, such as a setting of the device; empty for nothing.
        light_count: how many of its lights are driven; 0 when it has none, or no output.
    """

    name: str
    mapping: str
    note: str = ""
    light_count: int = 0


@dataclass(frozen=True, slots=True)
class BindingView:
    """Which control drives which target.

    Attributes:
        control: `kind:channel:number` as in mapping files; channel 0 is any.
        label: what is printed on the control, or where it is; empty when nobody said.
        value: what the control sets the target to, or the argument of the action; empty when it depends on the move.
        is_own: learned or written by the user, not shipped.
    """

    port: str
    control: str
    target: str
    mode: str
    label: str = ""
    value: str = ""
    is_own: bool = False


@dataclass(frozen=True, slots=True)
class FaderView:
    """Where a fader stands that has been moved since it was plugged in.

    Attributes:
        place: 0..1 of the travel of its target.
        is_apart: it stands elsewhere than the value and must be brought there before it acts.
    """

    port: str
    control: str
    target: str
    place: float
    is_apart: bool


@dataclass(frozen=True, slots=True)
class MidiTraffic:
    """What has come from one port: messages, commands that the show refused, and the last message in words."""

    port: str
    received: int = 0
    refused: int = 0
    last_message: str = ""


@dataclass(frozen=True, slots=True)
class MidiView:
    """MIDI as it is now, without what changes with every move; message says what is wrong, or is empty."""

    ports: tuple[MidiPortView, ...] = ()
    bindings: tuple[BindingView, ...] = ()
    learn: LearnView = NO_LEARN
    message: str = ""


NO_MIDI = MidiView()


@dataclass(frozen=True, slots=True)
class MidiReport:
    """All that MIDI tells the snapshot: what changes seldom, with every move of a fader, and with every message."""

    view: MidiView = NO_MIDI
    faders: tuple[FaderView, ...] = ()
    traffic: tuple[MidiTraffic, ...] = ()
