"""A sink that shows nothing: for rehearsals, tests and measuring the rest."""

from __future__ import annotations

from core.frames.frame import Frame, FrameFormat


class NullSink:
    """Counts what it gets. last_number is -1 before the first frame."""

    def __init__(self, name: str = "null") -> None:
        self.name = name
        self.sent = 0
        self.last_number = -1

    def open(self, frame_format: FrameFormat, fps: float) -> None:
        pass

    def send(self, frame: Frame) -> None:
        self.sent += 1
        self.last_number = frame.number

    def close(self) -> None:
        pass
