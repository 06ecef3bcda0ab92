"""The measurement with the whole instrument, for seconds instead of minutes."""

from __future__ import annotations

import json

import pytest

from live.bench import faults, run
from live.bench.meter import Spread
from live.bench.run import LiveReport, LiveRun, measure
from live.bench.table import format_report


@pytest.fixture
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "WARM_UP", 0.5)
    monkeypatch.setattr(run, "LONGEST_WARM_UP", 0.5)
    monkeypatch.setattr(run, "PROMPT_INTERVAL", 1.0)
    monkeypatch.setattr(run, "MEMORY_INTERVAL", 0.5)
    monkeypatch.setattr(faults, "KILL_INTERVAL", 2.0)
    monkeypatch.setattr(faults, "HANG_SECONDS", 0.5)
    monkeypatch.setattr(faults, "FLOOD_INTERVAL", 1.0)


@pytest.mark.show
@pytest.mark.timeout(300)
@pytest.mark.usefixtures("in_a_hurry")
def test_a_run_finds_the_rhythm_and_the_latency() -> None:
    report = measure(LiveRun(minutes=0.1, size=(320, 180)))

    assert report.frames > 60
    assert report.sink_out_of_order == 0
    assert 5 < report.interval.p50 < 300
    assert report.control_to_frame.count > 0
    assert report.worker_restarts == 0


@pytest.mark.show
@pytest.mark.timeout(300)
@pytest.mark.usefixtures("in_a_hurry")
def test_with_all_that_can_go_wrong_each_frame_reaches_the_sink_once() -> None:
    report = measure(LiveRun(minutes=0.15, size=(320, 180), is_faulty=True))

    assert report.damage is not None
    assert report.damage.kills >= 1
    assert report.damage.hangs >= 1
    assert report.damage.flood_refused > 0
    assert report.frames > 60
    assert report.sink_out_of_order == 0
    assert report.sink_sent + report.sink_dropped >= report.frames - 2, "every tick offered one picture to the sink"


def report_of(spread: Spread) -> LiveReport:
    return LiveReport(
        seconds=60.0,
        fps=30.0,
        size=(1280, 720),
        frames=1800,
        late=3,
        repeated=0,
        sink_sent=1799,
        sink_dropped=1,
        sink_out_of_order=0,
        tick=spread,
        interval=spread,
        control_to_frame=spread,
        presses_lost=0,
        prompt_to_frame=Spread.of([]),
        prompts_lost=1,
        host_memory=None,
        worker_memory=None,
        worker_load=1.5,
        worker_restarts=0,
        damage=faults.Damage(kills=2, crowd={"foreign page: 403": 7}),
    )


def test_the_table_names_what_was_found() -> None:
    text = format_report(report_of(Spread(100, 2.0, 3.0, 4.0, 5.0)))

    assert "frames                1800, late 3, repeated 0" in text
    assert "2 workers killed" in text
    assert "foreign page: 403" in text
    assert "not known" in text


def test_the_report_is_json() -> None:
    figures = json.loads(report_of(Spread(100, 2.0, 3.0, 4.0, 5.0)).as_json())

    assert figures["interval"]["p999"] == 4.0
    assert figures["damage"]["kills"] == 2
