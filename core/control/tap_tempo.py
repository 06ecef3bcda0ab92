"""The tempo of a finger that taps the beat. Pure; times are seconds."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from core.control.beat import BeatLine, fit

TAPS_NEEDED = 4


TAPS_KEPT = 12


LONGEST_TAP = 3.1  # s; a beat at the slowest tempo, 20 bpm, and a little: later is a new series


STRAY = 0.3  # of an interval: a tap that is further off is a slip of the finger


class TapTempo:
    """A finger that taps the beat."""

    def __init__(self) -> None:
        self._taps: deque[float] = deque(maxlen=TAPS_KEPT)

    def tap(self, at: float) -> BeatLine | None:
        """The tempo, and a line on which this tap is about beat 0; None until TAPS_NEEDED taps are there."""
        if self._taps and not 0 < at - self._taps[-1] <= LONGEST_TAP:
            self._taps.clear()
        self._taps.append(at)
        if len(self._taps) < TAPS_NEEDED:
            return None
        counted = _count_beats(self._taps)
        return fit(counted) if len(counted) >= TAPS_NEEDED else None


def _count_beats(taps: Sequence[float]) -> list[tuple[float, float]]:
    """(beat, time) of each tap, the last one is beat 0; without those that fit nowhere. A missing tap leaves a gap of two."""
    usual = median(after - before for before, after in pairwise(taps))
    counted = [(0.0, taps[-1])]
    for tap in reversed(list(taps)[:-1]):
        beat, time = counted[-1]
        beats = (time - tap) / usual
        if round(beats) >= 1 and abs(beats - round(beats)) <= STRAY:
            counted.append((beat - round(beats), tap))
    return counted[::-1]
