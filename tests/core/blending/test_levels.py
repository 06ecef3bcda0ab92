from __future__ import annotations

from typing import Any

import pytest

from core.blending.levels import QUALITIES, STAGES, Levels, levels_for_depth, levels_for_quality, steps_for_strengths
from core.control.errors import InvalidValue
from core.tree.planning import plan_tree


@pytest.mark.parametrize(
    ("quality", "steps", "branches"),
    [("lowest", 12, 5), ("low", 15, 9), ("medium", 30, 15), ("high", 60, 20), ("ultra", 100, 30)],
)
def test_a_quality_is_steps_and_branches(quality: str, steps: int, branches: int) -> None:
    levels = levels_for_quality(quality, depth=0.4)

    assert (levels.step_count, levels.branch_counts[-1]) == (steps, branches)
    assert levels.injection_steps[1] == round(0.4 * steps)


def test_levels_double_the_branches_and_spread_to_the_last_step() -> None:
    levels = levels_for_depth(0.5, 20, 12)

    assert levels.branch_counts == (2, 3, 5, 9, 12)
    assert levels.injection_steps == (0, 10, 12, 15, 18)


@pytest.mark.parametrize("depth", [0, 0.3, 1])
@pytest.mark.parametrize("branches", [2, 3, 4, 30])
@pytest.mark.parametrize("steps", [1, 4, 30])
def test_the_tree_has_as_many_leaves_as_were_asked_for(depth: float, branches: int, steps: int) -> None:
    levels = levels_for_depth(depth, steps, branches)

    (plan,) = plan_tree(levels.shape(1.0), steps)

    assert len(plan.positions) == branches
    assert all(branch.injection_step < steps for branch in plan.branches)


def test_levels_by_hand_are_the_levels_of_the_tree() -> None:
    shape = Levels(30, (2, 3, 10, 24), (0, 18, 24, 27)).shape(compression=1.5)

    assert shape.rounds == ((1, 7, 14),)
    assert shape.injection_steps == (18, 24, 27)
    assert shape.compression == 1.5


def test_branches_of_the_first_level_start_from_noise() -> None:
    shape = Levels(30, (4, 8), (0, 18)).shape(compression=1)

    assert (shape.rounds, shape.injection_steps) == (((2, 4),), (0, 18))


def test_strengths_are_shares_of_the_steps() -> None:
    assert steps_for_strengths([0, 0.6, 0.8, 0.999], 30) == (0, 18, 24, 29)


@pytest.mark.parametrize(
    ("levels", "reason"),
    [
        ((0, (2, 3), (0, 1)), r"num_inference_steps must be in 1\.\.1000, got 0"),
        ((30, (), ()), "of one length"),
        ((30, (2, 3), (0,)), "of one length, with a value for each level, got 2 and 1"),
        ((30, (1, 3), (0, 5)), r"begin with 2 or more and rise, got \[1, 3\]"),
        ((30, (2, 5, 5), (0, 5, 6)), r"begin with 2 or more and rise, got \[2, 5, 5\]"),
        ((30, (2, 2000), (0, 5)), "stay within 1000, got 2000"),
        ((30, (2, 3), (3, 5)), r"begin with 0 and never fall, got \[3, 5\]"),
        ((30, (2, 3, 5), (0, 5, 4)), r"begin with 0 and never fall, got \[0, 5, 4\]"),
        ((30, (2, 3), (0, 30)), r"stay below 30 inference steps, got \[0, 30\]"),
    ],
    ids=lambda value: str(value)[:24],
)
def test_levels_that_no_tree_can_have_are_refused_in_the_words_of_the_caller(levels: Any, reason: str) -> None:
    with pytest.raises(InvalidValue, match=reason):
        Levels(*levels)


def test_an_unknown_quality_is_told_with_those_that_are_known() -> None:
    with pytest.raises(InvalidValue, match=f"quality must be one of {', '.join((*QUALITIES, *STAGES))}, got 'best'"):
        levels_for_quality("best", 0.4)


@pytest.mark.parametrize("depth", [-0.1, 1.1, float("nan")])
def test_a_depth_out_of_range_is_refused(depth: float) -> None:
    with pytest.raises(InvalidValue, match=r"depth_strength must be in 0\.\.1"):
        levels_for_quality("medium", depth)


@pytest.mark.parametrize("count", [1, 1001])
def test_a_number_of_branches_out_of_range_is_refused(count: int) -> None:
    with pytest.raises(InvalidValue, match=rf"nmb_max_branches must be in 2\.\.1000, got {count}"):
        levels_for_depth(0.5, 30, count)


@pytest.mark.parametrize("strength", [-0.1, 1.0])
def test_a_strength_out_of_range_is_refused(strength: float) -> None:
    with pytest.raises(InvalidValue, match="list_injection_strength must be 0 or more and below 1"):
        steps_for_strengths([0, strength], 30)
