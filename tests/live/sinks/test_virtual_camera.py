from __future__ import annotations

import importlib.util
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing.connection import Connection, Listener
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.control.errors import SinkError, SinkUnavailable
from core.frames.frame import Frame, FrameFormat, Pixels
from live.sinks import device_link, v4l2
from live.sinks.device_link import SLOT_COUNT
from live.sinks.runner import SinkRunner
from live.sinks.virtual_camera import VirtualCamera, list_cameras
from tests.live.sinks.fake_camera import BACKEND_FROM

pytestmark = pytest.mark.timeout(60)

FORMAT = FrameFormat(64, 48)
ROOT = Path(__file__).parents[3]


class FakeDevice:
    """The other side of the fake backend."""

    def __init__(self) -> None:
        self._listener = Listener(("127.0.0.1", 0))
        self._links: list[Connection] = []

    @property
    def name(self) -> str:
        return "{}:{}".format(*self._listener.address)

    def accept(self) -> tuple[int, int, float]:
        """Meet the next child; says the format it opened."""
        self._links.append(self._listener.accept())
        opened: tuple[int, int, float] = self._links[-1].recv()
        return opened

    def take(self) -> Pixels:
        """Wait for a frame and let the camera go on."""
        picture = self.look()
        self._links[-1].send_bytes(b"next")
        return picture

    def look(self) -> Pixels:
        """Wait for a frame and keep the camera blocked in its send."""
        return np.frombuffer(self._links[-1].recv_bytes(), np.uint8).reshape(FORMAT.shape)

    def wait_for_the_end(self) -> None:
        with suppress(EOFError, ConnectionError):
            while True:
                self.take()

    def close(self) -> None:
        for link in self._links:
            link.close()
        self._listener.close()


@pytest.fixture
def device(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeDevice]:
    monkeypatch.syspath_prepend(ROOT)  # a spawned child gets our path, so it finds the fake
    fake = FakeDevice()
    yield fake
    fake.close()


@pytest.fixture
def camera(device: FakeDevice) -> Iterator[VirtualCamera]:
    sink = VirtualCamera(device.name, backend_from=BACKEND_FROM)
    yield sink
    sink.close()


def noise_frame(number: int) -> Frame:
    pixels = np.random.default_rng(number).integers(0, 256, FORMAT.shape, np.uint8)
    frame = Frame(pixels)
    frame.number = number
    return frame


def child_of(camera: VirtualCamera) -> Any:
    assert camera._link is not None
    return camera._link._process


def test_frames_arrive_whole_and_the_last_one_is_repeated(camera: VirtualCamera, device: FakeDevice) -> None:
    camera.open(FORMAT, 30)
    assert device.accept() == (64, 48, 30)
    frames = [noise_frame(number) for number in range(SLOT_COUNT * 2)]

    for frame in frames:
        camera.send(frame)
        assert np.array_equal(device.take(), frame.pixels)

    assert np.array_equal(device.take(), frames[-1].pixels)  # nobody sent it again
    assert np.array_equal(device.take(), frames[-1].pixels)
    camera.send(frames[0])
    device.take()
    camera.send(frames[1])
    assert camera.repeated >= 1


def test_the_first_frame_goes_out_at_once(camera: VirtualCamera, device: FakeDevice) -> None:
    camera.open(FORMAT, fps=0.001)  # at this rate nothing is repeated during the test
    device.accept()
    frame = noise_frame(0)

    camera.send(frame)

    assert np.array_equal(device.take(), frame.pixels)


def test_a_busy_camera_shows_the_newest_frame_next(camera: VirtualCamera, device: FakeDevice) -> None:
    camera.open(FORMAT, fps=0.001)
    device.accept()
    camera.send(noise_frame(0))
    device.look()
    camera.send(noise_frame(1))
    camera.send(noise_frame(2))

    device._links[-1].send_bytes(b"next")

    assert np.array_equal(device.take(), noise_frame(2).pixels)


