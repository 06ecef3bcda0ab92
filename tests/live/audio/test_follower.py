from __future__ import annotations

import math

import numpy as np
import pytest

from live.audio.follower import FRESH_SECONDS, EnvelopeFollower, Level, loudness_of


@pytest.mark.parametrize(
    ("samples", "loudness"),
    [
        pytest.param(np.sin(np.arange(4800) * 2 * np.pi / 48), math.sqrt(0.5), id="full sine"),
        pytest.param(np.full(100, 0.5), 0.5, id="steady"),
        pytest.param(np.zeros(100), 0.0, id="silence"),
        pytest.param(np.zeros(0), 0.0, id="nothing"),
        pytest.param(np.full(100, np.nan), 0.0, id="not a number"),
        pytest.param(np.full(100, 3.0), 1.0, id="clipped"),
    ],
)
def test_loudness_is_the_root_mean_square(
    samples: np.ndarray[tuple[int], np.dtype[np.float64]], loudness: float
) -> None:
    assert loudness_of(samples.astype(np.float32)) == pytest.approx(loudness, abs=1e-6)


def test_level_makes_63_percent_of_a_step_in_its_time_whatever_the_blocks() -> None:
    for blocks in (1, 10, 100):
        follower = EnvelopeFollower()
        for _ in range(blocks):
            follower.feed(1.0, 0.2 / blocks, attack=0.2, release=9.0)

        assert follower.level == pytest.approx(1 - 1 / math.e)


def test_level_rises_by_attack_and_falls_by_release() -> None:
    follower = EnvelopeFollower()

    loud = follower.feed(1.0, 0.01, attack=0.0, release=1.0)
    after = follower.feed(0.0, 0.5, attack=0.0, release=1.0)

    assert loud == 1.0
    assert after == pytest.approx(math.exp(-0.5))


def test_an_old_level_is_silence() -> None:
    assert [Level(0.5, at=10.0).now(10.0 + age) for age in (0.0, FRESH_SECONDS, FRESH_SECONDS + 0.1)] == [0.5, 0.5, 0.0]
