"""The remotes that are connected: what each of them knows of the show, what it must still be told, and how fast it may talk.

Each remote has one task that sends. It looks at the newest snapshot when the socket is ready for more, so a slow remote
gets fewer and larger changes, and a remote that never reads costs a fixed amount of memory.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Callable
from functools import partial

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from core.control.commands import Origin, Submission, Surface
from core.control.errors import InvalidValue, LatentdeckError
from core.control.snapshot import Snapshot
from core.control.traffic import OscView
from web_remote import protocol, report
from web_remote.access import Role
from web_remote.browser_midi import MidiHand, NoMidi, parse_midi

logger = logging.getLogger(__name__)

MESSAGES_PER_SECOND = 200.0  # three sliders moved at once on a 60 Hz screen
ERRORS_KEPT = 8  # for a remote that reads slower than it errs
ERROR_CHARACTERS = 300
LIGHTS_KEPT = 256  # messages for the lights of controllers at one browser
THUMBNAILS_AT_ONCE = 4  # each has some 10 KB; a phone must hear of a blackout between them
STATUS_INTERVAL = 0.5  # also the heartbeat: a page that hears nothing for some of these calls the link lost


class RateLimit:
    """A bucket of messages that refills with time. Pure."""

    def __init__(self, per_second: float, now: float) -> None:
        self._per_second = per_second
        self._left = per_second
        self._refilled = now
        self._is_told = False

    def spend(self, now: float) -> bool:
        """Take one message from the bucket; False when it is empty."""
        self._left = min(self._per_second, self._left + (now - self._refilled) * self._per_second)
        self._refilled = now
        if self._left < 1:
            return False
        self._left -= 1
        if self._left > self._per_second / 2:
            self._is_told = False
        return True

    def is_news(self) -> bool:
        """Whether the sender must be told that the bucket is empty: once until it is half full again."""
        told, self._is_told = self._is_told, True
        return not told


class Remote:
    """One browser with the control page. Thread: loop only."""

    def __init__(self, number: int, role: Role, snapshot: Snapshot, now: float) -> None:
        self.role = role
        self.origin = Origin(Surface.WEB, f"remote {number}")
        self.rate = RateLimit(MESSAGES_PER_SECOND, now)
        self._known = snapshot
        self._last_notice = report.newest_notice(snapshot)
        self._status_told = now
        self._seen: set[int] = set()  # numbers of the thumbnails that this remote has
        self._errors: deque[str] = deque(maxlen=ERRORS_KEPT)
        self._lights: deque[tuple[str, bytes]] = deque(maxlen=LIGHTS_KEPT)
        self._woken = asyncio.Event()

    def light(self, port: str, message: bytes) -> None:
        """Send a message to a controller at this browser with the next news. Thread: any; does not block."""
        self._lights.append((port, message))

    def fail(self, text: str) -> None:
        """Tell this remote, and nobody else, what was wrong."""
        self._errors.append(text[:ERROR_CHARACTERS])
        self._woken.set()

    def wake(self) -> None:
        self._woken.set()

    async def wait(self) -> None:
        await self._woken.wait()
        self._woken.clear()

    def news(self, snapshot: Snapshot, now: float, osc_traffic: Callable[[], OscView] = OscView) -> list[protocol.Json]:
        """The messages that bring this remote from what it knows to the snapshot."""
        messages = [report.error(text) for text in self._errors]
        self._errors.clear()
        messages.extend(
            {"type": "notice", "text": notice.text, "is_error": notice.is_error}
            for notice in report.notices_for(self.origin, snapshot, self._last_notice)
        )
        self._last_notice = max(self._last_notice, report.newest_notice(snapshot))
        messages.extend(self._lights_news())
        if changed := report.changes(self._known, snapshot):
            messages.append({"type": "state", "state": changed})
        self._known = snapshot
        messages.extend(self._new_thumbnails(snapshot))
        if now - self._status_told >= STATUS_INTERVAL:
            self._status_told = now
            messages.append({"type": "status", "status": report.status(snapshot, osc_traffic())})
        return messages

    def _lights_news(self) -> list[protocol.Json]:
        by_port: dict[str, list[list[int]]] = {}
        for _ in range(len(self._lights)):
            port, message = self._lights.popleft()
            by_port.setdefault(port, []).append(list(message))
        return [{"type": "midi", "port": port, "midi": midi} for port, midi in by_port.items()]

    def _new_thumbnails(self, snapshot: Snapshot) -> list[protocol.Json]:
        there = report.thumbnails_of(snapshot)
        self._seen &= there.keys()
        fresh = [small for number, small in there.items() if number not in self._seen][:THUMBNAILS_AT_ONCE]
        self._seen.update(small.number for small in fresh)
        return [report.thumbnail(small) for small in fresh]


class Hub:
    """All remotes. Thread: loop only."""

    def __init__(
        self,
        submit: Callable[[Submission], None],
        snapshot: Callable[[], Snapshot],
        osc_traffic: Callable[[], OscView] = OscView,
        midi: MidiHand | None = None,
    ) -> None:
        self._submit = submit
        self._midi = midi or NoMidi()
        self._snapshot = snapshot
        self._osc_traffic = osc_traffic
        self._remotes: set[Remote] = set()
        self._count = 0

    def __len__(self) -> int:
        return len(self._remotes)

    def wake_all(self) -> None:
        for remote in self._remotes:
            remote.wake()

    async def serve(
        self, connection: ServerConnection, role: Role, greeting: Callable[[Snapshot], protocol.Json]
    ) -> None:
        """Talk with one remote until it leaves."""
        loop = asyncio.get_running_loop()
        snapshot = self._snapshot()
        self._count += 1
        remote = Remote(self._count, role, snapshot, loop.time())
        self._remotes.add(remote)
        sender = loop.create_task(self._tell(remote, connection, report.encode(greeting(snapshot))))
        logger.info("%s connected as %s", remote.origin.address, role)
        try:
            async for text in connection:
                self.receive(remote, text, loop.time())
        finally:
            self._remotes.discard(remote)
            self._midi.browser_left(remote.origin.address)
            await end(sender)
            logger.info("%s left", remote.origin.address)

    def receive(self, remote: Remote, text: str | bytes, now: float) -> None:
        """Carry out one message; what is wrong with it goes back to its sender."""
        if not remote.rate.spend(now):
            if remote.rate.is_news():
                remote.fail(f"too many messages: at most {MESSAGES_PER_SECOND:.0f} a second are carried out")
            return
        if remote.role is Role.VIEWER:
            remote.fail("this address may watch only; the operator's address is another one")
            return
        try:
            if isinstance(text, bytes):
                raise InvalidValue("a message must be JSON text, got bytes")
            message = protocol.read_object(text)
            if "midi" in message:
                self._play(remote, message)
            else:
                self._submit(Submission(protocol.parse_object(message), remote.origin))
        except LatentdeckError as error:
            remote.fail(str(error))

    def _play(self, remote: Remote, message: protocol.Json) -> None:
        played = parse_midi(message)
        for data in played.messages:
            self._midi.receive_remote(remote.origin.address, played.port, data, partial(remote.light, played.port))

    async def _tell(self, remote: Remote, connection: ServerConnection, greeting: str) -> None:
        loop = asyncio.get_running_loop()
        await connection.send(greeting)
        while True:
            await remote.wait()
            for message in remote.news(self._snapshot(), loop.time(), self._osc_traffic):
                await connection.send(report.encode(message))


async def end(sender: asyncio.Task[None]) -> None:
    """Stop the task that sends to a connection; a browser that leaves in the middle of a message is no fault."""
    sender.cancel()
    (result,) = await asyncio.gather(sender, return_exceptions=True)
    if isinstance(result, Exception) and not isinstance(result, ConnectionClosed):
        logger.error("sending to a browser failed", exc_info=result)
