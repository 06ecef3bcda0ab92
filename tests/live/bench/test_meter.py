from __future__ import annotations

import os
import sys

import numpy as np
import pytest

from core.frames.frame import Frame
from live.bench.meter import CountingSink, Spread, TickMeter, footprint, processor_seconds


def test_a_spread_is_in_milliseconds() -> None:
    spread = Spread.of([0.001 * number for number in range(1, 1001)])

    assert spread.count == 1000
    assert spread.p50 == pytest.approx(500.5)
    assert spread.p99 == pytest.approx(990.01)
    assert spread.p999 == pytest.approx(999.001)
    assert spread.worst == pytest.approx(1000)


def test_nothing_measured_is_no_error() -> None:
    assert Spread.of([]).count == 0


def test_ticks_before_the_measurement_do_not_count() -> None:
    meter = TickMeter()
    for start in (0.0, 1.0, 2.0, 3.5):
        meter(start, start + 0.25)

    assert meter.durations(since=1.0) == [0.25, 0.25, 0.25]
    assert meter.intervals(since=1.0) == [1.0, 1.5]


def test_the_sink_notes_what_came() -> None:
    sink = CountingSink()
    frame = Frame(np.zeros((16, 16, 3), np.uint8))
    for frame.number in (3, 4, 6):
        sink.send(frame)

    assert sink.numbers == [3, 4, 6]
    assert sink.arrivals == sorted(sink.arrivals)


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_memory_and_processor_time_of_this_process_are_known() -> None:
    weighed = footprint(os.getpid())

    assert weighed is not None
    assert 10 < weighed.own <= weighed.rss < 100_000
    assert (processor_seconds(os.getpid()) or 0) > 0


def test_a_process_that_has_gone_weighs_nothing() -> None:
    gone = 2**22 + 1  # above the largest process number of Linux

    assert footprint(gone) is None
    assert footprint(None) is None
    assert processor_seconds(gone) is None
