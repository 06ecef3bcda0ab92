"""Opens a virtual camera in its device process; the only importer of pyvirtualcam (GPL-2.0)."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from core.control.errors import SinkError, SinkUnavailable
from core.frames.frame import Pixels
from live.sinks import v4l2
from live.sinks.device_process import DeviceRequest
from live.sinks.loopback_camera import LoopbackCamera

OBS_ADVICE = (
    "Install OBS Studio 30 or newer, start and stop its virtual camera once, and do not use it in OBS meanwhile."
)


@dataclass(frozen=True, slots=True)
class CameraOptions:
    """What to open. backend_from is `module:function`; the function registers a backend and returns its name."""

    device: str | None
    backend_from: str | None = None


class CameraDevice:
    """A pyvirtualcam camera that notices when its device node has gone: the driver's failed write raises nothing."""

    def __init__(self, camera: Any) -> None:
        self.name: str = camera.device
        self._camera = camera
        self._node = self.name if os.path.exists(self.name) else None

    def send(self, pixels: Pixels) -> None:
        if self._node is not None and not os.path.exists(self._node):
            raise SinkError(f"{self._node} has gone")
        self._camera.send(pixels)

    def adjust(self, value: object) -> None:
        """A camera has nothing to adjust."""

    def close(self) -> None:
        self._camera.close()


def open_camera(request: DeviceRequest) -> CameraDevice:
    """The opener of the device process; raises SinkError."""
    return CameraDevice(_open(request))


def _open(request: DeviceRequest) -> Any:
    try:
        import pyvirtualcam
    except ImportError as error:
        raise SinkUnavailable(f"pyvirtualcam cannot be loaded: {error}") from error
    options = request.options
    assert isinstance(options, CameraOptions), "a camera is opened with camera options"
    if options.backend_from is not None:
        return _open_backend(request, options, pyvirtualcam, _register(options.backend_from))
    if sys.platform == "linux":
        return _open_loopback(request, options, pyvirtualcam)
    return _open_backend(request, options, pyvirtualcam, None)


def _open_loopback(request: DeviceRequest, options: CameraOptions, pyvirtualcam: Any) -> Any:
    assert options.device is not None, "the host finds the device"
    return LoopbackCamera(
        options.device,
        request.frame_format,
        request.fps,
        lambda pixel_format: _open_backend(request, options, pyvirtualcam, "v4l2loopback", pixel_format),
    )


def _open_backend(
    request: DeviceRequest, options: CameraOptions, pyvirtualcam: Any, backend: str | None, pixel_format: str = "RGB"
) -> Any:
    frame_format = request.frame_format
    try:
        return pyvirtualcam.Camera(
            frame_format.width,
            frame_format.height,
            request.fps,
            fmt=pyvirtualcam.PixelFormat[pixel_format],
            device=options.device,
            backend=backend,
        )
    except RuntimeError as error:
        advice = v4l2.ADVICE if sys.platform == "linux" else OBS_ADVICE
        reason = " ".join(str(error).split())
        raise SinkError(f"cannot open the virtual camera {options.device or ''}: {reason}. {advice}") from error


def _register(backend_from: str) -> str:
    module_name, _, function_name = backend_from.partition(":")
    name: str = getattr(import_module(module_name), function_name)()
    return name
