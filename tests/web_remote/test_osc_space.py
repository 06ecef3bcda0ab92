from __future__ import annotations

import asyncio
import http.client
from http import HTTPStatus

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import InvalidStatus

from tests.web_remote.fakes import TOKEN, FakeShow
from web_remote.app import WebRemote, WebSettings


class Space:
    """Knows one address, and the root unless a page is wanted; its stream answers."""

    def __init__(self, *, is_open: bool = True) -> None:
        self.is_open = is_open
        self.asked: list[tuple[str, bool, bool]] = []

    def answer(self, target: str, *, is_local: bool, wants_page: bool) -> tuple[HTTPStatus, bytes] | None:
        self.asked.append((target, is_local, wants_page))
        if target == "/vj/go?VALUE":
            return HTTPStatus.NO_CONTENT, b""
        return (HTTPStatus.OK, b"{}") if target == "/" and not wants_page else None

    def may_read(self, *, is_local: bool) -> bool:
        return self.is_open

    async def stream(self, connection: ServerConnection) -> None:
        async for message in connection:
            await connection.send(f"heard {message!r}".encode())


def get(target: str, accept: str, space: Space | None) -> tuple[int, str | None, bytes]:
    async def scenario() -> tuple[int, str | None, bytes]:
        show = FakeShow()
        remote = WebRemote(WebSettings(TOKEN, port=0), show.submit, show.snapshot, osc_space=space)
        await remote.start()
        try:
            return await asyncio.to_thread(fetch, remote.port)
        finally:
            await remote.stop()

    def fetch(port: int) -> tuple[int, str | None, bytes]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        connection.request("GET", target, headers={"Accept": accept})
        response = connection.getresponse()
        try:
            return response.status, response.headers["Content-Type"], response.read()
        finally:
            connection.close()

    return asyncio.run(scenario())


def test_a_program_reads_the_address_space_without_a_token() -> None:
    space = Space()

    assert get("/", "application/json, */*", space) == (200, "application/json", b"{}")
    assert space.asked == [("/", True, False)]


def test_an_answer_without_content_has_none() -> None:
    assert get("/vj/go?VALUE", "*/*", Space())[::2] == (204, b"")


def test_a_browser_still_gets_the_page() -> None:
    status, kind, _ = get("/", "text/html,application/xhtml+xml,*/*;q=0.8", Space())

    assert (status, kind) == (200, "text/html; charset=utf-8")


def test_without_osc_there_is_no_address_space() -> None:
    assert get("/vj", "*/*", None)[0] == 404


def stream(path: str, space: Space | None) -> object:
    async def scenario() -> object:
        show = FakeShow()
        remote = WebRemote(WebSettings(TOKEN, port=0), show.submit, show.snapshot, osc_space=space)
        await remote.start()
        try:
            async with connect(f"ws://127.0.0.1:{remote.port}{path}", proxy=None) as connection:
                await connection.send("LISTEN")
                return await asyncio.wait_for(connection.recv(), 10)
        finally:
            await remote.stop()

    return asyncio.run(scenario())


@pytest.mark.parametrize("path", ["/", "/vj"])
def test_a_reader_of_addresses_gets_a_stream_without_a_token(path: str) -> None:
    assert stream(path, Space()) == b"heard 'LISTEN'"


@pytest.mark.parametrize("space", [None, Space(is_open=False)], ids=["no OSC", "not for this machine"])
def test_who_may_not_read_gets_no_stream(space: Space | None) -> None:
    with pytest.raises(InvalidStatus):
        stream("/", space)
