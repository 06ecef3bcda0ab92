from __future__ import annotations

import pickle
from collections.abc import Sequence
from dataclasses import replace

import pytest

from core.control.errors import InvalidValue, ModelError
from core.frames.frame import Pixels
from core.tree.build import Grower
from core.tree.denoiser import NoiseKey, Sample
from core.tree.graft import graft_keyframe, keyframe_in_size, noise_of, whole_trajectory
from core.tree.spec import GRAFT_LIMIT, Graft, InpaintSpec, KeyframeSpec, Placing, TransitionSpec, TreeShape, Wander
from core.tree.watch import Cancelled, Watch
from tests.core.tree.fake_denoiser import FakeDenoiser, transition

TARGET = KeyframeSpec("mountain", "", 90, 3.0)
PLACES = (0.125, 0.25, 0.5, 0.875, 0.0, 1.0)


def grafted_on(before: TransitionSpec, position: float) -> TransitionSpec:
    return TransitionSpec(graft_keyframe(before, position), TARGET, before.settings, before.shape)


def grown(grower: Grower, spec: TransitionSpec) -> dict[float, int]:
    """Grow all rounds; returns the grey of each leaf."""
    greys: dict[float, int] = {}

    def take(position: float, picture: Pixels) -> None:
        greys[position] = int(picture[0, 0, 0])

    for round_index in range(len(spec.shape.rounds)):
        grower.grow_round(grower.tree_of(spec), round_index, Watch(on_leaf=take))
    return greys


@pytest.mark.parametrize("position", PLACES)
def test_grafted_tree_starts_at_the_leaf_on_screen(position: float) -> None:
    grower = Grower(FakeDenoiser())
    before = grown(grower, transition())

    after = grown(grower, grafted_on(transition(), position))

    assert after[0.0] == before[position]


def test_leaf_before_its_injection_step_is_the_mix_of_its_parents() -> None:
    denoiser = FakeDenoiser()
    grower, spec = Grower(denoiser), transition()
    grown(grower, spec)
    tree = grower.tree_of(spec)
    ends = [tree.trajectories[place].latents for place in (0.0, 1.0)]

    latents = whole_trajectory(tree, 0.125, denoiser.mix_latents).latents

    start = tree.trajectories[0.125].start
    assert start > tree.trajectories[0.25].start
    assert latents[start:] == tree.trajectories[0.125].latents
    assert latents[start - 1] == pytest.approx((ends[0][start - 1] + tree.trajectories[0.25].at(start - 1)) / 2)
    assert latents[0] == pytest.approx(ends[0][0] + (ends[1][0] - ends[0][0]) * 0.125)


@pytest.mark.parametrize("placing", list(Placing))
def test_worker_that_starts_again_finds_the_same_leaf(placing: Placing) -> None:
    before = transition()
    before = TransitionSpec(before.left, before.right, before.settings, TreeShape(0.5, ((3,), (4,)), placing=placing))
    grower = Grower(FakeDenoiser())
    place = max(place for place in grown(grower, before) if place not in (0.25, 0.5, 0.75, 1.0))

    again = grown(Grower(FakeDenoiser()), grafted_on(before, place))

    assert again == grown(grower, grafted_on(before, place))


def test_grafts_follow_one_another_and_a_new_worker_grows_them_all() -> None:
    grower, spec = Grower(FakeDenoiser()), transition()
    for _ in range(3):
        before = grown(grower, spec)
        spec = grafted_on(spec, 0.5)

    assert spec.left.graft_depth == 3
    assert grown(Grower(FakeDenoiser()), spec)[0.0] == before[0.5]


class Watching(FakeDenoiser):
    """Keeps the samples it was given."""

    def advance(self, samples: Sequence[Sample], step_count: int) -> list[float]:
        self.__dict__.setdefault("seen", []).extend(samples)
        return super().advance(samples, step_count)


def test_branches_are_drawn_between_what_drew_the_leaf_and_the_target() -> None:
    denoiser = Watching()
    grower, before = Grower(denoiser), transition(guidances=(2.0, 4.0))
    grown(grower, before)
    seen = denoiser.__dict__["seen"]
    seen.clear()

    grown(grower, grafted_on(before, 0.25))

    half = next(each for each in seen if each.noise.weight == 0.5)
    length_at_leaf = len("sea") + (len("desert") - len("sea")) * 0.25
    assert half.conditioning.prompt["length"] == (length_at_leaf + len("mountain")) / 2
    assert half.conditioning.guidance == (2.5 + 3.0) / 2
    assert half.noise == NoiseKey(NoiseKey(40, 200, 0.25), 90, 0.5)


def test_noise_of_a_graft_is_that_of_its_leaf() -> None:
    assert noise_of(transition().left) == 40
    assert noise_of(graft_keyframe(transition(), 0.75)) == NoiseKey(40, 200, 0.75)


def test_place_without_a_leaf_is_refused() -> None:
    with pytest.raises(ModelError, match=r"no leaf at 0\.3"):
        grown(Grower(FakeDenoiser()), grafted_on(transition(), 0.3))


def test_growing_the_parents_again_can_be_stopped() -> None:
    grower, spec = Grower(FakeDenoiser()), grafted_on(transition(), 0.5)

    with pytest.raises(Cancelled):
        grower.grow_round(grower.tree_of(spec), 0, Watch(should_stop=lambda: True))


def test_equal_grafts_are_one_and_travel_to_the_worker() -> None:
    spec = grafted_on(grafted_on(transition(), 0.5), 0.25)

    assert pickle.loads(pickle.dumps(spec)) == spec
    assert hash(spec) == hash(grafted_on(grafted_on(transition(), 0.5), 0.25))


def test_what_a_mask_keeps_is_made_in_the_other_size_too() -> None:
    settings = replace(transition().settings, width=640)
    masked = replace(TARGET, inpaint=InpaintSpec(graft_keyframe(transition(), 0.5), "mask.png"))

    large = keyframe_in_size(masked, settings)

    assert large.inpaint is not None
    assert large.inpaint.picture == graft_keyframe(replace(transition(), settings=settings), 0.5)


def test_chain_of_grafts_is_bounded() -> None:
    spec = transition()
    for _ in range(GRAFT_LIMIT):
        spec = grafted_on(spec, 0.5)

    with pytest.raises(InvalidValue, match="grafts can follow one another"):
        grafted_on(spec, 0.5)


def test_position_of_a_graft_must_be_in_the_transition() -> None:
    with pytest.raises(InvalidValue, match=r"must be in 0\.\.1, got 1\.5"):
        Graft(transition(), 1.5)


def test_neighbour_of_a_keyframe_starts_from_noise_on_the_way_to_another_seed() -> None:
    near = replace(transition().left, wander=Wander(240, 0.25))
    grower, spec = Grower(FakeDenoiser()), replace(transition(), left=near)

    grown(grower, spec)

    assert noise_of(near) == NoiseKey(40, 240, 0.25)
    assert grower.tree_of(spec).trajectories[0.0].latents[0] == 90.0
