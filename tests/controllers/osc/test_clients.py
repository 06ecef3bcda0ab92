"""Programs that nobody here wrote, on loopback."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType

import pytest

from core.control.commands import AppendCue, CueDraft, EditCue, Go, SetParameter
from core.control.snapshot import Snapshot
from tests.controllers.fakes import PATIENCE, FakeShow, OscTool, osc_running, until

pytestmark = [
    pytest.mark.osc_client,
    pytest.mark.skipif(
        not all(map(shutil.which, ("oscsend", "oscsendfile", "oscdump"))),
        reason="liblo-tools (oscsend, oscdump) are missing",
    ),
]


async def oscsend(port: int, *words: str) -> None:
    process = await asyncio.create_subprocess_exec("oscsend", "127.0.0.1", str(port), *words)
    assert await asyncio.wait_for(process.wait(), PATIENCE) == 0


async def oscsendfile(port: int, script: Path, message: str, times: Sequence[float]) -> None:
    """Send one message at several times, in seconds, from one socket."""
    stamps = (f"{int(at):08x}.{int(at % 1 * 2**32):08x}" for at in times)
    script.write_text("".join(f"{stamp} {message}\n" for stamp in stamps))
    process = await asyncio.create_subprocess_exec("oscsendfile", "127.0.0.1", str(port), str(script))
    assert await asyncio.wait_for(process.wait(), PATIENCE) == 0


@asynccontextmanager
async def oscdump() -> AsyncIterator[tuple[int, asyncio.StreamReader]]:
    """A running oscdump: its port and its output."""
    tool = OscTool(0)  # only to find a port that is free
    tool.close()
    process = await asyncio.create_subprocess_exec("oscdump", "-L", str(tool.port), stdout=asyncio.subprocess.PIPE)
    assert process.stdout is not None
    try:
        yield tool.port, process.stdout
    finally:
        process.terminate()
        await process.wait()


async def read_until(output: asyncio.StreamReader, wanted: str) -> str:
    """The first line that holds `wanted`."""
    while True:
        line = (await asyncio.wait_for(output.readline(), PATIENCE)).decode()
        assert line, "oscdump has ended"
        if wanted in line:
            return line


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (("/vj/transition/speed", "f", "-1.5"), SetParameter("transition.speed", -1.5)),
        (("/vj/transition/speed", "i", "2"), SetParameter("transition.speed", 2.0)),
        (("/vj/transition/speed", "d", "0.5"), SetParameter("transition.speed", 0.5)),
        (("/vj/transition/speed", "h", "3"), SetParameter("transition.speed", 3.0)),
        (("/vj/output/blackout", "T"), SetParameter("output.blackout", True)),
        (("/vj/output/blackout", "F"), SetParameter("output.blackout", False)),
        (("/vj/underrun", "s", "hold"), SetParameter("underrun", "hold")),
        (("/vj/go",), Go()),
        (("/vj/go", "f", "1"), Go()),
        (("/vj/standby/prompt", "s", "Wälder im Nebel, 霧"), EditCue(None, prompt="Wälder im Nebel, 霧")),
        (("/vj/setlist/append", "sf", "a quiet sea", "4"), AppendCue(CueDraft("a quiet sea", duration=4.0))),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_oscsend_is_understood(words: tuple[str, ...], command: object) -> None:
    async def session() -> None:
        async with osc_running(show) as endpoint:
            await oscsend(endpoint.port, *words)
            await until(lambda: bool(show.submissions), "the command")

    show = FakeShow()
    asyncio.run(session())

    assert show.commands == [command]


@pytest.mark.parametrize(
    "words",
    [("/vj/depth", "f", "nan"), ("/vj/depth", "f", "inf"), ("/vj/depth", "f", "7"), ("/vj/depth", "s", "x"), ("/vj/depth", "N"),
     ("/vj/depth", "m", "00000000"), ("/vj/depth", "I"), ("/vj/go", "s", "now"), ("/vj/standby/prompt", "s", ""), ("/vj/none",)],
    ids=" ".join,
)  # fmt: skip
def test_wrong_oscsend_submits_nothing(words: tuple[str, ...]) -> None:
    async def session() -> int:
        async with osc_running(show) as endpoint:
            await oscsend(endpoint.port, *words)
            await until(lambda: endpoint.monitor.rejected > 0, "the refusal")
            return endpoint.monitor.rejected

    show = FakeShow()

    assert asyncio.run(session()) == 1
    assert show.submissions == []


def test_a_button_that_sends_1_and_never_0_plays_each_time(tmp_path: Path) -> None:
    async def session() -> None:
        async with osc_running(show) as endpoint:
            await oscsendfile(endpoint.port, tmp_path / "presses.osc", "/vj/go f 1", [1.0, 1.75, 2.5])
            await until(lambda: endpoint.monitor.received == 3, "the presses")

    show = FakeShow()
    asyncio.run(session())

    assert show.commands == [Go()] * 3
    assert len({submission.origin for submission in show.submissions}) == 1


def test_oscdump_reads_our_feedback() -> None:
    async def session() -> None:
        async with oscdump() as (port, output), osc_running(show, feedback_targets=(("127.0.0.1", port),)) as endpoint:
            # oscdump takes a moment to open its port, and what was sent before is lost: move until it has heard us.
            hearing = asyncio.create_task(read_until(output, "/vj/depth f 0."))
            for step in range(1, 400):
                show.snapshot = replace(show.snapshot, parameters=MappingProxyType({"depth": step / 400}))
                await asyncio.sleep(0.025)
                if hearing.done():
                    break
            await hearing
            show.snapshot = replace(show.snapshot, parameters=MappingProxyType({"depth": 0.75, "freeze": True}))
            await read_until(output, "/vj/freeze i 1")
            await read_until(output, "/vj/depth f 0.75")
            assert endpoint.monitor.listeners == 1

    show = FakeShow(Snapshot())
    asyncio.run(session())


def test_oscsend_subscribes_oscdump() -> None:
    async def session() -> None:
        async with oscdump() as (port, output), osc_running(show) as endpoint:
            hearing = asyncio.create_task(read_until(output, '/vj/underrun s "sway"'))
            while not hearing.done():  # each renewal tells everything again, so one of them finds oscdump awake
                await oscsend(endpoint.port, "/vj/subscribe", "if", str(port), "30")
                await asyncio.wait({hearing}, timeout=0.1)
            await hearing

    show = FakeShow()
    asyncio.run(session())
