"""Keyframes that are painted on the picture of another: what a mask keeps stays from there on, to the last bit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from core.frames.frame import Pixels
from core.frames.image import write_png
from core.tree.build import Grower
from core.tree.graft import graft_keyframe
from core.tree.spec import InpaintSpec, KeyframeSpec, TransitionSpec
from core.tree.tree import Tree
from core.tree.watch import Cancelled, Watch
from tests.core.tree.fake_denoiser import FakeDenoiser, transition

KEPT, PAINTED = np.s_[:, 16:], np.s_[:, :16]


@pytest.fixture
def mask(tmp_path: Path) -> str:
    """Paints the left half of 32 x 16."""
    picture = np.zeros((16, 32, 3), np.uint8)
    picture[PAINTED] = 255
    write_png(tmp_path / "mask.png", picture)
    return str(tmp_path / "mask.png")


def ways(mask: str) -> tuple[TransitionSpec, TransitionSpec, TransitionSpec]:
    """sea -> desert -> moon, both painted on the sea, and on to a fire that is not."""
    first = transition("sea", "desert")
    sea = first.left
    desert = replace(first.right, inpaint=InpaintSpec(sea, mask))
    moon = KeyframeSpec("moonlight", "", 90, 3.0, inpaint=InpaintSpec(sea, mask))
    fire = KeyframeSpec("fire", "", 10, 3.0)
    return (
        replace(first, right=desert),
        replace(first, left=desert, right=moon),
        replace(first, left=moon, right=fire),
    )


def painted(grower: Grower, spec: TransitionSpec) -> dict[float, Pixels]:
    leaves: dict[float, Pixels] = {}
    tree = Tree(spec)
    for round_index in range(len(spec.shape.rounds)):
        grower.grow_round(tree, round_index, Watch(on_leaf=leaves.__setitem__))
    return leaves


def test_what_is_kept_is_that_of_the_ground_in_every_leaf_of_every_transition(mask: str) -> None:
    grower = Grower(FakeDenoiser())
    first, second, _ = ways(mask)

    leaves = painted(grower, first)
    later = painted(grower, second)

    ground = leaves[0.0]
    assert np.array_equal(ground[KEPT], ground[PAINTED])  # the sea itself is painted whole
    assert all(np.array_equal(leaf[KEPT], ground[KEPT]) for leaf in (*leaves.values(), *later.values()))
    assert len({int(leaf[0, 0, 0]) for leaf in leaves.values()}) > 5
    assert later[0.0] is leaves[1.0]


def test_where_the_mask_is_taken_away_the_ground_fades(mask: str) -> None:
    grower = Grower(FakeDenoiser())
    first, second, third = ways(mask)
    ground = painted(grower, first)[0.0]
    painted(grower, second)

    leaves = painted(grower, third)

    assert np.array_equal(leaves[0.0][KEPT], ground[KEPT])
    assert np.array_equal(leaves[1.0][KEPT], leaves[1.0][PAINTED])
    assert not np.array_equal(leaves[0.5][KEPT], ground[KEPT])


def test_the_ground_is_grown_and_decoded_once(mask: str) -> None:
    denoiser = FakeDenoiser()

    painted(Grower(denoiser), ways(mask)[0])

    # the sea alone, for its picture is needed first; the desert with its branches; those of the second round
    assert denoiser.calls == [1, 1, 1, 1, 1, 1, 4, 4, 4]
    assert sum(len(latents) for latents in denoiser.decoded) == 9
    assert len(denoiser.canvases) == 1


def test_a_grower_that_starts_in_the_middle_of_the_chain_grows_the_ground(mask: str) -> None:
    _, second, _ = ways(mask)
    fresh = painted(Grower(FakeDenoiser()), second)

    chained = Grower(FakeDenoiser())
    painted(chained, ways(mask)[0])

    assert all(np.array_equal(leaf, fresh[place]) for place, leaf in painted(chained, second).items())


def test_a_graft_on_the_way_keeps_what_the_way_keeps(mask: str) -> None:
    grower = Grower(FakeDenoiser())
    first, second, _ = ways(mask)
    ground = painted(grower, first)[0.0]
    place = sorted(painted(grower, first))[3]

    leaves = painted(grower, replace(second, left=graft_keyframe(first, place)))

    assert all(np.array_equal(leaf[KEPT], ground[KEPT]) for leaf in leaves.values())


def test_a_leaf_on_the_way_is_kept_like_any_other_ground(mask: str) -> None:
    """A cue with a mask is sent on air in the middle of a transition, and another graft follows."""
    grower, first = Grower(FakeDenoiser()), transition()
    place = sorted(painted(grower, first))[3]
    leaf = graft_keyframe(first, place)
    moon = KeyframeSpec("moonlight", "", 90, 3.0, inpaint=InpaintSpec(leaf, mask))
    second = replace(first, left=leaf, right=moon)

    leaves = painted(grower, second)
    later = painted(grower, replace(first, left=graft_keyframe(second, 0.5), right=moon))

    ground = painted(grower, first)[place]
    assert all(np.array_equal(each[KEPT], ground[KEPT]) for each in (*leaves.values(), *later.values()))
    assert np.array_equal(later[0.0], leaves[0.5])


def test_a_stop_is_heard_while_the_ground_is_grown(mask: str) -> None:
    denoiser = FakeDenoiser()

    with pytest.raises(Cancelled):
        Grower(denoiser).grow_round(Tree(ways(mask)[0]), 0, Watch(should_stop=lambda: len(denoiser.calls) == 2))

    assert denoiser.calls == [1, 1]
