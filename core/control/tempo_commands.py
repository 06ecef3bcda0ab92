"""What hands may ask of the tempo; a part of `core.control.commands`, which everybody imports."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TapTempo:
    """A tap on the beat. at: seconds of the monotonic clock when the hand did it; None is the frame that carries it out."""

    at: float | None = None


@dataclass(frozen=True, slots=True)
class ResyncTempo:
    """This is the first beat of a bar; at as in TapTempo."""

    at: float | None = None


@dataclass(frozen=True, slots=True)
class ScaleTempo:
    """Multiply the tempo."""

    factor: float


@dataclass(frozen=True, slots=True)
class NudgeTempo:
    """Bring the beat forward by so many beats, below 0 hold it back."""

    beats: float


TempoCommand = TapTempo | ResyncTempo | ScaleTempo | NudgeTempo
