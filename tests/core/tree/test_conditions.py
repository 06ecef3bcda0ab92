from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.frames.frame import Pixels
from core.tree.build import Grower
from core.tree.canvas import Canvas
from core.tree.conditions import Conditions
from core.tree.spec import InpaintSpec, RenderSettings, TransitionSpec
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
