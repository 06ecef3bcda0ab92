from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from core.frames.frame import Pixels
from core.tree.build import Grower
from core.tree.denoiser import OutOfMemory, Sample
from core.tree.graft import whole_trajectory
from core.tree.memory_fallback import Part, among_the_living, grow_in_parts
from core.tree.planning import BranchPlan
from core.tree.spec import Placing
from core.tree.tree import Tree
from core.tree.watch import Watch
from tests.core.tree.fake_denoiser import FakeDenoiser, transition


class Machine:
    """Grows parts up to a size, the keyframes counting as none, and notes what was tried and told."""

    def __init__(self, *sizes: int) -> None:
        self.sizes = list(sizes)
        self.tried: list[Part] = []
        self.told: list[str] = []

    def grow(self, part: Part) -> None:
        self.tried.append(part)
        size = self.sizes.pop(0) if len(self.sizes) > 1 else self.sizes[0]
        if part[1] - part[0] > size:
            raise OutOfMemory


@pytest.mark.parametrize(
    ("count", "sizes", "tried", "grown"),
    [
        (8, (8,), [(0, 8)], 8),
        (8, (4,), [(0, 8), (0, 4), (4, 8)], 8),
        (5, (2,), [(0, 5), (0, 2), (2, 4), (4, 5)], 5),
        (4, (0,), [(0, 4), (0, 2), (0, 1), (0, 0), (0, 1)], 0),
        (4, (4, 0, 0), [(0, 4)], 4),
        (4, (2, 2, 0), [(0, 4), (0, 2), (2, 4), (2, 3)], 2),
    ],
    ids=["all fits", "halves", "thirds", "only keyframes", "not asked again", "memory ends on the way"],
)
def test_a_round_is_grown_in_parts_that_fit(count: int, sizes: tuple[int, ...], tried: list[Part], grown: int) -> None:
    machine = Machine(*sizes)

    assert grow_in_parts(count, machine.grow, machine.told.append, has_keyframes=True) == grown
    assert machine.tried == tried


def test_each_step_down_is_told() -> None:
    machine = Machine(0)

    grow_in_parts(4, machine.grow, machine.told.append, has_keyframes=False)

    assert machine.told == [
        "out of memory: 4 branches are grown in parts of 2",
        "out of memory: 4 branches are grown in parts of 1",
        "out of memory: 4 leaves are left out",
    ]


def test_without_keyframes_there_is_no_round() -> None:
    with pytest.raises(OutOfMemory):
        grow_in_parts(4, Machine(-1).grow, list[str]().append, has_keyframes=True)


def test_a_branch_whose_parent_was_given_up_lies_between_its_nearest_neighbours() -> None:
    plan = BranchPlan(0.3, 2, left=0.25, right=0.5)

    assert among_the_living(plan, {0.0, 0.25, 0.5, 1.0}, {0.0, 0.5, 1.0}) is plan
    assert among_the_living(plan, {0.0, 0.5, 1.0}, {0.0, 0.5, 1.0}) == replace(plan, left=0.0)


def test_memory_that_comes_back_costs_no_leaf() -> None:
    """The sixth call fails with all that is tried, then another program has given its memory back."""
    whole, cut = (Tree(transition(rounds=((3, 4),), steps=8)) for _ in range(2))
    told: list[str] = []
    Grower(FakeDenoiser()).grow_round(whole, 0)
    denoiser = FakeDenoiser(shortages=set(range(5, 9)))

    Grower(denoiser).grow_round(cut, 0, Watch(on_shortage=told.append))

    assert cut.trajectories == whole.trajectories
    assert denoiser.freed == 1
    assert told == [
        "out of memory with a batch of 5: going on with 2",
        "out of memory with a batch of 2: going on with 1",
        "out of memory: 7 branches are grown in parts of 3",
    ]


class Narrow(FakeDenoiser):
    """Has no room for branches of a stretch of the transition."""

    refused: tuple[float, float] = (0.3, 0.48)

    def advance(self, samples: Sequence[Sample], step_count: int) -> list[float]:
        if any(self.refused[0] < sample.noise.weight < self.refused[1] for sample in samples):
            raise OutOfMemory
        return super().advance(samples, step_count)


@pytest.mark.parametrize("placing", list(Placing))
def test_leaves_that_do_not_fit_are_left_out_and_later_rounds_go_on(placing: Placing) -> None:
    spec = transition(rounds=((3, 4), (4,)), steps=4)
    tree = Tree(replace(spec, shape=replace(spec.shape, placing=placing)))
    denoiser, leaves, told = Narrow(), dict[float, Pixels](), list[str]()
    grower = Grower(denoiser)
    watch = Watch(on_leaf=leaves.__setitem__, on_shortage=told.append)

    effort = grower.grow_round(tree, 0, watch)

    assert sorted(leaves) == sorted(tree.trajectories)
    assert len(leaves) == 6  # the keyframes, the first level, and one branch of the second
    assert told[-1] == "out of memory: 3 leaves are left out"
    assert effort.unet_calls == len(denoiser.calls)
    denoiser.refused = (0.0, 0.0)
    grower.grow_round(tree, 1, watch)
    assert len(leaves) == 6 + 4
    starts = [whole_trajectory(tree, place, denoiser.mix_latents).latents[0] for place in sorted(leaves)]
    assert starts == sorted(starts)  # each leaf can be grafted on, be its parents as planned or not
