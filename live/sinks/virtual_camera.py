"""The program as a webcam for OBS, browsers and meetings: our end of the process that owns the camera device."""

from __future__ import annotations

import importlib.util
import multiprocessing
import sys
from contextlib import suppress
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

import numpy as np

from core.control.errors import SinkError, SinkUnavailable
from core.frames.frame import Frame, FrameFormat
from core.frames.shared_pool import SharedFramePool
from live.sinks import v4l2
from live.sinks.camera_process import (
    OBS_ADVICE,
    CameraFailed,
    CameraMessage,
    CameraOpened,
    CameraRequest,
    SlotFree,
    run_camera,
)

SLOT_COUNT = 3  # one that the camera shows and repeats, one on its way, one to paint in
START_PATIENCE = 30.0  # a new interpreter on a cold, loaded machine
STUCK_AFTER = 5.0  # a driver that keeps one frame this long does not come back by itself
CLOSE_PATIENCE = 2.0


class VirtualCamera:
    """Sends frames to a virtual camera device.

    device: a node such as /dev/video10 or a label on Linux, a camera name elsewhere; None takes the first there is.
    backend_from: `module:function` that registers another pyvirtualcam backend in the child and returns its name.
    """

    def __init__(self, device: str | None = None, name: str = "camera", *, backend_from: str | None = None) -> None:
        self.name = name
        self._device = device
        self._backend_from = backend_from
        self._link: _CameraLink | None = None

    def open(self, frame_format: FrameFormat, fps: float) -> None:
        if importlib.util.find_spec("pyvirtualcam") is None:
            raise SinkUnavailable(
                "the virtual camera needs pyvirtualcam (licence GPL-2.0): pip install 'latentdeck[camera]'"
            )
        device = self._device
        if sys.platform == "linux" and self._backend_from is None:
            device = v4l2.find_node(device, v4l2.loopback_devices())
        link = _CameraLink(frame_format, fps, device, self._backend_from)
        try:
            link.wait_until_open()
        except BaseException:
            link.close()
            raise
        self._link = link

    def send(self, frame: Frame) -> None:
        assert self._link is not None, "the camera is not open"
        self._link.send(frame)

    def close(self) -> None:
        link, self._link = self._link, None
        if link is not None:
            link.close()


class _CameraLink:
    """One child with its slots, from start to end."""

    def __init__(self, frame_format: FrameFormat, fps: float, device: str | None, backend_from: str | None) -> None:
        self._pool = SharedFramePool.create(frame_format, SLOT_COUNT)
        context = multiprocessing.get_context("spawn")
        self._connection: Connection
        self._connection, far_end = context.Pipe()
        request = CameraRequest(frame_format, fps, device, backend_from, self._pool.description)
        self._process: BaseProcess = context.Process(
            target=run_camera, args=(request, far_end), name="latentdeck camera", daemon=True
        )
        self._process.start()
        far_end.close()  # ours must be the only other end, so that the death of the child is seen as end of file

    def wait_until_open(self) -> None:
        message = self._receive(START_PATIENCE)
        assert isinstance(message, CameraOpened), "a camera opens before it does anything else"

    def send(self, frame: Frame) -> None:
        slot = self._lend()
        np.copyto(self._pool.pixels(slot), frame.pixels)
        try:
            self._connection.send(slot)
        except OSError:
            raise self._ended() from None

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

    def _lend(self) -> int:
        """A free slot; waits for the camera when it still has them all."""
        self._take_back(wait=0.0)
        slot = self._pool.lend()
        if slot is None:
            self._take_back(wait=STUCK_AFTER)
            slot = self._pool.lend()
        assert slot is not None, "the camera gave a slot back"
        return slot

    def _take_back(self, wait: float) -> None:
        """Collect the slots that the camera is done with; with a wait, at least one."""
        is_waiting = wait > 0
        while is_waiting or self._has_message():
            message = self._receive(wait)
            if isinstance(message, SlotFree):
                self._pool.give_back(message.slot)
            is_waiting = False

    def _has_message(self) -> bool:
        try:
            return self._connection.poll()
        except OSError:
            raise self._ended() from None

    def _receive(self, timeout: float) -> CameraMessage:
        """The next message; one that says that the camera failed is raised."""
        try:
            if not self._connection.poll(timeout):
                raise SinkError(f"the camera has not answered for {timeout:.0f} s; its process is stopped")
            message: CameraMessage = self._connection.recv()
        except (EOFError, OSError):
            raise self._ended() from None
        if isinstance(message, CameraFailed):
            raise _error(message)
        return message

    def _ended(self) -> SinkError:
        """Why the child has gone: its last words, if it had any."""
        with suppress(EOFError, OSError):
            while self._connection.poll():
                message = self._connection.recv()
                if isinstance(message, CameraFailed):
                    return _error(message)
        self._process.join(CLOSE_PATIENCE)
        return SinkError(f"the camera process has ended (exit code {self._process.exitcode})")


def _error(message: CameraFailed) -> SinkError:
    return SinkUnavailable(message.reason) if message.is_permanent else SinkError(message.reason)


def list_cameras() -> list[str]:
    """What `latentdeck devices` shows: the virtual cameras of this machine, or how to get one."""
    if sys.platform != "linux":
        return [f"virtual cameras cannot be listed on this system. {OBS_ADVICE}"]
    return [str(device) for device in v4l2.loopback_devices()]
