from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.control.errors import ConfigError
from live.storage import show_lock
from live.storage.show_lock import ShowLock
from live.storage.show_paths import ShowPlace

HOLD = """
import sys
from pathlib import Path
from live.storage.show_lock import ShowLock
from live.storage.show_paths import ShowPlace
folder = Path(sys.argv[1])
ShowLock().claim(ShowPlace(folder / "night.toml", folder))
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def place(tmp_path: Path) -> ShowPlace:
    return ShowPlace(tmp_path / "night.toml", tmp_path)


@pytest.fixture
def locks() -> Iterator[list[ShowLock]]:
    """Three runs on one machine; the system keeps their files apart as it does those of processes."""
    found = [ShowLock() for _ in range(3)]
    yield found
    for lock in found:
        lock.release()


def test_each_run_on_a_show_has_an_autosave_of_its_own(place: ShowPlace, locks: list[ShowLock]) -> None:
    claimed = [lock.claim(place) for lock in locks]

    names = ["night.autosave.toml", "night.autosave-2.toml", "night.autosave-3.toml"]
    assert [each.autosave.name for each in claimed] == names
    assert {each.path for each in claimed} == {place.path}


def test_only_those_that_come_later_are_told(place: ShowPlace, locks: list[ShowLock]) -> None:
    for lock in locks[:2]:
        lock.claim(place)

    assert locks[0].words == ""
    assert locks[1].words == (
        f"night.toml is open in another latentdeck (process {os.getpid()}): the autosaves of this one go to "
        "night.autosave-2.toml, and what is saved last counts"
    )


def test_what_was_given_back_is_free_and_leaves_nothing(place: ShowPlace, locks: list[ShowLock]) -> None:
    locks[0].claim(place)
    locks[0].release()

    assert list(place.folder.iterdir()) == []
    assert locks[1].claim(place).run == 1


def test_who_goes_on_with_another_show_gives_the_first_back(place: ShowPlace, locks: list[ShowLock]) -> None:
    locks[0].claim(place)
    locks[0].claim(ShowPlace(place.folder / "other.toml", place.folder))

    assert locks[1].claim(place).run == 1


def test_a_process_that_is_killed_leaves_no_lock(place: ShowPlace, locks: list[ShowLock]) -> None:
    command = [sys.executable, "-c", HOLD, str(place.folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        run, words = locks[0].claim(place).run, locks[0].words
        other.kill()
    after = locks[1].claim(place).run

    assert (run, f"(process {other.pid})" in words) == (2, True)
    assert after == 1


def test_too_many_runs_are_a_mistake(place: ShowPlace, monkeypatch: pytest.MonkeyPatch, locks: list[ShowLock]) -> None:
    monkeypatch.setattr(show_lock, "MOST_RUNS", 2)
    for lock in locks[:2]:
        lock.claim(place)

    with pytest.raises(ConfigError, match=r"night\.toml: is open in 2 other runs"):
        locks[2].claim(place)


def test_a_folder_that_cannot_be_locked_is_used_as_it_is(tmp_path: Path, locks: list[ShowLock]) -> None:
    (tmp_path / "file").write_text("")
    place = ShowPlace(tmp_path / "night.toml", tmp_path / "file" / "below")

    assert [lock.claim(place).run for lock in locks] == [1, 1, 1]
