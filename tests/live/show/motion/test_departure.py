from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.control import commands as c
from core.control.commands import ByNumber
from core.control.cue_fields import Follow
from core.control.snapshot import Program
from live.show.motion.departure import Departure
from tests.fakes import ORIGIN, ShowRig


@pytest.fixture
def rig() -> Iterator[ShowRig]:
    """Three cues at rest on the first, no autopilot."""
    rig = ShowRig(3, setlist__auto=False, transition__duration=1.0)
    rig.tick(8)
    yield rig
    rig.close()


def under_autopilot(rig: ShowRig) -> Departure:
    """As it is before the next tick, in which the show would go on."""
    rig.show.parameters.set("setlist.auto", True, ORIGIN, 0.0)
    return rig.show.departure


def test_show_stays_until_a_hand_asks(rig: ShowRig) -> None:
    departure = rig.show.departure
    before = departure.is_wanted

    departure.ask_go()

    assert not before
    assert departure.is_wanted
    assert rig.show.playhead.standing.is_pending


def test_what_a_hand_has_asked_can_be_taken_back(rig: ShowRig) -> None:
    departure = rig.show.departure
    departure.ask_go()
    departure.ask_cut()

    departure.forget()

    assert not rig.show.playhead.standing.is_pending
    assert not departure.is_wanted


def test_go_is_under_way_only_in_mid_transition(rig: ShowRig) -> None:
    rig.submit(c.Go())
    rig.tick(3)
    departure = rig.show.departure
    before = departure.is_under_way

    departure.ask_go()

    assert not before
    assert departure.is_under_way
    rig.tick(30)
    assert not departure.is_under_way


@pytest.mark.parametrize("follow", [None, *Follow])
def test_autopilot_waits_for_go_on_a_cue_that_says_so(rig: ShowRig, follow: Follow | None) -> None:
    rig.show.setlist.edit(ByNumber(1), {"follow": follow})

    assert under_autopilot(rig).is_wanted == (follow not in {Follow.HOLD, Follow.LOOP, Follow.DRIFT})


def test_autopilot_waits_until_the_hold_of_the_cue_is_over(rig: ShowRig) -> None:
    rig.show.setlist.edit(ByNumber(1), {"hold": 600.0})
    departure = under_autopilot(rig)
    before = departure.is_wanted

    rig.show.playhead.rest(600.0)

    assert not before
    assert departure.is_wanted


def test_nothing_is_wanted_where_no_cue_follows(rig: ShowRig) -> None:
    rig.show.parameters.set("setlist.loop", False, ORIGIN, 0.0)
    rig.submit(c.SelectStandby(ByNumber(3)), c.Cut())
    rig.tick(8)

    assert not under_autopilot(rig).is_wanted


def frames_at_rest(rig: ShowRig, cue: int) -> int:
    """Frames that the next visit to this cue rests on it."""
    count = 0
    for _ in range(100):
        snapshot = rig.tick()
        if snapshot.current_cue == cue and snapshot.program is Program.CUE:
            count += 1
        elif count:
            return count
    return count


def test_cue_rests_for_its_hold_under_autopilot() -> None:
    rig = ShowRig(3, transition__duration=0.5)
    rig.submit(c.EditCue(ByNumber(2), hold=1.5))
    rested = frames_at_rest(rig, 2)
    rig.close()

    assert rested == pytest.approx(15, abs=1)


def test_hold_of_a_cue_does_not_keep_go_back() -> None:
    rig = ShowRig(3, transition__duration=0.5)
    rig.submit(c.EditCue(ByNumber(1), hold=600.0))
    rig.tick(10)
    rig.submit(c.Go())
    snapshot = rig.tick(3)
    rig.close()

    assert snapshot.current_cue == 2


def test_cue_that_holds_waits_for_go_under_autopilot() -> None:
    rig = ShowRig(3, transition__duration=0.5)
    rig.submit(c.EditCue(ByNumber(2), follow="hold"))
    waiting = rig.tick(60)
    rig.submit(c.Go())
    gone = rig.tick(4)
    rig.close()

    assert (waiting.current_cue, waiting.program) == (2, Program.CUE)
    assert gone.current_cue == 3
