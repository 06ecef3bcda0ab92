from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from core.control.commands import CueDraft, LearnControl, Origin, Submission, Surface
from core.control.errors import CommandRefused, UnknownName
from live.config import MidiSection, PictureSettings, Settings
from live.server import Server, picture_folder
from live.show_place import ShowPlace

HANDS = Origin(Surface.OSC, "test")


def server(folder: Path, midi: MidiSection | None = None, **parameters: object) -> Server:
    """One that is not started."""
    settings = Settings(midi=midi or MidiSection(), pictures=PictureSettings(str(folder)))
    return Server(replace(settings, parameters=parameters), [CueDraft("sea")])  # type: ignore[arg-type]


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


def test_pictures_are_kept_with_the_show_unless_they_have_a_folder_of_their_own(tmp_path: Path) -> None:
    place = ShowPlace(tmp_path / "night.toml", tmp_path)

    assert picture_folder(Settings(), place) == tmp_path / "pictures"
    assert picture_folder(Settings(), None) == Path("pictures")
    assert picture_folder(Settings(pictures=PictureSettings("/stills")), place) == Path("/stills")
