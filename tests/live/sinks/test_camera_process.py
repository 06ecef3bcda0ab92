from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from core.control.errors import SinkError, SinkUnavailable
from core.frames.frame import FrameFormat, Pixels
from core.frames.shared_pool import SharedFramePool
from live.sinks import camera_process
from live.sinks.camera_process import CameraDevice, CameraOptions
from live.sinks.device_process import DeviceRequest

FORMAT = FrameFormat(32, 16)


class FakeCamera:
    """A pyvirtualcam camera that remembers the frames."""

    def __init__(self, node: Path) -> None:
        self.device = str(node)
        self.shown: list[Pixels] = []
        self.is_closed = False

    def send(self, frame: Pixels) -> None:
        self.shown.append(frame.copy())

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def pool() -> Iterator[SharedFramePool]:
    shared = SharedFramePool.create(FORMAT, 1)
    yield shared
    shared.close()


@pytest.fixture
def node(tmp_path: Path) -> Path:
    (tmp_path / "video10").touch()
    return tmp_path / "video10"


def request_of(pool: SharedFramePool, node: Path) -> DeviceRequest:
    return DeviceRequest(FORMAT, 30, "", CameraOptions(str(node)), pool.description)


def test_a_device_node_that_goes_is_noticed_though_writing_raises_nothing(node: Path) -> None:
    camera = FakeCamera(node)
    device = CameraDevice(camera)
    device.send(np.zeros(FORMAT.shape, np.uint8))

    node.unlink()

    with pytest.raises(SinkError, match="video10 has gone"):
        device.send(np.zeros(FORMAT.shape, np.uint8))
    assert len(camera.shown) == 1


class FakeLibrary(ModuleType):
    """What we use of pyvirtualcam."""

    def __init__(self, camera: FakeCamera | None) -> None:
        super().__init__("pyvirtualcam")
        self._camera = camera

    PixelFormat = {"RGB": "raw "}  # noqa: RUF012 - stands for an enumeration

    def Camera(self, width: int, height: int, fps: float, *, fmt: str, device: str, backend: str) -> FakeCamera:  # noqa: N802
        if self._camera is None:
            raise RuntimeError("'v4l2loopback' backend: Device /dev/video10 is not a video output device.")
        return self._camera


@pytest.mark.skipif(sys.platform != "linux", reason="v4l2 is a part of Linux")
def test_a_refused_device_gives_the_drivers_words_and_advice(
    pool: SharedFramePool, node: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyvirtualcam", FakeLibrary(None))

    with pytest.raises(SinkError, match=r"not a video output device.*modprobe v4l2loopback"):
        camera_process._open(request_of(pool, node))


def test_a_package_that_cannot_be_loaded_is_permanent(
    pool: SharedFramePool, node: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyvirtualcam", None)

    with pytest.raises(SinkUnavailable, match="pyvirtualcam cannot be loaded"):
        camera_process._open(request_of(pool, node))
