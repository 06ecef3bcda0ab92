from __future__ import annotations

import asyncio
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from core.control.commands import CueDraft, LearnControl, Origin, Submission, Surface
from core.control.errors import CommandRefused, UnknownName
from core.frames.frame import Frame, FrameFormat
from live import server as server_module
from live.config import MidiSection, PictureSettings, Settings
from live.server import Server, picture_folder
from live.sinks import outputs as outputs_module
from live.storage.show_paths import ShowPlace

HANDS = Origin(Surface.OSC, "test")


def server(folder: Path, midi: MidiSection | None = None, **parameters: object) -> Server:
    """One that is not started."""
    settings = Settings(midi=midi or MidiSection(), pictures=PictureSettings(str(folder)))
    return Server(replace(settings, parameters=parameters), [CueDraft("sea")])  # type: ignore[arg-type]


class Hanging:
    """A sink whose end waits until its device answers."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.opened = threading.Event()
        self.answers = threading.Event()

    def open(self, frame_format: FrameFormat, fps: float) -> None:
        self.opened.set()

    def send(self, frame: Frame) -> None:
        pass

    def close(self) -> None:
        self.answers.wait()


async def keeps_running(show: Server) -> bool:
    """Whether the show goes on after some looks at its switches."""
    running = asyncio.create_task(show.run())
    for _ in range(20):
        await asyncio.sleep(0)
    goes_on = not running.done()
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
    return goes_on


def test_a_learn_goes_to_the_midi_hand_which_refuses_what_it_cannot_do(tmp_path: Path) -> None:
    show = server(tmp_path)
    show.submit(Submission(LearnControl("depth"), HANDS))

    with pytest.raises(UnknownName, match="zoom"):
        show.submit(Submission(LearnControl("zoom"), HANDS))


def test_a_show_without_midi_refuses_to_learn(tmp_path: Path) -> None:
    with pytest.raises(CommandRefused, match="MIDI is off"):
        server(tmp_path, MidiSection(enabled=False)).submit(Submission(LearnControl("depth"), HANDS))


def test_a_locked_show_keeps_its_controls(tmp_path: Path) -> None:
    with pytest.raises(CommandRefused, match="MIDI controls stay as they are"):
        server(tmp_path, lock=True).submit(Submission(LearnControl("depth"), HANDS))


def test_recording_again_while_the_last_one_hangs_is_refused_and_the_show_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(outputs_module, "STOP_PATIENCE", 0.0)
    monkeypatch.setattr(server_module, "WATCH_INTERVAL", 0.0)
    show, disk = server(tmp_path, record=True), Hanging("recorder")
    show.outputs.add(disk)
    assert disk.opened.wait(5.0)
    assert not show.outputs.remove("recorder")

    is_running = asyncio.run(keeps_running(show))
    disk.answers.set()

    assert is_running
    assert "cannot be switched" not in caplog.text


def test_pictures_are_kept_with_the_show_unless_they_have_a_folder_of_their_own(tmp_path: Path) -> None:
    place = ShowPlace(tmp_path / "night.toml", tmp_path)

    assert picture_folder(Settings(), place) == tmp_path / "pictures"
    assert picture_folder(Settings(), None) == Path("pictures")
    assert picture_folder(Settings(pictures=PictureSettings("/stills")), place) == Path("/stills")
