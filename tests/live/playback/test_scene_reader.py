from __future__ import annotations

import threading

from live.playback.scene_reader import SceneReader


def test_asking_does_not_wait_for_the_reading() -> None:
    may_read, has_read = threading.Event(), threading.Event()

    def read(prompt: str, scene: str | None) -> str:
        may_read.wait(10)
        has_read.set()
        return f"{scene}: {prompt}"

    reader = SceneReader(read)
    before = reader.understood("gold", "lasers")
    may_read.set()
    reader.close()

    assert has_read.is_set()
    assert (before, reader.understood("gold", "lasers")) == ("", "lasers: gold")


def test_version_changes_once_for_all_that_were_asked_together() -> None:
    may_read = threading.Event()

    def read(prompt: str, scene: str | None) -> str:
        may_read.wait(10)
        return prompt

    reader = SceneReader(read)
    for number in range(20):
        reader.understood(f"prompt {number}", None)
    may_read.set()
    reader.close()

    assert reader.version == 1


def test_nothing_is_read_twice() -> None:
    read: list[str] = []

    def note(prompt: str, scene: str | None) -> str:
        read.append(prompt)
        return prompt

    reader = SceneReader(note)
    for _ in range(3):
        reader.understood("gold", None)
    reader.close()

    assert read == ["gold"]
