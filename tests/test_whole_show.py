"""The whole instrument with its real worker and the built-in model: started, played by hand, and hit where it hurts."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.control import commands as c
from core.control.commands import CueDraft, Origin, Submission, Surface
from core.control.snapshot import CueState, Program, SinkState, WorkerState
from core.frames.frame import Frame, FrameFormat
from live.config import (
    MidiSection,
    MjpegSection,
    OscSection,
    OutputSettings,
    RecordSettings,
    Settings,
    TreeSettings,
    WebSection,
)
from live.server import Addresses, Server

pytestmark = [pytest.mark.show, pytest.mark.timeout(300)]

PATIENCE = 120.0  # starting the model on a busy machine
PROMPTS = ("purple galaxy", "gold mandala", "teal mountains", "pink flower")
HANDS = Origin(Surface.WEB, "test")


class Watcher:
    """A sink that remembers how bright each frame was and when it came."""

    name = "watcher"

    def __init__(self) -> None:
        self.means: list[float] = []
        self.times: list[float] = []

    def open(self, frame_format: FrameFormat, fps: float) -> None:
        pass

    def send(self, frame: Frame) -> None:
        self.means.append(float(np.mean(frame.pixels[::8, ::8])))
        self.times.append(time.monotonic())

    def close(self) -> None:
        pass


def small_show(folder: Path) -> Settings:
    return Settings(
        tree=TreeSettings(rounds=((3,), (4,))),
        output=OutputSettings(width=320, height=180),
        osc=OscSection(port=0),
        web=WebSection(port=0),
        midi=MidiSection(enabled=False),
        record=RecordSettings(folder=str(folder)),
        parameters={"transition.duration": 2.0},
    )


@asynccontextmanager
async def running(settings: Settings, prompts: tuple[str, ...] = PROMPTS) -> AsyncIterator[tuple[Server, Addresses]]:
    server = Server(settings, [CueDraft(prompt) for prompt in prompts])
    addresses = await server.start()
    follower = asyncio.create_task(server.run())
    try:
        yield server, addresses
    finally:
        follower.cancel()
        await server.stop()


async def until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"{what} within {PATIENCE} s"
        await asyncio.sleep(0.02)


def states_of(server: Server) -> list[CueState]:
    """Of the cues that there are: none before the first tick."""
    return [cue.state for cue in server.snapshot().cues]


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    async def main() -> None:
        await scenario()

    asyncio.run(main())


def test_show_plays_takes_commands_and_records(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with running(small_show(tmp_path)) as (server, _):
            assert server.snapshot().program is Program.TEST_CARD
            await until(lambda: server.snapshot().program is Program.TRANSITION, "the first transition")

            server.submit(Submission(c.SetParameter("record", True), HANDS))
            await until(lambda: "recorder" in server.outputs, "the recorder")
            server.submit(Submission(c.AppendCue(CueDraft("icy snowflake")), HANDS))
            server.submit(Submission(c.SelectStandby(c.ByNumber(5)), HANDS))
            server.submit(Submission(c.Go(), HANDS))
            await until(lambda: server.snapshot().current_cue == 5, "the new cue on air")
            server.submit(Submission(c.SetParameter("record", False), HANDS))
            await until(lambda: "recorder" not in server.outputs, "the end of the recording")

            (film,) = tmp_path.glob("*.mp4")
            assert film.stat().st_size > 1000

    run(scenario)


def test_recording_that_cannot_be_made_is_told_and_switches_itself_off(tmp_path: Path) -> None:
    async def scenario() -> None:
        (tmp_path / "taken").write_text("a file where the folder should be")
        async with running(small_show(tmp_path / "taken")) as (server, _):
            server.submit(Submission(c.SetParameter("record", True), HANDS))
            await until(lambda: server.snapshot().notices, "the reason")
            await until(lambda: server.snapshot().parameters["record"] is False, "the switch to go off")
            assert "taken" in server.snapshot().notices[0].text

    run(scenario)


def test_killed_worker_costs_no_frame_and_comes_back_by_itself(tmp_path: Path) -> None:
    async def scenario() -> None:
        watcher = Watcher()
        async with running(small_show(tmp_path)) as (server, _):
            await until(lambda: server.snapshot().program is Program.TRANSITION, "the first transition")
            server.outputs.add(watcher)
            await until(lambda: len(watcher.means) > 10, "some frames")

            assert server.compute.process_id is not None
            os.kill(server.compute.process_id, signal.SIGKILL)
            await until(lambda: server.snapshot().worker.restarts == 1, "the restart")
            server.submit(Submission(c.AppendCue(CueDraft("red eye")), HANDS))
            server.submit(Submission(c.SelectStandby(c.ByNumber(5)), HANDS))
            await until(lambda: len(server.snapshot().cues) == 5, "the new cue")
            await until(lambda: {CueState.READY, CueState.ON_AIR} & {*states_of(server)[4:5]}, "new leaves")
            assert server.snapshot().worker.state is WorkerState.ONLINE
            await until(lambda: server.snapshot().current_cue == 5, "the new cue on air")

        intervals = np.diff(watcher.times)
        assert min(watcher.means) > 1, "a black frame went out"
        assert np.percentile(intervals, 95) < 2 / 30, "the rhythm of the frames was lost"

    run(scenario)


def test_an_output_is_switched_on_and_off_in_the_show_and_says_why_it_cannot(tmp_path: Path) -> None:
    async def scenario() -> None:
        settings = replace(small_show(tmp_path), mjpeg=MjpegSection(port=0))
        absent = "syphon" if sys.platform != "darwin" else "spout"  # it is for another system
        async with running(settings) as (server, _):

            def states() -> dict[str, SinkState]:
                return {sink.name: sink.state for sink in server.snapshot().sinks}

            for name in ("mjpeg", absent):
                server.submit(Submission(c.SetParameter(f"sink.{name}", True), HANDS))
            await until(lambda: states().get("mjpeg") is SinkState.RUNNING, "motion JPEG")
            await until(lambda: states().get(absent) is SinkState.FAILED, "the refusal")
            await until(lambda: server.snapshot().notices, "the reason")
            server.submit(Submission(c.SetParameter("sink.mjpeg", False), HANDS))
            await until(lambda: "mjpeg" not in states(), "the end of motion JPEG")

            assert any(absent in notice.text.lower() for notice in server.snapshot().notices)
            assert states()["viewers"] is SinkState.RUNNING

    run(scenario)


def test_worker_killed_in_a_turn_grows_the_parents_anew_and_the_picture_never_stops(tmp_path: Path) -> None:
    async def scenario() -> None:
        watcher = Watcher()
        settings = small_show(tmp_path)
        settings = replace(settings, parameters={"transition.duration": 20.0, "setlist.auto": False})
        async with running(settings) as (server, _):
            await until(lambda: CueState.READY in states_of(server)[1:2], "the first transition")
            server.submit(Submission(c.Go(), HANDS))
            await until(lambda: server.snapshot().program is Program.TRANSITION, "the way to the second cue")
            await until(lambda: server.snapshot().position > 0.05, "some of that way")
            server.outputs.add(watcher)
            assert server.compute.process_id is not None
            os.kill(server.compute.process_id, signal.SIGKILL)
            server.submit(Submission(c.Go(c.ByNumber(4)), HANDS))

            await until(lambda: server.snapshot().current_cue == 4, "the turn to the last cue")
            assert server.snapshot().position < 0.5
            assert server.snapshot().worker.restarts == 1

        assert min(watcher.means) > 1, "a black frame went out"

    run(scenario)


def test_hanging_sink_harms_nobody(tmp_path: Path) -> None:
    release = threading.Event()

    class Hanging(Watcher):
        name = "hanging"

        def send(self, frame: Frame) -> None:
            release.wait(PATIENCE)

    async def scenario() -> None:
        async with running(small_show(tmp_path)) as (server, _):
            watcher = Watcher()
            server.outputs.add(Hanging())
            server.outputs.add(watcher)
            await until(
                lambda: any(s.state is SinkState.HANGING for s in server.snapshot().sinks), "the hang to be told"
            )
            before = len(watcher.means)
            await until(lambda: len(watcher.means) > before + 30, "frames at the other sink")
            release.set()

    run(scenario)


def test_model_that_is_not_there_is_told_and_the_remote_lives(tmp_path: Path) -> None:
    async def scenario() -> None:
        settings = small_show(tmp_path)
        settings = replace(settings, model=replace(settings.model, source=str(tmp_path / "nowhere")))
        async with running(settings) as (server, _):
            await until(lambda: server.snapshot().worker.state is WorkerState.FAILED, "the refusal")
            assert "nowhere" in server.snapshot().worker.message
            before = server.snapshot().frame_number
            await until(lambda: server.snapshot().frame_number > before + 10, "frames")
            assert server.snapshot().program is Program.TEST_CARD

    run(scenario)
