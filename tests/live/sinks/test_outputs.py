from __future__ import annotations

import threading

import pytest

from core.control.mailbox import Latest
from core.frames.frame import Frame, FrameFormat
from live.playback.protocols import Output
from live.sinks.outputs import Outputs

FORMAT = FrameFormat(32, 16)
PATIENCE = 5.0


class Closing:
    """A sink whose end waits for the end of another one."""

    def __init__(self, name: str, waits_for: threading.Event | None = None) -> None:
        self.name = name
        self.opened = threading.Event()
        self.has_closed = threading.Event()
        self._waits_for = waits_for

    def open(self, frame_format: FrameFormat, fps: float) -> None:
        self.opened.set()

    def send(self, frame: Frame) -> None:
        pass

    def close(self) -> None:
        if self._waits_for is not None:
            assert self._waits_for.wait(PATIENCE)
        self.has_closed.set()


def test_all_sinks_are_ended_side_by_side(caplog: pytest.LogCaptureFixture) -> None:
    offered: Latest[tuple[Output, ...]] = Latest(())
    outputs = Outputs(offered, FORMAT, 30.0)
    second = Closing("second")
    first = Closing("first", waits_for=second.has_closed)
    for sink in (first, second):
        outputs.add(sink)
        assert sink.opened.wait(PATIENCE)

    outputs.stop()

    assert first.has_closed.is_set()
    assert offered.get() == ()
    assert "left behind" not in caplog.text


def test_a_removed_sink_frees_its_name() -> None:
    offered: Latest[tuple[Output, ...]] = Latest(())
    outputs = Outputs(offered, FORMAT, 1000.0)
    outputs.add(Closing("camera"))

    has_ended = outputs.remove("camera")

    assert has_ended
    assert "camera" not in outputs
    outputs.add(Closing("camera"))
    outputs.stop()


class Interrupted(Latest[tuple[Output, ...]]):
    """Another thread has its turn when the first value has been made and not yet put."""

    def __init__(self, other: threading.Thread) -> None:
        super().__init__(())
        self.other = other
        self.is_armed = False

    def put(self, value: tuple[Output, ...]) -> None:
        if self.is_armed:
            self.is_armed = False
            self.other.start()
            self.other.join(0.05)
        super().put(value)


def test_a_sink_that_opens_while_another_closes_is_offered_pictures() -> None:
    other = threading.Thread(target=lambda: outputs.add(Closing("window")))
    offered = Interrupted(other)
    outputs = Outputs(offered, FORMAT, 1000.0)
    outputs.add(Closing("camera"))

    offered.is_armed = True
    outputs.remove("camera")
    other.join(PATIENCE)

    assert [output.view(0.0).name for output in offered.get()] == ["window"]
    outputs.stop()
