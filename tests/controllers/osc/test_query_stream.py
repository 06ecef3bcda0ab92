from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from types import MappingProxyType

import pytest

from controllers.feedback import describe
from controllers.osc.guard import read_packet
from controllers.osc.query import HostInfo, OscQuery
from controllers.osc.query_stream import QueryServer, Wishes
from core.control.snapshot import Snapshot


def say(command: str, address: object) -> str:
    return json.dumps({"COMMAND": command, "DATA": address})


def told(wishes: Wishes, **parameters: float) -> list[tuple[object, ...]]:
    values = describe(Snapshot(parameters=MappingProxyType(parameters)))
    return [(m.address, *m.arguments) for packet in wishes.news(values) for m in read_packet(packet).messages]


def test_a_listener_is_told_the_value_and_then_its_changes() -> None:
    wishes = Wishes("/vj")
    wishes.hear(say("LISTEN", "/vj/depth"))

    assert told(wishes, depth=0.5) == [("/vj/depth", 0.5)]
    assert told(wishes, depth=0.5) == []
    assert told(wishes, depth=0.75, guidance=4.0) == [("/vj/depth", 0.75)]


def test_what_is_ignored_again_is_told_no_more() -> None:
    wishes = Wishes("/vj")
    wishes.hear(say("LISTEN", "/vj/depth"))
    wishes.hear(say("IGNORE", "/vj/depth"))

    assert told(wishes, depth=0.25) == []


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "7", '"LISTEN"', say("LISTEN", "/vj/nothing"), say("LISTEN", "/vj/go"), say("LISTEN", 5), say("LISTEN", ["/vj/depth"]),
     say("SING", "/vj/depth"), json.dumps({"COMMAND": "LISTEN"}), "[" * 100_000],
    ids=lambda text: text[:40],
)  # fmt: skip
def test_what_makes_no_sense_means_nothing(text: str) -> None:
    wishes = Wishes("/vj")

    wishes.hear(text)

    assert len(wishes) == 0


def test_a_stream_tells_until_the_client_leaves() -> None:
    class Client:
        """Listens to one address, waits until it was told, and leaves."""

        def __init__(self) -> None:
            self.packets: list[bytes] = []
            self.is_told = asyncio.Event()

        async def __aiter__(self) -> AsyncIterator[str | bytes]:
            yield b"\0"
            yield say("LISTEN", "/vj/status/position")
            await asyncio.wait_for(self.is_told.wait(), 10)

        async def send(self, message: bytes) -> None:
            self.packets.append(message)
            self.is_told.set()

    async def session() -> list[bytes]:
        query = OscQuery("/vj", lambda: Snapshot(position=0.25), lambda: HostInfo("latentdeck", "", 7770))
        client = Client()
        await QueryServer(query).stream(client)
        return client.packets

    (packet,) = asyncio.run(session())

    assert read_packet(packet).messages[0].arguments == (0.25,)
