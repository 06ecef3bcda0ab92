"""A sink whose device lives in a child process: our end of it, with the slots that carry the frames."""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import numpy as np

from core.control.errors import SinkError, SinkUnavailable
from core.frames.frame import Frame, FrameFormat
from core.frames.shared_pool import SharedFramePool
from live.sinks.device_process import (
    Adjust,
    DeviceFailed,
    DeviceMessage,
    DeviceOpened,
    DeviceRequest,
    SlotFree,
    run_device,
)

SLOT_COUNT = 3  # one that the device shows and repeats, one on its way, one to paint in
START_PATIENCE = 30.0  # a new interpreter on a cold, loaded machine
STUCK_AFTER = 5.0  # a driver that keeps one frame this long does not come back by itself
CLOSE_PATIENCE = 2.0


class DeviceSink:
    """Sends frames to a device in a child process, and starts a new child each time it is opened.

    opener: `module:function` for the child. find: gives what the opener is to open, and raises SinkError when that is
    impossible. adjustment: a value that the operator may change while it runs; the device is told when it does.
    """

    def __init__(
        self,
        name: str,
        opener: str,
        find: Callable[[], object],
        adjustment: Callable[[], object] | None = None,
    ) -> None:
        self.name = name
        self.repeated = 0  # frames that a device showed again because no newer one had come, since the start
        self._repeated_before = 0
        self._opener = opener
        self._find = find
        self._adjustment = adjustment
        self._adjusted: object = None
        self._link: DeviceLink | None = None

    def open(self, frame_format: FrameFormat, fps: float) -> None:
        link = DeviceLink(self.name, frame_format, fps, self._opener, self._find())
        try:
            link.wait_until_open()
        except BaseException:
            link.close()
            raise
        self._adjusted = None
        self._link = link

    def send(self, frame: Frame) -> None:
        assert self._link is not None, f"the {self.name} is not open"
        if self._adjustment is not None and (wanted := self._adjustment()) != self._adjusted:
            self._adjusted = wanted
            self._link.adjust(wanted)
        self._link.send(frame)
        self.repeated = self._repeated_before + self._link.repeated

    def close(self) -> None:
        link, self._link = self._link, None
        self._repeated_before = self.repeated
        if link is not None:
            link.close()


class DeviceLink:
    """One child with its slots, from start to end. name: what messages call the device."""

    def __init__(self, name: str, frame_format: FrameFormat, fps: float, opener: str, options: object) -> None:
        self.repeated = 0
        self._name = name
        self._pool = SharedFramePool.create(frame_format, SLOT_COUNT)
        context = multiprocessing.get_context("spawn")
        self._connection: Connection
        self._connection, far_end = context.Pipe()
        request = DeviceRequest(frame_format, fps, opener, options, self._pool.description)
        self._process: BaseProcess = context.Process(
            target=run_device, args=(request, far_end), name=f"latentdeck {name}", daemon=True
        )
        self._process.start()
        far_end.close()  # ours must be the only other end, so that the death of the child is seen as end of file

    def wait_until_open(self) -> None:
        message = self._receive(START_PATIENCE)
        assert isinstance(message, DeviceOpened), "a device opens before it does anything else"

    def adjust(self, value: object) -> None:
        self._post(Adjust(value))

    def send(self, frame: Frame) -> None:
        slot = self._lend()
        np.copyto(self._pool.pixels(slot), frame.pixels)
        self._post(slot)

    def close(self) -> None:
        try:
            self._connection.send(None)
        except OSError:  # it has ended already
            pass
        else:
            self._process.join(CLOSE_PATIENCE)
        if self._process.is_alive():
            self._process.kill()
        self._process.join()
        self._process.close()
        self._connection.close()
        self._pool.close()

    def _post(self, message: int | Adjust) -> None:
        try:
            self._connection.send(message)
        except OSError:
            raise self._ended() from None

    def _lend(self) -> int:
        """A free slot; waits for the device when it still has them all."""
        self._take_back(wait=0.0)
        slot = self._pool.lend()
        if slot is None:
            self._take_back(wait=STUCK_AFTER)
            slot = self._pool.lend()
        assert slot is not None, "the device gave a slot back"
        return slot

    def _take_back(self, wait: float) -> None:
        """Collect the slots that the device is done with; with a wait, at least one."""
        is_waiting = wait > 0
        while is_waiting or self._has_message():
            message = self._receive(wait)
            if isinstance(message, SlotFree):
                self._pool.give_back(message.slot)
                self.repeated = message.repeated
            is_waiting = False

    def _has_message(self) -> bool:
        try:
            return self._connection.poll()
        except OSError:
            raise self._ended() from None

    def _receive(self, timeout: float) -> DeviceMessage:
        """The next message; one that says that the device failed is raised."""
        try:
            if not self._connection.poll(timeout):
                raise SinkError(f"the {self._name} has not answered for {timeout:.0f} s; its process is stopped")
            message: DeviceMessage = self._connection.recv()
        except (EOFError, OSError):
            raise self._ended() from None
        if isinstance(message, DeviceFailed):
            raise _error(message)
        return message

    def _ended(self) -> SinkError:
        """Why the child has gone: its last words, if it had any."""
        with suppress(EOFError, OSError):
            while self._connection.poll():
                message = self._connection.recv()
                if isinstance(message, DeviceFailed):
                    return _error(message)
        self._process.join(CLOSE_PATIENCE)
        return SinkError(f"the {self._name} process has ended (exit code {self._process.exitcode})")


def _error(message: DeviceFailed) -> SinkError:
    return SinkUnavailable(message.reason) if message.is_permanent else SinkError(message.reason)
