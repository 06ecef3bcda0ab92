"""How well frames come: how many were late, how many showed the same picture again, and at what rate they are made."""

from __future__ import annotations

from collections import deque

FPS_WINDOW = 60  # frames over which the rate is measured


class FrameCount:
    """Thread: playback only.

    Attributes (read anywhere, written only here):
        late: points of the grid of frames that passed without a frame.
        repeated: frames that had to show the picture before them again.
    """

    def __init__(self) -> None:
        self.late = 0
        self.repeated = 0
        self._ticks: deque[float] = deque(maxlen=FPS_WINDOW)

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
        self.late += missed
        self._ticks.append(now)

    def repeat(self) -> None:
        self.repeated += 1
