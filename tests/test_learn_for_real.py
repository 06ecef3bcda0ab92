"""Learn as it is done in a show: asked for over OSC and the websocket, moved at a controller in the browser."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection, connect

from controllers.osc.encode import encode_answer
from controllers.osc.guard import Message
from core.control.commands import CueDraft
from live.config import MidiSection, OscSection, OutputSettings, PictureSettings, Settings, TreeSettings, WebSection
from live.server import Server

pytestmark = [pytest.mark.show, pytest.mark.timeout(120)]

PORT = "Desk"
PATIENCE = 20.0


def settings(folder: Path) -> Settings:
    return Settings(
        tree=TreeSettings(rounds=((3,),)),
        output=OutputSettings(width=320, height=180),
        osc=OscSection(port=0),
        web=WebSection(port=0, token="operator"),
        midi=MidiSection(learned=str(folder / "midi.toml"), virtual_port="none of ours"),
        pictures=PictureSettings(str(folder)),
    )


async def hear(connection: ClientConnection, is_it: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
    """The first message that is meant."""
    async with asyncio.timeout(PATIENCE):
        while True:
            message: dict[str, Any] = json.loads(await connection.recv())
            if is_it(message):
                return message


def learn_state(message: dict[str, Any]) -> str:
    return str(message.get("state", {}).get("midi", {}).get("learn", {}).get("state"))


async def send(connection: ClientConnection, **message: object) -> None:
    await connection.send(json.dumps(message))


def test_a_fader_at_a_browser_is_learned_and_plays(tmp_path: Path) -> None:
    async def scenario() -> None:
        server = Server(settings(tmp_path), [CueDraft("purple galaxy"), CueDraft("gold mandala")])
        addresses = await server.start()
        try:
            async with connect(f"ws://127.0.0.1:{addresses.port}/ws/control") as page:
                await send(page, token="operator")
                await hear(page, lambda message: message["type"] == "hello")
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as tool:
                    tool.sendto(
                        encode_answer([Message("/vj/midi/learn", ("strength",))]),
                        ("127.0.0.1", addresses.osc_port or 0),
                    )
                await hear(page, lambda message: learn_state(message) == "waiting")
                await send(page, midi=[[176, 40, 30], [176, 40, 32], [176, 40, 34]], port=PORT)
                learned = await hear(page, lambda message: learn_state(message) == "learned")
                bindings = learned["state"]["midi"]["bindings"]
                assert [each["control"] for each in bindings if each["is_own"]] == ["cc:1:40"]

                await send(page, midi=[[176, 40, 0], [176, 40, 127]], port=PORT)
                moved = await hear(page, lambda message: "strength" in message.get("state", {}).get("parameters", {}))
                assert moved["state"]["parameters"]["strength"] == 1.0

                await send(page, do="midi.learn", arguments=["freeze"])
                await send(page, do="midi.learn.cancel")
                await send(page, do="midi.learn", arguments=["zoom"])
                refused = await hear(page, lambda message: message["type"] == "error")
                assert "no parameter or action is called 'zoom'" in refused["text"]
        finally:
            await server.stop()
        assert 'to = "strength"' in (tmp_path / "midi.toml").read_text()

    asyncio.run(scenario())
