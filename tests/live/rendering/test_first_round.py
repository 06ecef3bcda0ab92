from __future__ import annotations

import pytest

from live.rendering.first_round import FirstRound, sizes_of
from live.rendering.render_speed import RenderSpeed

ROUNDS = ((3,), (4,), (8,), (16,))


def speed_of(leaf_seconds: float) -> RenderSpeed:
    speed = RenderSpeed()
    speed.note(10, 10 * leaf_seconds)
    return speed


def settled(leaf_seconds: float) -> FirstRound:
    first_round = FirstRound(ROUNDS, speed_of(leaf_seconds))
    for _ in range(10):
        first_round.follow_speed()
    return first_round


def test_same_tree_in_coarser_and_finer_first_rounds() -> None:
    assert sizes_of(ROUNDS) == [
        ((1,), (2,), (4,), (8,), (16,)),
        ROUNDS,
        ((3, 4), (8,), (16,)),
        ((3, 4, 8), (16,)),
        ((3, 4, 8, 16),),
    ]
    assert len({sum(map(sum, rounds)) for rounds in sizes_of(ROUNDS)}) == 1


def test_single_branch_cannot_be_made_fewer() -> None:
    assert sizes_of(((1,),)) == [((1,),)]


@pytest.mark.parametrize(
    ("leaf_seconds", "expected"),
    [
        pytest.param(1.0, ((1,), (2,), (4,), (8,), (16,)), id="slow machine"),
        pytest.param(0.2, ROUNDS, id="as the settings say"),
        pytest.param(0.05, ((3, 4), (8,), (16,)), id="fast machine"),
        pytest.param(0.03, ((3, 4, 8), (16,)), id="faster"),
        pytest.param(0.001, ((3, 4, 8, 16),), id="so fast that one round is enough"),
    ],
)
def test_first_round_is_what_the_machine_makes_while_a_hand_waits(
    leaf_seconds: float, expected: tuple[tuple[int, ...], ...]
) -> None:
    assert settled(leaf_seconds).rounds == expected


def test_nothing_changes_before_a_round_has_told_the_speed() -> None:
    first_round = FirstRound(ROUNDS, RenderSpeed())

    first_round.follow_speed()

    assert first_round.rounds == ROUNDS


def test_rounds_of_the_settings_stay_when_nobody_waits() -> None:
    first_round = FirstRound(ROUNDS, None)

    first_round.follow_speed()

    assert first_round.rounds == ROUNDS


def test_load_that_wavers_does_not_change_the_size() -> None:
    speed = speed_of(0.2)
    first_round = FirstRound(ROUNDS, speed)

    sizes = set()
    for told in (0.25, 0.15, 0.28, 0.12) * 5:
        speed.note(10, 10 * told)
        first_round.follow_speed()
        sizes.add(first_round.rounds)

    assert sizes == {ROUNDS}


def test_rounds_that_were_handed_out_are_remembered() -> None:
    assert settled(0.05).used == [((3, 4), (8,), (16,)), ROUNDS]
