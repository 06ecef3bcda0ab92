"""The program as a webcam for OBS, browsers and meetings."""

from __future__ import annotations

import importlib.util
import sys

from core.control.errors import SinkUnavailable
from live.sinks import v4l2
from live.sinks.camera_process import OBS_ADVICE, CameraOptions
from live.sinks.device_link import DeviceSink

OPENER = "live.sinks.camera_process:open_camera"


class VirtualCamera(DeviceSink):
    """Sends frames to a virtual camera device.

    device: a node such as /dev/video10 or a label on Linux, a camera name elsewhere; None takes the first there is.
    backend_from: `module:function` that registers another pyvirtualcam backend in the child and returns its name.
    """

    def __init__(self, device: str | None = None, name: str = "camera", *, backend_from: str | None = None) -> None:
        super().__init__(name, OPENER, self._find_camera)
        self._device = device
        self._backend_from = backend_from

    def _find_camera(self) -> CameraOptions:
        if importlib.util.find_spec("pyvirtualcam") is None:
            raise SinkUnavailable(
                "the virtual camera needs pyvirtualcam (licence GPL-2.0): pip install 'latentdeck[camera]'"
            )
        device = self._device
        if sys.platform == "linux" and self._backend_from is None:
            device = v4l2.find_node(device, v4l2.loopback_devices())
        return CameraOptions(device, self._backend_from)


def list_cameras() -> list[str]:
    """What `latentdeck devices` shows: the virtual cameras of this machine, or how to get one."""
    if sys.platform != "linux":
        return [f"virtual cameras cannot be listed on this system. {OBS_ADVICE}"]
    return [str(device) for device in v4l2.loopback_devices()]
