"""When the next frame is due: deadlines lie on an absolute grid, so that lateness never adds up to drift."""

from __future__ import annotations

import math
from dataclasses import dataclass

FARTHEST_AHEAD = 2.0  # grid points that a deadline may lie in the future


@dataclass(frozen=True, slots=True)
class Deadline:
    """due: seconds on the clock. intervals: how many grid steps after the one before; more than 1 means frames were missed."""

    due: float
    intervals: int


class Pacer:
    """Hands out the points of a grid that starts at `start` and has `fps` points a second.

    Raises:
        ValueError: fps is not above 0.
    """

    def __init__(self, fps: float, start: float) -> None:
        if not fps > 0:
            raise ValueError(f"fps must be above 0, got {fps}")
        self._fps = fps
        self._start = start
        self._index = 0

    def advance(self, now: float) -> Deadline:
        """The first grid point after the last one that is not yet past.

        A clock that has run back, against its word, moves the grid: waiting for its old time would stop the picture.
        """
        if self._index - (now - self._start) * self._fps > FARTHEST_AHEAD:
            self._start = now - self._index / self._fps
        earliest = math.ceil((now - self._start) * self._fps - 1e-9)
        index = max(self._index + 1, earliest)
        intervals = index - self._index
        self._index = index
        return Deadline(self._start + index / self._fps, intervals)
