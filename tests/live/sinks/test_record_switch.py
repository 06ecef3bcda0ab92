from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import pytest

from core.control.mailbox import Latest
from core.control.parameters import PARAMETERS
from core.control.snapshot import SinkState, SinkView, Snapshot
from core.frames.frame import FrameFormat
from live.playback.protocols import Output
from live.sinks.outputs import Outputs
from live.sinks.record_switch import RecordSwitch, recording_path


class Rig:
    """A record switch with the outputs of a show whose playback is the test."""

    def __init__(self, folder: Path) -> None:
        offered: Latest[tuple[Output, ...]] = Latest(())
        self.outputs = Outputs(offered, FrameFormat(32, 16), 1000.0)
        self.announced: list[str] = []
        self.switched_off = 0
        self.switch = RecordSwitch(self.outputs, folder, self.announced.append, self.switch_off)

    def switch_off(self) -> None:
        self.switched_off += 1

    def follow(self, *, is_on: bool, sinks: tuple[SinkView, ...] = ()) -> None:
        values = MappingProxyType({**PARAMETERS.defaults(), "record": is_on})
        asyncio.run(self.switch.follow(Snapshot(parameters=values, sinks=sinks)))


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[Rig]:
    rig = Rig(tmp_path)
    yield rig
    rig.outputs.stop()


def test_the_switch_starts_and_ends_the_recording(rig: Rig) -> None:
    rig.follow(is_on=True)
    is_recording = "recorder" in rig.outputs

    rig.follow(is_on=False)

    assert is_recording
    assert "recorder" not in rig.outputs


def test_a_recording_that_failed_switches_itself_off_in_words(rig: Rig) -> None:
    rig.follow(is_on=True)

    rig.follow(is_on=True, sinks=(SinkView("recorder", SinkState.FAILED, 0, message="disk full"),))

    assert (rig.announced, rig.switched_off) == (["disk full"], 1)


def test_other_outputs_that_fail_leave_the_switch_as_it_is(rig: Rig) -> None:
    rig.follow(is_on=True)

    rig.follow(is_on=True, sinks=(SinkView("camera", SinkState.FAILED, 0, message="no camera"),))

    assert (rig.announced, rig.switched_off) == ([], 0)


def test_names_of_recordings_sort_by_time(tmp_path: Path) -> None:
    assert (
        recording_path(tmp_path, datetime(2026, 5, 1, 21, 30, 7, tzinfo=UTC)).name == "latentdeck-20260501-213007.mp4"
    )
