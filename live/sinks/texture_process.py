"""Opens senders of shared textures in their device process: Spout on Windows, Syphon on macOS.

The only importer of SpoutGL and syphon-python. Both were written by their documentation and tried with stand-ins only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import cv2
import numpy as np
import numpy.typing as npt

from core.control.errors import SinkError, SinkUnavailable
from core.frames.frame import Pixels
from live.sinks.device_process import DeviceRequest

GL_RGBA = 0x1908

Rgba = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class TextureOptions:
    """source: what other programs list it as."""

    source: str


class Sender(Protocol):
    """What of the two libraries we need."""

    def publish(self, rgba: Rgba) -> None:
        """(height, width, 4), rows from top to bottom. Raises SinkError."""
        ...

    def close(self) -> None: ...


class TextureDevice:
    """A shared texture that other programs on this machine read."""

    def __init__(self, name: str, sender: Sender, width: int, height: int) -> None:
        self.name = name
        self._sender = sender
        self._rgba = np.zeros((height, width, 4), np.uint8)

    def send(self, pixels: Pixels) -> None:
        cv2.cvtColor(pixels, cv2.COLOR_RGB2RGBA, dst=self._rgba)
        self._sender.publish(self._rgba)

    def adjust(self, value: object) -> None:
        """A shared texture has nothing to adjust."""

    def close(self) -> None:
        self._sender.close()


class SpoutSender:
    """library: SpoutGL."""

    def __init__(self, library: Any, name: str) -> None:
        self._name = name
        self._sender = library.SpoutSender()
        if not self._sender.createOpenGL():
            raise SinkError("Spout found no OpenGL on this machine: it needs the driver of the graphics card")
        self._sender.setSenderName(name)

    def publish(self, rgba: Rgba) -> None:
        height, width = rgba.shape[:2]
        if not self._sender.sendImage(rgba, width, height, GL_RGBA, False, 0):
            raise SinkError("Spout refused a frame")
        self._sender.setFrameSync(self._name)

    def close(self) -> None:
        self._sender.releaseSender()
        self._sender.closeOpenGL()


class SyphonSender:
    """library: syphon; raw: syphon.utils.raw."""

    def __init__(self, library: Any, raw: Any, name: str, width: int, height: int) -> None:
        try:
            self._server = library.SyphonMetalServer(name)
        except RuntimeError as error:
            raise SinkError(f"Syphon cannot be used: {error}") from error
        self._raw = raw
        self._texture = raw.create_mtl_texture(self._server.device, width, height)
        # A process without windows must let the system work now and then, or nobody finds the server.
        self._directory = library.SyphonServerDirectory()
        self._directory.run_loop_interval = 0.001

    def publish(self, rgba: Rgba) -> None:
        self._raw.copy_bytes_to_mtl_texture(rgba.tobytes(), self._texture)
        self._server.publish_frame_texture(self._texture, is_flipped=True)  # Syphon counts rows from the bottom
        self._directory.update_run_loop()

    def close(self) -> None:
        self._server.stop()


def open_spout(request: DeviceRequest) -> TextureDevice:
    """The opener of the device process on Windows; raises SinkError."""
    try:
        import SpoutGL
    except ImportError as error:
        raise SinkUnavailable(f"SpoutGL cannot be loaded: {error}") from error
    return _device(request, SpoutSender(SpoutGL, _source(request)))


def open_syphon(request: DeviceRequest) -> TextureDevice:
    """The opener of the device process on macOS; raises SinkError."""
    try:
        import syphon
        from syphon.utils import raw
    except ImportError as error:
        raise SinkUnavailable(f"syphon-python cannot be loaded: {error}") from error
    width, height = request.frame_format.width, request.frame_format.height
    return _device(request, SyphonSender(syphon, raw, _source(request), width, height))


def _source(request: DeviceRequest) -> str:
    assert isinstance(request.options, TextureOptions), "a shared texture is opened with texture options"
    return request.options.source


def _device(request: DeviceRequest, sender: Sender) -> TextureDevice:
    return TextureDevice(_source(request), sender, request.frame_format.width, request.frame_format.height)
