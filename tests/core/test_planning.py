from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.control.errors import InvalidValue
from core.tree.planning import compressed, crossfeed_weights, injection_step, plan_tree, split_widest_gaps
from core.tree.spec import Crossfeed, TreeShape

SHAPE = TreeShape(depth=0.5, rounds=((3,), (4, 8)))
STEPS = 20

shapes = st.builds(
    TreeShape,
    depth=st.floats(0, 1),
    rounds=st.lists(st.lists(st.integers(1, 9), min_size=1, max_size=3).map(tuple), min_size=1, max_size=4).map(tuple),
)


def test_the_first_round_has_the_keyframes_and_its_branches() -> None:
    first, second = plan_tree(SHAPE, STEPS)

    assert first.positions == (0.0, 1.0, 0.25, 0.5, 0.75)
    assert first.has_keyframes
    assert not second.has_keyframes
    assert second.positions[:4] == (0.125, 0.375, 0.625, 0.875)


def test_a_branch_is_mixed_from_its_neighbours_by_its_place_between_them() -> None:
    first, second = plan_tree(SHAPE, STEPS)

    assert [(branch.left, branch.right, branch.weight) for branch in first.branches] == [
        (0.0, 1.0, 0.25),
        (0.0, 1.0, 0.5),
        (0.0, 1.0, 0.75),
    ]
    assert (second.branches[0].left, second.branches[0].right, second.branches[0].weight) == (0.0, 0.25, 0.5)


def test_later_levels_start_at_later_steps() -> None:
    steps = [branch.injection_step for plan in plan_tree(SHAPE, STEPS) for branch in plan.branches]

    assert steps == [10] * 3 + [13] * 4 + [17] * 8


@given(shape=shapes, steps=st.integers(1, 50))
@settings(deadline=None)
def test_a_plan_has_all_leaves_once_and_inside(shape: TreeShape, steps: int) -> None:
    positions = [position for plan in plan_tree(shape, steps) for position in plan.positions]

    assert len(positions) == len(set(positions)) == shape.leaf_count
    assert (min(positions), max(positions)) == (0.0, 1.0)


@given(shape=shapes, steps=st.integers(1, 50))
@settings(deadline=None)
def test_the_parents_of_a_branch_are_there_when_it_starts(shape: TreeShape, steps: int) -> None:
    starts = {0.0: 0, 1.0: 0}
    for plan in plan_tree(shape, steps):
        for branch in plan.branches:
            assert 0 <= branch.injection_step < steps
            assert starts[branch.left] <= branch.injection_step
            assert starts[branch.right] <= branch.injection_step
            assert 0 < branch.weight < 1
            starts[branch.position] = branch.injection_step


@given(shape=shapes)
@settings(deadline=None)
def test_no_leaf_of_an_earlier_level_lies_between_a_branch_and_its_parents(shape: TreeShape) -> None:
    present = [0.0, 1.0]
    branches = [branch for plan in plan_tree(shape, STEPS) for branch in plan.branches]
    for count in [count for levels in shape.rounds for count in levels]:
        level, branches = branches[:count], branches[count:]
        for branch in level:
            assert [p for p in present if branch.left <= p <= branch.right] == [branch.left, branch.right]
        present = sorted(present + [branch.position for branch in level])


def test_the_same_shape_gives_the_same_plan() -> None:
    assert plan_tree(SHAPE, STEPS) == plan_tree(TreeShape(0.5, ((3,), (4, 8))), STEPS)


@pytest.mark.parametrize(
    ("depth", "steps", "level", "levels", "step"),
    [(0, 20, 0, 1, 0), (0.5, 20, 0, 2, 10), (0.5, 20, 1, 2, 15), (1, 20, 0, 3, 19), (1, 1, 0, 1, 0), (0.3, 4, 0, 1, 1)],
)
def test_the_injection_step_spreads_from_depth_to_the_last_step(
    depth: float, steps: int, level: int, levels: int, step: int
) -> None:
    assert injection_step(depth, steps, level, levels) == step


@pytest.mark.parametrize(
    ("positions", "count", "new"),
    [
        ([0.0, 1.0], 1, [0.5]),
        ([0.0, 1.0], 3, [0.25, 0.5, 0.75]),
        ([0.0, 0.5, 1.0], 1, [0.25]),  # a tie goes to the left
        ([0.0, 0.25, 1.0], 1, [0.625]),
        ([0.0, 0.25, 1.0], 2, [0.5, 0.75]),
        ([0.0, 1.0], 0, []),
    ],
)
def test_new_places_go_to_the_widest_gaps(positions: list[float], count: int, new: list[float]) -> None:
    assert split_widest_gaps(positions, count) == pytest.approx(new)


@given(
    inner=st.lists(st.floats(0.001, 0.999), max_size=8, unique_by=lambda place: round(place, 3)),
    count=st.integers(1, 20),
)
@settings(deadline=None)
def test_splitting_leaves_no_gap_wider_than_one_more_split_would(inner: list[float], count: int) -> None:
    positions = [0.0, *sorted(inner), 1.0]
    widest_before = max(right - left for left, right in pairwise(positions))

    after = sorted(positions + split_widest_gaps(positions, count))

    widest_after = max(right - left for left, right in pairwise(after))
    assert len(after) == len(positions) + count
    assert widest_after <= widest_before
    assert widest_after <= 2 / (count + 1) + 1e-9


