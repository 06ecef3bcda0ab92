"""Connections that are counted from the first byte on: who opens hundreds of them gets a closed door, not our memory."""

from __future__ import annotations

import asyncio

from websockets.asyncio.server import ServerConnection

from web_remote.access import Door


def guarded_by(door: Door) -> type[ServerConnection]:
    """A connection class for `websockets.serve` that drops what the door does not let in, before it is read."""

    class GuardedConnection(ServerConnection):
        _address: str | None = None  # where it comes from, once the door has let it in

        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            super().connection_made(transport)
            address = str((transport.get_extra_info("peername") or ("?",))[0])
            if door.enter(address):
                self._address = address
            else:
                assert isinstance(transport, asyncio.Transport)
                transport.abort()

        def connection_lost(self, exc: Exception | None) -> None:
            super().connection_lost(exc)
            if self._address is not None:
                door.leave(self._address)

    return GuardedConnection
