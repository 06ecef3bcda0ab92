from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from core.control.errors import SinkError, SinkUnavailable
from core.control.snapshot import SinkState
from core.frames.frame import Frame, FrameFormat, FramePool
from live.sinks.null import NullSink
from live.sinks.runner import BACK_OFF, HANG_AFTER, OPENING_HANGS_AFTER, SinkRunner, retry_delay

FORMAT = FrameFormat(16, 16)
PATIENCE = 20.0  # an upper bound for things that happen at once; nothing waits that long


class GatedSink:
    """A working sink that can be made to block, to fail, and to tell what it is doing."""

    def __init__(self) -> None:
        self.name = "gated"
        self.shown: list[int] = []
        self.errors: list[Exception] = []  # raised by the next sends, one each
        self.open_errors: list[Exception] = []
        self.close_error: Exception | None = None
        self.opened = self.closed = 0
        self.entered_open, self.may_open = threading.Semaphore(0), threading.Event()
        self.entered_send, self.may_send = threading.Semaphore(0), threading.Event()
        self.finished_send, self.entered_close = threading.Semaphore(0), threading.Semaphore(0)
        self.may_open.set()
        self.may_send.set()

    def open(self, frame_format: FrameFormat, fps: float) -> None:
        self.entered_open.release()
        wait_for(self.may_open)
        if self.open_errors:
            raise self.open_errors.pop(0)
        self.opened += 1

    def send(self, frame: Frame) -> None:
        self.entered_send.release()
        wait_for(self.may_send)
        if self.errors:
            raise self.errors.pop(0)
        self.shown.append(frame.number)
        self.finished_send.release()

    def close(self) -> None:
        self.closed += 1
        self.entered_close.release()
        if self.close_error is not None:
            raise self.close_error


def wait_for(event: threading.Event) -> None:
    assert event.wait(PATIENCE), "nobody set the event"


def wait_until(semaphore: threading.Semaphore) -> None:
    assert semaphore.acquire(timeout=PATIENCE), "it did not happen"


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def sink() -> GatedSink:
    return GatedSink()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def run(sink: GatedSink, clock: Clock) -> Iterator[Callable[..., SinkRunner]]:
    """Start runners on the gated sink; all gates are opened at the end."""
    runners: list[SinkRunner] = []

    def start(*, depth: int = 1, back_off: tuple[float, ...] = (0.0,)) -> SinkRunner:
        runner = SinkRunner(sink, FORMAT, 30.0, depth=depth, clock=clock, back_off=back_off)
        runners.append(runner)
        runner.start()
        return runner

    yield start
    sink.may_open.set()
    sink.may_send.set()
    for runner in runners:
        runner.stop(PATIENCE)


def frames(count: int) -> list[Frame]:
    made = [Frame(np.zeros(FORMAT.shape, np.uint8)) for _ in range(count)]
    for number, frame in enumerate(made):
        frame.number = number
    return made


def offer_and_wait(runner: SinkRunner, sink: GatedSink, frame: Frame) -> None:
    runner.offer(frame)
    wait_until(sink.finished_send)


def test_a_frame_reaches_the_sink_and_is_released(sink: GatedSink, run: Callable[..., SinkRunner]) -> None:
    (frame,) = frames(1)
    runner = run()

    runner.offer(frame)
    runner.stop(PATIENCE)

    assert sink.shown == [0]
    assert frame.is_free
    assert runner.view(0).sent == 1


def test_the_newest_frame_wins_while_the_sink_is_busy(sink: GatedSink, run: Callable[..., SinkRunner]) -> None:
    sink.may_send.clear()
    runner = run()
    offered = frames(5)
    runner.offer(offered[0])
    wait_until(sink.entered_send)

    for frame in offered[1:]:
        runner.offer(frame)
    sink.may_send.set()
    runner.stop(PATIENCE)

    assert sink.shown == [0, 4]
    assert runner.view(0).dropped == 3
    assert all(frame.is_free for frame in offered)


def test_a_deep_runner_keeps_the_order_and_drops_the_newest(sink: GatedSink, run: Callable[..., SinkRunner]) -> None:
    sink.may_send.clear()
    runner = run(depth=3)
    offered = frames(6)
    runner.offer(offered[0])
    wait_until(sink.entered_send)

    for frame in offered[1:]:
        runner.offer(frame)
    sink.may_send.set()
    runner.stop(PATIENCE)

    assert sink.shown == [0, 1, 2, 3]
    assert runner.view(0).dropped == 2


