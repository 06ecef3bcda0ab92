from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

import pytest

from core.control.errors import InvalidValue
from core.frames.frame import Pixels
from core.tree.build import TREE_LIMITS, Grower, tree_limit
from core.tree.denoiser import Conditioning, NoiseKey, OutOfMemory, Sample
from core.tree.planning import plan_tree, start_step
from core.tree.spec import KeyframeSpec, PictureStart, RenderSettings, TransitionSpec
from core.tree.tree import Tree
from core.tree.watch import Cancelled, Watch
from tests.core.tree.fake_denoiser import FakeDenoiser, GreyPictures, fake_noised, fake_step, transition

HALF = PictureStart("100", strength=0.5)
LITTLE = PictureStart("30", strength=0.25)
ALL, NOTHING = PictureStart("100", strength=1), PictureStart("100", strength=0)


class Leaves:
    """Collects leaves in the order they come: the place, and the grey of the picture."""

    def __init__(self, should_stop: Callable[[], bool] = lambda: False) -> None:
        self.greys: dict[float, int] = {}
        self.progress: list[tuple[int, int]] = []
        self.watch = Watch(should_stop, lambda done, total: self.progress.append((done, total)), self._take)

    def _take(self, position: float, picture: Pixels) -> None:
        self.greys[position] = int(picture[0, 0, 0])


def trajectory_one_by_one(spec: TransitionSpec, position: float) -> dict[int, float]:
    """The plain meaning of a tree: each branch alone, after its parents, x_k by k."""
    branches = {
        branch.position: branch for plan in plan_tree(spec.shape, spec.settings.steps) for branch in plan.branches
    }
    if position in branches:
        plan = branches[position]
        start = plan.injection_step
        left, right = (trajectory_one_by_one(spec, parent)[start] for parent in (plan.left, plan.right))
        latents = {start: left + (right - left) * plan.weight}
    else:
        start, latents = begin_one(spec.left if position == 0 else spec.right, spec.settings.steps)
    length, guidance = (
        a + (b - a) * position
        for a, b in (
            (len(spec.left.prompt), len(spec.right.prompt)),
            (spec.left.guidance, spec.right.guidance),
        )
    )
    for step in range(start, spec.settings.steps):
        conditioning = Conditioning({"length": length}, {"length": 0.0}, guidance)
        latents[step + 1] = fake_step(Sample(latents[step], step, conditioning, NoiseKey(0, 0, position)))
    return latents


def begin_one(keyframe: KeyframeSpec, steps: int) -> tuple[int, dict[int, float]]:
    start = start_step(keyframe.start, steps)
    if keyframe.start is None or start == 0:
        return 0, {0: float(keyframe.seed)}
    grey = int(keyframe.start.source)
    return start, {step: fake_noised(grey, keyframe.seed, step / steps) for step in range(start + 1)}


@pytest.mark.parametrize("rounds", [((3,),), ((3,), (4,), (8,)), ((3, 4, 5),), ((1, 2), (3, 4), (5, 6))])
@pytest.mark.parametrize(("steps", "depth"), [(1, 0.5), (4, 0.0), (4, 0.5), (7, 1.0), (12, 0.3)])
def test_the_wavefront_gives_what_each_branch_alone_would(
    rounds: tuple[tuple[int, ...], ...], steps: int, depth: float
) -> None:
    tree, grower = Tree(transition(rounds=rounds, steps=steps, depth=depth)), Grower(FakeDenoiser())

    for round_index in range(len(rounds)):
        grower.grow_round(tree, round_index)

    assert len(tree.trajectories) == tree.spec.shape.leaf_count
    for position, trajectory in tree.trajectories.items():
        expected = trajectory_one_by_one(tree.spec, position)
        assert trajectory.latents == pytest.approx([expected[step] for step in sorted(expected)])


def test_a_round_takes_one_call_for_each_step() -> None:
    denoiser = FakeDenoiser()

    effort = Grower(denoiser).grow_round(Tree(transition(rounds=((3, 4),), steps=8)), 0)

    # keyframes from step 0, the first level from round(0.5 * 8), the second from round(0.75 * 8)
    assert denoiser.calls == [2, 2, 2, 2, 5, 5, 9, 9]
    assert effort.unet_calls == 8


