from __future__ import annotations

import io
import os
import sys

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
