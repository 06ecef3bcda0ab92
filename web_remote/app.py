"""The web remote: one port for the page, its live data and the program picture.

Everything runs on the loop that called `start`; only the video sink belongs to another thread. The token travels in the
address behind `#`, which browsers do not send, and in the first websocket message: it is in no log and no referrer.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from typing import Protocol
from urllib.parse import quote

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

from core.control.address import is_loopback, origin_of, reachable
from core.control.commands import Submission
from core.control.errors import ConfigError, PortInUse
from core.control.snapshot import Snapshot
from core.control.traffic import OscView
from core.frames.sink import Sink
from web_remote import callers, pages, protocol, report
from web_remote.access import Door, Keys, LogLimit, Role
from web_remote.admission import POLICY_VIOLATION, TOKEN_PATIENCE, TRY_AGAIN_LATER, Admission, peer_of
from web_remote.browser_midi import MidiHand
from web_remote.guarded import guarded_by
from web_remote.hub import Hub, end
from web_remote.invitation import qr_svg
from web_remote.upload import KeepPicture, Uploads
from web_remote.video import Size, VideoSink, Viewer, Viewers

logger = logging.getLogger(__name__)

CONTROL_PATH, PROGRAM_PATH, PREVIEW_PATH, UPLOAD_PATH = "/ws/control", "/ws/program", "/ws/preview", "/ws/upload"

PUBLISH_INTERVAL = 1 / 30
MAX_CONNECTIONS, MAX_CONNECTIONS_OF_ONE = 256, 64  # a browser opens 6 at once; descriptors end at 1024 on many systems
PING_INTERVAL, PING_TIMEOUT = 5.0, 10.0  # a phone that left the room is gone after 15 s
CLOSE_TIMEOUT = 1.0  # the host is leaving: a browser that never reads must not keep it
MAX_MESSAGE_BYTES = 64 * 1024  # a prompt of 4096 characters is 24 KiB at worst
MAX_QUEUE = 4
LONGEST_NAME = 100  # characters of a foreign name that are repeated
WRITE_LIMIT = 64 * 1024  # more than this unsent and a sender waits: two previews


@dataclass(frozen=True, slots=True)
class WebSettings:
    """Where the remote listens and how much it offers.

    Attributes:
        host: "127.0.0.1" for this machine only, "0.0.0.0" or "::" for the network.
        port: TCP; 0 takes any free one.
        token: what a browser must know to play; not empty.
        viewer_token: what a browser must know to watch; empty when nobody may only watch.
        preview_width: pixels; the remote shows the program this wide, /output shows it whole.
        jpeg_quality: 1..100.
        max_clients: control pages and, counted apart, viewers.
        osc_root: for the OSC addresses that the page shows beside its sliders.
        info: lines for the page, such as the OSC port.
        names: further names, in lower case, by which browsers may call us, as when a proxy is in front.
    """

    token: str
    host: str = "127.0.0.1"
    port: int = 8770
    preview_width: int = 640
    jpeg_quality: int = 80
    max_clients: int = 16
    osc_root: str = "/vj"
    info: tuple[str, ...] = ()
    viewer_token: str = ""
    names: tuple[str, ...] = ()


class AddressSpace(Protocol):
    """OSC addresses to be read without a token: by GET requests, and as a stream over a websocket."""

    def may_read(self, *, is_local: bool) -> bool: ...

    def answer(self, target: str, *, is_local: bool, wants_page: bool) -> tuple[HTTPStatus, bytes] | None:
        """None when the request means something else."""

    async def stream(self, connection: ServerConnection) -> None:
        """Serve one reader until it leaves."""


class WebRemote:
    """The web hand of the show."""

    def __init__(
        self,
        settings: WebSettings,
        submit: Callable[[Submission], None],
        snapshot: Callable[[], Snapshot],
        osc_traffic: Callable[[], OscView] = OscView,
        keep_picture: KeepPicture | None = None,
        midi: MidiHand | None = None,
        osc_space: AddressSpace | None = None,
    ) -> None:
        self._settings = settings
        self._keys = Keys(settings.token, settings.viewer_token)
        self._snapshot = snapshot
        self._hub = Hub(submit, snapshot, osc_traffic, midi)
        self._uploads = Uploads(keep_picture, submit, snapshot)
        self._viewers = Viewers()
        self._video_sink = VideoSink(self._viewers, settings.preview_width, settings.jpeg_quality)
        self._preview_viewers = Viewers()
        self._preview_sink = VideoSink(
            self._preview_viewers, settings.preview_width, settings.jpeg_quality, name="preview"
        )
        self._osc_space = osc_space
        self._files = pages.load_files()
        self._names = callers.OwnNames(settings.host, socket.gethostname(), settings.names)
        self._door = Door(MAX_CONNECTIONS, MAX_CONNECTIONS_OF_ONE)
        self._admission = Admission(self._keys, settings.max_clients)
        self._foreign_names = LogLimit()
        self._server: Server | None = None
        self._beat: asyncio.Task[None] | None = None

    @property
    def port(self) -> int:
        """The bound port; 0 when not started."""
        return 0 if self._server is None else int(next(iter(self._server.sockets)).getsockname()[1])

    @property
    def ip(self) -> str:
        """Where this machine can be reached."""
        host = reachable(self._settings.host)
        return "127.0.0.1" if host == "localhost" else host

    @property
    def address(self) -> str:
        """What the operator opens; the token is in it."""
        return _address(self._base, "/", self._keys.operator)

    @property
    def viewer_address(self) -> str:
        """The remote for somebody who may watch and not play."""
        return _address(self._base, "/", self._weakest_key)

    @property
    def output_address(self) -> str:
        """The picture alone, for a projector or a browser source; the weakest key that opens it is in it."""
        return _address(self._base, "/output", self._weakest_key)

    @property
    def _base(self) -> str:
        return origin_of(self._settings.host, self.port)

    @property
    def _weakest_key(self) -> str:
        return self._keys.viewer or self._keys.operator

    @property
    def video_sink(self) -> Sink:
        return self._video_sink

    @property
    def preview_sink(self) -> Sink:
        """For the small pictures of what comes next."""
        return self._preview_sink

    @property
    def is_preview_watched(self) -> bool:
        """Thread: any; does not block."""
        return bool(self._preview_viewers.wanted)

    async def start(self) -> None:
        """Listen until `stop`.

        Raises:
            PortInUse: another program has the port.
            ConfigError: the host is not an address of this machine, or the port may not be used.
        """
        # One line per request and connection at info level would bury what the operator did.
        connection_logger = logging.getLogger(f"{__name__}.connections")
        connection_logger.setLevel(logging.WARNING)
        try:
            self._server = await serve(
                self._handle,
                self._settings.host,
                self._settings.port,
                create_connection=guarded_by(self._door),
                process_request=self._answer,
                compression=None,  # JPEG does not shrink, and deflate costs six times the CPU
                server_header=None,
                open_timeout=TOKEN_PATIENCE,
                ping_interval=PING_INTERVAL,
                ping_timeout=PING_TIMEOUT,
                close_timeout=CLOSE_TIMEOUT,
                max_size=MAX_MESSAGE_BYTES,
                max_queue=MAX_QUEUE,
                write_limit=WRITE_LIMIT,
                logger=connection_logger,
            )
        except OSError as error:
            raise _listen_error(self._settings, error) from None
        loop = asyncio.get_running_loop()
        self._viewers.start(loop)
        self._preview_viewers.start(loop)
        self._beat = loop.create_task(self._publish())
        logger.info("web remote listens on %s port %d", self._settings.host, self.port)

    async def stop(self) -> None:
        """Close all connections; may be called twice."""
        self._viewers.stop()
        self._preview_viewers.stop()
        if self._beat is not None:
            self._beat.cancel()
            await asyncio.gather(self._beat, return_exceptions=True)
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        self._server = self._beat = None

    # Plain HTTP

    def _answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """Serve a file, or None to let a websocket through. The path never gets near the disk."""
        if callers.foreign_host(request, self._names):
            return self._refuse_name(
                request, 421, "Misdirected Request", f"The name {_named(request, 'Host')} is not ours."
            )
        if callers.foreign_origin(request, self._names):
            sentence = f"Only our own pages may connect; this one is from {_named(request, 'Origin')}."
            return self._refuse_name(request, 403, "Forbidden", sentence)
        path = request.path.partition("?")[0]
        if path in (CONTROL_PATH, PROGRAM_PATH, PREVIEW_PATH, UPLOAD_PATH):
            return None
        if self._streams_osc(connection, request):
            return None
        if pages.method_of(request) not in ("GET", "HEAD"):
            return pages.refuse(
                request, 405, "Method Not Allowed", "Only GET and HEAD: commands go over the websocket."
            )
        if path == "/health":
            body = report.encode(report.health(self._snapshot())).encode()
            return pages.respond(request, 200, "OK", body, "application/json")
        if (found := self._read_osc_space(connection, request)) is not None:
            return found
        if path not in self._files:
            return pages.refuse(request, 404, "Not Found", "There is no such page.")
        body, content_type = self._files[path]
        return pages.respond(request, 200, "OK", body, content_type)

    def _refuse_name(self, request: Request, status: int, reason: str, sentence: str) -> Response:
        """Say it to the browser and, as that does not show it for a websocket, in the log."""
        sentence = f"{sentence} If it is that of your proxy, add it to web.names."
        if self._foreign_names.is_due(asyncio.get_running_loop().time()):
            logger.warning("a browser was refused: %s", sentence)
        return pages.refuse(request, status, reason, sentence)

    def _streams_osc(self, connection: ServerConnection, request: Request) -> bool:
        """Whether it is a websocket of a reader of OSC addresses: those ask for / or for the first part of all addresses."""
        is_place = request.path in ("/", self._settings.osc_root)
        is_local = callers.is_local(peer_of(connection), request)
        return bool(
            self._osc_space
            and is_place
            and pages.wants_websocket(request)
            and self._osc_space.may_read(is_local=is_local)
        )

    def _read_osc_space(self, connection: ServerConnection, request: Request) -> Response | None:
        """What OSCQuery asks for; its clients know no token, so the space itself decides who may read."""
        if self._osc_space is None:
            return None
        is_local = callers.is_local(peer_of(connection), request)
        reply = self._osc_space.answer(request.path, is_local=is_local, wants_page=pages.wants_page(request))
        if reply is None:
            return None
        status, body = reply
        return pages.respond(request, status, status.phrase, body, "application/json")

    # Websockets

    async def _handle(self, connection: ServerConnection) -> None:
        try:
            assert connection.request is not None, "a handler runs after the handshake"
            if self._osc_space is not None and self._streams_osc(connection, connection.request):
                await self._osc_space.stream(connection)
                return
            admitted = await self._admission.admit(connection)
            if admitted is None:
                return
            role, message = admitted
            path = connection.request.path.partition("?")[0]
            if path == CONTROL_PATH:
                page = callers.declared_page(message.get("page"), connection.request, self._names)
                await self._serve_control(connection, role, page)
            elif path == UPLOAD_PATH and role is not Role.OPERATOR:
                await connection.close(POLICY_VIOLATION, "this address may watch only")
            elif path == UPLOAD_PATH:
                await self._uploads.serve(connection)
            else:
                viewers = self._preview_viewers if path == PREVIEW_PATH else self._viewers
                await self._serve_pictures(connection, message, viewers)
        except ConnectionClosed:
            pass  # they leave in the middle of anything

    async def _serve_control(self, connection: ServerConnection, role: Role, page: str | None) -> None:
        if len(self._hub) >= self._settings.max_clients:
            await connection.close(TRY_AGAIN_LATER, f"{self._settings.max_clients} remotes are connected already")
            return
        await self._hub.serve(connection, role, partial(self._greet, role, page))

    def _greet(self, role: Role, page: str | None, snapshot: Snapshot) -> protocol.Json:
        """All that a new remote must know; only an operator may pass the addresses on."""
        greeting = {**report.hello(snapshot, self._settings.osc_root, self._settings.info), "role": role}
        return {**greeting, "invitations": self._invitations(page)} if role is Role.OPERATOR else greeting

    def _invitations(self, page: str | None) -> list[protocol.Json]:
        """The addresses with their keys, as text and as an SVG to be read by a phone.

        page: where a proxy serves us; None goes by where we listen.
        """
        base = self._base if page is None else page
        addresses = {
            "operator": _address(base, "/", self._keys.operator),
            "viewer": _address(base, "/", self._weakest_key),
            "output": _address(base, "/output", self._weakest_key),
        }
        is_lan = page is not None or not is_loopback(self._settings.host)
        return [
            {"for": whom, "address": address, "qr": qr_svg(address), "is_lan": is_lan}
            for whom, address in addresses.items()
        ]

    async def _serve_pictures(self, connection: ServerConnection, message: protocol.Json, viewers: Viewers) -> None:
        """The program or the preview, as JPEG files."""
        size = message.get("size", Size.PREVIEW)
        if size not in tuple(Size):
            await connection.close(POLICY_VIOLATION, f"size must be one of {', '.join(Size)}")
            return
        if len(viewers) >= self._settings.max_clients:
            await connection.close(TRY_AGAIN_LATER, f"{self._settings.max_clients} viewers are connected already")
            return
        viewer = Viewer(Size(str(size)))
        viewers.add(viewer)
        sender = asyncio.get_running_loop().create_task(_show(viewer, connection))
        try:
            await connection.wait_closed()
        finally:
            viewers.remove(viewer)
            await end(sender)

    async def _publish(self) -> None:
        while True:
            await asyncio.sleep(PUBLISH_INTERVAL)
            self._hub.wake_all()


def _address(base: str, path: str, key: str) -> str:
    return f"{base}{path}#token={quote(key, safe='')}"


def _named(request: Request, header: str) -> str:
    """What a header says, for a sentence: bounded, and harmless in a terminal."""
    return repr(", ".join(request.headers.get_all(header)))[:LONGEST_NAME]


async def _show(viewer: Viewer, connection: ServerConnection) -> None:
    while True:
        await connection.send(await viewer.take())


def _listen_error(settings: WebSettings, error: OSError) -> PortInUse | ConfigError:
    where = f"{settings.host} port {settings.port}"
    if error.errno == errno.EADDRINUSE:
        return PortInUse(
            f"the web remote cannot listen on {where}: another program has it; set web.port to a free one or to 0"
        )
    return ConfigError(
        f"the web remote cannot listen on {where}: {error.strerror or error}; check web.host and web.port"
    )
