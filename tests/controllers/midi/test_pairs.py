from __future__ import annotations

from collections.abc import Sequence

import pytest

from controllers.midi.pairs import Pair

BYTE = 0.001  # s between the halves of one move
MOVE = 0.01  # s from a move to the next
REST = 1.0


def play(order: str, *numbers: int) -> list[int]:
    """What a pair tells of moves to these 14-bit numbers; order: the halves that a device sends, C, F, CF or FC."""
    pair, heard = Pair(), []
    for move, number in enumerate(numbers):
        for place, half in enumerate(order):
            now = move * MOVE + place * BYTE
            told = pair.hear_coarse(number >> 7, now) if half == "C" else pair.hear_fine(number & 127, now)
            if told is not None:
                heard.append(told[1])
    return heard


def hear(*halves: tuple[float, str, int]) -> tuple[float, int] | None:
    pair, told = Pair(), None
    for now, half, value in halves:
        told = pair.hear_coarse(value, now) if half == "C" else pair.hear_fine(value, now)
    return told


@pytest.mark.parametrize("value", range(0, 128, 127))
def test_a_coarse_half_alone_moves_over_the_whole_travel(value: int) -> None:
    assert hear((0.0, "C", value)) == (value / 127, value * 128)


def test_a_fine_half_is_0_after_a_coarse_one() -> None:
    assert hear((0.0, "C", 10), (BYTE, "F", 100), (REST, "C", 11)) == (11 * 128 / 16383, 11 * 128)


@pytest.mark.parametrize("order", ["CF", "FC"])
@pytest.mark.parametrize("end", [16383, 0, 8192, 8191])
def test_a_fader_rests_where_it_was_moved_in_whatever_order_its_halves_come(order: str, end: int) -> None:
    assert play(order, 8000, 8100, 8192, 8300, end)[-1] == end


@pytest.mark.parametrize("order", ["CF", "FC"])
def test_a_fader_that_climbs_never_falls_within_a_step_of_the_coarse_half(order: str) -> None:
    told = play(order, *range(8192, 8300, 7))

    assert told[1:] == sorted(told[1:])


def test_halves_without_any_time_between_are_put_together_in_their_order() -> None:
    assert hear((0, "F", 127), (0, "C", 126), (0, "F", 127), (0, "C", 127)) == (1.0, 16383)
    assert hear((0, "C", 126), (0, "F", 127), (0, "C", 127), (0, "F", 127)) == (1.0, 16383)


def test_a_fine_half_before_any_coarse_one_tells_nothing() -> None:
    assert hear((0.0, "F", 100)) is None


def test_a_small_move_of_the_fine_half_alone_is_heard() -> None:
    assert hear((0.0, "C", 64), (BYTE, "F", 3), (REST, "F", 4)) == ((64 * 128 + 4) / 16383, 64 * 128 + 4)


@pytest.mark.parametrize(
    "lost",
    [[(0.0, "C", 60)], [(0.0, "F", 60)]],
    ids=["its fine half", "its coarse half"],
)
@pytest.mark.parametrize("order", ["CF", "FC"])
def test_after_a_half_that_got_lost_the_next_move_is_right(lost: Sequence[tuple[float, str, int]], order: str) -> None:
    values = {"C": 127, "F": 127}
    halves = [(REST + place * BYTE, half, values[half]) for place, half in enumerate(order)]

    assert hear(*lost, *halves) == (1.0, 16383)
