from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest
import pyvirtualcam
from pyvirtualcam import camera as pyvirtualcam_camera

from core.control.errors import SinkError
from core.frames.frame import FrameFormat, Pixels
from core.frames.shared_pool import SharedFramePool
from live.sinks import v4l2
from live.sinks.camera_process import CameraDevice, CameraOptions, open_camera
from live.sinks.device_process import DeviceRequest
from tests.live.sinks.fake_loopback import FakeLoopback

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="v4l2 is a part of Linux")

FORMAT = FrameFormat(64, 48)
FPS = 10


@pytest.fixture
def loopback(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeLoopback:
    device = FakeLoopback(tmp_path / "video10")
    monkeypatch.setattr(v4l2, "_ioctl", device.ioctl)
    monkeypatch.setitem(pyvirtualcam_camera.BACKENDS, "v4l2loopback", device.backend())
    return device


@pytest.fixture
def request_for(loopback: FakeLoopback) -> Iterator[DeviceRequest]:
    pool = SharedFramePool.create(FORMAT, 1)
    yield DeviceRequest(FORMAT, FPS, "", CameraOptions(loopback.node), pool.description)
    pool.close()


@pytest.fixture
def picture() -> Pixels:
    """Soft, as colour has half the resolution in these formats."""
    noise = np.random.default_rng(1).integers(0, 255, (3, 4, 3), np.uint8)
    return np.asarray(cv2.resize(noise, FORMAT.shape[1::-1], interpolation=cv2.INTER_CUBIC), np.uint8)


def is_seen(loopback: FakeLoopback, picture: Pixels) -> bool:
    return bool(np.abs(loopback.read().astype(int) - picture).mean() < 6)  # 97 when the formats differ


@pytest.mark.parametrize("fourcc", ["YU12", "YUYV", "UYVY"])
def test_a_reader_sees_the_picture_in_whatever_format_it_holds(
    fourcc: str, loopback: FakeLoopback, request_for: DeviceRequest, picture: Pixels
) -> None:
    loopback.hold(64, 48, fourcc)

    camera = open_camera(request_for)
    camera.send(picture)

    assert is_seen(loopback, picture)
    assert loopback.opened[-1] == fourcc


def test_a_device_that_nobody_holds_is_written_as_ever(
    loopback: FakeLoopback, request_for: DeviceRequest, picture: Pixels
) -> None:
    camera = open_camera(request_for)
    camera.send(picture)

    assert loopback.opened == ["YU12"]
    assert is_seen(loopback, picture)


@pytest.mark.parametrize("fourcc", ["MJPG", "RGB3", "Y16"])
def test_a_format_that_cannot_be_written_is_refused_with_what_to_close(
    fourcc: str, loopback: FakeLoopback, request_for: DeviceRequest
) -> None:
    loopback.hold(64, 48, fourcc)

    with pytest.raises(
        SinkError, match=rf"video10 stays in the format {fourcc}.*close what reads or writes the device"
    ):
        open_camera(request_for)
    assert not loopback.is_open


def test_another_size_is_refused_whatever_the_format(loopback: FakeLoopback, request_for: DeviceRequest) -> None:
    loopback.hold(32, 16, "YUYV")

    with pytest.raises(SinkError, match="stays at 32x16 and the show is 64x48"):
        open_camera(request_for)
    assert not loopback.is_open


@pytest.mark.parametrize("frames_before", [0, 1, 7])
def test_a_format_that_changes_while_it_is_written_is_noticed_within_a_second(
    frames_before: int, loopback: FakeLoopback, request_for: DeviceRequest, picture: Pixels
) -> None:
    camera = open_camera(request_for)
    for _ in range(frames_before):
        camera.send(picture)
    loopback.hold(64, 48, "YUYV")

    with pytest.raises(SinkError, match="was changed from YU12 64x48 to YUYV 64x48 by another program"):
        send(camera, picture, FPS)
    camera.close()
    again = open_camera(request_for)
    again.send(picture)

    assert is_seen(loopback, picture), "opened again, it follows"


def test_a_device_that_lost_its_format_between_two_openings_is_noticed_at_the_first_frame(
    loopback: FakeLoopback, request_for: DeviceRequest, picture: Pixels
) -> None:
    loopback.hold(64, 48, "YUYV")
    camera = open_camera(request_for)
    loopback.hold(64, 48, "YU12")

    with pytest.raises(SinkError, match="from YUYV 64x48 to YU12 64x48"):
        camera.send(picture)


def send(camera: CameraDevice, picture: Pixels, count: int) -> None:
    for _ in range(count):
        camera.send(picture)


def test_the_library_still_knows_the_formats_by_these_names() -> None:
    assert {"RGB", "YUYV", "UYVY"} <= set(pyvirtualcam.PixelFormat.__members__)
