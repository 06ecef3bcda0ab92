"""Frames as H.264 by PyAV: what a recording and a film have in common, their colours above all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import av
import numpy as np
from av.video.reformatter import ColorPrimaries, ColorRange, Colorspace, ColorTrc, VideoReformatter

from core.frames.frame import FrameFormat, Pixels

ENCODER_THREADS = min(4, os.cpu_count() or 1)  # left alone, x264 takes 1.5 per core, and each holds a frame back
# A keyframe forgets the fine detail that the frames before it have gathered: the sharpness of a slow cross-fade falls by up
# to a fifth in one frame (mean squared Laplacian, 1280x720). One each second and the film pulses. Players still seek: they
# decode at most so many seconds. x264 puts more keyframes where the picture cuts, and nobody sees those.
SECONDS_PER_KEYFRAME = 20


class Encoder:
    """The video stream of a container that was opened for writing. Colours are BT.709 of limited range at every size, and tagged so.

    Raises:
        av.error.FFmpegError: the container cannot be written to.
    """

    def __init__(self, container: Any, frame_format: FrameFormat, fps: float, options: Mapping[str, str]) -> None:
        rate = Fraction(fps).limit_denominator(1001)
        self._container = container
        self._reformatter = VideoReformatter()
        keyframe_interval = max(1, round(fps * SECONDS_PER_KEYFRAME))
        self._stream = container.add_stream("libx264", rate=rate, options={**options, "g": str(keyframe_interval)})
        encoder = self._stream.codec_context
        encoder.width, encoder.height, encoder.pix_fmt = frame_format.width, frame_format.height, "yuv420p"
        encoder.time_base = 1 / rate
        encoder.thread_count = ENCODER_THREADS
        encoder.color_range, encoder.colorspace = ColorRange.MPEG, Colorspace.ITU709
        encoder.color_primaries, encoder.color_trc = ColorPrimaries.BT709, ColorTrc.BT709
        container.start_encoding()

    def write(self, pixels: Pixels, number: int) -> None:
        """One frame, at its place in time."""
        # OpenCV's conversion knows BT.601 only
        picture = self._reformatter.reformat(
            av.VideoFrame.from_numpy_buffer(np.ascontiguousarray(pixels), format="rgb24"),
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
            threads=1,
        )
        picture.pts = number
        self._mux(picture)

    def finish(self) -> None:
        """Write what the encoder still holds back."""
        self._mux(None)

    def _mux(self, picture: av.VideoFrame | None) -> None:
        for packet in self._stream.encode(picture):
            self._container.mux(packet)
