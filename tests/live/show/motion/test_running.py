from __future__ import annotations

import pytest

from core.control import commands as c
from core.control.commands import ByNumber
from core.control.snapshot import Program
from tests.fakes import ShowRig, largest_step


def run_to_rest(rig: ShowRig) -> None:
    for _ in range(100):
        if rig.tick().program is Program.CUE:
            return
    raise AssertionError("the show did not come to rest")


def test_speed_zero_and_negative_act_on_the_next_frame(rig: ShowRig) -> None:
    rig.tick(5)
    rig.submit(c.Go())
    running = rig.tick(5).position

    rig.submit(c.SetParameter("transition.speed", 0.0))
    standing = rig.tick().position
    rig.submit(c.SetParameter("transition.speed", -1.0))
    back = rig.tick().position

    assert standing == running
    assert back < standing


def test_duration_acts_on_the_running_transition_and_keeps_its_position(rig: ShowRig) -> None:
    rig.tick(5)
    rig.submit(c.Go())
    before = rig.tick(5).position

    rig.submit(c.SetParameter("transition.duration", 10.0))
    after = rig.tick().position

    assert after - before == pytest.approx(0.01)


def test_duration_of_a_cue_goes_over_the_parameter(rig: ShowRig) -> None:
    rig.submit(c.EditCue(ByNumber(2), duration=2.0))
    rig.tick(5)
    rig.submit(c.Go())
    before = rig.tick(5).position

    assert rig.tick().position - before == pytest.approx(0.05)


def test_curve_of_a_cue_shapes_the_transition_to_it(rig: ShowRig) -> None:
    rig.submit(c.EditCue(ByNumber(2), curve="s-curve"))
    rig.tick(8)
    rig.submit(c.Go())
    positions = [rig.tick().position for _ in range(11)]

    assert positions[1] == pytest.approx(0.028)  # it starts in one frame and runs from the next
    assert positions[5] == pytest.approx(0.5)
    assert positions[10] == 1.0


def test_curve_that_changes_in_mid_transition_keeps_the_position(rig: ShowRig) -> None:
    rig.submit(c.SetParameter("transition.duration", 10.0), c.Go())
    before = rig.tick(12).position

    rig.submit(c.SetParameter("transition.curve", "ease"))
    after = rig.tick().position

    assert after == pytest.approx(before + 0.02, abs=0.01)


def test_running_back_goes_through_the_transition_before(rig: ShowRig) -> None:
    rig.tick(6)
    for _ in range(2):
        rig.submit(c.Go())
        rig.tick(14)
    assert rig.playback.snapshot.get().current_cue == 3

    rig.submit(c.SetParameter("transition.speed", -1.0))
    snapshot = rig.tick(15)

    assert snapshot.transition is not None
    assert (snapshot.transition.from_cue, snapshot.transition.to_cue) == (1, 2)
    assert snapshot.standby_cue == 3


def test_running_back_and_forward_again_arrives_at_the_same_cue(rig: ShowRig) -> None:
    rig.tick(6)
    rig.submit(c.Go())
    rig.tick(14)
    rig.submit(c.SetParameter("transition.speed", -1.0))
    rig.tick(5)

    rig.submit(c.SetParameter("transition.speed", 1.0))
    run_to_rest(rig)

    assert rig.output.greys[-1] == 20


def test_running_back_stops_where_the_past_had_to_make_room() -> None:
    rig = ShowRig(20, slot_count=2 * 9, transition__duration=0.5)
    rig.tick(40)
    rig.submit(c.SetParameter("transition.speed", -1.0))

    rig.tick(40)
    greys = rig.output.greys
    rig.close()

    assert largest_step(greys[6:]) <= 3