def test_a_later_round_takes_only_the_steps_after_its_injection() -> None:
    denoiser, tree = FakeDenoiser(), Tree(transition(rounds=((3,), (4,)), steps=8))
    grower = Grower(denoiser)
    grower.grow_round(tree, 0)
    denoiser.calls.clear()

    grower.grow_round(tree, 1)

    assert denoiser.calls == [4, 4]


def test_guidance_doubles_the_sample_evaluations_and_only_where_it_is_on() -> None:
    tree = Tree(transition(guidances=(1.0, 3.0), rounds=((1,),), steps=2))

    effort = Grower(FakeDenoiser()).grow_round(tree, 0)

    # left keyframe 2 steps without, right keyframe 2 steps with, the middle (guidance 2) 1 step with
    assert effort.sample_evaluations == 2 * 1 + 2 * 2 + 1 * 2


def test_the_right_keyframe_is_the_left_one_of_the_next_transition() -> None:
    denoiser = FakeDenoiser()
    grower = Grower(denoiser)
    first, second = (
        Tree(transition("sea", "desert")),
        Tree(transition("desert", "moon", seeds=(200, 7), guidances=(4, 4))),
    )
    grower.grow_round(first, 0)
    denoiser.calls.clear()

    effort = grower.grow_round(second, 0)

    assert denoiser.calls == [1, 1, 4, 4]
    assert effort.unet_calls == 4
    assert second.trajectories[0.0] is first.trajectories[1.0]


def test_a_known_keyframe_is_handed_over_before_anything_is_computed() -> None:
    denoiser = FakeDenoiser()
    grower, leaves = Grower(denoiser), Leaves()
    grower.grow_round(Tree(transition("sea", "desert")), 0, leaves.watch)
    grey = leaves.greys[1.0]
    seen_before_call: list[dict[float, int]] = []
    leaves.greys.clear()
    denoiser.before_call = lambda count: seen_before_call.append(dict(leaves.greys))

    grower.grow_round(Tree(transition("desert", "moon", seeds=(200, 7), guidances=(4, 4))), 0, leaves.watch)

    assert seen_before_call[0] == {0.0: grey}


def test_a_transition_from_a_cue_to_itself_grows_its_keyframe_once() -> None:
    tree = Tree(transition("sea", "sea", seeds=(5, 5), guidances=(3, 3)))

    Grower(FakeDenoiser()).grow_round(tree, 0)

    assert tree.trajectories[0.0] is tree.trajectories[1.0]
    assert len(tree.trajectories[0.0].latents) == 5


def test_each_prompt_is_encoded_once() -> None:
    denoiser = FakeDenoiser()
    grower = Grower(denoiser)

    grower.grow_round(Tree(transition("sea", "desert")), 0)
    grower.grow_round(Tree(transition("desert", "sea")), 0)

    assert (sorted(denoiser.encoded), denoiser.negatives) == (["desert", "sea"], [""])


def test_leaves_come_in_the_order_that_is_playable_soonest() -> None:
    leaves = Leaves()
    tree = Tree(transition(rounds=((3,), (4,))))
    grower = Grower(FakeDenoiser())

    grower.grow_round(tree, 0, leaves.watch)
    grower.grow_round(tree, 1, leaves.watch)

    assert list(leaves.greys) == [0.0, 1.0, 0.5, 0.25, 0.75, 0.125, 0.375, 0.625, 0.875]


def test_every_leaf_is_the_picture_of_its_own_latent() -> None:
    leaves, tree = Leaves(), Tree(transition(rounds=((7,),)))

    Grower(FakeDenoiser()).grow_round(tree, 0, leaves.watch)

    assert leaves.greys == {place: round(each.newest) % 256 for place, each in tree.trajectories.items()}


def test_missing_rounds_are_grown_without_decoding() -> None:
    denoiser, leaves = FakeDenoiser(), Leaves()
    tree = Tree(transition(rounds=((3,), (4,), (8,)), steps=8))

    effort = Grower(denoiser).grow_round(tree, 2, leaves.watch)

    assert sorted(leaves.greys) == sorted(tree.rounds[2].positions)
    assert sum(len(batch) for batch in denoiser.decoded) == 8
    assert effort.unet_calls == 1


def test_a_round_that_is_there_is_only_painted_again() -> None:
    denoiser, leaves, tree = FakeDenoiser(), Leaves(), Tree(transition())
    grower = Grower(denoiser)
    grower.grow_round(tree, 0)
    denoiser.calls.clear()

    effort = grower.grow_round(tree, 0, leaves.watch)

    assert sorted(leaves.greys) == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert denoiser.calls == []
    assert effort.sample_evaluations == 0


