from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.control import commands as c
from live.show.motion.swing import Swing
from tests.fakes import ShowRig


@pytest.fixture
def rig() -> Iterator[ShowRig]:
    """In the middle of the way from the first cue to the second."""
    rig = ShowRig(2, setlist__auto=False, transition__duration=1.0)
    rig.tick(6)
    rig.submit(c.Go())
    rig.tick(6)
    rig.show.playhead.put(0.5)
    yield rig
    rig.close()


def swing_of(rig: ShowRig, by: float) -> Swing:
    rig.show.parameters.swing({"position": by})
    return Swing(rig.show.playhead, rig.show.parameters, rig.show.departure)


@pytest.mark.parametrize(("by", "shown"), [(0.2, 0.7), (-0.2, 0.3), (0.9, 1.0), (-0.9, 0.0)])
def test_position_swings_as_far_as_the_transition_has_room(rig: ShowRig, by: float, shown: float) -> None:
    assert swing_of(rig, by).shown_position == pytest.approx(shown)


@pytest.mark.parametrize("end", [0.0, 1.0])
def test_nothing_swings_at_the_ends(rig: ShowRig, end: float) -> None:
    rig.show.playhead.put(end)

    assert swing_of(rig, 0.2).shown_position == end


def test_what_is_under_way_does_not_swing(rig: ShowRig) -> None:
    swing = swing_of(rig, 0.2)

    rig.show.departure.ask_go()

    assert swing.shown_position == 0.5


@pytest.mark.parametrize("by", [0.2, -0.2, 0.4])
def test_picture_stays_where_it_is_when_the_swing_stops_and_when_it_starts_again(rig: ShowRig, by: float) -> None:
    swing = swing_of(rig, by)
    before = swing.shown_position

    swing.stop()
    rig.show.departure.ask_go()
    stopped = swing.shown_position
    swing.start_again()
    rig.show.departure.forget()

    assert stopped == before
    assert swing.shown_position == pytest.approx(before)


def test_swing_that_stops_at_a_cue_leaves_the_playhead_there(rig: ShowRig) -> None:
    rig.tick(20)

    swing_of(rig, 0.2).stop()

    assert rig.show.playhead.position == 1.0
