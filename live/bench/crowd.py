"""Guests that behave badly, in a process of their own: viewers that never read, foreign pages, wrong and missing keys, junk.

Each is let in within the limits or refused; what the show may not do is notice.
"""

from __future__ import annotations

import asyncio
import json
import signal
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus

from live.bench.press import key_of

STALLED = 200
JUNK = (
    ("wrong key", json.dumps({"token": "guess"})),
    ("no key", json.dumps({"do": "go"})),
    ("malformed", "{" * 1000),
    ("oversized", "x" * 200_000),
)


@dataclass(frozen=True, slots=True)
class CrowdRequest:
    """viewer: the address for watching, with its key."""

    viewer: str


@dataclass(frozen=True, slots=True)
class CrowdReport:
    """How often what came out of each kind of guest."""

    outcomes: dict[str, int] = field(default_factory=dict)


def run_crowd(request: CrowdRequest, host: Connection) -> None:
    """Main of the process: comes again and again until the host says anything."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(OSError, EOFError):
        host.send(asyncio.run(_Crowd(request).behave_badly_until(host)))


class _Crowd:
    def __init__(self, request: CrowdRequest) -> None:
        self._place = urlsplit(request.viewer).netloc
        self._key = key_of(request.viewer)
        self._outcomes: Counter[str] = Counter()

    async def behave_badly_until(self, host: Connection) -> CrowdReport:
        stalled = [asyncio.create_task(self._stall()) for _ in range(STALLED)]
        while not host.poll():
            for kind, text in JUNK:
                await self._show(kind, text)
            await self._come_from_elsewhere()
            await asyncio.sleep(0.2)
        for task in stalled:
            task.cancel()
        await asyncio.gather(*stalled, return_exceptions=True)
        return CrowdReport(dict(sorted(self._outcomes.items())))

    def _dial(self, path: str, **options: object) -> connect:
        return connect(f"ws://{self._place}{path}", compression=None, proxy=None, close_timeout=1, **options)  # type: ignore[arg-type]

    async def _stall(self) -> None:
        """Ask for every picture, read none, and come back when thrown out."""
        while True:
            try:
                async with self._dial("/ws/program", max_queue=1, ping_interval=None) as viewer:
                    await viewer.send(json.dumps({"token": self._key, "size": "full"}))
                    await self._sit(viewer)
            except (OSError, ConnectionClosed, InvalidMessage, TimeoutError):
                self._outcomes["stalled viewer: refused"] += 1
            await asyncio.sleep(2)

    async def _sit(self, viewer: ClientConnection) -> None:
        try:
            async with asyncio.timeout(1):  # one that is refused hears of it at once
                await viewer.wait_closed()
            self._outcomes["stalled viewer: refused"] += 1
        except TimeoutError:
            self._outcomes["stalled viewer: let in"] += 1
            viewer.transport.pause_reading()
            await asyncio.sleep(30)
            viewer.transport.abort()

    async def _show(self, kind: str, text: str) -> None:
        try:
            async with self._dial("/ws/control") as connection:
                await connection.send(text)
                async with asyncio.timeout(10):
                    await connection.wait_closed()
                self._outcomes[f"{kind}: closed with {connection.close_code}"] += 1
        except (OSError, ConnectionClosed, InvalidMessage):
            self._outcomes[f"{kind}: dropped at the door"] += 1
        except TimeoutError:
            self._outcomes[f"{kind}: not answered"] += 1

    async def _come_from_elsewhere(self) -> None:
        try:
            async with self._dial("/ws/control", origin="http://elsewhere.example"):
                self._outcomes["foreign page: let in"] += 1
        except InvalidStatus as refusal:
            self._outcomes[f"foreign page: {refusal.response.status_code}"] += 1
        except (OSError, InvalidMessage, TimeoutError):
            self._outcomes["foreign page: dropped at the door"] += 1
