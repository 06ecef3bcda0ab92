"""The remote behind a real proxy with TLS, as the documents recommend it."""

from __future__ import annotations

import asyncio
import contextlib
import http.client
import json
import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect

from tests.web_remote.fakes import TOKEN, FakeShow, settings_for_tests
from tests.web_remote.nginx import NAME, needs_nginx, proxying, recipe
from tests.web_remote.test_osc_space import Space
from web_remote.app import WebRemote

pytestmark = needs_nginx

PATIENCE = 10.0
ROOT, BELOW = "/", "/shows/vj/"


def placed(path: str) -> str:
    """The recipe for a path of the proxy."""
    return recipe().replace("location / {", f"location {path} {{")


def without(line: str) -> str:
    """The recipe as people type it who leave a line out."""
    kept = [each for each in recipe().splitlines() if line not in each]
    assert len(kept) == len(recipe().splitlines()) - 1
    return "\n".join(kept)


class Site:
    """What the test knows of the proxy."""

    def __init__(self, port: int, folder: Path, remote: WebRemote) -> None:
        self.port = port
        self.remote = remote
        self.trust = ssl.create_default_context(cafile=folder / f"{NAME}.crt")

    def get(self, path: str) -> tuple[int, bytes]:
        connection = http.client.HTTPSConnection(NAME, self.port, context=self.trust, timeout=PATIENCE)
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE)
        connection.sock = self.trust.wrap_socket(plain, server_hostname=NAME)
        try:
            connection.request("GET", path)
            response = connection.getresponse()
            return response.status, response.read()
        finally:
            connection.close()

    async def greet(self, path: str, origin: str) -> dict[str, Any]:
        """What a page of this origin below a path hears first."""
        dialled = connect(
            f"wss://{NAME}:{self.port}{path}ws/control",
            host="127.0.0.1",
            port=self.port,
            ssl=self.trust,
            origin=origin,  # type: ignore[arg-type]
            proxy=None,
        )
        async with asyncio.timeout(PATIENCE), dialled as connection:
            await connection.send(json.dumps({"token": TOKEN, "page": f"{origin}{path}"}))
            greeting: dict[str, Any] = json.loads(await connection.recv())
            return greeting


@contextlib.asynccontextmanager
async def site(server: str, folder: Path, space: Space | None = None) -> AsyncIterator[Site]:
    show = FakeShow("fog")
    remote = WebRemote(settings_for_tests(names=(NAME,)), show.submit, show.snapshot, osc_space=space)
    await remote.start()
    try:
        with proxying(server, remote.port, folder) as port:
            yield Site(port, folder, remote)
    finally:
        await remote.stop()


@pytest.mark.parametrize("path", [ROOT, BELOW])
def test_page_and_line_go_through_the_recipe_and_the_codes_lead_to_the_proxy(path: str, tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(placed(path), tmp_path) as proxy:
            origin = f"https://{NAME}:{proxy.port}"

            status, page = await asyncio.to_thread(proxy.get, path)
            hello = await proxy.greet(path, origin)

            assert (status, b"remote.js" in page) == (200, True)
            assert hello["type"] == "hello"
            addresses = [each["address"] for each in hello["invitations"]]
            assert all(address.startswith(f"{origin}{path}") for address in addresses)
            assert all(each["is_lan"] for each in hello["invitations"])

    asyncio.run(scenario())


def test_a_proxy_that_asks_in_its_own_name_works_too(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with site(without("Host $http_host"), tmp_path) as proxy:
            assert (await asyncio.to_thread(proxy.get, "/"))[0] == 200
            assert (await proxy.greet("/", f"https://{NAME}:{proxy.port}"))["type"] == "hello"

    asyncio.run(scenario())


def test_nobody_reads_prompts_through_the_proxy_without_a_key(tmp_path: Path) -> None:
    async def scenario() -> None:
        space = Space()
        async with site(recipe(), tmp_path, space) as proxy:
            await asyncio.to_thread(proxy.get, "/vj")

            assert [is_local for _, is_local, _ in space.asked] == [False]

    asyncio.run(scenario())
