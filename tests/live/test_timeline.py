from __future__ import annotations

import pytest

from live.timeline import Location, Segment


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
