"""A v4l2loopback device, written in the format that it really has.

The driver says yes to any format and keeps its own while another program holds the device, or a setting does. Whoever believes
it writes one format where readers see another: stripes and false colours, and no error anywhere.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import cv2
import numpy as np

from core.control.errors import SinkError
from core.frames.frame import FrameFormat, Pixels
from live.sinks import v4l2
from live.sinks.v4l2 import HeldFormat

PLANAR = "YU12"  # I420, which pyvirtualcam makes of RGB by itself


class Writer(Protocol):
    """As much of a pyvirtualcam camera as is used."""

    device: str

    def send(self, frame: Pixels) -> None: ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class Layout:
    """A format of the driver that can be written: its name in pyvirtualcam, and how cv2 makes it of RGB."""

    pixel_format: str
    conversion: int | None = None


LAYOUTS = {
    PLANAR: Layout("RGB"),
    "YUYV": Layout("YUYV", cv2.COLOR_RGB2YUV_YUY2),
    "UYVY": Layout("UYVY", cv2.COLOR_RGB2YUV_UYVY),
}


class LoopbackCamera:
    """One open device.

    Args:
        open_writer: opens it with pyvirtualcam for frames in a pixel format of that; raises SinkError.

    Raises:
        SinkError: the device keeps a size or a format that cannot be written.
    """

    def __init__(self, node: str, frame_format: FrameFormat, fps: float, open_writer: Callable[[str], Writer]) -> None:
        self.device = node
        v4l2.make_reusable(node)
        v4l2.set_rate(node, fps)
        self._writer = open_writer(LAYOUTS[PLANAR].pixel_format)
        try:
            self._held = v4l2.read_format(node)
            self._layout = _find_layout(node, self._held, frame_format)
        except SinkError:
            self._writer.close()
            raise
        if self._layout.conversion is not None:
            self._writer.close()
            v4l2.make_reusable(node)
            self._writer = open_writer(self._layout.pixel_format)
        self._check_every = max(1, round(fps))
        self._until_check = 1  # the first frame settles the format: until then others may still set theirs

    def send(self, pixels: Pixels) -> None:
        """Write (height, width, 3) uint8 RGB; raises SinkError when another program has changed the format."""
        conversion = self._layout.conversion
        self._writer.send(pixels if conversion is None else np.asarray(cv2.cvtColor(pixels, conversion), np.uint8))
        self._until_check -= 1
        if self._until_check <= 0:
            self._until_check = self._check_every
            self._check()

    def close(self) -> None:
        self._writer.close()

    def _check(self) -> None:
        held = v4l2.read_format(self.device)
        if held != self._held:
            raise SinkError(
                f"{self.device} was changed from {self._held} to {held} by another program: close what else writes to it"
            )


def _find_layout(node: str, held: HeldFormat | None, frame_format: FrameFormat) -> Layout:
    """How to write what the device holds; a driver that does not say is believed. Raises SinkError."""
    wanted = (frame_format.width, frame_format.height)
    if held is None:
        return LAYOUTS[PLANAR]
    if held.size != wanted:
        raise SinkError(
            f"{node} stays at {held.width}x{held.height} and the show is {wanted[0]}x{wanted[1]}: "
            "a program still reads the old size; close it there and open it again"
        )
    if held.fourcc not in LAYOUTS:
        raise SinkError(
            f"{node} stays in the format {held.fourcc}, and only {', '.join(LAYOUTS)} can be written: another program has set it; "
            "close what reads or writes the device, and open it again when the show is running"
        )
    return LAYOUTS[held.fourcc]
