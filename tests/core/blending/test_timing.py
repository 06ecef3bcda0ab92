from __future__ import annotations

import numpy as np
import pytest

from core.blending.timing import film_frames, frame_places
from core.frames.frame import Pixels


def grey(level: int) -> Pixels:
    return np.full((16, 16, 3), level, np.uint8)


def test_a_film_goes_from_the_first_leaf_to_the_last() -> None:
    leaves = [grey(0), grey(100), grey(200)]

    frames = list(film_frames(leaves, 9))

    assert [int(frame[0, 0, 0]) for frame in frames[:: len(frames) - 1]] == [0, 200]
    assert len(frames) == 9
    assert all(np.array_equal(a, b) for a, b in ((frames[0], leaves[0]), (frames[-1], leaves[-1])))


def test_each_frame_changes_the_picture_by_as_much() -> None:
    places = frame_places(np.array([0.1, 0.3]), 5)

    assert places == pytest.approx([0, 1, 1 + 1 / 3, 1 + 2 / 3, 2])


def test_leaves_that_look_alike_pass_quickly_but_pass() -> None:
    places = frame_places(np.array([0.0, 0.4]), 43)

    assert places[0] == 0
    assert places[2] == pytest.approx(1)  # a tenth of the mean gap is 2 of 42 intervals
    assert places[-1] == 2


def test_leaves_that_are_all_the_same_pass_evenly() -> None:
    assert frame_places(np.zeros(2), 5) == pytest.approx([0, 0.5, 1, 1.5, 2])


def test_between_two_leaves_is_their_mix() -> None:
    (_, middle, _) = film_frames([grey(0), grey(101)], 3)

    assert int(middle[0, 0, 0]) == 50


@pytest.mark.parametrize("count", [0, 1, 5])
def test_a_single_leaf_stands_still(count: int) -> None:
    assert [int(frame[0, 0, 0]) for frame in film_frames([grey(7)], count)] == [7] * count
