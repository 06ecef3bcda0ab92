"""The program as motion JPEG over HTTP, for media sources and players: http://host:port/program.mjpg?key=...

A listener of its own beside the web remote, which cannot stream a body. Each reader has a task that takes the newest picture
when its socket is ready for more, so a slow reader skips and one that never reads costs one picture and is cut off.
"""

from __future__ import annotations

import asyncio
import errno
import hmac
import logging
import threading
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from core.control.errors import SinkError
from core.frames.frame import Frame, FrameFormat
from core.frames.jpeg import encode_jpeg

logger = logging.getLogger(__name__)

PATH = "/program.mjpg"
BOUNDARY = "latentdeck"
MAX_READERS = 8
MAX_REQUEST_BYTES = 8192
REQUEST_PATIENCE = 5.0  # s until a connection that asks for nothing is closed
READER_PATIENCE = 15.0  # s that a reader may take for one picture
WRITE_LIMIT = 64 * 1024  # unsent bytes at which a reader waits
START_PATIENCE = 5.0
FULL = f"{MAX_READERS} readers are connected already."

HEAD = (
    "HTTP/1.0 200 OK\r\n"
    f"Content-Type: multipart/x-mixed-replace; boundary={BOUNDARY}\r\n"
    "Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nCross-Origin-Resource-Policy: same-origin\r\n"
    "Connection: close\r\n\r\n"
)


@dataclass(frozen=True, slots=True)
class MjpegSettings:
    """port 0 takes any free one; key: what a reader must show, not empty; quality: 1..100."""

    key: str
    host: str = "127.0.0.1"
    port: int = 8771
    quality: int = 85


class MjpegSink:
    """Encodes each frame once, while somebody reads."""

    def __init__(self, settings: MjpegSettings, name: str = "mjpeg") -> None:
        self.name = name
        self.skipped = 0  # pictures that readers were too slow for
        self._settings = settings
        self._listener: _Listener | None = None

    @property
    def port(self) -> int:
        """The bound port; 0 when not open."""
        return 0 if self._listener is None else self._listener.port

    def open(self, frame_format: FrameFormat, fps: float) -> None:
        self._listener = _Listener(self._settings)

    def send(self, frame: Frame) -> None:
        assert self._listener is not None, "the listener is not open"
        if self._listener.has_readers:
            self._listener.publish(encode_jpeg(frame.pixels, self._settings.quality))
        self.skipped = self._listener.skipped

    def close(self) -> None:
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()


class _Refused(Exception):
    """The answer to a request that gets no picture: the status, and a sentence for whoever opens it in a browser."""

    def __init__(self, status: str, sentence: str) -> None:
        self._status = status
        self._body = f"{sentence}\n".encode()

    def encode(self) -> bytes:
        head = f"HTTP/1.0 {self._status}\r\nContent-Type: text/plain\r\nContent-Length: {len(self._body)}\r\n"
        return f"{head}Connection: close\r\n\r\n".encode() + self._body


