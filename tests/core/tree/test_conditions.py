from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.frames.frame import Pixels
from core.tree.build import Grower
from core.tree.canvas import Canvas
from core.tree.conditions import Conditions
from core.tree.graft import graft_keyframe
from core.tree.spec import InpaintSpec, KeyframeSpec, RenderSettings, TransitionSpec
from core.tree.tree import Tree
from core.tree.watch import Watch
from tests.core.tree.fake_denoiser import FakeDenoiser, transition

LEFT, RIGHT = InpaintSpec("40", "mask"), InpaintSpec("80", "mask")


def canvases(inpaint: InpaintSpec | None, settings: RenderSettings) -> Canvas:
    """The picture has the grey that its name says; its left half is painted. Without a spec all is painted."""
    shape = (settings.height, settings.width)
    mask = np.zeros(shape, np.uint8)
    mask[:, : settings.width // 2 if inpaint else settings.width] = 255
    return Canvas(np.full((*shape, 3), int(str(inpaint.picture)) if inpaint else 0, np.uint8), mask)


def on(left: InpaintSpec | None, right: InpaintSpec | None) -> TransitionSpec:
    spec = transition()
    return replace(spec, left=replace(spec.left, inpaint=left), right=replace(spec.right, inpaint=right))


def painted(spec: TransitionSpec, denoiser: FakeDenoiser | None = None) -> dict[float, Pixels]:
    leaves: dict[float, Pixels] = {}
    grower, tree = Grower(denoiser or FakeDenoiser(), canvases=canvases), Tree(spec)
    for round_index in range(2):
        grower.grow_round(tree, round_index, Watch(on_leaf=leaves.__setitem__))
    return leaves


@pytest.mark.parametrize(
    ("left", "right", "greys"),
    [(None, None, None), (LEFT, LEFT, (40, 40, 40)), (LEFT, RIGHT, (40, 60, 80)), (LEFT, None, (40, 20, 0))],
    ids=["no canvas", "the same", "two", "only one end"],
)
def test_a_branch_is_told_the_canvas_between_both_ends(
    left: InpaintSpec | None, right: InpaintSpec | None, greys: tuple[float, ...] | None
) -> None:
    conditions = Conditions(FakeDenoiser(), canvases)

    found = [conditions.at(on(left, right), position).canvas for position in (0.0, 0.5, 1.0)]

    assert [each and each["grey"] for each in found] == list(greys or (None, None, None))


def test_a_canvas_is_encoded_once_for_all_branches_and_rounds() -> None:
    denoiser = FakeDenoiser()

    painted(on(LEFT, LEFT), denoiser)

    assert len(denoiser.canvases) == 1


def test_every_leaf_is_exactly_the_picture_where_it_is_kept() -> None:
    leaves, free = painted(on(LEFT, LEFT)), painted(on(None, None))

    assert len(leaves) == 9
    assert all((leaf[:, 16:] == 40).all() for leaf in leaves.values())
    assert any((leaf[:, :16] != free[place][:, :16]).any() for place, leaf in leaves.items())


def test_a_shared_keyframe_is_the_same_composed_picture_in_the_next_transition() -> None:
    first = on(LEFT, LEFT)
    second = replace(first, left=first.right, right=replace(first.left, prompt="moon"))
    grower, pictures = Grower(FakeDenoiser(), canvases=canvases), []

    for spec in (first, second):
        leaves: dict[float, Pixels] = {}
        grower.grow_round(Tree(spec), 0, Watch(on_leaf=leaves.__setitem__))
        pictures.append(leaves)

    assert pictures[0][1.0] is pictures[1][0.0]
    assert (pictures[1][0.0][:, 16:] == 40).all()


def weighed(left: float, right: float) -> TransitionSpec:
    """From a prompt of 3 to one of 6, with negative prompts of 4."""
    spec = transition("sea", "desert")
    sides = ((spec.left, left), (spec.right, right))
    first, second = (replace(end, negative="blur", weight=weight) for end, weight in sides)
    return replace(spec, left=first, right=second)


def test_a_branch_is_told_the_mix_of_both_weighted_prompts() -> None:
    conditions = Conditions(FakeDenoiser())

    found = [conditions.at(weighed(0.5, 2.0), position) for position in (0.0, 0.5, 1.0)]

    assert [each.prompt["length"] for each in found] == [1.5, (1.5 + 12) / 2, 12]
    assert [each.negative["length"] for each in found] == [4, 4, 4]


def test_a_keyframe_is_told_its_weighted_prompt() -> None:
    spec = weighed(0.5, 1.0)

    found = Conditions(FakeDenoiser()).of_keyframe(spec.left, spec.settings)

    assert (found.prompt["length"], found.negative["length"]) == (1.5, 4)


def test_what_is_grafted_on_a_leaf_is_told_its_mix_of_weighted_prompts() -> None:
    before = weighed(0.5, 2.0)
    target = KeyframeSpec("moon", "", 3, 3.0, weight=0.25)
    spec = TransitionSpec(graft_keyframe(before, 0.25), target, before.settings, before.shape)

    found = [Conditions(FakeDenoiser()).at(spec, position).prompt["length"] for position in (0.0, 0.5, 1.0)]

    assert found == [0.75 * 1.5 + 0.25 * 12, (4.125 + 1) / 2, 1]


def test_a_prompt_is_encoded_once_whatever_weights_it_gets() -> None:
    denoiser = FakeDenoiser()
    conditions = Conditions(denoiser)

    for weight in (1.0, 0.5, 2.0, 1.0):
        conditions.at(weighed(weight, weight), 0.5)

    assert (sorted(denoiser.encoded), denoiser.negatives) == (["desert", "sea"], ["blur"])
