from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise

import pytest

from live.rendering.segment import Location, Segment


def segment_with(*positions: float) -> Segment:
    segment = Segment()
    for slot, position in enumerate(positions):
        segment.add(position, slot, playhead=None)
    return segment


@pytest.mark.parametrize(
    ("position", "expected"),
    [
        pytest.param(0.0, Location(0, 1, 0.0), id="start"),
        pytest.param(0.125, Location(0, 1, 0.25), id="inside a gap"),
        pytest.param(0.5, Location(1, 2, 0.0), id="on a leaf"),
        pytest.param(1.0, Location(2, 2, 0.0), id="end"),
    ],
)
def test_picture_lies_between_its_neighbours(position: float, expected: Location) -> None:
    assert segment_with(0.0, 0.5, 1.0).locate(position) == expected


def test_empty_segment_has_no_picture() -> None:
    assert Segment().locate(0.5) is None


def test_single_leaf_is_the_picture_everywhere() -> None:
    assert segment_with(0.0).locate(0.7) == Location(0, 0, 0.0)


def test_leaf_in_the_gap_on_screen_waits() -> None:
    segment = segment_with(0.0, 1.0)
    before = segment.locate(0.4)

    segment.add(0.5, 7, playhead=0.4)

    assert segment.locate(0.4) == before
    assert segment.has(0.5)


def test_waiting_leaf_joins_when_the_playhead_has_left_its_gap() -> None:
    segment = segment_with(0.0, 0.5, 1.0)
    segment.add(0.25, 7, playhead=0.2)

    segment.settle(playhead=0.6)

    assert segment.locate(0.25) == Location(7, 1, 0.0)


def test_leaf_ahead_of_the_playhead_joins_at_once() -> None:
    segment = segment_with(0.0, 0.5, 1.0)

    segment.add(0.75, 7, playhead=0.2)

    assert segment.locate(0.75) == Location(7, 2, 0.0)


def test_second_leaf_at_one_place_is_refused() -> None:
    with pytest.raises(ValueError, match="already"):
        segment_with(0.0, 0.5).add(0.5, 9, playhead=None)


def test_slots_include_leaves_that_wait() -> None:
    segment = segment_with(0.0, 1.0)
    segment.add(0.5, 7, playhead=0.4)

    assert sorted(segment.slots) == [0, 1, 7]


# Perceptual time


def change(place: float) -> float:
    """How far the picture is from that at the start: hardly at first, quickly towards the end."""
    return place**4


def gaps_to(known: list[float], place: float) -> list[tuple[float, float]]:
    left = [other for other in known if other < place][-1:]
    right = [other for other in known if other > place][:1]
    return [(other, abs(change(place) - change(other))) for other in left + right]


def grown(places: list[float], playhead: Callable[[], float | None]) -> tuple[Segment, dict[int, float]]:
    """A segment that the leaves have come into one by one, and what each slot shows."""
    segment = Segment()
    shown: dict[int, float] = {}
    for slot, place in enumerate(places):
        segment.add(place, slot, playhead(), gaps_to(sorted(shown.values()), place))
        shown[slot] = place
    return segment, shown


def picture(segment: Segment, shown: dict[int, float], position: float) -> float:
    location = segment.locate(position)
    assert location is not None
    return change(shown[location.left]) * (1 - location.weight) + change(shown[location.right]) * location.weight


LEAVES = [0.0, 1.0, 0.5, 0.25, 0.75, 0.875, 0.9375, 0.625, 0.375]


def test_equal_ways_of_the_playhead_change_the_picture_equally() -> None:
    segment, shown = grown(LEAVES, lambda: None)

    steps = [picture(segment, shown, (n + 1) / 10) - picture(segment, shown, n / 10) for n in range(10)]

    assert max(steps) < 0.11  # by places alone the last step would be 0.34


def test_both_ends_are_where_they_were() -> None:
    segment, shown = grown(LEAVES, lambda: None)

    assert (picture(segment, shown, 0.0), picture(segment, shown, 1.0)) == (0.0, 1.0)
    assert (segment.positions[0], segment.positions[-1]) == (0.0, 1.0)


def test_the_playhead_meets_a_leaf_at_its_position() -> None:
    segment, shown = grown(LEAVES, lambda: None)

    met = [picture(segment, shown, position) for position in segment.positions]

    assert met == pytest.approx([change(place) for place in sorted(LEAVES)])


@pytest.mark.parametrize("seed", range(30))
def test_nothing_that_arrives_moves_the_picture_on_screen(seed: int) -> None:
    chance = random.Random(seed)
    segment, shown = grown([0.0, 1.0], lambda: None)
    playhead = chance.random()
    for place in chance.sample([index / 64 for index in range(1, 64)], 40):
        before = picture(segment, shown, playhead)
        slot = len(shown)
        segment.add(place, slot, playhead, gaps_to(sorted(shown.values()), place))
        shown[slot] = place
        assert picture(segment, shown, playhead) == pytest.approx(before, abs=1e-9)

        segment.settle(playhead)
        assert picture(segment, shown, playhead) == pytest.approx(before, abs=1e-9)

        ahead = [picture(segment, shown, position / 50) for position in range(51)]
        assert all(earlier <= later + 1e-12 for earlier, later in pairwise(ahead))
        playhead = min(1.0, max(0.0, playhead + chance.uniform(-0.05, 0.1)))


def test_a_pace_that_was_bent_around_the_playhead_is_even_again_at_the_end() -> None:
    bent, shown = grown(LEAVES, lambda: 0.1)
    straight, _ = grown(LEAVES, lambda: None)

    bent.settle(playhead=1.0)

    assert [picture(bent, shown, n / 10) for n in range(11)] != [n / 10 for n in range(11)]
    assert set(bent.slots) == set(straight.slots)
    bent.settle(playhead=None)
    assert bent.positions == pytest.approx(straight.positions)


def test_a_gap_that_nobody_measured_is_taken_for_a_usual_one() -> None:
    segment, _ = grown([0.0, 1.0], lambda: None)
    segment.add(0.5, 7, None)

    assert segment.positions == pytest.approx((0.0, 0.5, 1.0))
