from __future__ import annotations

import struct
import sys
from pathlib import Path

import pytest

from core.control.errors import SinkError
from live.sinks import v4l2
from live.sinks.v4l2 import (
    HeldFormat,
    LoopbackDevice,
    find_node,
    loopback_devices,
    make_reusable,
    read_format,
    set_rate,
)

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="v4l2 is a part of Linux")

STAGE, SPARE = LoopbackDevice("/dev/video10", "Stage"), LoopbackDevice("/dev/video11", "Spare")


class FakeDriver:
    """Answers ioctls and remembers them; requests in refuses raise OSError as drivers do."""

    def __init__(
        self, *, width: int = 0, height: int = 0, fourcc: bytes = b"YU12", refuses: tuple[int, ...] = ()
    ) -> None:
        self._format = (width, height, fourcc)
        self._refuses = refuses
        self.requests: list[int] = []
        self.arguments: list[bytes] = []

    def __call__(self, descriptor: int, request: int, argument: bytes) -> bytes:
        self.requests.append(request)
        self.arguments.append(argument)
        if request in self._refuses:
            raise OSError(22, "Invalid argument")
        answer = bytearray(argument)
        if request == v4l2._GET_FORMAT:
            struct.pack_into("2I4s", answer, v4l2._UNION_AT, *self._format)
        return bytes(answer)


@pytest.fixture
def node(tmp_path: Path) -> str:
    (tmp_path / "video10").touch()
    return str(tmp_path / "video10")


def use(driver: FakeDriver, monkeypatch: pytest.MonkeyPatch) -> FakeDriver:
    monkeypatch.setattr(v4l2, "_ioctl", driver)
    return driver


def make_class_folder(root: Path, devices: dict[str, tuple[str, str]]) -> Path:
    """A small /sys: name -> (where the device sits, its label)."""
    for name, (bus, label) in devices.items():
        real = root / "devices" / bus / name
        real.mkdir(parents=True)
        (real / "name").write_text(f"{label}\n")
        (root / "class").mkdir(exist_ok=True)
        (root / "class" / name).symlink_to(real)
    return root / "class"


def test_loopback_devices_leave_out_webcams_and_keep_their_order(tmp_path: Path) -> None:
    folder = make_class_folder(
        tmp_path,
        {"video10": ("virtual", "Stage"), "video0": ("pci0000:00/usb1", "Webcam"), "video2": ("virtual", "Spare")},
    )

    assert [str(device) for device in loopback_devices(folder)] == ["/dev/video2 (Spare)", "/dev/video10 (Stage)"]


def test_a_system_without_video_devices_has_no_loopback(tmp_path: Path) -> None:
    assert loopback_devices(tmp_path / "nowhere") == ()


@pytest.mark.parametrize(
    ("wanted", "node"), [(None, "/dev/video10"), ("Spare", "/dev/video11"), ("/dev/null", "/dev/null")]
)
def test_a_device_is_found_by_path_label_or_first(wanted: str | None, node: str) -> None:
    assert find_node(wanted, (STAGE, SPARE)) == node


def test_an_unknown_label_lists_what_there_is() -> None:
    with pytest.raises(SinkError, match=r"no virtual camera 'Foyer'; found: /dev/video10 \(Stage\)\. Is v4l2loopback"):
        find_node("Foyer", (STAGE,))


def test_the_cure_streams_on_and_off_on_the_output_side(node: str, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = use(FakeDriver(), monkeypatch)

    make_reusable(node)

    assert driver.requests == [0x40045612, 0x40045613]
    assert driver.arguments == [struct.pack("i", 2)] * 2


def test_a_refused_stream_on_is_not_followed_by_off(node: str, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = use(FakeDriver(refuses=(0x40045612,)), monkeypatch)

    make_reusable(node)

    assert driver.requests == [0x40045612]


@pytest.mark.parametrize(("code", "fourcc"), [(b"YU12", "YU12"), (b"Y16 ", "Y16")])
def test_the_real_format_is_read_back(node: str, code: bytes, fourcc: str, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = use(FakeDriver(width=640, height=360, fourcc=code), monkeypatch)

    assert read_format(node) == HeldFormat(640, 360, fourcc)
    assert struct.unpack_from("I", driver.arguments[0]) == (2,), "of the output side"


def test_a_driver_that_does_not_say_its_format_is_believed(node: str, monkeypatch: pytest.MonkeyPatch) -> None:
    use(FakeDriver(refuses=(v4l2._GET_FORMAT,)), monkeypatch)

    assert read_format(node) is None


@pytest.mark.skipif(struct.calcsize("P") != 8, reason="request numbers of a 64-bit kernel")
def test_request_numbers_are_those_of_the_kernel() -> None:
    assert (v4l2._GET_FORMAT, v4l2._SET_STREAM_PARAMETERS) == (0xC0D05604, 0xC0CC5616)


def test_the_rate_is_set_as_an_interval(node: str, monkeypatch: pytest.MonkeyPatch) -> None:
    driver = use(FakeDriver(), monkeypatch)

    set_rate(node, 25)

    assert struct.unpack_from("5I", driver.arguments[0]) == (1, 0, 0, 1, 25)
    assert len(driver.arguments[0]) == 204


def test_a_device_that_cannot_be_opened_says_why(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match=r"cannot open .*video99: No such file or directory"):
        make_reusable(str(tmp_path / "video99"))


def test_a_file_that_is_no_device_does_no_harm(node: str) -> None:
    make_reusable(node)
    set_rate(node, 30)

    assert read_format(node) is None
