"""Program pictures for browsers: encoded once per frame and size, and only while somebody watches.

A viewer has room for one picture, the newest, so a browser that never reads costs one picture and delays nobody.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import suppress
from enum import StrEnum

import cv2

from core.frames.frame import Frame, FrameFormat, Pixels
from core.frames.jpeg import encode_jpeg


class Size(StrEnum):
    """What a viewer asks for: the remote shows a small picture, a projector needs every pixel."""

    PREVIEW = "preview"
    FULL = "full"


class Viewer:
    """The newest picture for one browser. Thread: loop only."""

    def __init__(self, size: Size) -> None:
        self.size = size
        self.dropped = 0
        self._newest: bytes | None = None
        self._arrived = asyncio.Event()

    def offer(self, jpeg: bytes) -> None:
        self.dropped += self._newest is not None
        self._newest = jpeg
        self._arrived.set()

    async def take(self) -> bytes:
        """Wait for a picture that was not taken yet."""
        await self._arrived.wait()
        self._arrived.clear()
        assert self._newest is not None, "arrived is set with a picture only"
        jpeg, self._newest = self._newest, None
        return jpeg


class Viewers:
    """All browsers that watch. Thread: loop only, but for `wanted` and `hand_over`."""

    def __init__(self) -> None:
        self._viewers: tuple[Viewer, ...] = ()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = threading.Lock()
        self._encoded: dict[Size, bytes] = {}  # between the sink's thread and the loop: the newest of each size

    @property
    def wanted(self) -> frozenset[Size]:
        """The sizes that somebody watches. Thread: any; does not block."""
        return frozenset(viewer.size for viewer in self._viewers)

    def __len__(self) -> int:
        return len(self._viewers)

    def __iter__(self) -> Iterator[Viewer]:
        return iter(self._viewers)

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def stop(self) -> None:
        self._loop = None

    def add(self, viewer: Viewer) -> None:
        self._viewers = (*self._viewers, viewer)

    def remove(self, viewer: Viewer) -> None:
        self._viewers = tuple(other for other in self._viewers if other is not viewer)

    def hand_over(self, pictures: dict[Size, bytes]) -> None:
        """Give new pictures to the loop. Thread: the sink's; does not block."""
        loop = self._loop
        if loop is None:
            return
        with self._lock:
            is_asked_for = bool(self._encoded)
            self._encoded.update(pictures)
        # Asked once only: a loop that hangs must not find a heap of calls with a picture each.
        if not is_asked_for:
            with suppress(RuntimeError):  # the loop has been closed between two frames
                loop.call_soon_threadsafe(self._distribute)

    def _distribute(self) -> None:
        with self._lock:
            pictures, self._encoded = self._encoded, {}
        for viewer in self._viewers:
            if viewer.size in pictures:
                viewer.offer(pictures[viewer.size])


class VideoSink:
    """The sink that feeds the viewers. Thread: its sink thread only."""

    def __init__(self, viewers: Viewers, preview_width: int, jpeg_quality: int, name: str = "viewers") -> None:
        self._viewers = viewers
        self._name = name
        self._preview_width = preview_width
        self._jpeg_quality = jpeg_quality

    @property
    def name(self) -> str:
        return self._name

    def open(self, frame_format: FrameFormat, fps: float) -> None:
        """Nothing to open: browsers come and go."""

    def send(self, frame: Frame) -> None:
        wanted = self._viewers.wanted
        if wanted:
            self._viewers.hand_over(self._encode(frame.pixels, wanted))

    def close(self) -> None:
        """Nothing to close."""

    def _encode(self, pixels: Pixels, wanted: frozenset[Size]) -> dict[Size, bytes]:
        height, width = pixels.shape[:2]
        if width <= self._preview_width:
            jpeg = encode_jpeg(pixels, self._jpeg_quality)
            return dict.fromkeys(wanted, jpeg)
        pictures = {}
        if Size.FULL in wanted:
            pictures[Size.FULL] = encode_jpeg(pixels, self._jpeg_quality)
        if Size.PREVIEW in wanted:
            small = (self._preview_width, max(1, round(height * self._preview_width / width)))
            preview = cv2.resize(pixels, small, interpolation=cv2.INTER_AREA)
            pictures[Size.PREVIEW] = encode_jpeg(preview, self._jpeg_quality)
        return pictures
