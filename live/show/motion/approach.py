"""The way to a leaf where a new tree begins: to be there with the tree, or on a line of the grid of beats, never before it.

A tree that is late is waited for in motion: slower, and never at a stop.
"""

from __future__ import annotations

from collections.abc import Callable

from live.rendering.render_speed import RenderSpeed
from live.show.motion.beat_landing import Grid
from live.show.plan import Plan

# Seconds: a tree that is late is waited for at a pace that would take so long for what is left of the way.
LATE_GLIDE = 0.5

Move = Callable[[float], float]  # goes on by a way, as far as the leaf; returns what was left over there


class Approach:
    """Thread: playback only."""

    def __init__(self, plan: Plan, speed: RenderSpeed, grid: Grid) -> None:
        self._plan = plan
        self._speed = speed
        self._grid = grid

    @property
    def tree_seconds(self) -> float:
        """What a tree that begins now is likely to take until it is playable."""
        return self._speed.seconds_for(self._plan.first_round.leaf_count)

    @property
    def seconds_left(self) -> float:
        """Until the next tree is playable, as far as one can tell."""
        coming = self._plan.next()
        readiness = 0.0 if coming is None else coming.transition.readiness
        return (1 - readiness) * self.tree_seconds

    def run(self, way: float, rate: float, elapsed: float, move: Move) -> float | None:
        """Go on towards the leaf; returns the time left over there when the new tree starts in this frame.

        way: to the leaf, 0 or more. rate: above 0, of the same way a second.
        """
        way, is_ready = max(0.0, way), self._plan.next_ready() is not None
        if quantum := self._grid.quantum():
            return self._run_on_the_grid(way, rate, quantum, move, is_ready=is_ready)
        pace = rate if is_ready else approach_rate(way, rate, self.seconds_left)
        step = pace * elapsed
        left_over = move(step)
        return left_over / pace if is_ready and step >= way else None

    def _run_on_the_grid(self, way: float, rate: float, quantum: float, move: Move, *, is_ready: bool) -> float | None:
        """To be there on a line of the grid at which the new tree is there too."""
        landing, tempo = self._grid.landing, self._grid.tempo
        part = landing.aim(way / rate, 0.0 if is_ready else self.seconds_left, quantum, tempo)
        if part < 1 or is_ready:
            move(way * part)
        else:
            landing.forget()  # it is later than it seemed: the next line
        return 0.0 if part == 1.0 and is_ready else None


def approach_rate(way: float, rate: float, seconds_left: float) -> float:
    """The pace towards a leaf that is `way` ahead, when its tree needs `seconds_left` more: to arrive with it, never before.

    It slows down as long as the tree is late, and never stops.
    """
    return min(rate, way / max(seconds_left, LATE_GLIDE))
