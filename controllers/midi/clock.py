"""Finds the beat in what hands and clocks send: taps of a finger, and the ticks of a MIDI clock. Pure; times are seconds.

Both are noisy by milliseconds, so both are fitted: a line through the last taps or ticks has a tenth of their noise.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from core.control.beat import LOST_AFTER, BeatLine, OutsideBeat, fit
from core.control.parameters import PARAMETERS

TICKS_PER_BEAT = 24
TICKS_PER_SIXTEENTH = 6
TICKS_KEPT = 48  # two beats: with 2 ms of jitter in each tick the tempo is right to 0.1 %, the phase to 0.6 ms
TICKS_NEEDED = 7  # a quarter of a beat
TICKS_OF_CHANGE = 8  # so many that all lie early or late tell a new tempo from jitter
CHANGE = 0.004  # s
MOST_LOST = 2  # ticks; a longer gap is a sender that stood still, and went on where it was
STRAY_TICK = 0.3  # of a tick: a gap is one of lost ticks only when it is a whole number of them
FAR, LEAST_FAR = 3.0, 0.002  # times the usual distance to the line, s: a tick that is further off was held up
_BPM = PARAMETERS["tempo.bpm"].domain


class MidiClock:
    """24 ticks a beat, start, stop, continue and song position, smoothed. Silent for LOST_AFTER, it begins anew."""

    def __init__(self) -> None:
        self._ticks: deque[tuple[int, float]] = deque(maxlen=TICKS_KEPT)  # number since the start of the song, time
        self._count = -1  # of the last tick since the start of the song
        self._is_at_start = False  # the next tick is the one that the song begins with
        self._is_pausing = False  # a gap before the next tick is meant
        self._has_paused = False  # the one before the last tick was
        self._epoch = 0

    def pause(self) -> None:
        """Stop and continue: the song stands still between them, and goes on with the tick that was next."""
        self._is_pausing = True

    def start(self) -> None:
        self.locate(0)

    def locate(self, sixteenths: int) -> None:
        """Song position: the next tick is this sixteenth of a whole note, counted from 0."""
        self._count = sixteenths * TICKS_PER_SIXTEENTH - 1
        self._is_at_start = True

    def is_silent(self, now: float) -> bool:
        return not self._ticks or now - self._ticks[-1][1] > LOST_AFTER

    def tick(self, at: float) -> OutsideBeat | None:
        """The beat after this tick; None until TICKS_NEEDED have come."""
        if self.is_silent(at) or at < self._ticks[-1][1]:
            self._ticks.clear()
            self._epoch += 1
        elif self._is_at_start:
            self._epoch += 1
            self._renumber()
        else:
            self._find_lost(at)
        self._has_paused, self._is_at_start = self._is_pausing, False
        self._is_pausing = False
        self._count += 1
        self._ticks.append((self._count, at))
        line = self._line() if len(self._ticks) >= TICKS_NEEDED else None
        return None if line is None or not is_tempo(line.bpm) else OutsideBeat(line, self._epoch, at)

    def _renumber(self) -> None:
        """Count the ticks that are kept on towards the one that the song begins with."""
        last = self._ticks[-1][0]
        self._ticks = deque(((self._count + number - last, at) for number, at in self._ticks), maxlen=TICKS_KEPT)

    def _find_lost(self, at: float) -> None:
        """A gap of whole ticks before the last one, which came in time for this one: those between them were lost.

        Ticks that were only held up come closer together after their gap.
        """
        if len(self._ticks) < TICKS_NEEDED or self._has_paused:
            return
        times = [time for _, time in self._ticks]
        usual = median(after - before for before, after in pairwise(times))
        gap, since = times[-1] - times[-2], at - times[-1]
        lost = round(gap / usual) - 1 if usual > 0 else 0
        steps = self._ticks[-1][0] - self._ticks[-2][0]
        is_whole = 0 < lost <= MOST_LOST and steps == 1 and abs(gap / usual - lost - 1) < STRAY_TICK
        if is_whole and abs(since / usual - 1) < STRAY_TICK:
            self._count += lost
            self._ticks[-1] = (self._count, times[-1])

    def _line(self) -> BeatLine | None:
        points = self._points()
        line = _fit_most(points)
        if line is None or len(points) <= 2 * TICKS_OF_CHANGE:
            return line
        newest = points[-TICKS_OF_CHANGE:]
        errors = [at - line.time_of(beat) for beat, at in newest]
        if min(errors) <= CHANGE and max(errors) >= -CHANGE:
            return line
        changed = fit(newest)
        if changed is None or not is_tempo(changed.bpm) or _spread(newest, changed) > CHANGE:
            return line  # they are only late: a busy machine has held them up, and they came all at once
        for _ in range(len(points) - TICKS_OF_CHANGE):
            self._ticks.popleft()
        return changed

    def _points(self) -> list[tuple[float, float]]:
        """(beat, time) of the ticks."""
        return [(number / TICKS_PER_BEAT, at) for number, at in self._ticks]


def is_tempo(bpm: float) -> bool:
    """Whether tempo.bpm can be this; a clock a little beyond is let through, for its jitter."""
    return _BPM.minimum * 0.95 <= bpm <= _BPM.maximum * 1.05


def _fit_most(points: Sequence[tuple[float, float]]) -> BeatLine | None:
    """As `fit`, without the points that lie far from the others."""
    line = fit(points)
    if line is None:
        return None
    usual = median(abs(at - line.time_of(beat)) for beat, at in points)
    near = [point for point in points if abs(point[1] - line.time_of(point[0])) <= max(FAR * usual, LEAST_FAR)]
    return fit(near, at=points[-1][1]) if 2 < len(near) < len(points) else line


def _spread(points: Sequence[tuple[float, float]], line: BeatLine) -> float:
    return max(abs(at - line.time_of(beat)) for beat, at in points)
