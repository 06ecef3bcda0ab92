"""What hands may ask of the MIDI controllers; a part of `core.control.commands`, which everybody imports."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class LearnControl:
    """Tie the next MIDI control that is moved to a target; value is what it sets, or the argument of the action."""

    target: str
    value: float | None = None


@dataclass(frozen=True, slots=True)
class ReplaceLearned:
    """The control that was just moved gives up what it does and takes the learned target."""


@dataclass(frozen=True, slots=True)
class CancelLearn:
    """Leave all MIDI controls as they are."""


@dataclass(frozen=True, slots=True)
class ForgetControls:
    """No MIDI control moves this target any more."""

    target: str


# These are carried out by the MIDI hand and never reach playback.
MidiCommand = LearnControl | ReplaceLearned | CancelLearn | ForgetControls