def test_progress_ends_at_the_total_that_it_began_with() -> None:
    leaves = Leaves()

    effort = Grower(FakeDenoiser()).grow_round(Tree(transition(rounds=((3, 4),))), 0, leaves.watch)

    totals = {total for _, total in leaves.progress}
    assert totals == {effort.sample_evaluations}
    assert leaves.progress[-1][0] == effort.sample_evaluations


def test_a_cancelled_round_stops_before_the_next_call_and_leaves_the_tree_as_it_was() -> None:
    denoiser = FakeDenoiser()
    tree = Tree(transition(steps=8))
    leaves = Leaves(should_stop=lambda: len(denoiser.calls) == 3)

    with pytest.raises(Cancelled):
        Grower(denoiser).grow_round(tree, 0, leaves.watch)

    assert len(denoiser.calls) == 3
    assert (tree.rounds_done, tree.trajectories, leaves.greys) == (0, {}, {})


def test_a_round_that_was_cancelled_gives_the_same_when_it_is_grown_again() -> None:
    denoiser = FakeDenoiser()
    grower, tree = Grower(denoiser), Tree(transition(steps=8))
    with pytest.raises(Cancelled):
        grower.grow_round(tree, 0, Leaves(should_stop=lambda: len(denoiser.calls) == 3).watch)

    grower.grow_round(tree, 0)

    for position, trajectory in tree.trajectories.items():
        assert trajectory.newest == pytest.approx(trajectory_one_by_one(tree.spec, position)[8])


def test_a_cancel_while_leaves_are_decoded_keeps_the_grown_round() -> None:
    denoiser = FakeDenoiser()
    tree = Tree(transition())
    leaves = Leaves(should_stop=lambda: len(denoiser.decoded) == 1)

    with pytest.raises(Cancelled):
        Grower(denoiser, decode_limit=2).grow_round(tree, 0, leaves.watch)

    assert list(leaves.greys) == [0.0, 1.0]
    assert tree.rounds_done == 1


@pytest.mark.parametrize("limit", [1, 2, 3, 5])
def test_cut_batches_give_what_a_single_one_gives(limit: int) -> None:
    whole, cut = (Tree(transition(rounds=((7,),))) for _ in range(2))
    Grower(FakeDenoiser()).grow_round(whole, 0)

    Grower(FakeDenoiser(), batch_limit=limit).grow_round(cut, 0)

    assert cut.trajectories == whole.trajectories


def test_out_of_memory_costs_smaller_batches_and_nothing_else() -> None:
    whole, cut = (Tree(transition(rounds=((7,),))) for _ in range(2))
    Grower(FakeDenoiser()).grow_round(whole, 0)
    denoiser = FakeDenoiser(memory=3)

    Grower(denoiser).grow_round(cut, 0)

    assert cut.trajectories == whole.trajectories
    assert max(denoiser.calls) <= 3


def test_out_of_memory_with_a_single_sample_is_told() -> None:
    with pytest.raises(OutOfMemory):
        Grower(FakeDenoiser(memory=0)).grow_round(Tree(transition()), 0)


def test_a_keyframe_with_another_guidance_is_another_keyframe() -> None:
    denoiser = FakeDenoiser()
    grower = Grower(denoiser)
    grower.grow_round(Tree(transition("sea", "desert", guidances=(2, 4))), 0)
    denoiser.calls.clear()

    grower.grow_round(Tree(transition("desert", "sea", seeds=(200, 40), guidances=(5, 2))), 0)

    assert denoiser.calls[0] == 1  # "sea" is known, "desert" with guidance 5 is not


def test_large_keyframes_that_were_not_used_for_long_are_grown_again() -> None:
    denoiser = FakeDenoiser()
    grower = Grower(denoiser)
    large = RenderSettings(2048, 2048, steps=40)
    chain = [replace(transition(seeds=(seed, seed + 1)), settings=large) for seed in range(12)]
    for spec in chain:
        grower.grow_round(Tree(spec), 0)
    denoiser.calls.clear()

    grower.grow_round(Tree(chain[0]), 0)

    assert denoiser.calls[0] == 2


