"""What goes wrong in a live run on purpose: a worker that is killed, sinks that hang, a flood of commands, a bad crowd."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from contextlib import suppress
from dataclasses import dataclass, field

from core.control.commands import Origin, ReleasePosition, Submission, Surface
from core.control.errors import LatentdeckError
from core.frames.frame import Frame, FrameFormat
from live.server import Server

KILL_INTERVAL = 5.0
HANG_SECONDS = 2.0  # more than the runner takes to call it a hang
FLOOD_INTERVAL = 3.0
FLOOD_SIZE = 5000  # five times what the queue holds
VANDAL = Origin(Surface.SHOW, "bench")


@dataclass(slots=True)
class Damage:
    """What was done, and what the show said to it."""

    kills: int = 0
    hangs: int = 0
    flood_sent: int = 0
    flood_refused: int = 0
    crowd: dict[str, int] = field(default_factory=dict)


class HangingSink:
    """Keeps its first frame until `release`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.release = threading.Event()

    def open(self, frame_format: FrameFormat, fps: float) -> None:
        """Nothing to open."""

    def send(self, frame: Frame) -> None:
        self.release.wait()

    def close(self) -> None:
        """Nothing to close."""


async def do_damage(server: Server, damage: Damage) -> None:
    """Until cancelled."""
    await asyncio.gather(_kill_workers(server, damage), _hang_sinks(server, damage), _flood(server, damage))


async def _kill_workers(server: Server, damage: Damage) -> None:
    while True:
        await asyncio.sleep(KILL_INTERVAL)
        process_id = server.compute.process_id
        if process_id is not None:
            with suppress(OSError):  # it has just ended by itself
                os.kill(process_id, signal.SIGTERM if os.name == "nt" else signal.SIGKILL)
                damage.kills += 1


async def _hang_sinks(server: Server, damage: Damage) -> None:
    while True:
        sink = HangingSink(f"hanging {damage.hangs + 1}")
        server.outputs.add(sink)
        try:
            await asyncio.sleep(HANG_SECONDS)
        finally:
            sink.release.set()
        await asyncio.to_thread(server.outputs.remove, sink.name)
        damage.hangs += 1


async def _flood(server: Server, damage: Damage) -> None:
    """Harmless actions, which the queue may not merge."""
    while True:
        await asyncio.sleep(FLOOD_INTERVAL)
        await asyncio.to_thread(_flood_once, server, damage)


def _flood_once(server: Server, damage: Damage) -> None:
    for _ in range(FLOOD_SIZE):
        damage.flood_sent += 1
        try:
            server.submit(Submission(ReleasePosition(), VANDAL))
        except LatentdeckError:
            damage.flood_refused += 1
