"""What Linux knows about virtual cameras (v4l2loopback), and the cures for what its drivers get wrong.

A camera application and we use the same device node: we write to it as an output, it reads from it as a capture.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from core.control.errors import SinkError

CLASS_FOLDER = Path("/sys/class/video4linux")
ADVICE = "Is v4l2loopback loaded? sudo modprobe v4l2loopback devices=1 exclusive_caps=1 card_label=latentdeck"

# From linux/videodev2.h. struct v4l2_format is a type and a union that is aligned like a pointer.
_CAPTURE, _OUTPUT = 1, 2
_UNION_AT = struct.calcsize("P")
_FORMAT_SIZE = _UNION_AT + 200
_STREAM_PARAMETERS_SIZE = 204
_GET_FORMAT = 0xC0005604 | _FORMAT_SIZE << 16
_SET_STREAM_PARAMETERS = 0xC0005616 | _STREAM_PARAMETERS_SIZE << 16
_STREAM_ON, _STREAM_OFF = 0x40045612, 0x40045613


@dataclass(frozen=True, slots=True)
class LoopbackDevice:
    node: str
    label: str

    def __str__(self) -> str:
        return f"{self.node} ({self.label})"


@dataclass(frozen=True, slots=True)
class HeldFormat:
    """What a device has agreed on with its programs; fourcc is the pixel format by its four letters, such as YU12."""

    width: int
    height: int
    fourcc: str

    @property
    def size(self) -> tuple[int, int]:
        return self.width, self.height

    def __str__(self) -> str:
        return f"{self.fourcc} {self.width}x{self.height}"


def loopback_devices(class_folder: Path = CLASS_FOLDER) -> tuple[LoopbackDevice, ...]:
    """All virtual video devices in the order of their numbers; real webcams sit on a bus and are left out."""
    if not class_folder.is_dir():
        return ()
    entries = [entry for entry in class_folder.glob("video*") if "/devices/virtual/" in str(entry.resolve())]
    entries.sort(key=lambda entry: (len(entry.name), entry.name))
    return tuple(LoopbackDevice(f"/dev/{entry.name}", _label(entry)) for entry in entries)


def find_node(wanted: str | None, devices: tuple[LoopbackDevice, ...]) -> str:
    """The device node for a path, a label, or None for the first.

    Raises:
        SinkError: there is no such device.
    """
    if wanted is not None and wanted.startswith("/"):
        if os.path.exists(wanted):
            return wanted
    else:
        for device in devices:
            if wanted is None or device.label == wanted:
                return device.node
    which = "no virtual camera" if wanted is None else f"no virtual camera {wanted!r}"
    found = ", ".join(map(str, devices)) or "none"
    raise SinkError(f"{which}; found: {found}. {ADVICE}")


def make_reusable(node: str) -> None:
    """Undo what an earlier writer left behind; harmless where nothing is wrong.

    With exclusive_caps, v4l2loopback 0.12 forgets to offer its output side again after somebody who used write() has
    gone, so every later open is refused. Closing a descriptor that has streamed makes it remember.
    """
    with _device(node) as descriptor, suppress(OSError):
        _ioctl(descriptor, _STREAM_ON, struct.pack("i", _OUTPUT))
        _ioctl(descriptor, _STREAM_OFF, struct.pack("i", _OUTPUT))


def set_rate(node: str, fps: float) -> None:
    """Tell readers the frame rate; without it they see 30 whatever is sent. A driver that refuses keeps its own."""
    interval = 1 / Fraction(fps).limit_denominator(1001)
    parameters = struct.pack("5I", _CAPTURE, 0, 0, interval.numerator, interval.denominator)
    with _device(node) as descriptor, suppress(OSError):
        _ioctl(descriptor, _SET_STREAM_PARAMETERS, parameters.ljust(_STREAM_PARAMETERS_SIZE, b"\0"))


def read_format(node: str) -> HeldFormat | None:
    """The format that the device really has, or None when it does not say."""
    with _device(node) as descriptor, suppress(OSError):
        answer = _ioctl(descriptor, _GET_FORMAT, struct.pack("I", _OUTPUT).ljust(_FORMAT_SIZE, b"\0"))
        width, height, code = struct.unpack_from("2I4s", answer, _UNION_AT)
        return HeldFormat(width, height, code.decode("latin-1").strip())
    return None


def _label(entry: Path) -> str:
    try:
        return (entry / "name").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return "unnamed"


@contextmanager
def _device(node: str) -> Iterator[int]:
    try:
        descriptor = os.open(node, os.O_RDWR)
    except OSError as error:
        raise SinkError(f"cannot open {node}: {error.strerror}") from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _ioctl(descriptor: int, request: int, argument: bytes) -> bytes:
    import fcntl  # there is none on Windows, where nobody calls this

    return fcntl.ioctl(descriptor, request, argument)
