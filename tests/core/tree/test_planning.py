from __future__ import annotations

import pytest

from core.tree.planning import order_for_playing


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
