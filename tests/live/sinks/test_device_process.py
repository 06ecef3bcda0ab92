from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Iterator
from multiprocessing.connection import Connection
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.control.errors import SinkError
from core.frames.frame import FrameFormat, Pixels
from core.frames.shared_pool import SharedFramePool
from live.sinks import device_process
from live.sinks.device_process import Adjust, DeviceFailed, DeviceOpened, DeviceRequest, SlotFree, run_device

FORMAT = FrameFormat(32, 16)


class FakeDevice:
    """Remembers the frames; it is gone with frame number unplug_after."""

    def __init__(self, node: Path, unplug_after: int = 0) -> None:
        self.name = str(node)
        self.adjusted: list[object] = []
        self.shown: list[Pixels] = []
        self.is_closed = False
        self._unplug_after = unplug_after

    def send(self, frame: Pixels) -> None:
        self.shown.append(frame.copy())
        if len(self.shown) == self._unplug_after:
            raise SinkError(f"{self.name} has gone")

    def adjust(self, value: object) -> None:
        self.adjusted.append(value)

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


def request_of(pool: SharedFramePool, node: Path, fps: float = 1000.0) -> DeviceRequest:
    return DeviceRequest(FORMAT, fps, "some:opener", str(node), pool.description)


def messages(host: Connection) -> list[object]:
    found = []
    while host.poll():
        found.append(host.recv())
    return found


def run_with(
    device: FakeDevice,
    request: DeviceRequest,
    ends: tuple[Connection, Connection],
    monkeypatch: pytest.MonkeyPatch,
) -> list[object]:
    monkeypatch.setattr(device_process, "open_device", lambda _: device)
    run_device(request, ends[1])
    return messages(ends[0])


def test_only_the_newest_of_waiting_frames_is_shown_before_the_end(
    pool: SharedFramePool, node: Path, ends: tuple[Connection, Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    device = FakeDevice(node)
    for message in (0, 1, 2, None):
        ends[0].send(message)

    said = run_with(device, request_of(pool, node), ends, monkeypatch)

    assert [picture.max() for picture in device.shown] == [2]
    assert said == [DeviceOpened(str(node)), SlotFree(0), SlotFree(1)]
    assert device.is_closed


def test_a_device_that_goes_ends_the_child_with_its_words(
    pool: SharedFramePool, node: Path, ends: tuple[Connection, Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    device = FakeDevice(node, unplug_after=3)
    ends[0].send(1)

    said = run_with(device, request_of(pool, node), ends, monkeypatch)

    assert said[-1] == DeviceFailed(f"{node} has gone", is_permanent=False)
    assert np.array_equal(device.shown[2], device.shown[0])


def test_what_was_repeated_is_told_with_the_next_free_slot(
    pool: SharedFramePool, node: Path, ends: tuple[Connection, Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    device = FakeDevice(node)
    send = device.send

    def send_and_play_the_host(frame: Pixels) -> None:
        send(frame)
        if len(device.shown) == 3:
            ends[0].send(1)
            ends[0].send(None)

    monkeypatch.setattr(device, "send", send_and_play_the_host)
    ends[0].send(0)

    said = run_with(device, request_of(pool, node), ends, monkeypatch)

    assert said[-1] == SlotFree(0, repeated=2)
    assert [picture.max() for picture in device.shown] == [0, 0, 0, 1]


def test_an_adjustment_reaches_the_device_and_shows_nothing_by_itself(
    pool: SharedFramePool, node: Path, ends: tuple[Connection, Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    device = FakeDevice(node)
    ends[0].send(Adjust(2))
    ends[0].send(None)

    run_with(device, request_of(pool, node), ends, monkeypatch)

    assert device.adjusted == [2]
    assert device.shown == []


def test_the_opener_is_found_by_its_name(pool: SharedFramePool, node: Path) -> None:
    request = DeviceRequest(FORMAT, 30, f"{__name__}:open_fake", str(node), pool.description)

    assert device_process.open_device(request).name == str(node)


def open_fake(request: DeviceRequest) -> FakeDevice:
    return FakeDevice(Path(str(request.options)))


def test_a_host_that_has_gone_ends_the_child_in_silence(
    pool: SharedFramePool, node: Path, ends: tuple[Connection, Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    device = FakeDevice(node)
    monkeypatch.setattr(device_process, "open_device", lambda _: device)
    ends[0].close()

    run_device(request_of(pool, node), ends[1])

    assert device.is_closed


def test_a_device_takes_one_core_for_its_colours(ends: tuple[Connection, Connection], pool: SharedFramePool) -> None:
    host, child = ends
    before = cv2.getNumThreads()
    try:
        cv2.setNumThreads(4)
        run_device(DeviceRequest(FORMAT, 30, "json:no_such_opener", None, pool.description), child)
        taken = cv2.getNumThreads()
    finally:
        cv2.setNumThreads(before)

    assert isinstance(host.recv(), DeviceFailed)
    assert taken == 1
