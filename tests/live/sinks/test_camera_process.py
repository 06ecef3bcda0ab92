from __future__ import annotations

import multiprocessing
import signal
import sys
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from core.control.errors import SinkError, SinkUnavailable
from core.frames.frame import FrameFormat, Pixels
from core.frames.shared_pool import SharedFramePool
from live.sinks import camera_process, v4l2
from live.sinks.camera_process import CameraFailed, CameraOpened, CameraRequest, SlotFree, run_camera

FORMAT = FrameFormat(32, 16)


class FakeCamera:
    """Remembers the frames; unplug_after removes the device node with that frame."""

    def __init__(self, node: Path, unplug_after: int = 0) -> None:
        self.device = str(node)
        self.shown: list[Pixels] = []
        self.is_closed = False
        self._unplug_after = unplug_after

    def send(self, frame: Pixels) -> None:
        self.shown.append(frame.copy())
        if len(self.shown) == self._unplug_after:
            Path(self.device).unlink()

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def pool() -> Iterator[SharedFramePool]:
    shared = SharedFramePool.create(FORMAT, 3)
    for slot in range(3):
        shared.pixels(slot)[:] = slot
    yield shared
    shared.close()


@pytest.fixture
def node(tmp_path: Path) -> Path:
    (tmp_path / "video10").touch()
    return tmp_path / "video10"


@pytest.fixture
def ends() -> Iterator[tuple[Connection, Connection]]:
    host, child = multiprocessing.Pipe()
    yield host, child
    host.close()
    child.close()


@pytest.fixture(autouse=True)
def keep_signals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signal, "signal", lambda *_: None)  # the test process keeps its Ctrl-C


def request_of(pool: SharedFramePool, node: Path, fps: float = 1000.0) -> CameraRequest:
    return CameraRequest(FORMAT, fps, str(node), None, pool.description)


def messages(host: Connection) -> list[object]:
    found = []
    while host.poll():
        found.append(host.recv())
    return found


def run_with(
    camera: FakeCamera,
    request: CameraRequest,
    ends: tuple[Connection, Connection],
    monkeypatch: pytest.MonkeyPatch,
) -> list[object]:
    monkeypatch.setattr(camera_process, "_open", lambda _: camera)
    run_camera(request, ends[1])
    return messages(ends[0])


def test_only_the_newest_of_waiting_frames_is_shown_before_the_end(
    pool: SharedFramePool, node: Path, ends: tuple[Connection, Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    camera = FakeCamera(node)
    for message in (0, 1, 2, None):
        ends[0].send(message)

    said = run_with(camera, request_of(pool, node), ends, monkeypatch)

    assert [picture.max() for picture in camera.shown] == [2]
    assert said == [CameraOpened(str(node)), SlotFree(0), SlotFree(1)]
    assert camera.is_closed


def test_a_device_that_goes_is_noticed_though_writing_raises_nothing(
    pool: SharedFramePool, node: Path, ends: tuple[Connection, Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    camera = FakeCamera(node, unplug_after=3)
    ends[0].send(1)

    said = run_with(camera, request_of(pool, node), ends, monkeypatch)

    assert said[-1] == CameraFailed(f"{node} has gone", is_permanent=False)
    assert np.array_equal(camera.shown[2], camera.shown[0])


def test_a_host_that_has_gone_ends_the_child_in_silence(
    pool: SharedFramePool, node: Path, ends: tuple[Connection, Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    camera = FakeCamera(node)
    monkeypatch.setattr(camera_process, "_open", lambda _: camera)
    ends[0].close()

    run_camera(request_of(pool, node), ends[1])

    assert camera.is_closed


class FakeLibrary(ModuleType):
    """What we use of pyvirtualcam."""

    def __init__(self, camera: FakeCamera | None) -> None:
        super().__init__("pyvirtualcam")
        self._camera = camera

    def Camera(self, width: int, height: int, fps: float, *, device: str, backend: str) -> FakeCamera:  # noqa: N802
        if self._camera is None:
            raise RuntimeError("'v4l2loopback' backend: Device /dev/video10 is not a video output device.")
        return self._camera


@pytest.mark.skipif(sys.platform != "linux", reason="v4l2 is a part of Linux")
@pytest.mark.parametrize(("size", "is_refused"), [((32, 16), False), (None, False), ((64, 48), True)])
def test_a_device_that_stays_at_another_size_is_refused(
    size: tuple[int, int] | None, is_refused: bool, pool: SharedFramePool, node: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    camera = FakeCamera(node)
    monkeypatch.setattr(v4l2, "read_size", lambda _: size)
    monkeypatch.setitem(sys.modules, "pyvirtualcam", FakeLibrary(camera))

    if not is_refused:
        assert camera_process._open(request_of(pool, node)) is camera
        return
    with pytest.raises(SinkError, match="stays at 64x48 and the show is 32x16"):
        camera_process._open(request_of(pool, node))
    assert camera.is_closed


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
