"""A pyvirtualcam backend for tests: its device is a port on loopback, where the test sees each frame and lets it pass."""

from __future__ import annotations

from multiprocessing.connection import Client, Connection

import numpy as np
import numpy.typing as npt
import pyvirtualcam

BACKEND_FROM = "tests.live.sinks.fake_camera:register"


class FakeBackend:
    """Blocks in send until the test has taken the frame."""

    def __init__(self, *, width: int, height: int, fps: float, fourcc: int, device: str) -> None:
        host, port = device.split(":")
        self._device = device
        self._link: Connection = Client((host, int(port)))
        self._link.send((width, height, fps))

    def send(self, frame: npt.NDArray[np.uint8]) -> None:
        self._link.send_bytes(frame.tobytes())
        self._link.recv_bytes()

    def close(self) -> None:
        self._link.close()

    def device(self) -> str:
        return self._device

    def native_fourcc(self) -> None:
        return None


def register() -> str:
    pyvirtualcam.register_backend("fake", FakeBackend)
    return "fake"


def register_broken() -> str:
    raise ZeroDivisionError("broken driver")