class _Listener:
    """A thread with a loop and a server of its own. Only `publish` and the properties are for other threads."""

    def __init__(self, settings: MjpegSettings) -> None:
        self.port = 0
        self.skipped = 0
        self._settings = settings
        self._readers: set[_Reader] = set()
        self._open_count = 0
        self._newest = b""
        self._is_called = False
        self._failure: OSError | None = None
        self._loop = asyncio.new_event_loop()
        self._stopping = asyncio.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, name="mjpeg listener", daemon=True)
        self._thread.start()
        if not self._ready.wait(START_PATIENCE) or self._failure is not None:
            self._stop()
            raise self._start_error()

    @property
    def has_readers(self) -> bool:
        return bool(self._readers)

    def publish(self, jpeg: bytes) -> None:
        """Give all readers a new picture. Thread: the sink's; does not block."""
        self._newest = jpeg
        if not self._is_called:  # a loop that hangs must not find a heap of calls
            self._is_called = True
            self._loop.call_soon_threadsafe(self._distribute)

    def close(self) -> None:
        self._stop()

    def _stop(self) -> None:
        with suppress(RuntimeError):  # the loop has ended by itself
            self._loop.call_soon_threadsafe(self._stopping.set)
        self._thread.join(START_PATIENCE)

    def _start_error(self) -> SinkError:
        where = f"{self._settings.host} port {self._settings.port}"
        if self._failure is None:
            return SinkError(f"motion JPEG did not start to listen on {where} within {START_PATIENCE:.0f} s")
        if self._failure.errno == errno.EADDRINUSE:
            return SinkError(f"motion JPEG cannot listen on {where}: another program has it; set mjpeg.port to another")
        return SinkError(f"motion JPEG cannot listen on {where}: {self._failure.strerror}; check mjpeg.host")

    # Everything below runs in the listener's thread.

    def _run(self) -> None:
        try:
            self._loop.run_until_complete(self._listen())
        finally:
            self._loop.close()

    async def _listen(self) -> None:
        try:
            server = await asyncio.start_server(
                self._serve, self._settings.host, self._settings.port, limit=MAX_REQUEST_BYTES
            )
        except OSError as error:
            self._failure = error
            self._ready.set()
            return
        self.port = int(server.sockets[0].getsockname()[1])
        logger.info("motion JPEG listens on %s port %d", self._settings.host, self.port)
        self._ready.set()
        await self._stopping.wait()
        server.close()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)  # an aborted connection is closed in the next turn of the loop, and this is the last one

    def _distribute(self) -> None:
        self._is_called = False
        for reader in self._readers:
            self.skipped += reader.offer(self._newest)

    async def _serve(self, stream: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, from its request to its end."""
        self._open_count += 1
        try:
            if self._open_count > 2 * MAX_READERS:
                raise _Refused("503 Service Unavailable", FULL)
            async with asyncio.timeout(REQUEST_PATIENCE):
                request = await stream.readuntil(b"\r\n\r\n")
            self._check(request)
            await self._stream(writer)
        except _Refused as answer:
            writer.write(answer.encode())
        except (TimeoutError, OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            writer.transport.abort()  # slow, gone, or no HTTP: nobody to answer
        except asyncio.CancelledError:
            writer.transport.abort()  # the listener ends: nobody waits for a reader to take the rest
            raise
        finally:
            self._open_count -= 1
            writer.close()

    def _check(self, request: bytes) -> None:
        """Raises _Refused."""
        method, _, rest = request.decode("latin-1").partition("\r\n")[0].partition(" ")
        target = urlsplit(rest.rpartition(" ")[0])
        if method != "GET":
            raise _Refused("405 Method Not Allowed", "Only GET is answered.")
        if target.path != PATH:
            raise _Refused("404 Not Found", f"The picture is at {PATH}.")
        shown = parse_qs(target.query).get("key", [""])[0]
        if not hmac.compare_digest(shown.encode(), self._settings.key.encode()):
            what = "The key in this address is wrong" if shown else "This address has no key"
            raise _Refused("403 Forbidden", f"{what}. Open the whole address that latentdeck printed, with ?key=.")
        if len(self._readers) >= MAX_READERS:
            raise _Refused("503 Service Unavailable", FULL)

    async def _stream(self, writer: asyncio.StreamWriter) -> None:
        """Pictures until the reader leaves or is too slow."""
        writer.transport.set_write_buffer_limits(high=WRITE_LIMIT)
        writer.write(HEAD.encode())
        reader = _Reader()
        self._readers.add(reader)
        try:
            while True:
                jpeg = await reader.take()
                writer.write(
                    f"--{BOUNDARY}\r\nContent-Type: image/jpeg\r\nContent-Length: {len(jpeg)}\r\n\r\n".encode()
                )
                writer.write(jpeg)
                writer.write(b"\r\n")
                # Not wait_for: before Python 3.12 it loses a cancellation that comes when the socket is just ready.
                async with asyncio.timeout(READER_PATIENCE):
                    await writer.drain()
        finally:
            self._readers.discard(reader)


class _Reader:
    """The newest picture for one reader."""

    def __init__(self) -> None:
        self._newest: bytes | None = None
        self._arrived = asyncio.Event()

    def offer(self, jpeg: bytes) -> bool:
        """Whether it had not taken the one before."""
        was_waiting = self._newest is not None
        self._newest = jpeg
        self._arrived.set()
        return was_waiting

    async def take(self) -> bytes:
        await self._arrived.wait()
        self._arrived.clear()
        assert self._newest is not None, "arrived is set with a picture only"
        jpeg, self._newest = self._newest, None
        return jpeg