def test_a_stuck_camera_is_reported_and_stopped(
    camera: VirtualCamera, device: FakeDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(device_link, "STUCK_AFTER", 0.01)
    monkeypatch.setattr(device_link, "CLOSE_PATIENCE", 0.01)
    camera.open(FORMAT, fps=0.001)
    device.accept()
    camera.send(noise_frame(0))
    device.look()
    for number in range(1, SLOT_COUNT):
        camera.send(noise_frame(number))

    with pytest.raises(SinkError, match="has not answered"):
        camera.send(noise_frame(9))
    camera.close()

    with pytest.raises((EOFError, ConnectionError)):
        device.look()


def test_a_killed_child_is_noticed_and_the_runner_opens_again(camera: VirtualCamera, device: FakeDevice) -> None:
    runner = SinkRunner(camera, FORMAT, 30, back_off=(0.0,))
    runner.start()
    runner.offer(noise_frame(0))
    device.accept()
    device.take()

    child_of(camera).kill()
    child_of(camera).join()
    runner.offer(noise_frame(1))
    device.accept()

    runner.offer(noise_frame(2))  # kept until the camera is open

    assert np.array_equal(device.take(), noise_frame(2).pixels)
    runner.stop(30)


def test_a_dead_child_is_named_with_its_exit_code(camera: VirtualCamera, device: FakeDevice) -> None:
    camera.open(FORMAT, 30)
    child_of(camera).kill()
    child_of(camera).join()

    with pytest.raises(SinkError, match=r"the camera process has ended \(exit code -9\)"):
        camera.send(noise_frame(0))


def test_a_driver_that_throws_gives_its_words(device: FakeDevice) -> None:
    sink = VirtualCamera(device.name, backend_from="tests.live.sinks.fake_camera:register_broken")

    with pytest.raises(SinkError, match="ZeroDivisionError: broken driver"):
        sink.open(FORMAT, 30)


HOST = """
import sys
import numpy as np
from core.frames.frame import Frame, FrameFormat
from live.sinks.virtual_camera import VirtualCamera

if __name__ == "__main__":
    camera = VirtualCamera(sys.argv[1], backend_from=sys.argv[2])
    camera.open(FrameFormat(64, 48), 30)
    camera.send(Frame(np.zeros((48, 64, 3), np.uint8)))
    print("ready", flush=True)
    sys.stdin.read()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_the_child_ends_when_its_host_is_killed(device: FakeDevice, tmp_path: Path) -> None:
    script = tmp_path / "host.py"
    script.write_text(HOST)
    command = [sys.executable, str(script), device.name, BACKEND_FROM]
    pipe = subprocess.PIPE
    environment = {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment) as host:
        assert host.stdout is not None
        device.accept()
        assert host.stdout.readline() == b"ready\n"

        host.send_signal(signal.SIGKILL)

        device.wait_for_the_end()


def test_a_missing_package_names_the_extra_and_its_licence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    with pytest.raises(SinkUnavailable, match=r"GPL-2.0\): pip install 'latentdeck\[camera\]'"):
        VirtualCamera().open(FORMAT, 30)


@pytest.mark.skipif(sys.platform != "linux", reason="v4l2loopback is for Linux")
@pytest.mark.parametrize("wanted", ["Stage", "/dev/video99"])
def test_an_absent_device_is_named_with_the_remedy(wanted: str) -> None:
    with pytest.raises(SinkError, match=rf"no virtual camera '{wanted}'; found: .*v4l2loopback"):
        VirtualCamera(wanted).open(FORMAT, 30)


@pytest.mark.skipif(sys.platform != "linux" or bool(v4l2.loopback_devices()), reason="there is a virtual camera")
def test_a_machine_without_a_virtual_camera_says_so() -> None:
    assert list_cameras() == []
    with pytest.raises(SinkError, match="no virtual camera; found: none"):
        VirtualCamera().open(FORMAT, 30)
