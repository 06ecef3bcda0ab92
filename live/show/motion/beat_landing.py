"""Lets a transition end on the beat: the playhead goes by beats and not by seconds, to a beat that was chosen at its start.

The moment is a straight line over beats from where it is to 1 at the target. So whatever the tempo does on the way, the end
comes on the beat, and nothing jumps: a change of tempo bends the line, it does not break it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from live.values.tempo import Tempo

SHORTEST_HURRY = 0.25  # s; a beat that is nearer than this is too near to end on


class Landing:
    """The target of the transition on air. Thread: playback only."""

    def __init__(self) -> None:
        self._target: float | None = None
        self._plan: tuple[object, ...] = ()
        self._beat = 0.0  # of the last step

    @property
    def target(self) -> float | None:
        """The beat on which the transition ends; None when it goes by seconds."""
        return self._target

    def forget(self) -> None:
        """Choose anew with the next step."""
        self._target = None

    def step(self, moment: float, length: float, tempo: Tempo) -> float:
        """How far the moment moves on in this frame; at the target a whole way, which takes it to its end.

        Args:
            moment: 0..1, where the transition is.
            tempo: after its step to this frame.
            length: beats of the whole way at this speed; from 1 on it ends on a whole beat.
        """
        remaining = (1 - moment) * length
        if self._must_choose(("length", length), tempo):
            self._target = _nearest_beat(tempo.before, remaining) if length >= 1 else tempo.before + remaining
        part = self._part(tempo)
        return 1.0 if part == 1.0 else (1 - moment) * part

    def aim(self, seconds: float, late: float, quantum: float, tempo: Tempo) -> float:
        """The part of what is left of a way that is gone in this frame, to end on a multiple of so many beats; 1 there.

        Args:
            seconds: that the way takes at least.
            late: seconds until it may end, as far as one can tell now; 0 for at once.
            quantum: beats of the grid.
            tempo: after its step to this frame.
        """
        ready_at = tempo.before + late * tempo.bpm / 60
        if self._must_choose(("aim", quantum), tempo) or (late > 0 and ready_at > (self._target or 0.0)):
            soon = tempo.before + max(seconds, late, SHORTEST_HURRY) * tempo.bpm / 60
            self._target = math.ceil(soon / quantum) * quantum
        return self._part(tempo)

    def _must_choose(self, plan: tuple[object, ...], tempo: Tempo) -> bool:
        """Whether the way is not the one that the target was chosen for: another length, a jump, or a pause."""
        plan = (*plan, tempo.jumps)
        has_paused = abs(tempo.before - self._beat) > 1e-6
        is_new = self._target is None or plan != self._plan or has_paused
        self._plan = plan
        return is_new

    def _is_over(self, tempo: Tempo) -> bool:
        assert self._target is not None
        return tempo.reaches(self._target) or self._target - tempo.before <= tempo.moved

    def _part(self, tempo: Tempo) -> float:
        """Of what is left, for this frame."""
        assert self._target is not None
        self._beat = tempo.beat
        return 1.0 if self._is_over(tempo) else tempo.moved / (self._target - tempo.before)


@dataclass(frozen=True, slots=True)
class Grid:
    """What a GO in mid-transition needs to turn on the beat. quantum: beats of the grid, 0 for none."""

    tempo: Tempo
    landing: Landing
    quantum: Callable[[], float]


def _nearest_beat(beat: float, remaining: float) -> float:
    """The whole beat nearest to the end, and not so near that the rest would be rushed to more than twice its speed."""
    target = float(round(beat + remaining))
    return target if target - beat >= remaining / 2 else target + 1
