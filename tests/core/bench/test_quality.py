from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.bench.quality import Frame, Quality, judge, mean_flow, mean_of, play, report
from core.frames.frame import Pixels


def grey(level: float) -> Pixels:
    return np.full((48, 64, 3), round(level), np.uint8)


def pattern(shift: int) -> Frame:
    noise = np.random.default_rng(1).normal(size=(96, 128, 3)).astype(np.float32)
    return np.roll(np.clip(128 + 600 * cv2.GaussianBlur(noise, (0, 0), 4), 0, 255), shift, axis=1)


def test_frames_are_mixed_from_neighbouring_leaves() -> None:
    leaves = {0.0: grey(0), 0.5: grey(100), 1.0: grey(200)}

    frames = play(leaves, [0.0, 0.25, 0.5, 0.9, 1.0])

    assert [int(frame[0, 0, 0]) for frame in frames] == [0, 50, 100, 180, 200]


def test_an_even_way_has_no_spread() -> None:
    leaves = {0.0: grey(0), 0.5: grey(100), 1.0: grey(200)}

    quality = judge(leaves, play(leaves, [index / 10 for index in range(11)]))

    assert quality.largest_pixel_step == pytest.approx(20)
    assert quality.step_spread < 0.15  # lightness is not linear in bytes


def test_a_jump_is_the_largest_step() -> None:
    leaves = {0.0: grey(0), 0.5: grey(10), 1.0: grey(200)}

    even, jumping = (judge(leaves, play(leaves, places)) for places in ([0.0, 0.5, 0.7, 0.8, 1.0], [0.0, 0.5, 1.0]))

    assert jumping.largest_step > 2 * even.largest_step
    assert jumping.gap_spread == even.gap_spread > 0.5


def test_flow_sees_movement_and_not_a_change_of_brightness() -> None:
    moving = mean_flow([pattern(0), pattern(3)])
    fading = mean_flow([pattern(0), pattern(0) * np.float32(0.95)])

    assert moving == pytest.approx(3 / 96 * 1000, rel=0.3)
    assert fading < moving / 5


def test_the_report_has_a_line_for_each_way() -> None:
    quality = mean_of([Quality(*[1.0] * 11), Quality(*[3.0] * 11)])

    assert quality.flow == 2.0
    assert len(report({"one": quality, "other": quality}).splitlines()) == 3
