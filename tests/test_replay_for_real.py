"""A show that real sound and a real clock move, and its replay without both: the frames are the same to the bit."""

from __future__ import annotations

import asyncio
import hashlib
import math
import struct
import time
import wave
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from core.control import commands as c
from core.control.commands import Origin, Submission, Surface
from core.control.domain import Value
from core.control.snapshot import SinkState, SinkView
from core.frames.frame import Frame, FrameFormat
from live.__main__ import main
from live.config import AudioSettings, MidiSection, OscSection, OutputSettings, Settings, TreeSettings, WebSection
from live.server import Server
from live.sinks.outputs import RECORDER_DEPTH
from live.storage.show_paths import Restore
from live.wiring.start import start_live
from tests.jack_clock import BACKEND, MARKS, midi_clock, play

pytestmark = MARKS

SECONDS = 15.0
PATIENCE = 120.0
HANDS = Origin(Surface.OSC, "test")
PARAMETERS: dict[str, Value] = {
    "setlist.auto": False, "transition.beats": 4.0, "tempo.source": "midi", "panic.look": "cue",
    "envelope.target": "output.brightness", "envelope.depth": -0.6, "envelope.gain": 2.0,
    "lfo.1.target": "output.saturation", "lfo.1.beats": 3.0, "lfo.1.depth": 0.4,
}  # fmt: skip


class Hashes:
    """A sink that keeps what tells frames apart."""

    name = "hashes"

    def __init__(self) -> None:
        self.found: dict[int, str] = {}

    def open(self, frame_format: FrameFormat, fps: float) -> None: ...

    def send(self, frame: Frame) -> None:
        self.found[frame.number] = hashlib.sha256(frame.pixels.tobytes()).hexdigest()

    def close(self) -> None: ...


class HashOutput:
    """What the film would get, as hashes."""

    def __init__(self, hashes: Hashes) -> None:
        self.offer = hashes.send

    def view(self, now: float) -> SinkView:
        return SinkView("film", SinkState.RUNNING)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with midi_clock(monkeypatch, "replay", 127):
        yield


def write_sound(path: Path) -> None:
    """Two seconds that swell and fall."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(8000)
        heights = (math.sin(n * 0.35) * abs(math.sin(n * math.pi / 8000 * 1.5)) for n in range(16000))
        file.writeframes(b"".join(struct.pack("<h", round(30000 * height)) for height in heights))


async def until(condition: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, f"{what} within {PATIENCE} s"
        await asyncio.sleep(0.05)


async def perform(folder: Path) -> tuple[Hashes, Path, int]:
    """A show of SECONDS; the hashes of its frames, its log, and the first frame in which every leaf was there."""
    write_sound(folder / "sound.wav")
    show = folder / "night.toml"
    show.write_text(
        "".join(f'[[cue]]\nprompt = "{prompt}"\n' for prompt in ("purple galaxy", "gold mandala", "teal sea"))
    )
    settings = Settings(
        tree=TreeSettings(rounds=((3,),), sizing="fixed"),
        output=OutputSettings(width=320, height=180, fps=30),
        osc=OscSection(enabled=False),
        web=WebSection(port=0),
        midi=MidiSection(backend=BACKEND),
        audio=AudioSettings(str(folder / "sound.wav")),
        parameters=PARAMETERS,
    )
    start = start_live(settings, {}, show, (), folder, Restore.NEVER)
    server, hashes = Server(start.settings, start.cues, place=start.place), Hashes()

    def submit(*commands: c.Command) -> None:
        for command in commands:
            server.submit(Submission(command, HANDS))

    await server.start()
    try:
        server.outputs.add(hashes, depth=RECORDER_DEPTH)
        play()
        await until(lambda: server.snapshot().beat.is_synced, "the clock")
        await until(lambda: server.snapshot().lookahead.ready >= 3, "the trees")
        first = server.snapshot().frame_number + 1
        submit(c.SetParameter("setlist.auto", True))
        await asyncio.sleep(SECONDS / 3)
        submit(c.SetParameter("lfo.2.target", "output.contrast"), c.Panic())
        await asyncio.sleep(SECONDS / 3)
        submit(c.ReleasePanic(), c.SetParameter("tempo.source", "internal"))
        await asyncio.sleep(SECONDS / 3)
    finally:
        await server.stop()
    return hashes, next((folder / "logs").iterdir()), first


def test_sound_and_clock_of_an_evening_are_in_its_replay_to_the_bit(
    clock: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    live, log, first = asyncio.run(perform(tmp_path))
    films = [Hashes(), Hashes()]
    for film in films:
        monkeypatch.setattr("live.offline.render.FilmOutput", lambda *_, film=film: HashOutput(film))
        assert main(["render", "--replay", str(log), str(tmp_path / "night.mp4")]) == 0

    once, again = (film.found for film in films)
    compared = [number for number in live.found if number >= first]
    differing = [number for number in compared if live.found[number] != once.get(number)]
    size = log.stat().st_size
    print(
        f"{len(once)} frames twice, {len(compared)} compared with the show, {len(differing)} differ; log {size} bytes"
    )
    assert once == again
    assert len({live.found[number] for number in compared}) > len(compared) / 2, "the picture hardly moved"
    assert not differing
