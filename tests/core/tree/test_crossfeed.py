"""Crossfeed and damping in core.tree.build, with a model whose latents are numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.tree.build import Grower
from core.tree.planning import crossfeed_weights, damped, plan_tree
from core.tree.spec import Crossfeed, TransitionSpec
from core.tree.tree import Tree
from core.tree.watch import Effort, Watch
from tests.core.tree.fake_denoiser import FakeDenoiser, transition

ROUNDS = ((3,), (4,))
SPEC = transition(rounds=ROUNDS, steps=8, depth=0.5)
PULL = Crossfeed(0.75, range=0.875, decay=0.5)


def grow(spec: TransitionSpec, grower: Grower | None = None) -> tuple[Tree, list[Effort]]:
    tree, grower = Tree(spec), grower or Grower(FakeDenoiser())
    return tree, [grower.grow_round(tree, index) for index in range(len(spec.shape.rounds))]


def led(spec: TransitionSpec, crossfeed: Crossfeed) -> TransitionSpec:
    """The same transition with a right keyframe that the left one pulls on."""
    return replace(spec, right=replace(spec.right, leader=spec.left, crossfeed=crossfeed))


def test_no_power_changes_nothing() -> None:
    plain, _ = grow(SPEC)

    pulled, _ = grow(led(replace(SPEC, crossfeed=Crossfeed(0.0, 0.5, 0.5)), Crossfeed(0.0)))

    assert pulled.trajectories == plain.trajectories


def test_full_power_over_the_whole_range_leaves_a_branch_its_last_step() -> None:
    tree, _ = grow(replace(SPEC, crossfeed=Crossfeed(1.0)))

    for plan in (branch for each in tree.rounds for branch in each.branches):
        trajectory, place = tree.trajectories[plan.position], plan.position
        for step in range(plan.injection_step, 8):
            left, right = (tree.trajectories[parent].at(step) for parent in (plan.left, plan.right))
            assert trajectory.at(step) == pytest.approx(left + (right - left) * plan.weight)
        drift = (3 + 3 * place) * (2 + 2 * place)  # lengths of "sea" and "desert", and their guidance
        assert trajectory.at(8) == pytest.approx(trajectory.at(7) / 2 + drift + 7 + place / 10)


def test_full_power_of_the_first_keyframe_is_its_own_trajectory_between_noise_and_last_step() -> None:
    tree, _ = grow(led(SPEC, Crossfeed(1.0)))

    left, right = tree.trajectories[0.0], tree.trajectories[1.0]
    assert right.latents[0] == SPEC.right.seed
    assert right.latents[1:8] == left.latents[1:8]
    assert right.latents[8] == pytest.approx(right.latents[7] / 2 + 6 * 4 + 7 + 0.1)


def test_the_pull_is_that_of_its_weights_at_each_step() -> None:
    plain, _ = grow(replace(SPEC, crossfeed=Crossfeed(0.0)))
    tree, _ = grow(
        replace(SPEC, crossfeed=Crossfeed(0.5, range=0.75, decay=1))
    )  # over after x_5: one step of the first level

    branch, before = tree.trajectories[0.5], plain.trajectories[0.5]
    parents = sum(tree.trajectories[place].at(5) for place in (0.0, 1.0)) / 2

    assert branch.at(4) == before.at(4)
    assert branch.at(5) == pytest.approx((before.at(5) + parents) / 2)
    # from there on a step halves the difference and nothing pulls
    assert branch.at(6) - before.at(6) == pytest.approx((branch.at(5) - before.at(5)) / 2)


@pytest.mark.parametrize("limit", [1, 2, 100])
def test_cut_batches_give_what_a_single_one_gives(limit: int) -> None:
    spec = led(replace(SPEC, crossfeed=PULL), PULL)

    tree, _ = grow(spec, Grower(FakeDenoiser(), batch_limit=limit))

    assert tree.trajectories == grow(spec)[0].trajectories


def test_a_branch_is_pulled_by_parents_that_were_pulled_themselves() -> None:
    at_once = transition(rounds=((3, 4),), steps=8, depth=0.5)

    one, _ = grow(led(replace(at_once, crossfeed=PULL), PULL))
    two, _ = grow(led(replace(SPEC, crossfeed=PULL), PULL))

    assert one.trajectories.keys() == two.trajectories.keys()
    for place, trajectory in one.trajectories.items():
        assert trajectory.latents == pytest.approx(two.trajectories[place].latents)


# What it costs


def test_a_step_whose_result_nothing_uses_is_not_computed() -> None:
    denoiser = FakeDenoiser()

    _, efforts = grow(replace(SPEC, crossfeed=Crossfeed(1.0, range=0.75)), Grower(denoiser))

    # The first level starts at 4 and computes the steps from 5 on; the second starts at 6, after the range.
    assert denoiser.calls == [2, 2, 2, 2, 2, 5, 5, 5, 4, 4]
    assert [effort.sample_evaluations for effort in efforts] == [2 * (2 * 8 + 3 * 3), 2 * 4 * 2]


def test_steps_that_are_only_mixes_cost_no_call() -> None:
    denoiser = FakeDenoiser()

    _, efforts = grow(led(replace(SPEC, crossfeed=Crossfeed(1.0)), Crossfeed(1.0)), Grower(denoiser))

    assert denoiser.calls == [1] * 7 + [5, 4]  # the right keyframe and the branches are painted in the last step alone
    assert [effort.unet_calls for effort in efforts] == [8, 1]


@pytest.mark.parametrize("crossfeed", [Crossfeed(1.0, range=0.75), Crossfeed(1.0), PULL], ids=str)
def test_progress_ends_at_the_total_that_it_began_with(crossfeed: Crossfeed) -> None:
    seen: list[tuple[int, int]] = []
    spec = led(replace(SPEC, crossfeed=crossfeed), crossfeed)

    effort = Grower(FakeDenoiser()).grow_round(Tree(spec), 0, Watch(on_progress=lambda *each: seen.append(each)))

    assert {total for _, total in seen} == {effort.sample_evaluations}
    assert seen[-1][0] == effort.sample_evaluations


# Keyframes that follow


def test_a_known_keyframe_is_not_pulled_again() -> None:
    denoiser = FakeDenoiser()
    grower = Grower(denoiser)
    first, _ = grow(led(SPEC, PULL), grower)
    denoiser.calls.clear()
    left = first.spec.right
    onward = replace(SPEC, left=left, right=replace(SPEC.left, prompt="moon", leader=left, crossfeed=PULL))

    second, _ = grow(onward, grower)

    assert denoiser.calls[0] == 1
    assert second.trajectories[0.0] is first.trajectories[1.0]


def test_a_keyframe_that_was_forgotten_is_grown_again_with_those_that_led_it() -> None:
    first = led(SPEC, PULL)
    onward = replace(SPEC, left=first.right, right=replace(SPEC.left, prompt="moon"))
    expected, _ = grow(first)
    denoiser = FakeDenoiser()

    tree, _ = grow(onward, Grower(denoiser))

    assert denoiser.calls[0] == 3  # both keyframes, and the one that pulls on the left
    assert tree.trajectories[0.0].latents == pytest.approx(expected.trajectories[1.0].latents, abs=0.5)


def test_a_keyframe_with_another_leader_is_another_keyframe() -> None:
    assert led(SPEC, PULL).right != SPEC.right
    assert led(SPEC, PULL).right != led(SPEC, Crossfeed(0.5)).right


# Damping


@pytest.mark.parametrize(
    ("position", "middle", "expected"),
    [(0.0, 0.5, 5.0), (1.0, 0.5, 5.0), (0.5, 0.5, 3.0), (0.25, 0.5, 4.0), (0.5, 0.0, 1.0), (0.5, 1.0, 5.0)],
)
def test_guidance_falls_evenly_to_its_share_in_the_middle(position: float, middle: float, expected: float) -> None:
    assert damped(5.0, position, middle) == pytest.approx(expected)


def test_no_guidance_is_not_damped() -> None:
    assert damped(0.5, 0.5, 0.0) == 0.5


class Guidances(FakeDenoiser):
    """Remembers which guidance each place had."""

    def advance(self, samples: Any, step_count: int) -> list[float]:
        self.__dict__.setdefault("seen", {}).update({each.noise.weight: each.conditioning.guidance for each in samples})
        return super().advance(samples, step_count)


def test_damping_concerns_branches_and_never_a_keyframe_nor_the_next_transition() -> None:
    denoiser = Guidances()
    grower = Grower(denoiser)
    spec = transition(guidances=(5.0, 5.0), rounds=((3,),))
    grow(replace(spec, middle_guidance=0.25), grower)

    assert denoiser.__dict__["seen"] == pytest.approx({0.0: 5, 0.25: 3.5, 0.5: 2, 0.75: 3.5, 1.0: 5})

    grow(replace(spec, left=spec.right, right=replace(spec.left, prompt="moon")), grower)
    assert set(denoiser.__dict__["seen"].values()) == {5.0}


def test_guidance_that_is_damped_to_nothing_costs_half() -> None:
    _, (effort,) = grow(replace(transition(guidances=(5, 5), rounds=((1,),), steps=2), middle_guidance=0.0))

    assert effort.sample_evaluations == 2 * 2 * 2 + 1


def test_weights_and_places_agree_with_the_plan() -> None:
    """The wavefront computes a step for each weight below 1 and no other."""
    crossfeed = Crossfeed(1.0, range=0.75)
    spec = replace(SPEC, crossfeed=crossfeed)
    weights = {
        branch.position: crossfeed_weights(crossfeed, branch.injection_step, 8)[branch.injection_step + 1 :]
        for plan in plan_tree(spec.shape, 8)
        for branch in plan.branches
    }

    _, efforts = grow(spec)

    computed = sum(weight < 1 for each in weights.values() for weight in each)
    assert sum(effort.sample_evaluations for effort in efforts) == 2 * (2 * 8 + computed)
