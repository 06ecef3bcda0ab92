from __future__ import annotations

import os
from pathlib import Path

import pytest

from controllers.midi.map_files import MapFiles
from controllers.midi.mapping.own_map import EMPTY
from controllers.midi.port_names import PortName
from core.control.errors import ConfigError

DESK = 'schema = 1\nname = "desk"\n[[map]]\non = "cc:1:1"\nto = "depth"\n'


def save(path: Path, text: str) -> None:
    """As an editor does, a moment after the save before."""
    before = path.stat().st_mtime_ns if path.exists() else 0
    path.write_text(text)
    os.utime(path, ns=(before + 1_000_000_000, before + 1_000_000_000))


def targets(files: MapFiles) -> list[str]:
    return [binding.to for binding in files.bindings(PortName("Desk"))]


def test_a_mapping_is_read_again_when_it_is_saved(tmp_path: Path) -> None:
    path = tmp_path / "desk.toml"
    save(path, DESK)
    files = MapFiles(path, None)
    assert not files.reload()

    save(path, DESK.replace("depth", "guidance"))

    assert files.reload()
    assert targets(files) == ["guidance"]


def test_a_damaged_save_is_told_and_changes_nothing(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "desk.toml"
    save(path, DESK)
    files = MapFiles(path, None)

    save(path, DESK + "[[map]]\non = 7")

    assert not files.reload()
    assert targets(files) == ["depth"]
    assert "desk.toml: line 6: map 2 (7): on must be text" in files.message
    assert "stay as they were" in caplog.text


def test_an_unknown_target_is_logged_with_file_and_line(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "desk.toml"
    save(path, DESK + '[[map]]\non = "cc:1:2"\nto = "zoom"\n')

    files = MapFiles(path, None)

    assert targets(files) == ["depth"]
    assert "desk.toml: line 6: map 2 ('cc:1:2'): to 'zoom' is neither" in caplog.text


def test_what_was_learned_is_there_the_next_time_and_the_shipped_file_is_untouched(tmp_path: Path) -> None:
    path, own = tmp_path / "desk.toml", tmp_path / "settings" / "midi.toml"
    save(path, DESK)
    MapFiles(path, own).save_own(EMPTY.with_entry({"port": "Desk", "on": "cc:1:1", "to": "strength"}))

    assert targets(MapFiles(path, own)) == ["strength"]
    assert path.read_text() == DESK
    assert [file.name for file in own.parent.iterdir()] == ["midi.toml"]


def test_our_own_save_is_no_reason_to_read_it_again(tmp_path: Path) -> None:
    files = MapFiles(None, tmp_path / "midi.toml")
    files.save_own(EMPTY.with_entry({"port": "Desk", "on": "cc:1:1", "to": "strength"}))

    assert not files.reload()


def test_a_damaged_file_of_the_user_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "midi.toml"
    files = MapFiles(None, path)
    save(path, "schema = ")
    files.reload()

    with pytest.raises(ConfigError, match=r"not TOML.*mend it first"):
        files.save_own(EMPTY)

    assert path.read_text() == "schema = "


def test_without_a_file_nothing_can_be_learned() -> None:
    with pytest.raises(ConfigError, match=r"set midi\.learned"):
        MapFiles(None, None).save_own(EMPTY)


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where the folder should be")

    with pytest.raises(ConfigError, match=r"midi\.toml: cannot be written"):
        MapFiles(None, tmp_path / "taken" / "midi.toml").save_own(EMPTY)
