"""OSCQuery over a websocket: a client says LISTEN to addresses and hears each change of their values as an OSC message.

A client that reads slowly is sent to slowly: what it misses in between is gone, the newest value comes.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from http import HTTPStatus
from typing import Protocol

from controllers.feedback import describe
from controllers.osc.encode import encode_answer
from controllers.osc.guard import Message
from controllers.osc.query import OscQuery
from controllers.osc.translate import to_wire
from core.control.domain import Value
from core.control.osc_address import osc_address
from core.control.snapshot import Snapshot

INTERVAL = 1 / 30


class Connection(Protocol):
    """As much of a websocket as is used."""

    def __aiter__(self) -> AsyncIterator[str | bytes]: ...

    async def send(self, message: bytes) -> None: ...


class Wishes:
    """The addresses that one client listens to, and what it knows of them. Pure."""

    def __init__(self, root: str) -> None:
        names = describe(Snapshot())
        self._names = {osc_address(root, name): name for name in names}
        self._known: dict[str, Value | None] = {}  # None: not told yet

    def __len__(self) -> int:
        return len(self._known)

    def hear(self, text: str) -> None:
        """One command of the client; others than LISTEN and IGNORE, and addresses without a value, mean nothing."""
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            return
        match message:
            case {"COMMAND": "LISTEN", "DATA": str(address)} if address in self._names:
                self._known.setdefault(address, None)
            case {"COMMAND": "IGNORE", "DATA": str(address)}:
                self._known.pop(address, None)

    def news(self, values: Mapping[str, Value]) -> list[bytes]:
        """A packet for each value that the client does not know."""
        changed = {at: values[self._names[at]] for at, known in self._known.items() if known != values[self._names[at]]}
        self._known.update(changed)
        return [encode_answer([Message(address, (to_wire(value),))]) for address, value in changed.items()]


class QueryServer:
    """What the web remote serves to OSCQuery clients: answers to requests, and streams of values."""

    def __init__(self, query: OscQuery) -> None:
        self._query = query

    def may_read(self, *, is_local: bool) -> bool:
        return self._query.may_read(is_local=is_local)

    def answer(self, target: str, *, is_local: bool, wants_page: bool) -> tuple[HTTPStatus, bytes] | None:
        return self._query.answer(target, is_local=is_local, wants_page=wants_page)

    async def stream(self, connection: Connection) -> None:
        """Serve one client until it leaves."""
        wishes = Wishes(self._query.root)
        sender = asyncio.get_running_loop().create_task(self._tell(connection, wishes))
        try:
            async for text in connection:
                if isinstance(text, str):
                    wishes.hear(text)
        finally:
            sender.cancel()
            await asyncio.gather(sender, return_exceptions=True)

    async def _tell(self, connection: Connection, wishes: Wishes) -> None:
        while True:
            await asyncio.sleep(INTERVAL)
            for packet in wishes.news(describe(self._query.snapshot())) if wishes else ():
                await connection.send(packet)
