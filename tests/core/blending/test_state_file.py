from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from core.blending.state_file import load_state
from core.control.errors import ConfigError
from core.latent_blending import LatentBlending
from tests.core.blending.holder import blending


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = blending()
    made.set_branch1_crossfeed(0.5)
    made.run_transition()
    made.save_state(tmp_path)
    return tmp_path


def change(content: dict[str, Any], key: str, value: object) -> None:
    *way, last = key.split(".")
    for part in way:
        content = content[part]
    content[last] = value


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("version", 2, "version must be 1, got 2"),
        ("state", [], r"state must be an object, got \[\]"),
        ("state.width", "wide", "state.width must be a whole number, got 'wide'"),
        ("state.width", True, "state.width must be a whole number, got True"),
        ("state.width", 0, "width must be 1 or more, got 0"),
        ("state.prompt1", 5, "state.prompt1 must be a text, got 5"),
        ("state.guidance", None, "state.guidance must be a number, got None"),
        ("state.colour", "red", "state does not know colour"),
        ("state.levels", {"step_count": 4}, "state.levels lacks branch_counts"),
        ("state.parental_crossfeed.power", 2, r"crossfeed power must be in 0\.\.1, got 2"),
        ("state.levels.branch_counts", 5, "state.levels.branch_counts must be a list, got 5"),
        ("state.levels.branch_counts", [2, 3, "x"], r"state.levels.branch_counts\[2\] must be a whole number, got 'x'"),
        ("state.levels.branch_counts", [2, 1, 0], "list_nmb_branches must begin with 2 or more and rise"),
        ("state.last_right.leader.seed", "x", "state.last_right.leader.seed must be a whole number, got 'x'"),
        ("leaves", None, "leaves must be a list, got None"),
        ("leaves", ["x"], r"leaves\[0\] must be a number, got 'x'"),
    ],
)
def test_a_damaged_state_is_told_with_file_key_and_value(folder: Path, key: str, value: object, reason: str) -> None:
    content = json.loads((folder / "state.json").read_text())
    change(content, key, value)
    (folder / "state.json").write_text(json.dumps(content))

    with pytest.raises(ConfigError, match=rf"state\.json: {reason}"):
        load_state(folder)


def test_a_state_that_was_saved_before_a_setting_was_there_has_its_default(folder: Path) -> None:
    content = json.loads((folder / "state.json").read_text())
    del content["state"]["inpaint"], content["state"]["middle_guidance"], content["state"]["last_right"]["inpaint"]
    (folder / "state.json").write_text(json.dumps(content))

    state, _ = load_state(folder)

    assert (state.inpaint, state.middle_guidance) == (None, 0.5)


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:40])


@pytest.mark.parametrize(
    ("name", "damage", "reason"),
    [
        ("state.json", truncate, r"state\.json is damaged: "),
        ("state.json", lambda path: path.write_bytes(b"\xff\xfe"), r"state\.json is damaged: "),
        ("state.json", lambda path: path.write_text("[]"), r"state\.json must hold a JSON object"),
        ("leaf_0003.png", Path.unlink, r"leaf_0003\.png cannot be read: No such file"),
        ("leaf_0003.png", lambda path: path.write_bytes(b"no picture"), r"leaf_0003\.png is not an image"),
    ],
)
def test_a_damaged_file_is_told_with_its_name(
    folder: Path, name: str, damage: Callable[[Path], object], reason: str
) -> None:
    damage(folder / name)

    with pytest.raises(ConfigError, match=reason):
        load_state(folder)


def test_the_file_is_readable_and_has_a_version(folder: Path) -> None:
    content = json.loads((folder / "state.json").read_text())

    assert content["version"] == 1
    assert content["state"]["prompt1"] == "sea"
    assert len(content["leaves"]) == 5
    assert content["leaves"] == sorted(content["leaves"])


def test_a_save_that_fails_leaves_no_half_of_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = blending()
    made.run_transition()
    fail_at_state(monkeypatch)

    with pytest.raises(ConfigError, match=r"evening cannot be written: No space left on device"):
        made.save_state(tmp_path / "evening")

    assert list(tmp_path.iterdir()) == []


def test_a_save_that_fails_leaves_the_old_one_whole(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "movie.mp4").touch()
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    made = blending()
    made.run_transition(fixed_seeds=[40, 200])
    fail_at_state(monkeypatch)

    with pytest.raises(ConfigError):
        made.save_state(folder)

    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_save_into_an_old_folder_keeps_what_else_is_there(folder: Path) -> None:
    (folder / "movie.mp4").touch()
    made = blending()
    made.run_transition(fixed_seeds=[40, 200])

    made.save_state(folder)

    assert LatentBlending.load_state(made.sdh, folder) == made
    assert (folder / "movie.mp4").exists()


def test_the_folder_of_now_is_a_folder_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    blending().save_state(".")

    assert [path.name for path in tmp_path.iterdir()] == ["state.json"]


def fail_at_state(monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk is full when all pictures are written."""

    def fail(path: Path, *_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", fail)