@pytest.mark.parametrize("depth", [1, 2, 7])
def test_a_hanging_sink_holds_no_more_frames_than_it_says(
    depth: int, sink: GatedSink, run: Callable[..., SinkRunner]
) -> None:
    sink.may_send.clear()
    runner = run(depth=depth)
    offered = frames(20)
    runner.offer(offered[0])
    wait_until(sink.entered_send)

    for frame in offered[1:]:
        runner.offer(frame)

    assert sum(not frame.is_free for frame in offered) == runner.max_held_frames


def test_a_pool_sized_by_max_held_frames_never_runs_dry(sink: GatedSink, run: Callable[..., SinkRunner]) -> None:
    sink.may_send.clear()
    runner = run(depth=4)
    pool = FramePool(FORMAT, runner.max_held_frames + 1)  # one for playback to paint in

    for _ in range(30):
        frame = pool.lend()
        assert frame is not None
        runner.offer(frame)
        frame.release()


@pytest.mark.parametrize(("elapsed", "state"), [(HANG_AFTER, SinkState.RUNNING), (HANG_AFTER + 0.1, SinkState.HANGING)])
def test_a_long_call_is_seen_as_hanging(
    elapsed: float, state: SinkState, sink: GatedSink, clock: Clock, run: Callable[..., SinkRunner]
) -> None:
    sink.may_send.clear()
    runner = run()
    runner.offer(frames(1)[0])
    wait_until(sink.entered_send)

    assert runner.view(clock.now + elapsed).state is state


def test_a_hanging_sink_that_wakes_up_goes_on(sink: GatedSink, clock: Clock, run: Callable[..., SinkRunner]) -> None:
    sink.may_send.clear()
    runner = run()
    first, second = frames(2)
    runner.offer(first)
    wait_until(sink.entered_send)
    assert runner.view(clock.now + 61).message == "its device has not answered for 61 s"

    sink.may_send.set()
    wait_until(sink.finished_send)
    offer_and_wait(runner, sink, second)

    assert runner.view(clock.now + 61).state is SinkState.RUNNING
    assert sink.shown == [0, 1]


def test_opening_may_take_longer_than_sending(sink: GatedSink, clock: Clock, run: Callable[..., SinkRunner]) -> None:
    sink.may_open.clear()
    runner = run()
    wait_until(sink.entered_open)

    assert runner.view(clock.now + OPENING_HANGS_AFTER - 0.1).state is SinkState.OPENING
    assert runner.view(clock.now + OPENING_HANGS_AFTER + 0.1).state is SinkState.HANGING


def test_stop_leaves_a_hanging_sink_behind_with_one_frame(sink: GatedSink, run: Callable[..., SinkRunner]) -> None:
    sink.may_send.clear()
    runner = run(depth=3)
    offered = frames(4)
    runner.offer(offered[0])
    wait_until(sink.entered_send)
    for frame in offered[1:]:
        runner.offer(frame)

    assert not runner.stop(timeout=0.01)

    assert [frame.is_free for frame in offered] == [False, True, True, True]


def test_a_sink_left_behind_is_closed_when_it_wakes_up(sink: GatedSink, run: Callable[..., SinkRunner]) -> None:
    sink.may_send.clear()
    runner = run()
    (frame,) = frames(1)
    runner.offer(frame)
    wait_until(sink.entered_send)
    runner.stop(timeout=0.01)

    sink.may_send.set()
    wait_until(sink.entered_close)

    assert frame.is_free


def test_a_failing_open_is_tried_again(sink: GatedSink, run: Callable[..., SinkRunner]) -> None:
    sink.open_errors = [SinkError("no camera"), SinkError("no camera")]
    runner = run()
    for _ in range(3):
        wait_until(sink.entered_open)

    runner.stop(PATIENCE)

    assert (sink.opened, sink.closed) == (1, 1)


def test_a_failing_send_closes_and_opens_again(sink: GatedSink, run: Callable[..., SinkRunner]) -> None:
    sink.errors = [SinkError("unplugged")]
    runner = run()
    lost, seen = frames(2)
    runner.offer(lost)
    wait_until(sink.entered_open)
    wait_until(sink.entered_open)

    while not sink.shown:  # a frame offered while the sink is still marked as failed is dropped
        runner.offer(seen)
    runner.stop(PATIENCE)

    assert (sink.opened, sink.closed) == (2, 2)
    assert lost.is_free


