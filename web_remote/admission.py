"""The first seconds of a websocket: whoever shows a key in time comes in, everybody else is told why not."""

from __future__ import annotations

import asyncio
import logging

from websockets.asyncio.server import ServerConnection

from core.control.errors import InvalidValue
from web_remote import callers, protocol
from web_remote.access import Door, Keys, LogLimit, Role

logger = logging.getLogger(__name__)

TOKEN_PATIENCE = 5.0  # s until a connection that has not shown its token is closed
WRONG_TOKEN_PAUSE = 0.2  # s that a wrong token waits for its answer, so that guessing is slow
MAX_STRANGERS_OF_ONE = 8  # connections of one address that have not shown their token yet

# Close codes (RFC 6455) and reasons; the page shows the reasons as they are.
POLICY_VIOLATION, TRY_AGAIN_LATER = 1008, 1013
WRONG_TOKEN = "wrong token"  # noqa: S105 - it is none
NO_TOKEN = "no token: the address ends before #token="  # noqa: S105 - it is none


class Admission:
    """Reads the first message of a connection. Thread: loop only.

    Args:
        keys: what opens.
        most: connections that may wait to show their key.
    """

    def __init__(self, keys: Keys, most: int) -> None:
        self.strangers = Door(most, MAX_STRANGERS_OF_ONE)
        self._keys = keys
        self._refusals = {WRONG_TOKEN: LogLimit(), NO_TOKEN: LogLimit()}

    async def admit(self, connection: ServerConnection) -> tuple[Role, protocol.Json] | None:
        """Role and first message, if that shows a token in time; otherwise the connection is closed with the reason."""
        assert connection.request is not None, "a handler runs after the handshake"
        address = callers.asker(peer_of(connection), connection.request)
        if not self.strangers.enter(address):
            await connection.close(TRY_AGAIN_LATER, "too many connections are waiting to show their token")
            return None
        try:
            message = await _first_message(connection)
            role = self._keys.role_of(message.get("token"))
            if role is None:
                await self._refuse(connection, address, message.get("token"))
                return None
        except TimeoutError:
            await connection.close(POLICY_VIOLATION, "no token came")
            return None
        finally:
            self.strangers.leave(address)
        return role, message

    async def _refuse(self, connection: ServerConnection, address: str, shown: object) -> None:
        reason = WRONG_TOKEN if isinstance(shown, str) and shown else NO_TOKEN
        refusals = self._refusals[reason]
        if refusals.is_due(asyncio.get_running_loop().time()):
            what = reason.partition(":")[0]
            logger.warning("a browser at %s was refused: %s (%d so far)", address, what, refusals.count)
        await asyncio.sleep(WRONG_TOKEN_PAUSE)
        await connection.close(POLICY_VIOLATION, reason)


def peer_of(connection: ServerConnection) -> str:
    """The IP address at the other end of the socket."""
    return str((connection.remote_address or ("?",))[0])


async def _first_message(connection: ServerConnection) -> protocol.Json:
    """What the browser says first; empty when that makes no sense. Raises TimeoutError."""
    async with asyncio.timeout(TOKEN_PATIENCE):
        text = await connection.recv()
    try:
        return protocol.read_object(text) if isinstance(text, str) else {}
    except InvalidValue:
        return {}
