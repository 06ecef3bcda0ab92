"""The child that owns the camera device, and the only importer of pyvirtualcam (GPL-2.0).

A process and not a thread, because the library holds the interpreter lock while it converts and writes. It repeats
the last frame when nothing new comes, as readers of a silent camera freeze, and it ends when the host does.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from dataclasses import dataclass
from importlib import import_module
from multiprocessing.connection import Connection
from typing import Any

from core.control.errors import SinkError, SinkUnavailable
from core.frames.frame import FrameFormat
from core.frames.shared_pool import PoolDescription, SharedFramePool
from live.sinks import v4l2

SPARE_TIME = 0.5  # of a frame interval: a frame that is only a little late is not overtaken by a repeated one
OBS_ADVICE = (
    "Install OBS Studio 30 or newer, start and stop its virtual camera once, and do not use it in OBS meanwhile."
)


@dataclass(frozen=True, slots=True)
class CameraRequest:
    """What to open. backend_from is `module:function`; the function registers a backend and returns its name."""

    frame_format: FrameFormat
    fps: float
    device: str | None
    backend_from: str | None
    pool: PoolDescription


# Host to child: the number of a filled slot, or None to stop. Child to host:


@dataclass(frozen=True, slots=True)
class CameraOpened:
    device: str


@dataclass(frozen=True, slots=True)
class SlotFree:
    slot: int


@dataclass(frozen=True, slots=True)
class CameraFailed:
    reason: str
    is_permanent: bool


CameraMessage = CameraOpened | SlotFree | CameraFailed


def run_camera(request: CameraRequest, host: Connection) -> None:
    """Main of the child."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to the whole group; the host decides when we stop
    try:
        _serve(request, host)
    except (EOFError, ConnectionError):
        return  # the host has gone
    except SinkError as error:
        _tell(host, CameraFailed(str(error), isinstance(error, SinkUnavailable)))
    except Exception as error:  # whatever a driver throws: the host opens us again
        _tell(host, CameraFailed(f"{type(error).__name__}: {error}", is_permanent=False))


def _serve(request: CameraRequest, host: Connection) -> None:
    camera = _open(request)
    pool = SharedFramePool.attach(request.pool)
    try:
        host.send(CameraOpened(camera.device))
        _feed(camera, pool, host, 1 / request.fps)
    finally:
        camera.close()
        pool.close()


def _feed(camera: Any, pool: SharedFramePool, host: Connection, interval: float) -> None:
    """Send the newest slot at once, and repeat it for as long as there is none newer."""
    node = camera.device if os.path.exists(camera.device) else None
    shown: int | None = None
    wait: float | None = None
    while True:
        is_new = host.poll(wait)
        if is_new:
            newest, is_last = _newest(host, shown)
            if newest is None:
                return
            shown = newest
        if node is not None and not os.path.exists(node):
            raise SinkError(f"{node} has gone")  # the driver's failed write raises nothing
        assert shown is not None, "there is nothing to repeat before the first frame"
        started = time.monotonic()
        camera.send(pool.pixels(shown))
        if is_new and is_last:
            return
        due = started + interval * (1 + SPARE_TIME if is_new else 1)
        wait = max(0.0, due - time.monotonic())


def _newest(host: Connection, shown: int | None) -> tuple[int | None, bool]:
    """The newest filled slot, and whether the host wants us to stop after it; older slots go back to the host."""
    newest, kept = None, shown
    while True:
        slot = host.recv()
        if slot is None:
            return newest, True
        if kept is not None:
            host.send(SlotFree(kept))
        newest = kept = slot
        if not host.poll():
            return newest, False


def _open(request: CameraRequest) -> Any:
    try:
        import pyvirtualcam
    except ImportError as error:
        raise SinkUnavailable(f"pyvirtualcam cannot be loaded: {error}") from error
    if request.backend_from is not None:
        return _open_backend(request, pyvirtualcam, _register(request.backend_from))
    if sys.platform == "linux":
        return _open_loopback(request, pyvirtualcam)
    return _open_backend(request, pyvirtualcam, None)


def _open_loopback(request: CameraRequest, pyvirtualcam: Any) -> Any:
    assert request.device is not None, "the host finds the device"
    v4l2.make_reusable(request.device)
    v4l2.set_rate(request.device, request.fps)
    camera = _open_backend(request, pyvirtualcam, "v4l2loopback")
    wanted = (request.frame_format.width, request.frame_format.height)
    size = v4l2.read_size(request.device)
    if size is not None and size != wanted:
        camera.close()
        raise SinkError(
            f"{request.device} stays at {size[0]}x{size[1]} and the show is {wanted[0]}x{wanted[1]}: "
            "a program still reads the old size; close it there and open it again"
        )
    return camera


def _open_backend(request: CameraRequest, pyvirtualcam: Any, backend: str | None) -> Any:
    frame_format = request.frame_format
    try:
        return pyvirtualcam.Camera(
            frame_format.width, frame_format.height, request.fps, device=request.device, backend=backend
        )
    except RuntimeError as error:
        advice = v4l2.ADVICE if sys.platform == "linux" else OBS_ADVICE
        reason = " ".join(str(error).split())
        raise SinkError(f"cannot open the virtual camera {request.device or ''}: {reason}. {advice}") from error


def _register(backend_from: str) -> str:
    module_name, _, function_name = backend_from.partition(":")
    name: str = getattr(import_module(module_name), function_name)()
    return name


def _tell(host: Connection, message: CameraMessage) -> None:
    try:
        host.send(message)
    except OSError:
        return  # the host has gone, too
