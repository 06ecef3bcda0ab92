from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.control.files import unused, write_whole


def test_file_is_replaced_and_the_one_before_is_kept(tmp_path: Path) -> None:
    path, backup = tmp_path / "night.toml", tmp_path / "night.toml.bak"

    for text in ("one", "two", "drei: ü"):
        write_whole(path, text, backup)

    assert (path.read_text(encoding="utf-8"), backup.read_text()) == ("drei: ü", "two")
    assert sorted(item.name for item in tmp_path.iterdir()) == ["night.toml", "night.toml.bak"]


def test_write_that_fails_leaves_the_old_file_whole_and_nothing_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "night.toml"
    write_whole(path, "good")

    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="No space left"):
        write_whole(path, "new")

    assert path.read_text() == "good"
    assert [item.name for item in tmp_path.iterdir()] == ["night.toml"]


def test_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "nowhere" / "night.toml", "text")


def test_a_name_that_is_taken_gets_the_first_free_number(tmp_path: Path) -> None:
    path = tmp_path / "show.mp4"
    names = []
    for _ in range(3):
        free = unused(path)
        free.touch()
        names.append(free.name)

    assert names == ["show.mp4", "show-2.mp4", "show-3.mp4"]
