"""A show that only writes down what it is asked for, and an OSC tool at the other end of a real socket."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from controllers.feedback import describe
from controllers.osc.encode import encode_answer
from controllers.osc.endpoint import OscEndpoint, OscSettings
from controllers.osc.guard import Message, read_packet
from core.control.commands import Command, Submission
from core.control.errors import CommandRefused
from core.control.snapshot import Snapshot

PATIENCE = 10.0  # seconds before a wait is given up; nothing here takes a tenth of a second on a free machine


@dataclass
class FakeShow:
    """What controllers know of a show. refuse: the queue is full."""

    snapshot: Snapshot = field(default_factory=Snapshot)
    submissions: list[Submission] = field(default_factory=list)
    refuse: bool = False

    def submit(self, submission: Submission) -> None:
        if self.refuse:
            raise CommandRefused("Go refused: 1024 commands already wait")
        self.submissions.append(submission)

    def get_snapshot(self) -> Snapshot:
        return self.snapshot

    @property
    def commands(self) -> list[Command]:
        return [submission.command for submission in self.submissions]


class OscTool:
    """Sends to one endpoint and hears its answers, both on the same port as Pure Data does."""

    def __init__(self, port: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.setblocking(False)
        self._to = ("127.0.0.1", port)
        self.port = int(self._socket.getsockname()[1])

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    def send(self, address: str, *arguments: object) -> None:
        self.send_bytes(encode_answer([Message(address, arguments)]))

    def send_bytes(self, data: bytes) -> None:
        self._socket.sendto(data, self._to)

    async def hear_bytes(self) -> bytes:
        return await asyncio.wait_for(asyncio.get_running_loop().sock_recv(self._socket, 65536), PATIENCE)

    async def hear(self) -> list[tuple[object, ...]]:
        """The messages of the next datagram as (address, *arguments)."""
        return [(message.address, *message.arguments) for message in read_packet(await self.hear_bytes()).messages]

    async def hear_everything(self) -> list[tuple[object, ...]]:
        """All values, as a new listener is told them, in however many datagrams."""
        last = "/vj/" + list(describe(Snapshot()))[-1].replace(".", "/")
        heard: list[tuple[object, ...]] = []
        while last not in (message[0] for message in heard):
            heard.extend(await self.hear())
        return heard

    async def ask(self, address: str, *arguments: object) -> list[tuple[object, ...]]:
        self.send(address, *arguments)
        return await self.hear()

    def close(self) -> None:
        self._socket.close()


@asynccontextmanager
async def osc_running(show: FakeShow, **settings: Any) -> AsyncIterator[OscEndpoint]:
    """An endpoint on a free loopback port."""
    endpoint = OscEndpoint(OscSettings(port=0, **settings), show.submit, show.get_snapshot)
    await endpoint.start()
    try:
        yield endpoint
    finally:
        await endpoint.stop()


@asynccontextmanager
async def osc_session(show: FakeShow, **settings: Any) -> AsyncIterator[OscTool]:
    """An endpoint with a tool at the other end."""
    async with osc_running(show, **settings) as endpoint:
        tool = OscTool(endpoint.port)
        try:
            yield tool
        finally:
            tool.close()


async def until(is_true: Callable[[], bool], what: str) -> None:
    """Let the loop turn until something has happened."""
    deadline = asyncio.get_running_loop().time() + PATIENCE
    while not is_true():
        assert asyncio.get_running_loop().time() < deadline, f"waited {PATIENCE:g} s for {what}"
        await asyncio.sleep(0.005)
