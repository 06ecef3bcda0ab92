"""The program as an H.264 file: playable up to its last second even when the show or the machine dies.

A frame keeps its place in time by its number, so frames that were dropped leave a longer picture and not a shorter film.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import av

from core.control.errors import SinkError
from core.control.files import unused
from core.frames.frame import Frame, FrameFormat
from core.frames.h264 import Encoder

# veryfast costs half as much again and saves a third of the file; without B-frames the first frame is at 0
ENCODER_OPTIONS = {"preset": "superfast", "crf": "18", "bf": "0"}
SECONDS_PER_FRAGMENT = 1  # what a crash can cost
MIN_FREE_BYTES = 200 * 2**20  # the rest of the show still has to save its session and its log

# Fragments end by time (frag_duration) and not at keyframes, which are rare: see core.frames.h264.
# Not hybrid_fragmented, which editors read better: closing such a file before its first packet crashes the process
# (FFmpeg 8.0). `ffmpeg -i show.mp4 -c copy plain.mp4` makes a plain file of ours.
MOVFLAGS = "empty_moov+default_base_moof"


class Recorder:
    """Writes mp4. Give its runner some depth: a disk may pause, and every frame counts.

    A file that is already there is never touched: show.mp4 is followed by show-2.mp4.
    """

    def __init__(self, path: Path, name: str = "recorder") -> None:
        self.name = name
        self.path = path  # the file in use once open
        self._wanted_path = path
        self._container: Any = None
        self._encoder: Encoder | None = None
        self._first_number = 0
        self._last_number: int | None = None
        self._frames_per_check = 1
        self._frames_until_check = 1

    def open(self, frame_format: FrameFormat, fps: float) -> None:
        _require_folder(self._wanted_path.parent)
        self.path = unused(self._wanted_path)
        self._last_number = None
        self._check_space()
        self._frames_per_check = self._frames_until_check = max(1, round(fps))
        try:
            self._start(frame_format, fps)
        except av.error.FFmpegError as error:
            self._abandon()
            raise SinkError(f"cannot record to {self.path}: {error.strerror}") from error

    def send(self, frame: Frame) -> None:
        self._frames_until_check -= 1
        if self._frames_until_check == 0:
            self._frames_until_check = self._frames_per_check
            self._check_space()
        if self._last_number is None:
            self._first_number = frame.number
        assert self._last_number is None or frame.number > self._last_number, (
            "frames come in the order of their numbers"
        )
        self._last_number = frame.number
        assert self._encoder is not None, "open it first"
        with self._abandoned_on_failure():
            self._encoder.write(frame.pixels, frame.number - self._first_number)

    def close(self) -> None:
        """Finish the file; after a failed write only let go of it, what was written stays playable."""
        if self._container is None:
            return
        assert self._encoder is not None, "an open container has its encoder"
        with self._abandoned_on_failure():
            self._encoder.finish()
        container, self._container = self._container, None
        try:
            container.close()
        except av.error.FFmpegError as error:
            raise self._lost(error) from error

    def _start(self, frame_format: FrameFormat, fps: float) -> None:
        frag_duration = str(SECONDS_PER_FRAGMENT * 1_000_000)
        options = {"movflags": MOVFLAGS, "frag_duration": frag_duration, "flush_packets": "1"}
        self._container = av.open(str(self.path), "w", format="mp4", options=options)
        self._encoder = Encoder(self._container, frame_format, fps, ENCODER_OPTIONS)

    @contextmanager
    def _abandoned_on_failure(self) -> Iterator[None]:
        """A failed write is the end of this file."""
        try:
            yield
        except av.error.FFmpegError as error:
            self._abandon()
            raise self._lost(error) from error

    def _abandon(self) -> None:
        container, self._container = self._container, None
        if container is not None:
            with suppress(av.error.FFmpegError):
                container.close()

    def _check_space(self) -> None:
        try:
            free = shutil.disk_usage(self.path.parent).free
        except OSError as error:  # the stick was pulled out
            raise SinkError(f"cannot record to {self.path}: {error.strerror}") from error
        if free < MIN_FREE_BYTES:
            what = f"cannot record to {self.path}" if self._last_number is None else f"recording to {self.path} ended"
            kept = "" if self._last_number is None else "; what came before is kept"
            raise SinkError(f"{what}: {free // 2**20} MiB free, {MIN_FREE_BYTES // 2**20} must stay; make room{kept}")

    def _lost(self, error: av.error.FFmpegError) -> SinkError:
        return SinkError(f"recording to {self.path} ended: {error.strerror}; what came before is kept")


def _require_folder(folder: Path) -> None:
    """Make the folder, and find out what is wrong with one that is there before a file is half open."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SinkError(f"cannot record: the folder {folder} cannot be made: {error.strerror}") from error
    try:
        with TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise SinkError(f"cannot record: nothing can be written into the folder {folder}: {error.strerror}") from error
