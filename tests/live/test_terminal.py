from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from live.terminal import encodable, say


def test_a_terminal_that_knows_no_blocks_does_not_end_the_show() -> None:
    assert encodable("\u2584 remote", "ascii") == "? remote"
    assert encodable("\u2584 remote", None) == "? remote"


def test_words_go_to_the_terminal_as_far_as_it_can_show_them(monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, "ascii"))

    say("autosave: /shows/caf\u00e9", end="")

    assert written.getvalue() == b"autosave: /shows/caf?"


def test_without_a_terminal_nothing_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)

    say("hello")


class FullDisk(io.RawIOBase):
    def writable(self) -> bool:
        return True

    def write(self, data: object) -> int:
        raise OSError(28, "No space left on device")


def test_a_full_disk_behind_the_terminal_is_no_reason_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    full = io.TextIOWrapper(io.BufferedWriter(FullDisk()), "utf-8")
    monkeypatch.setattr(sys, "stdout", full)

    for _ in range(3):
        say("hello")
    sys.stdout.close()

    assert sys.stdout.name == os.devnull
    with pytest.raises(OSError, match="No space left"):
        full.close()


HOLD = """
import os, sys
from live.terminal import hold_standard_files
hold_standard_files()
with open(sys.argv[1], "w") as file:
    print(file.fileno(), file=file)
"""


@pytest.mark.skipif(os.name != "posix", reason="another system: no process starts without its standard files")
def test_a_file_never_gets_the_place_of_the_standard_files(tmp_path: Path) -> None:
    command = f'exec "{sys.executable}" -c \'{HOLD}\' "{tmp_path / "out"}" <&- >&- 2>&-'

    subprocess.run(["/bin/sh", "-c", command], check=True)

    assert int((tmp_path / "out").read_text()) > 2
