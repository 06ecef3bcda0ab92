"""A film on disk, written frame by frame as fast as they come. What a show records is live.sinks.recorder's."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from types import TracebackType

import av

from core.control.errors import InvalidValue, SinkError
from core.frames.frame import FrameFormat, Pixels
from core.frames.h264 import Encoder

ENCODER_OPTIONS = {"preset": "medium", "crf": "16"}  # there is time, and leaves are painted to be looked at
MAX_FPS = 240


class Film:
    """An mp4 file, open from the start; a film of the same name is replaced. Leave it by `with`.

    Raises:
        SinkError: the file cannot be written.
    """

    def __init__(self, path: Path, frame_format: FrameFormat, fps: float) -> None:
        if not 0 < fps <= MAX_FPS:
            raise InvalidValue(f"fps must be more than 0 and at most {MAX_FPS}, got {fps}")
        self.path = path
        self.frame_count = 0  # its length
        try:
            self._container = av.open(str(path), "w", format="mp4", options={"movflags": "faststart"})
            self._encoder = Encoder(self._container, frame_format, float(fps), ENCODER_OPTIONS)
        except av.error.FFmpegError as error:
            raise self._failed(error) from error

    def write(self, pixels: Pixels, place: int | None = None) -> None:
        """(height, width, 3) uint8 RGB. place: counted in frames from the start; None follows the last. Over a hole the last one stays."""
        place = self.frame_count if place is None else place
        assert place >= self.frame_count, "frames come in their order"
        try:
            self._encoder.write(pixels, place)
        except av.error.FFmpegError as error:
            raise self._failed(error) from error
        self.frame_count = place + 1

    def close(self) -> None:
        """Finish the file."""
        try:
            self._encoder.finish()
            self._container.close()
        except av.error.FFmpegError as error:
            raise self._failed(error) from error

    def __enter__(self) -> Film:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
            return
        with suppress(SinkError):  # the first error is the one to tell
            self.close()

    def _failed(self, error: av.error.FFmpegError) -> SinkError:
        return SinkError(f"cannot write the film {self.path}: {error.strerror}")
