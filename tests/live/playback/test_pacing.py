from __future__ import annotations

import pytest

from live.playback.pacing import Pacer


def test_frame_on_time_gets_the_next_grid_point() -> None:
    pacer = Pacer(fps=50, start=10.0)

    deadline = pacer.advance(now=10.003)

    assert deadline.intervals == 1
    assert deadline.due == pytest.approx(10.02)


def test_late_frame_stays_on_the_grid() -> None:
    pacer = Pacer(fps=50, start=10.0)

    deadline = pacer.advance(now=10.047)

    assert deadline.intervals == 3
    assert deadline.due == pytest.approx(10.06)


def test_an_hour_of_frames_does_not_drift() -> None:
    pacer = Pacer(fps=30, start=0.0)
    due = 0.0

    for _ in range(30 * 3600):
        due = pacer.advance(now=due + 0.004).due

    assert due == pytest.approx(3600.0, abs=1e-6)


@pytest.mark.parametrize("fps", [0, -1, float("nan")])
def test_impossible_rate_is_refused(fps: float) -> None:
    with pytest.raises(ValueError, match="fps must be above 0"):
        Pacer(fps=fps, start=0.0)


def test_a_clock_that_leaps_ahead_costs_frames_and_no_time() -> None:
    pacer = Pacer(fps=50, start=10.0)

    deadline = pacer.advance(now=3610.001)

    assert deadline.intervals == 180_001
    assert 0 <= deadline.due - 3610.001 <= 0.02


def test_a_clock_that_runs_back_does_not_stop_the_picture() -> None:
    pacer = Pacer(fps=50, start=1000.0)
    pacer.advance(now=1000.0)

    deadline = pacer.advance(now=10.0)

    assert deadline.intervals == 1
    assert deadline.due == pytest.approx(10.02)
