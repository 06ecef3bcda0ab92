"""Pictures that a remote sends for a cue, over a connection of their own: a large file must not hold up a blackout.

The token is answered by {"type": "ready", "max_bytes": ...}; a large message before that is refused. From then on each message
is a line of JSON with the bytes of an image file behind it, and each has one answer:

    {"cue": 7}\n<PNG, JPEG or WebP>      {"type": "kept", "cue": 7, "name": "5f0c....png"} or {"type": "error", "text": "..."}

{"cue": 7, "use": "mask"} makes it the mask of the cue; the other use is "picture".
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from pathlib import Path

from websockets.asyncio.server import ServerConnection

from core.control.commands import Origin, PutPicture, Submission, Surface
from core.control.errors import CommandRefused, LatentdeckError, UnknownName
from core.control.lock import require_unlocked
from core.control.snapshot import Snapshot
from core.frames.picture_store import MAX_BYTES
from web_remote import protocol, report

logger = logging.getLogger(__name__)

MAX_UPLOAD_BYTES = MAX_BYTES + protocol.MAX_HEAD_BYTES

KeepPicture = Callable[[bytes], Path]  # raises LatentdeckError; may wait for the disk


class Uploads:
    """Thread: loop only; decoding and writing are done off it, one picture at a time."""

    def __init__(
        self, keep: KeepPicture | None, submit: Callable[[Submission], None], snapshot: Callable[[], Snapshot]
    ) -> None:
        self._keep = keep
        self._submit = submit
        self._snapshot = snapshot
        self._turn = asyncio.Semaphore(1)  # a decoded picture may take 200 MB

    async def serve(self, connection: ServerConnection) -> None:
        """Answer one browser until it leaves."""
        _allow_large_messages(connection)
        await connection.send(report.encode({"type": "ready", "max_bytes": MAX_BYTES}))
        async for message in connection:
            await connection.send(report.encode(await self._answer(message)))

    async def _answer(self, message: str | bytes) -> protocol.Json:
        try:
            cue, use, content = protocol.parse_upload(message)
            if self._keep is None:
                raise CommandRefused("this show keeps no pictures")
            if all(known.cue_id != cue.cue_id for known in self._snapshot().cues):
                raise UnknownName("that cue is not in the setlist any more")
            async with self._turn:
                path = await asyncio.to_thread(self._keep, content)
            command = PutPicture(cue, str(path), use)
            if self._snapshot().parameters.get("lock"):
                require_unlocked(command)  # said here: a notice of the show would not find this connection
            self._submit(Submission(command, Origin(Surface.WEB, "upload")))
        except LatentdeckError as error:
            return report.error(str(error))
        logger.info("a picture of %d bytes came for a cue: %s", len(content), path)
        return {"type": "kept", "cue": cue.cue_id, "name": path.name}


def _allow_large_messages(connection: ServerConnection) -> None:
    """This connection has shown its token; all others keep the small limit of the server."""
    limits = connection.protocol
    name = "max_message_size" if hasattr(limits, "max_message_size") else "max_size"  # before websockets 16
    setattr(limits, name, MAX_UPLOAD_BYTES)
