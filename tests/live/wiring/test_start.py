from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.control.commands import CueDraft
from core.control.errors import ConfigError
from core.control.preset import Preset
from live.config import SessionSettings, Settings
from live.show.state import ShowState
from live.storage.show_file import ShowFile, demo_setlist, format_show
from live.storage.show_paths import Restore, ShowPlace, backup_of, place_of
from live.wiring.start import ShowStart, start_live, start_offline

SHOW = '[parameters]\ndepth = 0.25\n[settings.output]\nfps = 25\n[[cue]]\nprompt = "written"\n'


@pytest.fixture
def show(tmp_path: Path) -> Path:
    path = tmp_path / "night.toml"
    path.write_text(SHOW)
    os.utime(path, (1000, 1000))
    return path


def place(folder: Path) -> ShowPlace:
    return ShowPlace(folder / "night.toml", folder)


def autosave(path: Path, prompt: str = "edited", *, has_ended: bool = False) -> None:
    state = ShowState((CueDraft(prompt, seed=1),), {"depth": 0.75})
    path.write_text(format_show(ShowFile(state, has_ended=has_ended), path.parent))


def start(show: Path | None, folder: Path, restore: Restore = Restore.AFTER_CRASH, *prompts: str) -> ShowStart:
    return start_live(Settings(), {}, show, prompts, folder, restore)


def first(started: ShowStart) -> str:
    return started.cues[0].prompt


def test_show_file_brings_cues_parameters_and_settings(show: Path, tmp_path: Path) -> None:
    started = start(show, tmp_path)

    assert (first(started), started.settings.parameters["depth"], started.settings.output.fps) == ("written", 0.25, 25)
    assert (started.place, started.is_restored) == (place(tmp_path), False)


def test_command_line_goes_over_the_show(show: Path, tmp_path: Path) -> None:
    table = {"output": {"fps": 50}, "parameters": {"depth": 1.0}}

    started = start_live(Settings(), table, show, (), tmp_path, Restore.AFTER_CRASH)

    assert (started.settings.output.fps, started.settings.parameters["depth"]) == (50, 1.0)


def test_after_a_crash_the_autosave_is_taken_up(show: Path, tmp_path: Path) -> None:
    autosave(place(tmp_path).autosave)

    started = start(show, tmp_path)

    assert (first(started), started.settings.parameters["depth"], started.is_restored) == ("edited", 0.75, True)


def test_after_a_crash_a_missing_picture_does_not_keep_the_show_from_starting(show: Path, tmp_path: Path) -> None:
    state = ShowState((CueDraft("edited", seed=1, picture=str(tmp_path / "gone.png")), CueDraft("b", seed=2)), {})
    place(tmp_path).autosave.write_text(format_show(ShowFile(state, has_ended=False), tmp_path))

    started = start(show, tmp_path)

    assert ([cue.prompt for cue in started.cues], started.is_restored) == (["edited", "b"], True)


def test_after_a_crash_the_presets_are_there(show: Path, tmp_path: Path) -> None:
    preset = Preset(3, "calm", (("depth", 0.75),))
    state = ShowState((CueDraft("x", seed=1),), {}, presets=(preset,))
    place(tmp_path).autosave.write_text(format_show(ShowFile(state, has_ended=False), tmp_path))

    assert start(show, tmp_path).presets == (preset,)


def test_after_an_end_in_order_the_show_file_is_taken(show: Path, tmp_path: Path) -> None:
    autosave(place(tmp_path).autosave, has_ended=True)

    assert first(start(show, tmp_path)) == "written"
    assert first(start(show, tmp_path, Restore.ALWAYS)) == "edited"


def test_whoever_wants_no_restoring_gets_none(show: Path, tmp_path: Path) -> None:
    autosave(place(tmp_path).autosave)

    assert first(start(show, tmp_path, Restore.NEVER)) == "written"


def test_show_file_that_was_edited_since_the_crash_goes_over_the_autosave(show: Path, tmp_path: Path) -> None:
    autosave(place(tmp_path).autosave)
    os.utime(place(tmp_path).autosave, (500, 500))

    assert first(start(show, tmp_path)) == "written"


def test_damaged_autosave_leaves_the_one_before(show: Path, tmp_path: Path) -> None:
    autosave(place(tmp_path).autosave_before, "before")
    place(tmp_path).autosave.write_text("schema = 1\n[[cue")

    assert first(start(show, tmp_path)) == "before"


def test_nothing_to_restore_is_told_when_it_is_asked_for(show: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"no autosave to restore at .*night\.autosave\.toml"):
        start(show, tmp_path, Restore.ALWAYS)


def test_show_without_a_file_is_kept_in_the_state_folder_and_comes_back_after_a_crash(tmp_path: Path) -> None:
    fresh = start(None, tmp_path)
    assert fresh.place is not None
    autosave(fresh.place.autosave)

    assert tuple(fresh.cues) == demo_setlist()
    assert first(start(None, tmp_path)) == "edited"
    assert first(start(None, tmp_path, Restore.AFTER_CRASH, "new")) == "new"


def test_prompts_of_the_command_line_come_behind_the_show_and_not_twice(show: Path, tmp_path: Path) -> None:
    assert [cue.prompt for cue in start(show, tmp_path, Restore.NEVER, "more").cues] == ["written", "more"]

    autosave(place(tmp_path).autosave)

    assert [cue.prompt for cue in start(show, tmp_path, Restore.AFTER_CRASH, "more").cues] == ["edited"]


def test_session_switched_off_keeps_and_restores_nothing(show: Path, tmp_path: Path) -> None:
    autosave(place(tmp_path).autosave)
    settings = Settings(session=SessionSettings(enabled=False))

    started = start_live(settings, {}, show, (), tmp_path, Restore.AFTER_CRASH)

    assert (first(started), started.place) == ("written", None)


def test_damaged_show_file_names_the_one_before(show: Path, tmp_path: Path) -> None:
    show.write_text("[[cue]")
    with pytest.raises(ConfigError, match="line 1") as alone:
        start(show, tmp_path)
    backup_of(show).write_text(SHOW)

    with pytest.raises(ConfigError, match=r"; the file before it is kept in .*night\.bak\.toml$"):
        start(show, tmp_path)

    assert "before" not in str(alone.value)


def test_film_of_a_show_needs_all_its_pictures(tmp_path: Path) -> None:
    path = tmp_path / "night.toml"
    path.write_text('[[cue]]\nprompt = "a"\npicture = "gone.png"\n')

    with pytest.raises(ConfigError, match=r"cue 1 cannot be shown: picture .*gone\.png cannot be read"):
        start_offline(Settings(), {}, path, ())


def test_film_of_a_show_has_its_settings_and_begins_at_its_first_cue(show: Path) -> None:
    started = start_offline(Settings(), {}, show, ())

    assert (started.settings.output.fps, started.where, started.place) == (25, None, None)


def test_autosaves_go_beside_the_show_or_into_the_folder_of_the_settings(show: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"

    assert place_of(show, "", other).folder == tmp_path
    assert place_of(show, str(other), tmp_path).autosave == other / "night.autosave.toml"
    assert place_of(tmp_path / "night.txt", "", other).path == show
    assert place_of(None, "", other).path == other / "untitled.toml"
