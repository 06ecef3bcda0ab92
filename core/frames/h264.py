"""Frames as H.264 by PyAV: what a recording and a film have in common, their colours above all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import av
import cv2
import numpy as np

from core.frames.frame import FrameFormat, Pixels

ENCODER_THREADS = min(4, os.cpu_count() or 1)  # left alone, x264 takes 1.5 per core, and each holds a frame back

_BT709, _SMPTE170M, _LIMITED_RANGE = 1, 6, 1  # OpenCV makes limited-range BT.601; untagged HD would be read as BT.709


class Encoder:
    """The video stream of a container that was opened for writing.

    Raises:
        av.error.FFmpegError: the container cannot be written to.
    """

    def __init__(self, container: Any, frame_format: FrameFormat, fps: float, options: Mapping[str, str]) -> None:
        rate = Fraction(fps).limit_denominator(1001)
        self._container = container
        self._yuv = np.empty((frame_format.height * 3 // 2, frame_format.width), np.uint8)
        self._stream = container.add_stream("libx264", rate=rate, options=dict(options))
        encoder = self._stream.codec_context
        encoder.width, encoder.height, encoder.pix_fmt = frame_format.width, frame_format.height, "yuv420p"
        encoder.time_base = 1 / rate
        encoder.thread_count = ENCODER_THREADS
        encoder.color_range, encoder.colorspace = _LIMITED_RANGE, _SMPTE170M
        encoder.color_primaries = encoder.color_trc = _BT709
        container.start_encoding()

    def write(self, pixels: Pixels, number: int) -> None:
        """One frame, at its place in time."""
        cv2.cvtColor(pixels, cv2.COLOR_RGB2YUV_I420, dst=self._yuv)
        picture = av.VideoFrame.from_ndarray(self._yuv, format="yuv420p")
        picture.pts = number
        self._mux(picture)

    def finish(self) -> None:
        """Write what the encoder still holds back."""
        self._mux(None)

    def _mux(self, picture: av.VideoFrame | None) -> None:
        for packet in self._stream.encode(picture):
            self._container.mux(packet)
