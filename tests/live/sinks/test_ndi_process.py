"""The NDI sender with a stand-in for its library, and with the real one where there is no network but lo."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from fractions import Fraction
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from core.control.errors import SinkError, SinkUnavailable
from core.frames.frame import FrameFormat
from core.frames.shared_pool import PoolDescription
from live.sinks.device_process import DeviceRequest
from live.sinks.ndi_process import NdiOptions, open_ndi

ROOT = Path(__file__).parents[3]
FORMAT = FrameFormat(32, 16)
REQUEST = DeviceRequest(FORMAT, 29.97, "", NdiOptions("Stage"), PoolDescription("", FORMAT, 3))
IN_A_NAMESPACE = ["unshare", "-rn", "bash", "-c", 'ip link set lo up && exec "$@"', "-"]


class FakeFrame:
    def __init__(self) -> None:
        self.said: dict[str, Any] = {}

    def set_resolution(self, width: int, height: int) -> None:
        self.said["size"] = (width, height)

    def set_frame_rate(self, rate: Fraction) -> None:
        self.said["rate"] = rate

    def set_fourcc(self, fourcc: str) -> None:
        self.said["fourcc"] = fourcc


class FakeSender:
    """made: the last one."""

    made: FakeSender

    def __init__(self, ndi_name: str, *, clock_video: bool, clock_audio: bool) -> None:
        FakeSender.made = self
        self.ndi_name = ndi_name
        self.is_clocked = clock_video or clock_audio
        self.frame: FakeFrame | None = None
        self.sent: list[bytes] = []
        self.state = "new"

    def set_video_frame(self, frame: FakeFrame) -> None:
        self.frame = frame

    def open(self) -> None:
        self.state = "open"

    def write_video_async(self, data: memoryview) -> bool:
        self.sent.append(bytes(data))
        return self.state == "open"

    def close(self) -> None:
        self.state = "closed"


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> None:
    parts: dict[str, dict[str, Any]] = {
        "cyndilib": {},
        "cyndilib.sender": {"Sender": FakeSender},
        "cyndilib.video_frame": {"VideoSendFrame": FakeFrame},
        "cyndilib.wrapper": {},
        "cyndilib.wrapper.ndi_structs": {"FourCC": type("FourCC", (), {"RGBX": "RGBX"})},
    }
    for name, members in parts.items():
        module = ModuleType(name)
        module.__dict__.update(members)
        monkeypatch.setitem(sys.modules, name, module)


@pytest.mark.usefixtures("library")
def test_the_sender_is_told_the_format_and_does_not_pace_us() -> None:
    open_ndi(REQUEST)

    sender = FakeSender.made
    assert (sender.ndi_name, sender.is_clocked, sender.state) == ("Stage", False, "open")
    assert sender.frame is not None
    assert sender.frame.said == {"size": (32, 16), "rate": Fraction(2997, 100), "fourcc": "RGBX"}


@pytest.mark.usefixtures("library")
def test_a_frame_goes_out_as_rgbx() -> None:
    device = open_ndi(REQUEST)

    device.send(np.full(FORMAT.shape, (10, 20, 30), np.uint8))

    (data,) = FakeSender.made.sent
    assert len(data) == 32 * 16 * 4
    assert tuple(data[:3]) == (10, 20, 30)


@pytest.mark.usefixtures("library")
def test_a_source_that_takes_no_frame_is_an_error() -> None:
    device = open_ndi(REQUEST)
    device.close()

    with pytest.raises(SinkError, match="takes no frame"):
        device.send(np.zeros(FORMAT.shape, np.uint8))


def test_a_library_that_cannot_be_loaded_is_not_tried_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cyndilib.sender", None)

    with pytest.raises(SinkUnavailable, match="cyndilib cannot be loaded"):
        open_ndi(REQUEST)


def _why_not() -> str:
    if importlib.util.find_spec("cyndilib") is None:
        return "cyndilib is not installed"
    if shutil.which("unshare") is None or shutil.which("ip") is None:
        return "no unshare or no ip in PATH"
    done = subprocess.run([*IN_A_NAMESPACE, "true"], capture_output=True, check=False)
    return "" if done.returncode == 0 else "this user may not make a network namespace"


@pytest.mark.ndi
@pytest.mark.timeout(120)
def test_a_receiver_gets_every_frame_in_order() -> None:
    if reason := _why_not():
        pytest.skip(reason)
    program = [sys.executable, str(Path(__file__).with_name("ndi_round_trip.py"))]

    done = subprocess.run(
        [*IN_A_NAMESPACE, *program],
        capture_output=True,
        text=True,
        check=False,
        timeout=100,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )

    assert done.returncode == 0, done.stderr
    seen = json.loads(done.stdout)
    steps = np.diff(seen["greys"]) % 256
    assert seen["size"] == [320, 180]
    assert len(steps) > 60, "4 s at 30 frames a second, and half of that on a busy machine"
    assert np.all(steps < 60), "frames come in their order"