def test_a_keyframe_is_known_by_its_whole_spec() -> None:
    assert KeyframeSpec("sea", "", 1, 3.0) == KeyframeSpec("sea", "", 1, 3.0)
    assert KeyframeSpec("sea", "", 1, 3.0) != KeyframeSpec("sea", "text", 1, 3.0)


@pytest.mark.parametrize("starts", [(HALF, LITTLE), (HALF, None), (None, LITTLE), (ALL, NOTHING)])
@pytest.mark.parametrize(("steps", "depth"), [(1, 0.5), (4, 0.0), (8, 0.25), (8, 0.75), (7, 1.0)])
def test_the_wavefront_starts_each_keyframe_where_its_picture_lets_it(
    starts: tuple[PictureStart | None, PictureStart | None], steps: int, depth: float
) -> None:
    tree = Tree(transition(starts=starts, steps=steps, depth=depth, rounds=((1, 2), (4,))))
    grower = Grower(FakeDenoiser(), pictures=GreyPictures())

    for round_index in range(2):
        grower.grow_round(tree, round_index)

    for position, trajectory in tree.trajectories.items():
        expected = trajectory_one_by_one(tree.spec, position)
        assert trajectory.latents == pytest.approx([expected[step] for step in sorted(expected)])


@pytest.mark.parametrize(
    ("starts", "depth", "calls"),
    [
        ((HALF, HALF), 0.5, [5, 5, 5, 5]),
        ((HALF, HALF), 0.75, [2, 2, 5, 5]),
        ((HALF, HALF), 0.25, [3, 3, 5, 5, 5, 5]),
        ((HALF, None), 0.5, [1, 1, 1, 1, 5, 5, 5, 5]),
        ((None, LITTLE), 0.5, [1, 1, 1, 1, 4, 4, 5, 5]),
        ((NOTHING, NOTHING), 0.5, [3, 3, 3, 3]),
        ((ALL, ALL), 0.5, [2, 2, 2, 2, 5, 5, 5, 5]),
    ],
    ids=["half", "later branches", "earlier branches", "left only", "right only", "pictures as they are", "pure noise"],
)
def test_steps_before_a_start_take_no_call(
    starts: tuple[PictureStart | None, PictureStart | None], depth: float, calls: list[int]
) -> None:
    denoiser = FakeDenoiser()
    spec = transition(starts=starts, seeds=(1, 2), steps=8, depth=depth, rounds=((3,),))

    effort = Grower(denoiser, pictures=GreyPictures()).grow_round(Tree(spec), 0)

    assert denoiser.calls == calls
    assert effort.unet_calls == len(calls)
    assert effort.sample_evaluations == 2 * sum(calls)


def test_progress_leaves_out_what_a_start_saves() -> None:
    leaves = Leaves()

    Grower(FakeDenoiser(), pictures=GreyPictures()).grow_round(Tree(transition(starts=(HALF, None))), 0, leaves.watch)

    # keyframes 2 + 4 steps, three branches of 2 steps, all of them guided
    assert leaves.progress[-1] == (24, 24)


def test_strength_1_is_pure_noise_and_asks_for_no_picture() -> None:
    with_start, without = Tree(transition(starts=(ALL, ALL))), Tree(transition())
    pictures = GreyPictures()
    grower = Grower(FakeDenoiser(), pictures=pictures)

    for tree in (with_start, without):
        grower.grow_round(tree, 0)

    assert with_start.trajectories == without.trajectories
    assert pictures.asked == []


def test_strength_0_leaves_the_picture_as_it_is() -> None:
    leaves, grower = Leaves(), Grower(FakeDenoiser(), pictures=GreyPictures())

    grower.grow_round(Tree(transition(starts=(NOTHING, NOTHING))), 0, leaves.watch)

    assert leaves.greys[0.0] == leaves.greys[1.0] == 100


def test_a_picture_is_asked_for_once_for_each_keyframe() -> None:
    pictures = GreyPictures()
    grower = Grower(FakeDenoiser(), pictures=pictures)
    there = transition("sea", "moon", seeds=(1, 2), guidances=(3, 3), starts=(HALF, LITTLE))
    back = transition("moon", "sea", seeds=(2, 1), guidances=(3, 3), starts=(LITTLE, HALF))
    still = transition("sea", "sea", seeds=(1, 1), guidances=(3, 3), starts=(HALF, HALF))

    for spec in (there, back, still):
        grower.grow_round(Tree(spec), 0)

    assert pictures.asked == [there.left, there.right]


