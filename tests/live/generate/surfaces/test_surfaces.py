"""The ready surfaces against the registry; and the patch in Pure Data itself, without a window."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from controllers.osc.guard import Message
from controllers.osc.translate import Translator
from core.control import commands as c
from core.control.commands import ByNumber
from core.control.parameters import PARAMETERS
from core.control.snapshot import CueState, CueView, Snapshot
from live.config import OSC_ROOT
from live.generate.surfaces import selection
from live.generate.surfaces.__main__ import FILES
from live.generate.surfaces.pure_data import addresses_in, write_patch
from live.generate.surfaces.stage_control import write_session
from tests.controllers.fakes import PATIENCE, FakeShow, osc_running, until

EXAMPLES = Path(__file__).parents[4] / "examples"


@pytest.mark.parametrize("name", FILES)
def test_the_files_are_those_of_the_registry(name: str) -> None:
    written = (EXAMPLES / name).read_text(encoding="utf-8")

    assert written == FILES[name](OSC_ROOT), "run: python -m live.generate.surfaces examples"


def widgets() -> Iterator[dict[str, Any]]:
    yield from json.loads(write_session(OSC_ROOT))["content"]["widgets"]


def sent_addresses() -> set[str]:
    stage = {str(widget["address"]) for widget in widgets() if widget["type"] != "text"}
    return stage | set(addresses_in(write_patch(OSC_ROOT)))


@pytest.mark.parametrize("address", sorted(sent_addresses()))
def test_every_address_that_is_sent_to_is_one_of_ours(address: str) -> None:
    text = "gold mandala" if address.endswith(("/prompt", "/append")) else 1
    arguments = () if address.endswith("/subscribe") else (text,)

    assert Translator(OSC_ROOT).translate(Message(address, arguments), "127.0.0.1:9000", Snapshot(), 0.0)


def test_faders_have_the_range_of_their_parameter() -> None:
    faders = {widget["id"]: widget["range"] for widget in widgets() if widget["type"] == "fader"}

    assert faders == {
        name.replace(".", "_"): {"min": PARAMETERS[name].domain.minimum, "max": PARAMETERS[name].domain.maximum}
        for name in selection.FADERS
    }


def test_no_two_widgets_lie_on_each_other() -> None:
    taken = [(widget["left"], widget["top"], widget["width"]) for widget in widgets()]

    for left, top, width in taken:
        assert sum(y == top and x < left + width and left < x + w for x, y, w in taken) == 1


# In Pure Data

with_pd = pytest.mark.skipif(shutil.which("pd") is None, reason="pd (puredata-core) is missing")


@asynccontextmanager
async def pure_data(port: int, *sends: str, patch: Path | None = None) -> AsyncIterator[asyncio.subprocess.Process]:
    """The patch, headless, talking to a port; what it should be sent, such as "ld-go bang"."""
    options = ["-nogui", "-noaudio", "-nomidi", "-noprefs", "-stderr", "-open", str(EXAMPLES / "latentdeck.pd")]
    options += ["-open", str(patch)] if patch else []
    for send in (f"ld-port {port}", *sends):
        options += ["-send", send]
    process = await asyncio.create_subprocess_exec("pd", *options, stderr=asyncio.subprocess.PIPE)
    try:
        yield process
    finally:
        process.terminate()
        await process.wait()


@with_pd
@pytest.mark.pd
def test_controls_of_the_patch_play_the_show() -> None:
    sends = ("ld-transition.speed -1.5", "ld-transition.duration 4", "ld-freeze 1", "ld-go bang", "ld-cue-3 bang",
             "ld-standby.prompt symbol fog", "ld-output.contrast 0.5")  # fmt: skip

    async def session() -> None:
        async with osc_running(show) as endpoint, pure_data(endpoint.port, *sends):
            await until(lambda: len(show.submissions) == len(sends), "the commands")
            assert endpoint.monitor.rejected == 0

    show = FakeShow()
    asyncio.run(session())

    assert show.commands == [
        c.SetParameter("transition.speed", -1.5),
        c.SetParameter("transition.duration", 4.0),
        c.SetParameter("freeze", True),
        c.Go(),
        c.Go(ByNumber(3)),
        c.EditCue(None, prompt="fog"),
        c.SetParameter("output.contrast", 0.5),
    ]


@with_pd
@pytest.mark.pd
def test_feedback_moves_the_controls_without_being_sent_back(tmp_path: Path) -> None:
    shown = ("transition.speed", "freeze", "status.current", "status.current.prompt")
    ear = tmp_path / "ear.pd"
    ear.write_text("#N canvas 0 0 400 400 12;\n" + "".join(
        f"#X obj 0 0 r ld-{name}-set;\n#X obj 0 30 print {name};\n" for name in shown
    ) + "".join(f"#X connect {2 * row} 0 {2 * row + 1} 0;\n" for row in range(len(shown))))  # fmt: skip

    async def session() -> set[str]:
        async with osc_running(show) as endpoint, pure_data(endpoint.port, patch=ear) as process:
            assert process.stderr is not None
            heard: set[str] = set()
            while len(heard) < len(shown):
                line = (await asyncio.wait_for(process.stderr.readline(), PATIENCE)).decode().strip()
                if line.partition(":")[0] in shown:
                    heard.add(line)
            return heard

    cue = CueView(1, 1, "gold mandala", "", 1, None, CueState.ON_AIR)
    parameters = MappingProxyType({"transition.speed": 2.0, "freeze": True})
    show = FakeShow(replace(Snapshot(), cues=(cue,), current_cue=1, parameters=parameters))

    assert asyncio.run(session()) == {
        "transition.speed: set 2",
        "freeze: set 1",
        "status.current: set 1",
        "status.current.prompt: set gold\\ mandala",
    }
    assert show.submissions == []


@with_pd
@pytest.mark.pd
def test_load_test_of_the_patch_sends_what_it_is_told_to() -> None:
    async def session() -> int:
        async with osc_running(show) as endpoint, pure_data(endpoint.port, "ld-flood 7 1000"):
            await until(lambda: endpoint.monitor.received >= 1000, "the messages")
            await asyncio.sleep(0.05)
            return endpoint.monitor.received

    show = FakeShow()

    assert 1000 <= asyncio.run(session()) <= 1001  # and perhaps the subscription
    assert set(show.commands) == {c.SetParameter("output.contrast", 1.0)}
