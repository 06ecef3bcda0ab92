"""Opens an NDI sender in its device process; the only importer of cyndilib, which brings NDI's own library."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import cv2
import numpy as np

from core.control.errors import SinkError, SinkUnavailable
from core.frames.frame import Pixels
from live.sinks.device_process import DeviceRequest


@dataclass(frozen=True, slots=True)
class NdiOptions:
    """source: what other programs list it as, behind the name of this machine."""

    source: str


class NdiDevice:
    """An NDI source. Sending does not wait: our own clock paces the frames, not the library's."""

    def __init__(self, sender: Any, width: int, height: int) -> None:
        self.name: str = sender.ndi_name
        self._sender = sender
        self._rgbx = np.zeros((height, width, 4), np.uint8)
        self._flat = self._rgbx.reshape(-1).data

    def send(self, pixels: Pixels) -> None:
        cv2.cvtColor(pixels, cv2.COLOR_RGB2RGBA, dst=self._rgbx)
        if not self._sender.write_video_async(self._flat):
            raise SinkError(f"the NDI source {self.name} takes no frame")

    def adjust(self, value: object) -> None:
        """An NDI source has nothing to adjust."""

    def close(self) -> None:
        self._sender.close()


def open_ndi(request: DeviceRequest) -> NdiDevice:
    """The opener of the device process; raises SinkError."""
    try:
        from cyndilib.sender import Sender
        from cyndilib.video_frame import VideoSendFrame
        from cyndilib.wrapper.ndi_structs import FourCC
    except ImportError as error:
        raise SinkUnavailable(f"cyndilib cannot be loaded: {error}") from error
    options = request.options
    assert isinstance(options, NdiOptions), "NDI is opened with NDI options"
    width, height = request.frame_format.width, request.frame_format.height
    frame = VideoSendFrame()
    frame.set_resolution(width, height)
    frame.set_frame_rate(Fraction(request.fps).limit_denominator(1001))
    frame.set_fourcc(FourCC.RGBX)
    sender = Sender(options.source, clock_video=False, clock_audio=False)
    sender.set_video_frame(frame)
    sender.open()
    return NdiDevice(sender, width, height)
