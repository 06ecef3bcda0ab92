"""One picture on its way to the sinks, in a preallocated buffer that is lent and given back.

Who keeps a frame beyond the call in which it got it must `retain` it and `release` it once; the pool reuses the
buffer when the last holder has let go.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.control.errors import InvalidValue

Pixels = npt.NDArray[np.uint8]

MIN_SIDE, MAX_SIDE = 16, 4096


@dataclass(frozen=True, slots=True)
class FrameFormat:
    """Size of all frames of a show: 8-bit RGB, rows from top to bottom.

    Raises:
        InvalidValue: a side is outside 16..4096 or odd (4:2:0 cameras and codecs need even sides).
    """

    width: int
    height: int

    def __post_init__(self) -> None:
        for name, side in (("width", self.width), ("height", self.height)):
            if not MIN_SIDE <= side <= MAX_SIDE or side % 2:
                raise InvalidValue(f"{name} must be an even number in {MIN_SIDE}..{MAX_SIDE}, got {side}")

    @property
    def shape(self) -> tuple[int, int, int]:
        return (self.height, self.width, 3)


class Frame:
    """Pixels with their place in the show.

    Attributes:
        pixels: (height, width, 3) uint8 RGB; read it only, and only while you hold the frame.
        number: the point of the frame grid, from 0; a hole is a frame that came too late or that the sink has dropped.
        due: when it should be seen, seconds on the clock of the show.
    """

    __slots__ = ("_holders", "_lock", "due", "number", "pixels")

    def __init__(self, pixels: Pixels) -> None:
        self.pixels = pixels
        self.number = -1
        self.due = 0.0
        self._holders = 0
        self._lock = threading.Lock()

    @property
    def is_free(self) -> bool:
        return self._holders == 0

    def retain(self) -> Frame:
        """Thread: any holder."""
        with self._lock:
            self._holders += 1
        return self

    def release(self) -> None:
        """Thread: any holder."""
        with self._lock:
            assert self._holders > 0, "a frame was released more often than retained"
            self._holders -= 1


class FramePool:
    """A fixed number of output frames. Thread: playback only, except for the release of a frame."""

    def __init__(self, frame_format: FrameFormat, count: int) -> None:
        self._frames = [Frame(np.zeros(frame_format.shape, np.uint8)) for _ in range(count)]

    def lend(self) -> Frame | None:
        """A free frame, retained once for the caller, or None when all are out."""
        for frame in self._frames:
            if frame.is_free:
                return frame.retain()
        return None
