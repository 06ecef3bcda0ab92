from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from core.control import commands as c
from core.control.commands import Origin
from live.storage.show_log import MAX_WAITING, ShowLog


class Disk:
    """Takes so many more bytes of each file, half of what is too much for it, and says that it is full."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.room: int | None = None
        monkeypatch.setattr(Path, "open", lambda path, mode: self.open(path, mode))

    def open(self, path: Path, mode: str) -> io.FileIO:
        disk = self

        class File(io.FileIO):
            def write(self, data: Any) -> int:
                if disk.room is None or len(data) <= disk.room:
                    return super().write(data)
                super().write(data[: disk.room])
                raise OSError(28, "No space left on device")

        return File(str(path), mode)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


class Told:
    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, text: str, origin: Origin | None = None, *, is_error: bool = True) -> None:
        self.texts.append(text)


def frames(path: Path) -> list[int]:
    lines = [json.loads(line) for line in path.read_bytes().decode().splitlines()]
    return [line["frame"] for line in lines if "frame" in line]


def test_a_full_disk_costs_no_line_once_there_is_room_again(tmp_path: Path, disk: Disk) -> None:
    told = Told()
    log = ShowLog(tmp_path / "a.show.log", {"log": 1}, told)
    log.command(1, c.Go())
    log.write()
    disk.room = 10
    for number in (2, 3):
        log.command(number, c.Go())
        log.write()
    disk.room = None
    log.command(4, c.Go())
    log.write()
    log.write()

    assert frames(log.path) == [1, 2, 3, 4]
    path = tmp_path / "a.show.log"
    assert told.texts == [f"{path} cannot be written: No space left on device; the log of the show goes on when it can"]


def test_a_disk_that_is_full_again_is_told_again(tmp_path: Path, disk: Disk) -> None:
    told = Told()
    log = ShowLog(tmp_path / "a.show.log", {"log": 1}, told)
    for number in range(4):
        disk.room = (None, 0)[number % 2]
        log.command(number, c.Go())
        log.write()
        log.write()

    assert len(told.texts) == 2


def test_a_night_on_a_full_disk_takes_bounded_memory_and_tells_of_its_hole(tmp_path: Path, disk: Disk) -> None:
    disk.room = 0
    log = ShowLog(tmp_path / "a.show.log", {"log": 1})
    log.write()
    for number in range(MAX_WAITING + 7):
        log.command(number, c.Go())
    log.write()
    disk.room = None
    log.write()
    log.command(99, c.Go())
    log.write()

    assert b'{"lost":7}' in log.path.read_bytes()


def test_a_log_that_somebody_took_away_is_begun_again_without_a_gap(tmp_path: Path) -> None:
    log = ShowLog(tmp_path / "a.show.log", {"log": 1})
    log.command(1, c.Go())
    log.write()
    log.path.unlink()
    log.command(2, c.Go())
    log.write()

    assert frames(log.path) == [2]
    assert b"\0" not in log.path.read_bytes()
