from __future__ import annotations

import pytest

from live.playback.frame_count import FPS_WINDOW, FrameCount


def test_rate_is_that_of_the_last_frames() -> None:
    count = FrameCount()
    for number in range(10):
        count.tick(float(number), missed=0)
    for number in range(FPS_WINDOW):
        count.tick(100 + number / 25, missed=0)

    assert count.fps == pytest.approx(25)


@pytest.mark.parametrize("moments", [[], [5.0], [5.0, 5.0]], ids=["no frame", "one frame", "two at once"])
def test_rate_is_zero_as_long_as_there_is_none(moments: list[float]) -> None:
    count = FrameCount()
    for now in moments:
        count.tick(now, missed=0)

    assert count.fps == 0


def test_missed_points_of_the_grid_are_late_and_what_is_shown_again_is_repeated() -> None:
    count = FrameCount()

    count.tick(1.0, missed=2)
    count.tick(2.0, missed=3)
    count.repeat()

    assert (count.late, count.repeated) == (5, 1)
