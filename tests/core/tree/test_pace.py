from __future__ import annotations

import random
from itertools import pairwise

import pytest

from core.tree.pace import Pace, even_pace

PLACES = (0.0, 0.25, 0.5, 0.75, 1.0)
GAPS = (0.1, 0.4, 0.05, 0.2)


def test_without_gaps_the_moment_is_the_place() -> None:
    pace = Pace()

    assert [pace.place_at(moment) for moment in (0.0, 0.3, 1.0)] == [0.0, 0.3, 1.0]


def test_equal_gaps_leave_the_pace_as_it_is() -> None:
    pace = even_pace(PLACES, (0.1,) * 4)

    assert pace.moments == pytest.approx(PLACES)


def test_a_wide_gap_takes_longer() -> None:
    pace = even_pace(PLACES, GAPS)

    lengths = [after - before for before, after in pairwise(pace.moments)]

    assert sorted(range(4), key=lambda index: lengths[index]) == sorted(range(4), key=lambda index: GAPS[index])
    assert lengths[1] / lengths[0] == pytest.approx(4, rel=0.25)


def test_moment_and_place_are_inverse_to_each_other() -> None:
    pace = even_pace(PLACES, GAPS)

    for place in (0.0, 0.1, 0.25, 0.6, 0.99, 1.0):
        assert pace.place_at(pace.moment_of(place)) == pytest.approx(place)


def test_leaves_that_look_alike_are_still_passed_in_order() -> None:
    pace = even_pace(PLACES, (0.0, 0.0, 0.3, 0.0))

    assert all(before < after for before, after in pairwise(pace.moments))


def test_pictures_that_are_all_alike_leave_the_pace_as_it_is() -> None:
    assert even_pace(PLACES, (0.0,) * 4).moments == pytest.approx(PLACES)


@pytest.mark.parametrize("seed", range(20))
def test_the_anchor_stays_on_screen_and_the_pace_rises(seed: int) -> None:
    chance = random.Random(seed)
    places = (0.0, *sorted(chance.random() for _ in range(6)), 1.0)
    gaps = [chance.random() for _ in range(7)]
    anchor = chance.uniform(0.01, 0.99), chance.choice([*places[1:-1], chance.uniform(0.01, 0.99)])

    pace = even_pace(places, gaps, anchor)

    assert pace.place_at(anchor[0]) == pytest.approx(anchor[1], abs=1e-12)
    assert (pace.place_at(0.0), pace.place_at(1.0)) == (0.0, 1.0)
    assert all(before < after for before, after in pairwise(pace.moments))
    assert all(before < after for before, after in pairwise(pace.places))


def test_beyond_both_ends_the_place_is_the_end() -> None:
    pace = even_pace(PLACES, GAPS)

    assert (pace.place_at(-0.5), pace.place_at(1.5)) == (0.0, 1.0)
