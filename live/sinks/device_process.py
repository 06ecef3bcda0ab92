"""The child that owns one output device: a camera, a window, a sender to other programs. Our end of it is device_link.

A process and not a thread, because the libraries hold the interpreter lock while they convert and write, and some of them
want the main thread. It repeats the last frame when nothing new comes, as readers of a silent camera freeze and a
window must answer its system, and it ends when the host does.
"""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection
from typing import Protocol

import cv2

from core.control.errors import SinkError, SinkUnavailable
from core.frames.frame import FrameFormat, Pixels
from core.frames.shared_pool import PoolDescription, SharedFramePool

SPARE_TIME = 0.5  # of a frame interval: a frame that is only a little late is not overtaken by a repeated one


class Device(Protocol):
    """What an opener gives. All methods are called from the main thread of the child."""

    @property
    def name(self) -> str:
        """What was opened, in the words of its system."""
        ...

    def send(self, pixels: Pixels) -> None:
        """Show (height, width, 3) uint8 RGB, valid during this call only. Raises SinkError when the device has gone."""
        ...

    def adjust(self, value: object) -> None:
        """Follow what the operator has changed while it runs."""
        ...

    def close(self) -> None: ...


@dataclass(frozen=True, slots=True)
class DeviceRequest:
    """What to open. opener is `module:function`; the function takes this request and returns a Device."""

    frame_format: FrameFormat
    fps: float
    opener: str
    options: object
    pool: PoolDescription


# Host to child: the number of a filled slot, Adjust, or None to stop. Child to host: the rest.


@dataclass(frozen=True, slots=True)
class Adjust:
    value: object


@dataclass(frozen=True, slots=True)
class DeviceOpened:
    name: str


@dataclass(frozen=True, slots=True)
class SlotFree:
    """repeated: how often a frame was sent again so far because no newer one had come."""

    slot: int
    repeated: int = 0


@dataclass(frozen=True, slots=True)
class DeviceFailed:
    reason: str
    is_permanent: bool


DeviceMessage = DeviceOpened | SlotFree | DeviceFailed


def run_device(request: DeviceRequest, host: Connection) -> None:
    """Main of the child."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the host decides when we stop
    cv2.setNumThreads(1)  # a frame is converted in half a millisecond; more cores would be taken from the model
    try:
        _serve(request, host)
    except (EOFError, ConnectionError):
        return  # the host has gone
    except SinkError as error:
        _tell(host, DeviceFailed(str(error), isinstance(error, SinkUnavailable)))
    except Exception as error:  # whatever a driver throws: the host opens us again
        _tell(host, DeviceFailed(f"{type(error).__name__}: {error}", is_permanent=False))


def _serve(request: DeviceRequest, host: Connection) -> None:
    device = open_device(request)
    pool = SharedFramePool.attach(request.pool)
    try:
        host.send(DeviceOpened(device.name))
        _Feed(device, pool, host, 1 / request.fps).run()
    finally:
        device.close()
        pool.close()


def open_device(request: DeviceRequest) -> Device:
    """Raises SinkError."""
    module_name, _, function_name = request.opener.partition(":")
    device: Device = getattr(import_module(module_name), function_name)(request)
    return device


class _Feed:
    """Sends the newest slot at once, and repeats it for as long as there is none newer."""

    def __init__(self, device: Device, pool: SharedFramePool, host: Connection, interval: float) -> None:
        self._device = device
        self._pool = pool
        self._host = host
        self._interval = interval
        self._shown: int | None = None
        self._repeated = 0
        self._is_last = False

    def run(self) -> None:
        wait: float | None = None
        while True:
            is_new = self._host.poll(wait) and self._read()
            if self._shown is not None:
                started = time.monotonic()
                self._repeated += not is_new and not self._is_last
                if is_new or not self._is_last:
                    self._device.send(self._pool.pixels(self._shown))
                due = started + self._interval * (1 + SPARE_TIME if is_new else 1)
                wait = max(0.0, due - time.monotonic())
            if self._is_last:
                return

    def _read(self) -> bool:
        """Take all messages that wait, and say whether there is a newer slot among them; older ones go back."""
        is_new = False
        while True:
            message = self._host.recv()
            if message is None:
                self._is_last = True
                return is_new
            if isinstance(message, Adjust):
                self._device.adjust(message.value)
            else:
                if self._shown is not None:
                    self._host.send(SlotFree(self._shown, self._repeated))
                self._shown, is_new = message, True
            if not self._host.poll():
                return is_new


def _tell(host: Connection, message: DeviceMessage) -> None:
    try:
        host.send(message)
    except OSError:
        return  # the host has gone, too
