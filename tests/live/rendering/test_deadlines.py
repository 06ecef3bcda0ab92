from __future__ import annotations

import math

import pytest

from live.rendering.deadlines import Candidate, in_order, is_worth_it


def a_second_each(leaf_count: int) -> float:
    return float(leaf_count)


def test_what_comes_soon_is_fine_before_anything_else_is_begun() -> None:
    on_air, coming, later = Candidate(0, 2, 4, 0.0), Candidate(1, 1, 4, 60.0), Candidate(2, 0, 5, 90.0)

    assert in_order([later, on_air, coming], a_second_each) == [coming, on_air, later]


def test_first_round_goes_before_refinement() -> None:
    on_air, coming = Candidate(0, 1, 4, 0.0), Candidate(1, 0, 5, math.inf)

    assert in_order([on_air, coming], a_second_each)[0] is coming


def test_first_round_that_would_be_late_goes_before_the_refinement_of_what_is_sooner() -> None:
    coming, later = Candidate(1, 1, 4, 2.0), Candidate(2, 0, 5, 8.0)

    assert in_order([coming, later], a_second_each)[0] is later


def test_first_rounds_that_would_be_late_together_are_counted_together() -> None:
    coming, later, last = Candidate(1, 1, 4, 2.0), Candidate(2, 0, 5, 10.0), Candidate(3, 0, 5, 13.0)

    assert in_order([coming, last, later], a_second_each) == [later, last, coming]


@pytest.mark.parametrize(
    ("candidate", "expected"),
    [
        pytest.param(Candidate(0, 1, 4, 0.0), False, id="leaves of the transition on air that come too late"),
        pytest.param(Candidate(0, 1, 2, 0.0), True, id="leaves that come in time"),
        pytest.param(Candidate(0, 0, 5, 0.0), True, id="the round that makes it playable"),
        pytest.param(Candidate(1, 1, 9, 0.0), True, id="the next transition"),
    ],
)
def test_leaves_are_rendered_only_where_the_playhead_still_comes(candidate: Candidate, expected: bool) -> None:
    assert is_worth_it(candidate, 3.0, a_second_each) is expected
