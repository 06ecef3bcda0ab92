from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pytest

from core.blending.deadline import run_within
from core.blending.levels import MAX_BRANCHES
from core.blending.state import BlendingState
from core.frames.frame import Pixels
from core.tree.denoiser import Sample
from tests.core.blending.holder import FakeHolder, blending
from tests.core.tree.fake_denoiser import FakeDenoiser


@dataclass
class SlowDenoiser(FakeDenoiser):
    """Takes a second for each UNet sample two for each leaf and half of one for each glance, by a clock that nothing else moves."""

    now: float = 0.0

    def advance(self, samples: Sequence[Sample], step_count: int) -> list[float]:
        self.now += sum(sample.conditioning.evaluations for sample in samples)
        return super().advance(samples, step_count)

    def decode(self, latents: Sequence[float]) -> list[Pixels]:
        self.now += 2 * len(latents)
        return super().decode(latents)

    def glance(self, latents: Sequence[float]) -> list[Pixels]:
        self.now += len(latents) / 2
        return super().glance(latents)


def state() -> BlendingState:
    made = blending()
    made.autosetup_branching(0.5, num_inference_steps=10, nmb_max_branches=3)
    return made.state


FIRST_LEVEL = (2 * 10 + 5) * 2 + 3 * 2  # both keyframes and the middle from step 5 on, with guidance, and their leaves


@pytest.mark.parametrize("seconds", [90, 120, 300, 1000])
def test_as_many_branches_are_made_as_fit(seconds: float) -> None:
    holder = FakeHolder(denoiser := SlowDenoiser())

    levels, leaves = run_within(seconds, state(), state().transition(), holder.grower, lambda: denoiser.now)

    assert len(leaves) == levels.branch_counts[-1] > 3
    assert seconds * 0.75 < denoiser.now <= seconds


@pytest.mark.parametrize("seconds", [0.001, FIRST_LEVEL])
def test_three_pictures_are_made_in_any_case(seconds: float) -> None:
    holder = FakeHolder(denoiser := SlowDenoiser())

    levels, leaves = run_within(seconds, state(), state().transition(), holder.grower, lambda: denoiser.now)

    assert sorted(leaves) == [0, 0.5, 1]
    assert levels.branch_counts == (2, 3)
    assert denoiser.now == FIRST_LEVEL


def test_what_was_made_in_time_is_what_its_levels_give_without_a_time() -> None:
    limited = FakeHolder(denoiser := SlowDenoiser())
    levels, leaves = run_within(200, state(), state().transition(), limited.grower, lambda: denoiser.now)
    free = blending()
    free.setup_branching(10, levels.branch_counts, list_injection_idx=levels.injection_steps)

    free.run_transition()

    assert {place: int(leaf[0, 0, 0]) for place, leaf in leaves.items()} == {
        place: int(leaf[0, 0, 0]) for place, leaf in free.leaves.items()
    }


def test_time_without_end_makes_no_endless_tree() -> None:
    holder = FakeHolder()

    levels, leaves = run_within(1e9, state(), state().transition(), holder.grower, lambda: 0.0)

    assert len(leaves) == levels.branch_counts[-1] == MAX_BRANCHES


def test_a_time_is_kept_until_a_number_is_set() -> None:
    lb = blending()
    lb.set_branching(depth_strength=0.5, t_compute_max_allowed=1e-6)

    assert len(lb.run_transition()) == 3
    assert lb.state.seconds == 1e-6

    lb.set_branching(nmb_max_branches=7)
    assert len(lb.run_transition()) == 7