@pytest.mark.parametrize("depth", [-0.1, 1.1, float("nan")])
def test_a_depth_outside_0_to_1_is_refused(depth: float) -> None:
    with pytest.raises(InvalidValue, match=r"depth must be in 0\.\.1"):
        TreeShape(depth, ((3,),))


@pytest.mark.parametrize("rounds", [(), ((0,),), ((3,), (2, -1))], ids=str)
def test_rounds_without_branches_are_refused(rounds: tuple[tuple[int, ...], ...]) -> None:
    with pytest.raises(InvalidValue, match="rounds must be levels of at least one branch each"):
        TreeShape(0.5, rounds)


def test_injection_steps_that_are_given_override_the_depth() -> None:
    plans = plan_tree(TreeShape(0.5, ((3,), (4, 8)), injection_steps=(0, 7, 19)), STEPS)

    assert [branch.injection_step for plan in plans for branch in plan.branches] == [0] * 3 + [7] * 4 + [19] * 8


@pytest.mark.parametrize(
    ("steps", "reason"),
    [
        ((1, 2), "one for each of 3 levels"),
        ((-1, 2, 3), "0 or more and never fall"),
        ((1, 3, 2), "0 or more and never fall"),
    ],
)
def test_injection_steps_that_no_tree_can_have_are_refused(steps: tuple[int, ...], reason: str) -> None:
    with pytest.raises(InvalidValue, match=rf"injection_steps must be {reason}"):
        TreeShape(0.5, ((3,), (4, 8)), injection_steps=steps)


def test_compression_moves_leaves_to_the_middle_and_keeps_their_parents() -> None:
    even, (dense,) = (
        plan_tree(TreeShape(0.5, ((3, 4),)), STEPS)[0],
        plan_tree(TreeShape(0.5, ((3, 4),), compression=2), STEPS),
    )

    assert sorted(dense.positions) == pytest.approx([0, 7 / 32, 3 / 8, 15 / 32, 1 / 2, 17 / 32, 5 / 8, 25 / 32, 1])
    for before, after in zip(even.branches, dense.branches, strict=True):
        assert (after.left, after.right) == (compressed(before.left, 2), compressed(before.right, 2))
        assert 0 < after.weight < 1


@pytest.mark.parametrize("compression", [0.99, 4.01, float("nan")])
def test_compression_outside_its_range_is_refused(compression: float) -> None:
    with pytest.raises(InvalidValue, match=r"compression must be in 1\.\.4"):
        TreeShape(0.5, ((3,),), compression=compression)


@pytest.mark.parametrize(
    ("crossfeed", "start", "weights"),
    [
        (Crossfeed(0.0), 0, (0, 0, 0, 0, 0)),
        (Crossfeed(0.5), 0, (0, 0.5, 0.5, 0.5, 0)),
        (Crossfeed(1, 1, 1), 2, (0, 0, 0, 1, 0)),
        (Crossfeed(0.8, range=1, decay=0.25), 0, (0, 0.6, 0.4, 0.2, 0)),
        (Crossfeed(0.8, range=0.75, decay=0.5), 0, (0, 0.6, 0.4, 0, 0)),
        (Crossfeed(0.8, range=1, decay=0.5), 2, (0, 0, 0, 0.4, 0)),
        (Crossfeed(0.8, range=1, decay=0.5), 3, (0, 0, 0, 0, 0)),
        (Crossfeed(0.8, range=0.5), 2, (0, 0, 0, 0, 0)),
        (Crossfeed(0.8, range=0.0), 0, (0, 0, 0, 0, 0)),
    ],
    ids=[
        "none",
        "all steps",
        "from a later start",
        "decays to its last step",
        "a shorter range",
        "a single latent",
        "only the finished latent is left",
        "over before it starts",
        "no range",
    ],
)
def test_crossfeed_pulls_on_what_is_still_to_be_denoised(
    crossfeed: Crossfeed, start: int, weights: tuple[float, ...]
) -> None:
    assert crossfeed_weights(crossfeed, start, 4) == pytest.approx(weights)


@pytest.mark.parametrize("steps", [1, 2, 4, 5, 30])
def test_the_pull_is_that_of_the_first_implementation(steps: int) -> None:
    """It spreads the pull over the steps from the start to the range, both ends in it, and mixes before each of them.

    At its first step the latent is the mix of its parents already.
    """
    for crossfeed in (Crossfeed(0.3, 0.6, 0.9), Crossfeed(1, 1, 1), Crossfeed(0.7, 0.8, 0.0)):
        for start in range(steps):
            stop = round(steps * crossfeed.range)
            pulls = [crossfeed.power] * start
            pulls += np.linspace(crossfeed.power, crossfeed.power * crossfeed.decay, max(0, stop - start)).tolist()
            pulls += [0.0] * (steps - len(pulls))
            expected = [0.0] * (start + 1) + pulls[start + 1 :] + [0.0]

            assert crossfeed_weights(crossfeed, start, steps) == pytest.approx(expected)
