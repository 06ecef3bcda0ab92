from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest

from core.control.errors import ConfigError
from live.config import WebSection
from live.storage.keys import FILE_NAME, with_keys


def test_keys_are_made_once_and_kept(tmp_path: Path) -> None:
    first = with_keys(WebSection(), tmp_path / "new")

    assert with_keys(WebSection(), tmp_path / "new") == first
    assert len(first.token) >= 22
    assert first.token != first.viewer_token


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such permissions")
def test_nobody_but_the_owner_reads_the_keys(tmp_path: Path) -> None:
    with_keys(WebSection(), tmp_path)

    assert stat.S_IMODE((tmp_path / FILE_NAME).stat().st_mode) == 0o600


def test_keys_of_the_settings_come_first(tmp_path: Path) -> None:
    assert with_keys(WebSection(token="mine"), tmp_path).token == "mine"
    assert with_keys(WebSection(token="mine", viewer_token="yours"), tmp_path / "no").viewer_token == "yours"
    assert not (tmp_path / "no").exists()


@pytest.mark.parametrize("content", ['operator = "x"', 'operator = "x"\nviewer = ""', "operator = 7\nviewer = 8"])
def test_a_damaged_file_is_named_with_the_remedy(tmp_path: Path, content: str) -> None:
    (tmp_path / FILE_NAME).write_text(content)

    with pytest.raises(ConfigError, match=r"keys\.toml: needs a key called .*remove the file"):
        with_keys(WebSection(), tmp_path)


def test_a_folder_that_cannot_be_written_costs_the_keeping_only(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "taken").write_text("a file where the folder should be")

    web = with_keys(WebSection(), tmp_path / "taken" / "deeper")

    assert web.token
    assert "cannot be kept" in caplog.text