def test_a_keyframe_with_another_start_is_another_keyframe() -> None:
    pictures = GreyPictures()
    grower = Grower(FakeDenoiser(), pictures=pictures)

    for start in (HALF, LITTLE, PictureStart("100", strength=0.25)):
        grower.grow_round(Tree(transition(starts=(start, None))), 0)

    assert len(pictures.asked) == 3


def test_a_cancel_comes_before_a_picture_is_encoded() -> None:
    pictures, tree = GreyPictures(), Tree(transition(starts=(HALF, LITTLE)))
    leaves = Leaves(should_stop=lambda: len(pictures.asked) == 1)

    with pytest.raises(Cancelled):
        Grower(FakeDenoiser(), pictures=pictures).grow_round(tree, 0, leaves.watch)

    assert len(pictures.asked) == 1
    assert tree.trajectories == {}


def test_a_cancelled_round_with_pictures_gives_the_same_when_it_is_grown_again() -> None:
    denoiser, tree = FakeDenoiser(), Tree(transition(starts=(HALF, LITTLE), steps=8))
    grower = Grower(denoiser, pictures=GreyPictures())
    with pytest.raises(Cancelled):
        grower.grow_round(tree, 0, Leaves(should_stop=lambda: len(denoiser.calls) == 2).watch)

    grower.grow_round(tree, 0)

    for position, trajectory in tree.trajectories.items():
        assert trajectory.newest == pytest.approx(trajectory_one_by_one(tree.spec, position)[8])


def test_a_picture_that_cannot_be_had_leaves_the_tree_as_it_was() -> None:
    def fail(keyframe: KeyframeSpec, settings: RenderSettings) -> Pixels:
        raise InvalidValue("picture sea.png is not there")

    tree = Tree(transition(starts=(None, HALF)))

    with pytest.raises(InvalidValue, match=r"sea\.png"):
        Grower(FakeDenoiser(), pictures=fail).grow_round(tree, 0)

    assert (tree.rounds_done, tree.trajectories) == (0, {})


def test_leaves_behind_the_playhead_are_painted_last() -> None:
    tree, grower, leaves = Tree(transition(rounds=((3,), (4,)))), Grower(FakeDenoiser()), Leaves()
    grower.grow_round(tree, 0)

    grower.grow_round(tree, 1, replace(leaves.watch, playhead=0.5))

    assert list(leaves.greys) == [0.625, 0.875, 0.125, 0.375]


def test_a_long_setlist_is_rendered_ahead_without_growing_anything_twice() -> None:
    """All first rounds, then all second ones, as a show does with what is far away."""
    denoiser = FakeDenoiser()
    grower = Grower(denoiser)
    chain = [transition(f"{index}", f"{index + 1}", seeds=(index, index + 1)) for index in range(60)]

    efforts = [grower.grow_round(grower.tree_of(spec), round_index) for round_index in (0, 1) for spec in chain]

    assert len(denoiser.calls) == sum(effort.unet_calls for effort in efforts)


def test_a_turn_to_any_cue_meets_a_keyframe_that_is_there() -> None:
    """The show is at the start of a long setlist that is rendered ahead, and a hand asks for another cue."""
    denoiser = FakeDenoiser()
    grower = Grower(denoiser)
    seeds, guidances = pairwise(range(61)), (3.0, 3.0)
    chain = [transition(f"{pair[0]}", f"{pair[1]}", seeds=pair, guidances=guidances) for pair in seeds]
    for spec in chain:
        grower.grow_round(grower.tree_of(spec), 0)
    denoiser.calls.clear()

    grower.grow_round(grower.tree_of(replace(chain[0], left=chain[0].right, right=chain[30].right)), 0)

    assert denoiser.calls == [3, 3]  # the branches alone


@pytest.mark.parametrize(
    ("side", "steps", "leaves", "limit"),
    [(256, 8, 33, TREE_LIMITS[1]), (512, 20, 33, 24), (1024, 30, 33, TREE_LIMITS[0])],
    ids=["small", "middle", "large"],
)
def test_as_many_trees_are_kept_as_fit_into_memory(side: int, steps: int, leaves: int, limit: int) -> None:
    spec = transition(rounds=((leaves - 2,),))

    assert tree_limit(replace(spec, settings=RenderSettings(side, side, steps))) == limit
