"""How well frames come: how many were late, how many showed the same picture again, and at what rate they are made."""

from __future__ import annotations

from collections import deque

FPS_WINDOW = 60  # frames over which the rate is measured


class FrameCount:
    """Thread: playback only."""

    def __init__(self) -> None:
        self._late = 0
        self._repeated = 0
        self._ticks: deque[float] = deque(maxlen=FPS_WINDOW)

    @property
    def late(self) -> int:
        """Points of the grid of frames that passed without a frame."""
        return self._late

    @property
    def repeated(self) -> int:
        """Frames that had to show the picture before them again."""
        return self._repeated

    @property
    def fps(self) -> float:
        """Frames a second; 0 as long as there are not two."""
        if len(self._ticks) < 2 or self._ticks[-1] == self._ticks[0]:
            return 0.0
        return (len(self._ticks) - 1) / (self._ticks[-1] - self._ticks[0])

    def tick(self, now: float, missed: int) -> None:
        """A frame is made.

        Args:
            now: seconds on any clock.
            missed: grid points that passed without a frame since the last one.
        """
        self._late += missed
        self._ticks.append(now)

    def repeat(self) -> None:
        self._repeated += 1
