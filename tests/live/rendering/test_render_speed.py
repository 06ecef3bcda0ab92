from __future__ import annotations

import pytest

from live.rendering.render_speed import RenderSpeed


def test_there_is_a_guess_before_the_first_round() -> None:
    speed = RenderSpeed()

    assert not speed.is_known
    assert speed.seconds_for(10) > 0


def test_first_round_tells_the_speed() -> None:
    speed = RenderSpeed()

    speed.note(5, 2.0)

    assert speed.seconds_for(10) == pytest.approx(4.0)
    assert speed.leaves_per_second == pytest.approx(2.5)


def test_last_rounds_count_most() -> None:
    speed = RenderSpeed()
    speed.note(5, 5.0)

    for _ in range(10):
        speed.note(5, 1.0)

    assert speed.seconds_for(1) == pytest.approx(0.2, abs=0.03)
