"""The server over real loopback sockets, with the client of the websockets package and plain HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import ipaddress
import json
import socket
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import cv2
import numpy as np
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus

from core.control import commands as c
from core.control.commands import Surface
from core.control.errors import ConfigError, PortInUse
from core.frames.frame import Frame, FrameFormat, Pixels
from tests.web_remote.fakes import TOKEN, VIEWER_TOKEN, FakeShow, settings_for_tests
from web_remote import admission, app
from web_remote.admission import NO_TOKEN, WRONG_TOKEN
from web_remote.app import WebRemote, WebSettings
from web_remote.pages import load_files

PATIENCE = 5.0


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "WRONG_TOKEN_PAUSE", 0.0)


@contextlib.asynccontextmanager
async def running(show: FakeShow, settings: WebSettings | None = None) -> AsyncIterator[WebRemote]:
    remote = WebRemote(settings or settings_for_tests(), show.submit, show.snapshot)
    await remote.start()
    try:
        yield remote
    finally:
        await remote.stop()


def dial(remote: WebRemote, path: str = "/ws/control", **options: Any) -> connect:
    return connect(f"ws://127.0.0.1:{remote.port}{path}", compression=None, proxy=None, close_timeout=0.2, **options)


@contextlib.asynccontextmanager
async def admitted(
    remote: WebRemote, path: str = "/ws/control", size: str = "preview", token: str = TOKEN, **options: Any
) -> AsyncIterator[ClientConnection]:
    async with dial(remote, path, **options) as connection:
        await connection.send(json.dumps({"token": token, "size": size}))
        yield connection


async def hear(connection: ClientConnection, kind: str) -> dict[str, Any]:
    """The next message of this kind."""
    async with asyncio.timeout(PATIENCE):
        while True:
            message: dict[str, Any] = json.loads(await connection.recv())
            if message["type"] == kind:
                return message


async def closing(connection: ClientConnection) -> tuple[int, str]:
    """Code and reason with which the server closes."""
    async with asyncio.timeout(PATIENCE):
        await connection.wait_closed()
    return connection.close_code or 0, connection.close_reason or ""


async def until(is_true: Callable[[], bool]) -> None:
    """Let the loop turn until something is true; the other side is a task of the same loop or a socket."""
    async with asyncio.timeout(PATIENCE):
        while not is_true():
            await asyncio.sleep(0.005)


def ask(
    remote: WebRemote, path: str, method: str = "GET", **headers: str
) -> Awaitable[tuple[http.client.HTTPResponse, bytes]]:
    def fetch() -> tuple[http.client.HTTPResponse, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", remote.port, timeout=PATIENCE)
        try:
            connection.request(method, path, headers=headers)
            response = connection.getresponse()
            return response, response.read()
        finally:
            connection.close()

    return asyncio.to_thread(fetch)


# Plain HTTP


@pytest.mark.parametrize("path", load_files())
def test_every_file_of_the_page_is_served_whole(path: str) -> None:
    async def scenario() -> None:
        async with running(FakeShow("fog")) as remote:
            response, body = await ask(remote, f"{path}?fit=crop")

            assert response.status == 200
            assert response.headers["Content-Type"] == load_files()[path][1]
            assert int(response.headers["Content-Length"]) == len(body) > 100
            assert response.headers["X-Content-Type-Options"] == "nosniff"
            assert response.headers["Cache-Control"] == "no-store"
            assert "default-src 'none'" in response.headers["Content-Security-Policy"]
            assert f"ws://127.0.0.1:{remote.port}" in response.headers["Content-Security-Policy"]

    asyncio.run(scenario())


def test_head_tells_the_length_without_the_body() -> None:
    async def scenario() -> None:
        async with running(FakeShow("fog")) as remote:
            _, body = await ask(remote, "/")
            response, nothing = await ask(remote, "/", "HEAD")

            assert int(response.headers["Content-Length"]) == len(body)
            assert nothing == b""

    asyncio.run(scenario())


def test_health_needs_no_token_and_tells_no_prompt() -> None:
    async def scenario() -> None:
        show = FakeShow("a secret prompt")
        show.step(0.1)
        async with running(show) as remote:
            response, body = await ask(remote, "/health")

            assert response.headers["Content-Type"] == "application/json"
            assert json.loads(body) == {"frame_number": 1, "fps": 30.0, "program": "cue", "worker": "online"}

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/nothing", "GET", 404),
        ("/../app.py", "GET", 404),
        ("/%2e%2e/app.py", "GET", 404),
        ("/static/index.html", "GET", 404),
        ("/", "OPTIONS", 405),
        ("/ws/control", "GET", 426),
    ],
)
def test_other_requests_are_refused(path: str, method: str, status: int) -> None:
    async def scenario() -> None:
        async with running(FakeShow("fog")) as remote:
            response, _ = await ask(remote, path, method)

            assert response.status == status

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("127.0.0.1", 200),
        ("127.0.0.1:9999", 200),
        ("localhost:8770", 200),
        ("192.168.1.20:8770", 200),
        ("[::1]:8770", 200),
        (socket.gethostname(), 200),
        ("laptop.fritz.box", 200),
        ("evil.example", 421),
        ("evil.example:8770", 421),
        ("127.0.0.1.evil.example", 421),
        ("localhost@evil.example", 421),
        ("", 421),
    ],
)
def test_a_foreign_host_name_is_refused(host: str, status: int) -> None:
    async def scenario() -> None:
        async with running(FakeShow("fog")) as remote:
            response, _ = await ask(remote, "/", Host=host)

            assert response.status == status

    asyncio.run(scenario())


# Who may connect


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "http://127.0.0.1:1", "http://localhost"])
def test_a_foreign_page_gets_403(origin: str) -> None:
    async def scenario() -> None:
        async with running(FakeShow("fog")) as remote:
            with pytest.raises(InvalidStatus) as caught:
                async with dial(remote, origin=origin):
                    pass

            assert caught.value.response.status_code == 403

    asyncio.run(scenario())


def test_our_own_page_and_programs_may_connect() -> None:
    async def scenario() -> None:
        async with running(FakeShow("fog")) as remote:
            for origin in (f"http://127.0.0.1:{remote.port}", None):
                async with admitted(remote, origin=origin) as connection:
                    assert (await hear(connection, "hello"))["state"]["program"] == "cue"

    asyncio.run(scenario())


@pytest.mark.parametrize("path", ["/ws/control", "/ws/program", "/ws/preview"])
@pytest.mark.parametrize(
    ("first", "reason"),
    [
        ('{"token": "wrong"}', WRONG_TOKEN),
        ('{"token": "\\ud800"}', WRONG_TOKEN),
        ('{"token": ""}', NO_TOKEN),
        ('{"token": null}', NO_TOKEN),
        ('{"do": "go"}', NO_TOKEN),
        ("[]", NO_TOKEN),
        ("not JSON", NO_TOKEN),
        (b"\x00", NO_TOKEN),
    ],
)
def test_a_wrong_token_and_none_are_shown_the_door_and_told_apart(path: str, first: str | bytes, reason: str) -> None:
    async def scenario() -> None:
        show = FakeShow("fog", "dusk")
        async with running(show) as remote, dial(remote, path) as connection:
            await connection.send(first)

            assert await closing(connection) == (1008, reason)
            assert show.commands == []

    asyncio.run(scenario())


def test_who_shows_no_token_is_closed_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(admission, "TOKEN_PATIENCE", 0.05)

    async def scenario() -> None:
        async with running(FakeShow("fog")) as remote, dial(remote) as connection:
            assert await closing(connection) == (1008, "no token came")

    asyncio.run(scenario())


@pytest.mark.parametrize("path", ["/ws/control", "/ws/program", "/ws/preview"])
def test_one_too_many_is_told_so(path: str) -> None:
    async def scenario() -> None:
        show = FakeShow("fog")
        async with running(show, settings_for_tests(max_clients=1)) as remote, admitted(remote, path) as first:
            if path == "/ws/control":
                await hear(first, "hello")
            else:
                await until(lambda: bool(remote._viewers.wanted) or remote.is_preview_watched)
            async with admitted(remote, path) as second:
                code, reason = await closing(second)

            assert code == 1013
            assert "connected already" in reason

    asyncio.run(scenario())


def test_strangers_cannot_fill_the_house() -> None:
    async def scenario() -> None:
        async with running(FakeShow("fog"), settings_for_tests(max_clients=1)) as remote, dial(remote):
            await until(lambda: len(remote._admission.strangers) == 1)
            async with dial(remote) as second:
                assert (await closing(second))[0] == 1013

    asyncio.run(scenario())


def test_the_address_carries_the_token_where_logs_do_not_see_it() -> None:
    async def scenario() -> None:
        async with running(FakeShow("fog")) as remote:
            assert remote.address == f"http://127.0.0.1:{remote.port}/#token=a%20token%20with%20spaces%20%26%20signs"
            assert remote.output_address.startswith(f"http://127.0.0.1:{remote.port}/output#token=")

    asyncio.run(scenario())


# Roles


def test_a_viewer_sees_the_show_and_commands_nothing() -> None:
    async def scenario() -> None:
        show = FakeShow("fog", "dusk")
        async with running(show) as remote, admitted(remote, token=VIEWER_TOKEN) as connection:
            hello = await hear(connection, "hello")
            await connection.send('{"do": "go"}')
            error = await hear(connection, "error")

            assert hello["role"] == "viewer"
            assert hello["state"]["program"] == "cue"
            assert "may watch only" in error["text"]
            assert show.commands == []

    asyncio.run(scenario())


def test_a_viewer_may_not_bring_pictures() -> None:
    async def scenario() -> None:
        async with running(FakeShow("fog")) as remote, admitted(remote, "/ws/upload", token=VIEWER_TOKEN) as connection:
            assert await closing(connection) == (1008, "this address may watch only")

    asyncio.run(scenario())


def test_a_viewer_may_watch_the_program() -> None:
    async def scenario() -> None:
        async with running(FakeShow("fog")) as remote, admitted(remote, "/ws/program", token=VIEWER_TOKEN) as viewer:
            await until(lambda: bool(remote._viewers.wanted))
            await asyncio.to_thread(remote.video_sink.send, frame_of(90, FrameFormat(64, 64)))

            assert decode(await viewer.recv()).shape[:2] == (64, 64)

    asyncio.run(scenario())


def test_only_an_operator_is_told_addresses_to_pass_on() -> None:
    async def scenario() -> None:
        async with (
            running(FakeShow("fog")) as remote,
            admitted(remote) as operator,
            admitted(remote, token=VIEWER_TOKEN) as viewer,
        ):
            invitations = (await hear(operator, "hello"))["invitations"]

            assert {each["for"]: each["address"] for each in invitations} == {
                "operator": remote.address,
                "viewer": remote.viewer_address,
                "output": remote.output_address,
            }
            assert all(each["qr"].startswith("<svg") and each["is_lan"] is False for each in invitations)
            assert TOKEN not in json.dumps(await hear(viewer, "hello"))

    asyncio.run(scenario())


def test_the_addresses_for_watching_do_not_hold_the_operators_key() -> None:
    show = FakeShow("fog")
    remote = WebRemote(settings_for_tests(), show.submit, show.snapshot)

    assert remote.output_address.endswith("#token=for%20eyes%20only")
    assert remote.viewer_address.endswith("#token=for%20eyes%20only")


# Crowds


def test_wrong_tokens_do_not_fill_the_log(caplog: pytest.LogCaptureFixture) -> None:
    async def scenario() -> None:
        async with running(FakeShow("fog")) as remote:
            for _ in range(20):
                async with admitted(remote, token="guess") as connection:
                    await closing(connection)

    asyncio.run(scenario())

    assert len([record for record in caplog.records if "wrong token" in record.message]) == 1


def test_connections_beyond_the_limit_are_dropped_and_make_room_when_they_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app, "MAX_CONNECTIONS_OF_ONE", 3)

    async def scenario() -> None:
        async with running(FakeShow("fog")) as remote:
            crowd = [await asyncio.open_connection("127.0.0.1", remote.port) for _ in range(5)]
            dropped = [reader for reader, _ in crowd[3:]]
            async with asyncio.timeout(PATIENCE):
                for reader in dropped:
                    with contextlib.suppress(ConnectionResetError):
                        assert await reader.read() == b""
            assert len(remote._door) == 3
            for _, writer in crowd:
                writer.close()
            await until(lambda: len(remote._door) == 0)
            async with admitted(remote) as connection:
                assert (await hear(connection, "hello"))["role"] == "operator"

    asyncio.run(scenario())


def test_two_hundred_viewers_that_never_read_cost_a_bounded_amount_of_memory() -> None:
    """Each gets in or is refused; those inside hold one picture and what the socket takes."""
    picture = Frame(np.random.default_rng(1).integers(0, 255, (360, 640, 3), np.uint8))

    async def stall(remote: WebRemote, stack: contextlib.AsyncExitStack) -> None:
        with contextlib.suppress(OSError, ConnectionClosed, InvalidMessage):
            viewer = await stack.enter_async_context(dial(remote, "/ws/program", max_queue=1))
            await viewer.send(json.dumps({"token": VIEWER_TOKEN, "size": "full"}))
            viewer.transport.pause_reading()

    async def scenario() -> int:
        async with running(FakeShow("fog")) as remote, contextlib.AsyncExitStack() as stack:
            await asyncio.gather(*(stall(remote, stack) for _ in range(200)))
            async with asyncio.timeout(4 * PATIENCE):
                while len(remote._viewers) < 16:  # on a busy machine most of a crowd are still strangers, and refused
                    await stall(remote, stack)
                    await asyncio.sleep(0.005)
            before, _ = tracemalloc.get_traced_memory()
            for _ in range(60):
                await asyncio.to_thread(remote.video_sink.send, picture)
                await asyncio.sleep(0)
            after, _ = tracemalloc.get_traced_memory()
            assert len(remote._viewers) == 16
            assert len(remote._door) <= app.MAX_CONNECTIONS_OF_ONE
            await remote.stop()
            return after - before

    tracemalloc.start()
    try:
        grown = asyncio.run(scenario())
    finally:
        tracemalloc.stop()

    assert grown < 16_000_000, "16 viewers, 60 pictures of 280 KB: 270 MB if nothing bounded them"


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_an_address_for_the_network_can_be_typed(host: str) -> None:
    show = FakeShow("fog")
    remote = WebRemote(WebSettings(TOKEN, host=host), show.submit, show.snapshot)

    assert ipaddress.ip_address(urlsplit(remote.address).hostname or "").version == (4 if host == "0.0.0.0" else 6)
    assert not ipaddress.ip_address(urlsplit(remote.address).hostname or "").is_unspecified


def test_a_taken_port_is_named() -> None:
    async def scenario() -> None:
        show = FakeShow("fog")
        async with running(show) as first:
            second = WebRemote(settings_for_tests(port=first.port), show.submit, show.snapshot)
            with pytest.raises(
                PortInUse, match=rf"127\.0\.0\.1 port {first.port}: another program has it; set web\.port"
            ):
                await second.start()
            await second.stop()

    asyncio.run(scenario())


def test_a_host_that_is_not_ours_is_named() -> None:
    async def scenario() -> None:
        show = FakeShow("fog")
        remote = WebRemote(WebSettings(TOKEN, host="192.0.2.1", port=0), show.submit, show.snapshot)
        with pytest.raises(ConfigError, match=r"192\.0\.2\.1 port 0.*check web\.host"):
            await remote.start()

    asyncio.run(scenario())


# Commands and state


def test_a_command_reaches_the_show_with_its_origin() -> None:
    async def scenario() -> None:
        show = FakeShow("fog", "dusk")
        async with running(show) as remote, admitted(remote) as connection:
            await connection.send('{"do": "go"}')
            await until(lambda: bool(show.commands))

            assert show.commands == [c.Go()]
            assert show.origins[0].surface is Surface.WEB

    asyncio.run(scenario())


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("{", "not JSON"),
        ("[]", "JSON object"),
        (b'{"do": "go"}', "JSON text"),
        ('{"set": "depth", "value": NaN}', "NaN is not a number"),
        ('{"set": "depth", "value": "x"}', "depth must be"),
        ('{"do": "fly"}', "no action is called 'fly'"),
        (json.dumps({"do": "setlist.append", "arguments": ["x" * 10_000]}), "got 10000 characters"),
        (json.dumps({"do": "setlist.append", "arguments": ["\ud800"]}), "must be Unicode text"),
        ("[" * 60_000, "nested too deeply"),
    ],
    ids=lambda value: repr(value)[:40],
)
def test_a_bad_message_is_answered_and_the_next_one_works(message: str | bytes, words: str) -> None:
    async def scenario() -> None:
        show = FakeShow("fog", "dusk")
        async with running(show) as remote, admitted(remote) as connection:
            await connection.send(message)
            error = await hear(connection, "error")
            await connection.send('{"do": "cut"}')
            await until(lambda: bool(show.commands))

            assert words in error["text"]
            assert show.commands == [c.Cut()]

    asyncio.run(scenario())


def test_an_oversized_message_closes_the_connection_only() -> None:
    async def scenario() -> None:
        show = FakeShow("fog")
        async with running(show) as remote:
            async with admitted(remote) as connection:
                await connection.send("x" * 70_000)
                assert (await closing(connection))[0] == 1009
            async with admitted(remote) as connection:
                await hear(connection, "hello")

    asyncio.run(scenario())


def test_a_flood_is_limited_and_told_once() -> None:
    async def scenario() -> None:
        show = FakeShow("fog", "dusk")
        async with running(show) as remote, admitted(remote) as connection:
            for number in range(300):
                await connection.send(json.dumps({"set": "depth", "value": number / 300}))
            error = await hear(connection, "error")
            await connection.send('{"set": "depth", "value": 2}')

            assert "at most 200 a second" in error["text"]
            assert len(show.commands) < 290

    asyncio.run(scenario())


def test_a_full_queue_is_told_to_the_sender() -> None:
    async def scenario() -> None:
        show = FakeShow("fog", "dusk")
        show.is_full = True
        async with running(show) as remote, admitted(remote) as connection:
            await connection.send('{"do": "go"}')

            assert "1024 commands already wait" in (await hear(connection, "error"))["text"]

    asyncio.run(scenario())


def test_a_refusal_goes_to_its_sender_and_news_to_all() -> None:
    async def scenario() -> None:
        show = FakeShow("fog", "dusk")
        async with running(show) as remote, admitted(remote) as first, admitted(remote) as second:
            await hear(first, "hello")
            await hear(second, "hello")
            await first.send('{"cue": 99, "do": "remove"}')
            refusal = await hear(first, "notice")
            show.tell("the camera is gone")

            assert "not in the setlist any more" in refusal["text"]
            assert (await hear(second, "notice"))["text"] == "the camera is gone"

    asyncio.run(scenario())


def test_a_change_by_another_hand_is_told_as_a_small_change() -> None:
    async def scenario() -> None:
        show = FakeShow("fog", "dusk")
        async with running(show) as remote, admitted(remote) as connection:
            await hear(connection, "hello")
            show.values["depth"] = 0.75
            state = (await hear(connection, "state"))["state"]

            assert state == {"parameters": {"depth": 0.75}}

    asyncio.run(scenario())


def test_a_quiet_show_still_has_a_heartbeat() -> None:
    async def scenario() -> None:
        async with running(FakeShow("fog")) as remote, admitted(remote) as connection:
            await hear(connection, "hello")

            assert (await hear(connection, "status"))["status"]["fps"] == 30.0

    asyncio.run(scenario())


def test_a_remote_that_never_reads_delays_nobody() -> None:
    async def scenario() -> None:
        show = FakeShow(*(f"cue {number} {'x' * 400}" for number in range(200)))
        async with running(show) as remote, admitted(remote) as idle, admitted(remote) as connection:
            idle.transport.pause_reading()
            await hear(connection, "hello")
            for number in range(50):
                show.setlist.edit(c.ByNumber(200), {"prompt": f"edit {number} {'y' * 3000}"})
                state = (await hear(connection, "state"))["state"]
                assert state["cues"]["200"]["prompt"].startswith(f"edit {number} ")

    asyncio.run(scenario())


# The program picture


def frame_of(value: int, frame_format: FrameFormat) -> Frame:
    """A frame of one grey: JPEG carries it exactly enough to read the number back."""
    return Frame(np.full(frame_format.shape, value, np.uint8))


def decode(jpeg: str | bytes) -> Any:
    assert isinstance(jpeg, bytes)
    return cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR)


def test_colours_arrive_as_they_were_sent() -> None:
    async def scenario() -> None:
        async with running(FakeShow("fog")) as remote, admitted(remote, "/ws/program") as viewer:
            await until(lambda: bool(remote._viewers.wanted))
            red = Frame(np.zeros((64, 64, 3), np.uint8))
            red.pixels[:, :, 0] = 200
            await asyncio.to_thread(remote.video_sink.send, red)
            blue, green, red_value = decode(await viewer.recv())[32, 32]

            assert (int(blue) < 12, int(green) < 12, abs(int(red_value) - 200) < 12) == (True, True, True)

    asyncio.run(scenario())


@pytest.mark.parametrize(("size", "shape"), [("preview", (360, 640)), ("full", (720, 1280))])
def test_the_remote_gets_a_small_picture_and_the_output_all_of_it(size: str, shape: tuple[int, int]) -> None:
    async def scenario() -> None:
        async with running(FakeShow("fog")) as remote, admitted(remote, "/ws/program", size) as viewer:
            await until(lambda: bool(remote._viewers.wanted))
            await asyncio.to_thread(remote.video_sink.send, frame_of(90, FrameFormat(1280, 720)))

            assert decode(await viewer.recv()).shape[:2] == shape

    asyncio.run(scenario())


def test_preview_and_program_are_streams_of_their_own() -> None:
    async def scenario() -> None:
        async with running(FakeShow("fog")) as remote, admitted(remote, "/ws/preview") as viewer:
            await until(lambda: remote.is_preview_watched)
            assert not remote._viewers.wanted
            await asyncio.to_thread(remote.video_sink.send, frame_of(200, FrameFormat(64, 36)))
            await asyncio.to_thread(remote.preview_sink.send, frame_of(90, FrameFormat(64, 36)))

            assert abs(int(decode(await viewer.recv()).mean()) - 90) < 4

        await until(lambda: not remote.is_preview_watched)

    asyncio.run(scenario())


def test_an_unknown_size_is_refused() -> None:
    async def scenario() -> None:
        async with running(FakeShow("fog")) as remote, admitted(remote, "/ws/program", "huge") as viewer:
            assert await closing(viewer) == (1008, "size must be one of preview, full")

    asyncio.run(scenario())


def test_a_viewer_that_never_reads_costs_one_frame_while_another_gets_all() -> None:
    """Noise compresses to about 180 KB a frame: 150 of them would pile up to 27 MB."""
    rng = np.random.default_rng(1)
    frames = [Frame(rng.integers(0, 255, (360, 640, 3), np.uint8)) for _ in range(5)]
    count = 150

    async def scenario() -> int:
        async with (
            running(FakeShow("fog")) as remote,
            admitted(remote, "/ws/program", max_queue=1) as idle,
            admitted(remote, "/ws/program") as viewer,
        ):
            idle.transport.pause_reading()
            await until(lambda: len(remote._viewers) == 2)
            before, _ = tracemalloc.get_traced_memory()
            for number in range(count):
                await asyncio.to_thread(remote.video_sink.send, frames[number % len(frames)])
                async with asyncio.timeout(PATIENCE):
                    assert decode(await viewer.recv()).shape == (360, 640, 3)
            after, _ = tracemalloc.get_traced_memory()
            assert max(each.dropped for each in remote._viewers) > count / 2
            return after - before

    tracemalloc.start()
    try:
        grown = asyncio.run(scenario())
    finally:
        tracemalloc.stop()

    assert grown < 3_000_000


def test_nothing_is_encoded_while_nobody_watches(monkeypatch: pytest.MonkeyPatch) -> None:
    encoded: list[int] = []

    def encode(pixels: Pixels, quality: int) -> bytes:
        encoded.append(quality)
        return b"jpeg"

    monkeypatch.setattr("web_remote.video.encode_jpeg", encode)

    async def scenario() -> None:
        async with running(FakeShow("fog")) as remote:
            frame = frame_of(1, FrameFormat(64, 64))
            remote.video_sink.send(frame)
            assert encoded == []
            async with admitted(remote, "/ws/program") as viewer:
                await until(lambda: bool(remote._viewers.wanted))
                remote.video_sink.send(frame)
                assert await viewer.recv() == b"jpeg"
            await until(lambda: not remote._viewers.wanted)
            remote.video_sink.send(frame)
            assert len(encoded) == 1

    asyncio.run(scenario())


def test_a_loop_that_hangs_finds_the_newest_picture_only() -> None:
    async def scenario() -> None:
        async with running(FakeShow("fog")) as remote, admitted(remote, "/ws/program") as viewer:
            await until(lambda: bool(remote._viewers.wanted))
            for grey in (10, 120, 240):
                remote.video_sink.send(frame_of(grey, FrameFormat(64, 64)))
            picture = decode(await viewer.recv())

            assert abs(int(picture[0, 0, 0]) - 240) < 4

    asyncio.run(scenario())


def test_stopping_sends_everybody_away_and_the_sink_goes_quiet() -> None:
    async def scenario() -> None:
        show = FakeShow("fog", "dusk")
        async with (
            running(show) as remote,
            admitted(remote) as connection,
            admitted(remote, "/ws/program") as viewer,
        ):
            await hear(connection, "hello")
            await until(lambda: bool(remote._viewers.wanted))
            await remote.stop()
            remote.video_sink.send(frame_of(1, FrameFormat(64, 64)))

            assert (await closing(connection))[0] == 1001
            with pytest.raises(ConnectionClosed):
                await viewer.recv()

    asyncio.run(scenario())
