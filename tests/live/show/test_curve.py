from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.control.parameters import CURVE_CHOICES
from live.show.curve import moment_of, place_at

MOMENTS = [step / 100 for step in range(101)]


@pytest.mark.parametrize("curve", CURVE_CHOICES)
def test_every_curve_goes_from_end_to_end_and_never_back(curve: str) -> None:
    places = [place_at(curve, moment) for moment in MOMENTS]

    assert (places[0], places[-1]) == (0.0, 1.0)
    assert all(before <= after for before, after in pairwise(places))


@pytest.mark.parametrize("curve", CURVE_CHOICES)
@given(moment=st.floats(0, 1))
def test_the_moment_of_a_place_is_found_again(curve: str, moment: float) -> None:
    assert moment_of(curve, place_at(curve, moment)) == pytest.approx(moment, abs=1e-3)


@pytest.mark.parametrize(
    ("curve", "quarter", "half"), [("linear", 0.25, 0.5), ("ease", 0.4375, 0.75), ("s-curve", 0.15625, 0.5), ("snap", 1 / 64, 0.5)]
)  # fmt: skip
def test_the_shape_of_each_curve(curve: str, quarter: float, half: float) -> None:
    assert place_at(curve, 0.25) == pytest.approx(quarter)
    assert place_at(curve, 0.5) == pytest.approx(half)
