"""The seam to every output: three methods that may block, because a sink runner gives each sink its own thread."""

from __future__ import annotations

from typing import Protocol, runtime_checkable

from core.frames.frame import Frame, FrameFormat


class Sink(Protocol):
    """A consumer of program frames. All three methods are called from one thread that belongs to this sink alone."""

    @property
    def name(self) -> str:
        """Unique among the sinks of a show, such as `camera` or `recorder`."""
        ...

    def open(self, frame_format: FrameFormat, fps: float) -> None:
        """Get ready; raises SinkError with the remedy when that is impossible."""
        ...

    def send(self, frame: Frame) -> None:
        """Show one frame. The pixels are valid during this call only. Raises SinkError when the device has gone."""
        ...

    def close(self) -> None:
        """Let go of the device; called once after open succeeded, also after send failed."""
        ...


@runtime_checkable
class Repeating(Protocol):
    """What a sink has besides when its device shows a frame again by itself, because no newer one has come."""

    @property
    def repeated(self) -> int:
        """Frames shown again so far. Thread: any; does not block."""
        ...
