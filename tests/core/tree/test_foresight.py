from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import pytest

from core.frames.frame import Pixels
from core.tree.build import Grower
from core.tree.spec import Placing, TransitionSpec
from core.tree.tree import Tree
from core.tree.watch import Cancelled, Watch
from tests.core.tree.fake_denoiser import FakeDenoiser, transition


def _late(pictures: Sequence[Pixels]) -> list[Pixels]:
    return [np.full_like(each, 255 * (int(each[0, 0, 0]) / 255) ** 6) for each in pictures]


@dataclass
class LateChange(FakeDenoiser):
    """Shows nearly black for most latents, and gets bright quickly near the right end."""

    def decode(self, latents: Sequence[float]) -> list[Pixels]:
        return _late(super().decode(latents))

    def glance(self, latents: Sequence[float]) -> list[Pixels]:
        return _late(super().glance(latents))


def spec_of(
    levels: tuple[int, ...], placing: Placing = Placing.ADAPTIVE, steps: int = 4, depth: float = 0.5
) -> TransitionSpec:
    spec = transition("", "", seeds=(0, 4000), guidances=(0, 0), rounds=(levels,), steps=steps, depth=depth)
    return replace(spec, shape=replace(spec.shape, placing=placing))


def grow(spec: TransitionSpec, denoiser: FakeDenoiser | None = None, watch: Watch | None = None) -> dict[float, int]:
    leaves: dict[float, Pixels] = {}
    watch = replace(watch or Watch(), on_leaf=leaves.__setitem__)
    Grower(denoiser or LateChange()).grow_round(Tree(spec), 0, watch)
    return {place: int(leaves[place][0, 0, 0]) for place in sorted(leaves)}


def widest(greys: dict[float, int]) -> int:
    return max(abs(right - left) for left, right in pairwise(greys.values()))


def test_later_levels_of_one_pass_go_where_the_picture_will_change_most() -> None:
    placed, even = grow(spec_of((3, 4))), grow(spec_of((3, 4), Placing.FIXED))

    assert len(placed) == len(even) == 9
    assert widest(placed) < 0.7 * widest(even)


def test_foresight_costs_no_call_of_the_model() -> None:
    placed, even = LateChange(), LateChange()

    grow(spec_of((3, 4)), placed)
    grow(spec_of((3, 4), Placing.FIXED), even)

    assert placed.calls == even.calls


def test_the_guesses_are_those_of_the_step_before_the_level() -> None:
    denoiser = LateChange()

    grow(spec_of((3, 4, 2), steps=8, depth=0.25), denoiser)

    assert denoiser.guessed == [[3] * 5, [5] * 9]


def test_first_level_and_fixed_places_need_no_foresight() -> None:
    denoiser = LateChange()

    grow(spec_of((7,)), denoiser)
    grow(spec_of((3, 4), Placing.FIXED), denoiser)

    assert denoiser.guessed == []


def test_levels_that_start_at_one_step_are_placed_by_distance() -> None:
    denoiser = LateChange()

    greys = grow(spec_of((1, 2), steps=2, depth=0.5), denoiser)

    assert denoiser.guessed == []
    assert list(greys) == [0.0, 0.25, 0.5, 0.75, 1.0]


def test_a_finished_keyframe_is_looked_at_as_it_is() -> None:
    denoiser, spec = LateChange(), spec_of((3, 4))
    grower = Grower(denoiser)
    grower.grow_round(Tree(spec), 0)

    grower.grow_round(Tree(replace(spec, shape=replace(spec.shape, compression=1.0, depth=0.25))), 0)

    assert [len(guesses) for guesses in denoiser.guessed] == [5, 3]


def test_the_same_places_are_found_again() -> None:
    assert list(grow(spec_of((3, 4, 8), steps=8))) == list(grow(spec_of((3, 4, 8), steps=8)))


def test_a_look_ahead_is_stopped_on_request() -> None:
    denoiser, asked = LateChange(), []

    def should_stop() -> bool:
        asked.append(len(denoiser.guessed))
        return len(denoiser.guessed) == 1

    with pytest.raises(Cancelled):
        grow(spec_of((3, 4)), denoiser, Watch(should_stop))

    assert asked[-1] == 1
    assert denoiser.decoded == []


def test_small_pictures_that_do_not_fit_are_made_one_by_one() -> None:
    denoiser = LateChange(memory=1)

    assert len(grow(spec_of((3, 4)), denoiser)) == 9
