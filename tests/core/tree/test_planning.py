from __future__ import annotations

import pytest

from core.tree.planning import order_for_playing, start_step
from core.tree.spec import PictureStart


@pytest.mark.parametrize(
    ("positions", "playable", "order"),
    [
        ((0.0, 1.0, 0.25, 0.5, 0.75), (), (0.0, 1.0, 0.5, 0.25, 0.75)),
        ((0.125, 0.375, 0.875), (0.0, 0.25, 0.5, 1.0), (0.125, 0.375, 0.875)),
        ((0.2, 0.8), (0.0, 0.3, 1.0), (0.8, 0.2)),
        ((), (0.0, 1.0), ()),
    ],
    ids=["round 0", "equal gaps from the left", "the widest first", "nothing"],
)
def test_leaves_are_painted_where_they_are_missed_most(
    positions: tuple[float, ...], playable: tuple[float, ...], order: tuple[float, ...]
) -> None:
    assert order_for_playing(positions, playable) == order


@pytest.mark.parametrize(
    ("strength", "steps", "expected"),
    [(1, 8, 0), (0, 8, 8), (0.5, 8, 4), (0.35, 8, 5), (0.65, 8, 3), (0.95, 8, 0), (0.5, 1, 0), (0.2, 1, 1)],
)
def test_a_keyframe_starts_the_later_the_less_is_painted_anew(strength: float, steps: int, expected: int) -> None:
    assert start_step(PictureStart("still.png", strength), steps) == expected


def test_a_keyframe_without_a_picture_starts_at_once() -> None:
    assert start_step(None, 8) == 0
