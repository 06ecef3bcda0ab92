"""A show with its real worker that is kept on disk: it comes back after a crash, and is rendered again from its log."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from core.control import commands as c
from core.control.commands import Origin, Submission, Surface
from core.control.errors import ConfigError
from core.control.snapshot import Program
from core.frames.frame import Frame, FrameFormat, Pixels
from live.__main__ import main
from live.config import MidiSection, OscSection, OutputSettings, RecordSettings, Settings, TreeSettings, WebSection
from live.server import Server
from live.storage.show_file import load_show
from live.storage.show_paths import Restore
from live.wiring.start import ShowStart, start_live

pytestmark = [pytest.mark.show, pytest.mark.timeout(300)]

PATIENCE = 120.0  # starting the model on a busy machine
HANDS = Origin(Surface.OSC, "test")
SHOW = "[parameters]\nsetlist.auto = false\ntransition.duration = 1.0\n" + "".join(
    f'[[cue]]\nprompt = "{prompt}"\n' for prompt in ("purple galaxy", "gold mandala", "teal mountains")
)


class LastFrame:
    """A sink that remembers the newest frame."""

    name = "last frame"

    def __init__(self) -> None:
        self.pixels: Pixels | None = None

    def open(self, frame_format: FrameFormat, fps: float) -> None:
        pass

    def send(self, frame: Frame) -> None:
        self.pixels = frame.pixels.copy()

    def close(self) -> None:
        pass


@dataclass(frozen=True, slots=True)
class Evening:
    """What is left of a show that was killed: its folder, as the crash left it, and its last picture."""

    show: Path
    last_picture: Pixels


def settings_for(folder: Path) -> Settings:
    return Settings(
        tree=TreeSettings(rounds=((3,), (4,))),
        output=OutputSettings(width=320, height=180, fps=15),
        osc=OscSection(port=0),
        web=WebSection(port=0),
        midi=MidiSection(enabled=False),
        record=RecordSettings(folder=str(folder)),
    )


def start_in(folder: Path, show: Path) -> ShowStart:
    return start_live(settings_for(folder), {}, show, (), folder, Restore.AFTER_CRASH)


@asynccontextmanager
async def running(start: ShowStart) -> AsyncIterator[tuple[Server, LastFrame]]:
    server, last = Server(start.settings, start.cues, start.where, start.place), LastFrame()
    await server.start()
    server.outputs.add(last)
    try:
        yield server, last
    finally:
        await server.stop()


async def until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"{what} within {PATIENCE} s"
        await asyncio.sleep(0.05)


def rests_on(server: Server, number: int) -> bool:
    snapshot = server.snapshot()
    cue = next((cue for cue in snapshot.cues if cue.cue_id == snapshot.current_cue), None)
    return snapshot.program is Program.CUE and cue is not None and cue.number == number


def is_saved_there(path: Path, number: int) -> bool:
    try:
        where = load_show(path).state.whereabouts
    except ConfigError:
        return False
    return where is not None and where.is_resting and where.current_cue == number


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Evening:
    folder = tmp_path_factory.mktemp("evening")
    show = folder / "night.toml"
    show.write_text(SHOW)
    found: list[Any] = []

    async def play() -> None:
        start = start_in(folder, show)
        assert start.place is not None
        async with running(start) as (server, last):
            await until(lambda: rests_on(server, 1), "the first cue")
            for command in (
                c.SetParameter("output.saturation", 0.5),
                c.EditCue(c.ByNumber(3), prompt="red eye", hold=3.0),
                c.Go(),
            ):
                server.submit(Submission(command, HANDS))
            await until(lambda: rests_on(server, 2), "the second cue")
            await until(lambda: is_saved_there(start.place.autosave, 2), "the autosave")  # type: ignore[union-attr]
            found.extend((last.pixels, start.place.autosave.read_bytes()))
        start.place.autosave.write_bytes(found[1])  # as a crash in this moment would have left it

    asyncio.run(play())
    return Evening(show, found[0])


def test_show_that_was_killed_comes_back_with_the_same_picture_and_setlist(evening: Evening) -> None:
    async def scenario() -> None:
        start = start_in(evening.show.parent, evening.show)
        assert start.is_restored
        async with running(start) as (server, last):
            await until(lambda: rests_on(server, 2), "the cue that was on air")
            before = server.snapshot().frame_number
            await until(lambda: server.snapshot().frame_number > before + 3, "its picture")
            assert last.pixels is not None
            assert np.abs(last.pixels.astype(int) - evening.last_picture).max() <= 1
            third = server.snapshot().cues[2]
            assert (third.prompt, third.hold) == ("red eye", 3.0)
            assert server.snapshot().parameters["output.saturation"] == 0.5

    asyncio.run(scenario())


def test_show_is_rendered_again_from_its_log_up_to_the_picture_it_ended_with(evening: Evening, tmp_path: Path) -> None:
    log = min((evening.show.parent / "logs").iterdir())

    assert main(["render", "--replay", str(log), str(tmp_path / "night.mp4")]) == 0

    with av.open(str(tmp_path / "night.mp4")) as film:
        pictures = [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]
    assert np.abs(pictures[-1].astype(int) - evening.last_picture).mean() < 4  # of 255, after a codec
    assert np.abs(pictures[0].astype(int) - evening.last_picture).mean() > 10
