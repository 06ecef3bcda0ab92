from __future__ import annotations

import math
from collections.abc import Iterator

import pytest

from core.control import commands as c
from core.control.commands import ByNumber
from live.rendering.deadlines import URGENT_COUNT
from tests.fakes import ORIGIN, ShowRig


@pytest.fixture
def rig() -> Iterator[ShowRig]:
    """Three cues at rest on the first, no autopilot, two seconds for a transition."""
    rig = ShowRig(3, setlist__auto=False, transition__duration=2.0)
    rig.tick(8)
    yield rig
    rig.close()


def test_at_rest_the_next_transition_may_begin_at_once(rig: ShowRig) -> None:
    schedule = rig.show.schedule()

    assert schedule.dues == pytest.approx((0.0, 0.0, 2.0, 4.0))
    assert schedule.seconds_on_air == math.inf


def test_on_the_way_the_next_transition_is_due_when_this_one_is_over(rig: ShowRig) -> None:
    rig.submit(c.Go(), c.EditCue(ByNumber(3), duration=5.0))
    position = rig.tick(6).position

    schedule = rig.show.schedule()

    left = 2 * (1 - position)
    assert schedule.dues == pytest.approx((0.0, left, left + 5, left + 7))
    assert schedule.seconds_on_air == pytest.approx(left)
    assert schedule.playhead == position


def test_double_speed_halves_the_time_there_is(rig: ShowRig) -> None:
    rig.submit(c.Go())
    rig.tick(6)
    before = rig.show.schedule().seconds_on_air

    rig.show.parameters.set("transition.speed", 2.0, ORIGIN, 0.0)

    assert rig.show.schedule().seconds_on_air == pytest.approx(before / 2)


@pytest.mark.parametrize(
    "stop",
    [
        pytest.param(c.SetParameter("hold", True), id="hold"),
        pytest.param(c.SetParameter("transition.speed", 0.0), id="no speed"),
        pytest.param(c.SetParameter("position", 0.4), id="a hand on the playhead"),
    ],
)
def test_what_stands_still_stays_on_air_but_may_run_on_in_the_next_moment(rig: ShowRig, stop: c.Command) -> None:
    rig.submit(c.Go())
    rig.tick(6)
    rig.submit(stop)
    rig.tick()

    schedule = rig.show.schedule()

    assert schedule.seconds_on_air == math.inf
    assert all(math.isfinite(due) for due in schedule.dues)


def test_turn_may_leave_the_transition_on_air_at_once(rig: ShowRig) -> None:
    rig.submit(c.Go())
    rig.tick(6)
    rig.submit(c.Go(ByNumber(1)))
    rig.tick(1, is_working=False)
    assert rig.show.playhead.standing.leaf is not None

    assert rig.show.schedule().seconds_on_air == 0.0


def test_wander_may_begin_when_the_next_transition_could(rig: ShowRig) -> None:
    rig.submit(c.SetParameter("drift", True))
    rig.tick()
    wanders = len(rig.show.ahead().planned) - 4

    assert wanders > 0
    assert rig.show.ahead().near_count == URGENT_COUNT + 1
    assert rig.show.schedule().dues[: 2 + wanders] == (0.0,) * (2 + wanders)


def test_what_is_wanted_is_the_same_object_until_something_changes(rig: ShowRig) -> None:
    before = rig.show.ahead().planned
    rig.tick(3)
    unchanged = rig.show.ahead().planned

    rig.submit(c.StepStandby(1))
    rig.tick()

    assert unchanged is before
    assert rig.show.ahead().planned != before


def test_nothing_is_due_before_the_first_picture() -> None:
    rig = ShowRig(3)

    schedule = rig.show.schedule()
    rig.close()

    assert schedule.dues == ()
