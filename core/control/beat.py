"""Beats as time goes: a straight line from seconds to beats, what a clock from outside says of it, and what all may see."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

LOST_AFTER = 0.5  # s without a tick of the MIDI clock; at the slowest tempo ticks are 0.125 s apart


@dataclass(frozen=True, slots=True)
class BeatLine:
    """A tempo with a phase: at the second `at` it is `beat`. Beats count from 0 and may be fractions."""

    bpm: float
    beat: float
    at: float

    def beat_at(self, now: float) -> float:
        return self.beat + (now - self.at) * self.bpm / 60

    def time_of(self, beat: float) -> float:
        return self.at + (beat - self.beat) * 60 / self.bpm


@dataclass(frozen=True, slots=True)
class OutsideBeat:
    """What a clock from outside has told last, in seconds of the monotonic clock.

    Attributes:
        epoch: counts up when the beat was set anew, as a start of a sequencer does.
        heard_at: when it was told.
        peers: other programs in the session; 0 for MIDI.
    """

    line: BeatLine
    epoch: int
    heard_at: float
    peers: int = 0


@dataclass(frozen=True, slots=True)
class BeatView:
    """The beat of one frame.

    Attributes:
        beat: in the bar, 0 up to the beats of a bar.
        count: since the start of the show or of the clock.
        source: what tempo.source is.
        is_synced: the clock from outside is there; False for the internal one.
        wish: what a hand wants the tempo of a shared session to be; None for nothing.
    """

    bpm: float = 120.0
    beat: float = 0.0
    count: float = 0.0
    source: str = "internal"
    is_synced: bool = False
    peers: int = 0
    wish: float | None = None


NO_BEAT = BeatView()


def fit(points: Sequence[tuple[float, float]], at: float | None = None) -> BeatLine | None:
    """The line of least squares through (beat, time), at the time of the last one; None when time stands still in it."""
    middle_beat, middle_time = fmean(beat for beat, _ in points), fmean(time for _, time in points)
    spread = sum((beat - middle_beat) ** 2 for beat, _ in points)
    seconds = sum((beat - middle_beat) * (time - middle_time) for beat, time in points) / spread
    last = points[-1][1] if at is None else at
    return BeatLine(60 / seconds, middle_beat + (last - middle_time) / seconds, last) if seconds > 0 else None
