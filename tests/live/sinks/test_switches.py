from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from types import MappingProxyType

import numpy as np
import pytest

from core.control.errors import SinkUnavailable
from core.control.mailbox import Latest
from core.control.parameters import PARAMETERS
from core.control.snapshot import SinkState, SinkView, Snapshot
from core.frames.frame import Frame, FrameFormat
from core.frames.sink import Sink
from live.config import Settings
from live.playback.protocols import Output
from live.sinks import outputs as outputs_module
from live.sinks.makers import sink_makers
from live.sinks.outputs import Outputs
from live.sinks.switches import SinkSwitches

FORMAT = FrameFormat(32, 16)
PATIENCE = 5.0


class FakeSink:
    """Opens, unless it is told to fail; `hang` keeps its frame until `release`."""

    name = "camera"

    def __init__(self) -> None:
        self.release = threading.Event()
        self.release.set()
        self.holds_a_frame = threading.Event()
        self.opened = threading.Event()
        self.closed = threading.Event()
        self.failure = ""

    def open(self, frame_format: FrameFormat, fps: float) -> None:
        if self.failure:
            raise SinkUnavailable(self.failure)
        self.opened.set()

    def send(self, frame: Frame) -> None:
        self.holds_a_frame.set()
        self.release.wait(PATIENCE)

    def close(self) -> None:
        self.closed.set()


class Rig:
    """Switches with the outputs of a show whose playback is the test."""

    def __init__(self) -> None:
        self.offered: Latest[tuple[Output, ...]] = Latest(())
        self.outputs = Outputs(self.offered, FORMAT, 1000.0)
        self.made: list[FakeSink] = []
        self.announced: list[str] = []
        self.next_failure = ""
        self.switches = SinkSwitches(self.outputs, {"camera": self.make}, self.announced.append)

    def make(self) -> Sink:
        self.made.append(FakeSink())
        self.made[-1].failure = self.next_failure
        return self.made[-1]

    def follow(self, *, is_on: bool, sinks: tuple[SinkView, ...] = ()) -> None:
        values = MappingProxyType({**PARAMETERS.defaults(), "sink.camera": is_on})
        self.switches.follow(Snapshot(parameters=values, sinks=sinks))


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Iterator[Rig]:
    monkeypatch.setattr(outputs_module, "STOP_PATIENCE", 0.05)
    rig = Rig()
    yield rig
    for sink in rig.made:
        sink.release.set()
    rig.outputs.stop()


def test_a_switch_opens_its_sink_once_and_offers_it_frames(rig: Rig) -> None:
    rig.follow(is_on=True)
    rig.follow(is_on=True)

    assert len(rig.made) == 1
    assert rig.made[0].opened.wait(PATIENCE)
    assert len(rig.offered.get()) == 1


def test_switching_off_closes_it_without_waiting(rig: Rig) -> None:
    async def scenario() -> None:
        rig.follow(is_on=True)
        assert rig.made[0].opened.wait(PATIENCE)
        rig.follow(is_on=False)
        await rig.switches.finish()

    asyncio.run(scenario())

    assert rig.made[0].closed.is_set()
    assert rig.offered.get() == ()


def test_on_again_makes_a_new_one(rig: Rig) -> None:
    async def scenario() -> None:
        for is_on in (True, False):
            rig.follow(is_on=is_on)
            await rig.switches.finish()
        rig.follow(is_on=True)

    asyncio.run(scenario())

    assert len(rig.made) == 2


def test_a_sink_that_hangs_is_not_opened_a_second_time_until_it_lets_go(rig: Rig) -> None:
    async def scenario() -> None:
        rig.follow(is_on=True)
        rig.made[0].release.clear()
        rig.offered.get()[0].offer(Frame(np.zeros(FORMAT.shape, np.uint8)).retain())
        assert rig.made[0].holds_a_frame.wait(PATIENCE)
        rig.follow(is_on=False)
        await rig.switches.finish()
        rig.follow(is_on=True)
        rig.follow(is_on=True)
        assert len(rig.made) == 1
        assert rig.announced == [
            "the camera output is still closing; it opens again as soon as its device has answered"
        ]
        rig.made[0].release.set()
        assert rig.made[0].closed.wait(PATIENCE)
        while "camera" in rig.outputs:
            await asyncio.sleep(0)
        rig.follow(is_on=True)

    asyncio.run(scenario())

    assert len(rig.made) == 2


def test_why_a_sink_fails_is_told_once_until_it_has_run(rig: Rig) -> None:
    failed = (SinkView("camera", SinkState.FAILED, message="no device"),)
    running = (SinkView("camera", SinkState.RUNNING),)

    rig.follow(is_on=True)
    for sinks in (failed, failed, running, failed):
        rig.follow(is_on=True, sinks=sinks)

    assert rig.announced == ["camera: no device", "camera: no device"]


def test_every_switch_of_the_registry_has_a_sink_of_its_name() -> None:
    makers = sink_makers(Settings(), "key", Snapshot)

    assert {f"sink.{name}" for name in makers} == {name for name in PARAMETERS if name.startswith("sink.")}
    assert all(make().name == name for name, make in makers.items())