def test_a_failed_sink_says_why_and_takes_no_frames(sink: GatedSink, run: Callable[..., SinkRunner]) -> None:
    sink.errors = [SinkError("unplugged")]
    runner = run(back_off=(PATIENCE,))
    lost, refused = frames(2)
    runner.offer(lost)
    wait_until(sink.entered_close)
    while runner.view(0).state is not SinkState.FAILED:
        pass

    runner.offer(refused)

    assert refused.is_free
    assert runner.view(0).message == "unplugged"
    assert runner.view(0).dropped == 2


def test_stop_does_not_wait_for_the_next_try(sink: GatedSink, run: Callable[..., SinkRunner]) -> None:
    sink.open_errors = [SinkError("no camera")]
    runner = run(back_off=(3600.0,))
    wait_until(sink.entered_open)

    assert runner.stop(PATIENCE)

    assert (runner.view(0).state, runner.view(0).message) == (SinkState.FAILED, "no camera")


def test_an_unavailable_sink_is_not_tried_again(sink: GatedSink) -> None:
    sink.open_errors = [SinkUnavailable("pip install it")]
    runner = SinkRunner(sink, FORMAT, 30.0, back_off=(0.0,))
    runner.start()
    runner._thread.join(PATIENCE)

    assert not runner._thread.is_alive()
    assert (runner.view(0).state, runner.view(0).message) == (SinkState.FAILED, "pip install it")
    assert runner.stop(0)


def test_whatever_a_driver_raises_stays_in_its_thread(
    sink: GatedSink, run: Callable[..., SinkRunner], caplog: pytest.LogCaptureFixture
) -> None:
    sink.errors = [ZeroDivisionError("driver")]
    runner = run(back_off=(3600.0,))
    runner.offer(frames(1)[0])
    wait_until(sink.entered_close)
    runner.stop(PATIENCE)

    assert runner.view(0).message == "ZeroDivisionError: driver"
    assert caplog.records[-1].exc_info is not None  # a fault of ours or of a driver: the log has the traceback


def test_the_same_failure_is_logged_once(
    sink: GatedSink, run: Callable[..., SinkRunner], caplog: pytest.LogCaptureFixture
) -> None:
    sink.open_errors = [SinkError("no camera")] * 5
    runner = run()
    for _ in range(6):
        wait_until(sink.entered_open)
    runner.stop(PATIENCE)

    errors = [record.message for record in caplog.records if record.levelno == logging.ERROR]
    assert errors == ["gated failed: no camera"]


def test_a_sink_that_does_not_close_well_says_so(sink: GatedSink, run: Callable[..., SinkRunner]) -> None:
    sink.close_error = SinkError("disk full")
    runner = run()
    offer_and_wait(runner, sink, frames(1)[0])

    assert runner.stop(PATIENCE)

    assert (runner.view(0).state, runner.view(0).message) == (SinkState.CLOSED, "did not close well: disk full")


def test_a_runner_that_was_never_started_stops(sink: GatedSink) -> None:
    runner = SinkRunner(sink, FORMAT, 30.0)
    (frame,) = frames(1)
    runner.offer(frame)

    assert runner.stop(0)

    assert frame.is_free


def test_waiting_times_grow_to_half_a_minute() -> None:
    assert BACK_OFF == (1, 2, 4, 8, 16, 30)
    assert [retry_delay(failures) for failures in (0, 1, 5, 6, 10**6)] == [1, 2, 30, 30, 30]


def test_frames_offered_while_the_sink_opens_wait_for_it(sink: GatedSink, run: Callable[..., SinkRunner]) -> None:
    sink.may_open.clear()
    runner = run()
    for frame in frames(3):
        runner.offer(frame)

    sink.may_open.set()
    runner.stop(PATIENCE)

    assert sink.shown == [2]


def test_one_hanging_sink_does_not_hold_back_another(sink: GatedSink, run: Callable[..., SinkRunner]) -> None:
    sink.may_send.clear()
    hanging = run()
    null = NullSink()
    well = SinkRunner(null, FORMAT, 30.0, depth=50)
    well.start()

    for frame in frames(50):
        hanging.offer(frame)
        well.offer(frame)
    well.stop(PATIENCE)

    assert (null.sent, null.last_number) == (50, 49)
