from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pytest

from core.control.errors import InvalidValue
from core.frames.frame import Pixels
from core.tree.build import Grower
from core.tree.planning import plan_round, plan_tree, split_widest_gaps
from core.tree.spec import Placing, TransitionSpec, TreeShape
from core.tree.tree import Tree
from core.tree.watch import Cancelled, Watch
from tests.core.tree.fake_denoiser import FakeDenoiser, transition

SHAPE = TreeShape(0.5, ((3,), (4,), (2, 3)), placing=Placing.ADAPTIVE)


@dataclass
class LateChange(FakeDenoiser):
    """Paints nearly black for most latents and gets bright quickly near the right end."""

    def decode(self, latents: Sequence[float]) -> list[Pixels]:
        plain = super().decode(latents)
        return [np.full_like(each, 255 * (int(each[0, 0, 0]) / 255) ** 6) for each in plain]


def adaptive(rounds: tuple[tuple[int, ...], ...] = ((3,), (4,), (8,))) -> TransitionSpec:
    spec = transition("", "", seeds=(0, 4000), guidances=(0, 0), rounds=rounds)
    return replace(spec, shape=replace(spec.shape, placing=Placing.ADAPTIVE))


def grow(spec: TransitionSpec, grower: Grower | None = None, first_round: int = 0) -> dict[float, int]:
    """The grey of each leaf; rounds before the first one are grown, but not asked for."""
    greys: dict[float, int] = {}

    def take(position: float, picture: Pixels) -> None:
        greys[position] = int(picture[0, 0, 0])

    tree, grower = Tree(spec), grower or Grower(LateChange())
    for round_index in range(first_round, len(spec.shape.rounds)):
        grower.grow_round(tree, round_index, Watch(on_leaf=take))
    return greys


def widest(greys: dict[float, int]) -> int:
    row = [greys[place] for place in sorted(greys)]
    return max(abs(right - left) for left, right in pairwise(row))


def test_leaves_go_where_the_picture_changes_most() -> None:
    spec = adaptive()
    fixed = replace(spec, shape=replace(spec.shape, placing=Placing.FIXED))

    placed, even = grow(spec), grow(fixed)

    assert len(placed) == len(even) == spec.shape.leaf_count
    assert widest(placed) < 0.7 * widest(even)


def test_equal_gaps_are_split_as_with_fixed_placing() -> None:
    positions = [0.0, 0.25, 0.5, 0.75, 1.0]

    plan = plan_round(SHAPE, 8, 1, positions, [0.1] * 4)

    assert plan == plan_tree(replace(SHAPE, placing=Placing.FIXED), 8)[1]


def test_pictures_that_are_all_alike_are_split_by_distance() -> None:
    plan = plan_round(SHAPE, 8, 1, [0.0, 0.25, 0.5, 0.75, 1.0], [0.0] * 4)

    assert sorted(plan.positions) == [0.125, 0.375, 0.625, 0.875]


def test_the_widest_gap_gets_the_most_branches() -> None:
    plan = plan_round(SHAPE, 8, 1, [0.0, 0.25, 0.5, 0.75, 1.0], [0.1, 0.1, 0.9, 0.1])

    assert [0.5 < position < 0.75 for position in plan.positions] == [True] * 4


def test_a_second_level_goes_on_from_the_first_one() -> None:
    plan = plan_round(SHAPE, 8, 2, [0.0, 0.25, 0.5, 0.75, 1.0], [0.1, 0.1, 0.9, 0.1])

    first, second = plan.branches[:2], plan.branches[2:]
    assert [branch.injection_step for branch in plan.branches] == sorted(
        branch.injection_step for branch in plan.branches
    )
    assert {place for branch in second for place in (branch.left, branch.right)} & {branch.position for branch in first}


def test_a_gap_is_split_where_half_of_its_change_has_happened() -> None:
    (place,) = split_widest_gaps([0.0, 0.5, 1.0], 1, [0.1, 0.2])

    assert 0.75 < place < 0.8  # the change is quicker towards the right


def test_places_are_the_same_for_gaps_that_differ_in_the_last_digits() -> None:
    chance = random.Random(1)
    gaps = [chance.random() for _ in range(8)]
    positions = [index / 8 for index in range(9)]

    again = split_widest_gaps(positions, 16, [gap * (1 + 1e-6 * chance.random()) for gap in gaps])

    assert again == split_widest_gaps(positions, 16, gaps)


@pytest.mark.parametrize("seed", range(10))
def test_places_are_always_between_others_and_never_twice(seed: int) -> None:
    chance = random.Random(seed)
    positions = [0.0, *sorted(chance.random() for _ in range(7)), 1.0]
    gaps = [chance.random() ** 4 for _ in range(8)]

    places = split_widest_gaps(positions, 100, gaps)

    assert len({*places, *positions}) == 109
    assert all(0 < place < 1 for place in places)


def test_the_same_transition_gets_the_same_places_again() -> None:
    assert grow(adaptive()) == grow(adaptive())


def test_a_later_round_finds_its_places_when_nobody_saw_the_ones_before() -> None:
    whole, last = grow(adaptive()), grow(adaptive(), first_round=2)

    assert len(last) == 8
    assert last == {place: whole[place] for place in last}


def test_only_what_placing_has_to_see_is_decoded_on_the_way() -> None:
    denoiser = FakeDenoiser()

    grow(adaptive(), Grower(denoiser), first_round=2)

    assert sum(len(batch) for batch in denoiser.decoded) == 5 + 4 + 8


def test_a_cancelled_round_finds_the_same_places_again() -> None:
    denoiser, spec = LateChange(), adaptive()
    grower, tree = Grower(denoiser), Tree(spec)
    grower.grow_round(tree, 0)
    with pytest.raises(Cancelled):
        grower.grow_round(tree, 1, Watch(should_stop=lambda: len(denoiser.calls) == 5))

    grower.grow_round(tree, 1)

    again = Tree(spec)
    grower.grow_round(again, 1)
    assert sorted(tree.trajectories) == sorted(again.trajectories)


def test_a_round_that_is_painted_again_does_not_place_the_next() -> None:
    tree, grower = Tree(adaptive()), Grower(LateChange())
    grower.grow_round(tree, 0)

    grower.grow_round(tree, 0)

    assert len(tree.rounds) == 1


def test_a_leaf_knows_the_gaps_to_its_neighbours() -> None:
    tree = Tree(adaptive())
    Grower(LateChange()).grow_round(tree, 0)

    (left, left_gap), (right, right_gap) = tree.gaps_around(0.5)

    assert (left, right) == (0.25, 0.75)
    assert left_gap == tree.gap(0.25, 0.5)
    assert right_gap == tree.gap(0.5, 0.75)
    assert [place for place, _ in tree.gaps_around(0.0)] == [0.25]


def test_adaptive_places_cannot_be_compressed() -> None:
    with pytest.raises(InvalidValue, match="compression"):
        TreeShape(0.5, ((3,),), compression=2.0, placing=Placing.ADAPTIVE)


def test_leaf_counts_are_known_beforehand() -> None:
    assert SHAPE.leaf_counts == (5, 4, 5)
    assert SHAPE.leaf_count == 14
