from __future__ import annotations

from pathlib import Path

import pytest

from core.control.commands import CueDraft
from core.control.errors import ConfigError
from live.setlist_file import demo_setlist, load_setlist


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_text_file_has_a_prompt_a_line(tmp_path: Path) -> None:
    path = write(tmp_path, "night.txt", "# the first set\npurple galaxy\n\n  gold mandala  \n")

    assert load_setlist(path) == [CueDraft("purple galaxy"), CueDraft("gold mandala")]


def test_toml_file_carries_all_fields(tmp_path: Path) -> None:
    path = write(tmp_path, "night.toml", '[[cue]]\nprompt = "a"\nnegative = "b"\nseed = 7\nduration = 2.5\n')

    assert load_setlist(path) == [CueDraft("a", "b", 7, 2.5)]


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        pytest.param("a.toml", '[[cue]]\nprompt = ""\n', "cue 1: prompt must be text of 1..4096 characters, got empty text", id="empty"),
        pytest.param("a.toml", f'[[cue]]\nprompt = "{"x" * 10_000}"\n', "got 10000 characters", id="too long"),
        pytest.param("a.toml", '[[cue]]\nseed = 1\n', "cue 1: has no prompt", id="no prompt"),
        pytest.param("a.toml", '[[cue]]\nprompt = "a"\nseed = -1\n', "cue 1: seed must be a whole number", id="seed"),
        pytest.param("a.toml", '[[cue]]\nprompt = "a"\nduration = inf\n', "duration must be a number in 0.1..600, got inf", id="inf"),
        pytest.param("a.toml", '[[cue]]\nprompt = "a"\nspeed = 2\n', "unknown key 'speed'; known: prompt", id="unknown key"),
        pytest.param("a.toml", 'cue = 3\n', "must hold [[cue]] tables", id="not tables"),
        pytest.param("a.toml", '[[cue]\n', "is not valid TOML", id="damaged"),
        pytest.param("a.txt", "\n# nothing\n", "must hold 1..999 cues, got 0", id="no cue"),
        pytest.param("a.txt", "fine\n" + "x" * 10_000, "line 2: prompt must be text of", id="long line"),
        pytest.param("a.txt", b"fine\n\xff\xfe\n", "line 2: must be UTF-8 text, found byte 0xff", id="not UTF-8"),
    ],
)  # fmt: skip
def test_error_names_file_place_and_rule(tmp_path: Path, name: str, text: str | bytes, words: str) -> None:
    path = write(tmp_path, name, text)

    with pytest.raises(ConfigError) as caught:
        load_setlist(path)

    assert str(caught.value).startswith(f"{path}: ")
    assert words in str(caught.value)


def test_demo_plays_several_cues() -> None:
    assert len(demo_setlist()) >= 5


def test_picture_is_meant_relative_to_the_setlist(tmp_path: Path) -> None:
    (tmp_path / "still.png").write_bytes(b"")
    path = write(tmp_path, "night.toml", '[[cue]]\nprompt = "a"\npicture = "still.png"\n')

    assert load_setlist(path) == [CueDraft("a", picture=str((tmp_path / "still.png").resolve()))]


def test_a_cue_may_have_a_strength_of_its_own(tmp_path: Path) -> None:
    path = write(tmp_path, "night.toml", '[[cue]]\nprompt = "a"\nstrength = 0.5\n')

    assert load_setlist(path) == [CueDraft("a", strength=0.5)]


def test_missing_picture_is_named(tmp_path: Path) -> None:
    path = write(tmp_path, "night.toml", '[[cue]]\nprompt = "a"\npicture = "gone.png"\n')

    with pytest.raises(ConfigError, match=r"cue 1: picture must be an image file, found none at .*gone\.png"):
        load_setlist(path)
