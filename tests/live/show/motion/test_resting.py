from __future__ import annotations

import pytest

from core.control import commands as c
from core.control.commands import ByNumber, CueDraft
from core.control.snapshot import Program
from tests.fakes import ShowRig, largest_step


def test_sway_moves_while_the_next_transition_is_not_ready() -> None:
    rig = ShowRig(3, transition__duration=0.5)
    rig.tick(6, is_working=True)
    rig.submit(c.AppendCue(CueDraft("late", seed=9)), c.SelectStandby(ByNumber(4)))
    for _ in range(20):
        if rig.tick(1, is_working=False).program is Program.SWAY:
            break
    greys = rig.output.greys
    rig.tick(60, is_working=False)
    swayed = rig.output.greys[len(greys) :]
    rig.close()

    assert set(swayed) == {18, 19, 20}
    assert largest_step(swayed) == 1


def test_sway_ends_where_it_began_when_the_transition_is_ready() -> None:
    rig = ShowRig(2, transition__duration=0.5)
    rig.tick(4)
    rig.submit(c.AppendCue(CueDraft("late", seed=3)), c.SelectStandby(ByNumber(3)))
    rig.tick(20, is_working=False)

    rig.tick(60)
    greys = rig.output.greys
    rig.close()

    assert largest_step(greys[5:]) <= 4
    assert 30 in greys


def test_waiting_with_underrun_hold_counts_repeated_frames() -> None:
    rig = ShowRig(2, transition__duration=0.5, underrun="hold")
    rig.tick(4)
    rig.submit(c.AppendCue(CueDraft("late", seed=3)), c.SelectStandby(ByNumber(3)))
    before = rig.tick(10, is_working=False).repeated

    after = rig.tick(5, is_working=False).repeated

    assert after == before + 5


def test_underrun_hold_ends_a_sway() -> None:
    rig = ShowRig(2, transition__duration=0.5)
    rig.tick(4)
    rig.submit(c.AppendCue(CueDraft("late", seed=3)), c.SelectStandby(ByNumber(3)))
    rig.tick(30, is_working=False)

    rig.submit(c.SetParameter("underrun", "hold"))
    snapshot = rig.tick(70, is_working=False)
    rig.close()

    assert snapshot.program is Program.CUE


def test_sway_ended_by_negative_speed_does_not_jump() -> None:
    rig = ShowRig(2, transition__duration=0.5)
    rig.tick(4)
    rig.submit(c.AppendCue(CueDraft("late", seed=9)), c.SelectStandby(ByNumber(3)))
    rig.tick(30, is_working=False)

    rig.submit(c.SetParameter("transition.speed", -0.1))
    rig.tick(4, is_working=False)
    greys = rig.output.greys
    rig.close()

    assert largest_step(greys[6:]) <= 2


def test_cue_that_loops_plays_the_way_to_it_to_and_fro_until_go() -> None:
    rig = ShowRig(3, transition__duration=1.0)
    rig.submit(c.EditCue(ByNumber(2), follow="loop"))
    rig.tick(30)
    before = len(rig.output.greys)
    looping = rig.tick(40)
    looped = rig.output.greys[before:]
    rig.submit(c.Go())
    rig.tick(14)
    greys = rig.output.greys
    gone = rig.playback.snapshot.get()
    rig.close()

    assert looping.program is Program.SWAY
    assert (min(looped), max(looped)) == (10, 20)
    assert gone.current_cue == 3
    assert largest_step(greys[5:]) <= 3


def test_autopilot_passes_over_a_cue_that_cannot_be_rendered() -> None:
    rig = ShowRig(3, transition__duration=0.5)
    rig.tick(1, is_working=False)
    rig.worker.work()
    rig.tick(1, is_working=False)
    while rig.worker.jobs and rig.worker.jobs[0].spec.right.seed != 3:
        rig.worker.work()
        rig.tick(1, is_working=False)
    rig.worker.refuse("out of luck")

    visited = [rig.tick().current_cue for _ in range(40)]
    rig.close()

    assert visited.count(1) > 1


def test_autopilot_tries_the_first_cue_that_it_passed_over_again_when_no_other_can_be_rendered() -> None:
    rig = ShowRig(3, transition__duration=0.5)
    visited = set()
    for tick in range(300):  # cue 2 is bad for ten seconds, cue 3 for good
        bad = (2, 3) if tick < 100 else (3,)
        while rig.worker.jobs and rig.worker.jobs[0].spec.right.seed in bad:
            rig.worker.refuse("out of luck")
        visited.add(rig.tick().current_cue)
    rig.close()

    assert visited == {None, 1, 2}


def test_go_for_a_cue_that_cannot_be_rendered_is_taken_back(rig: ShowRig) -> None:
    rig.tick(1, is_working=False)
    rig.submit(c.Go())
    rig.tick(1, is_working=False)

    rig.worker.refuse("out of luck")
    snapshot = rig.tick(1, is_working=False)

    assert not snapshot.is_go_pending
    assert "out of luck" in snapshot.notices[-1].text


def test_time_at_rest_is_counted_from_the_frame_after_the_arrival(rig: ShowRig) -> None:
    rig.tick(8)
    rig.submit(c.Go())
    for _ in range(30):
        if rig.tick().current_cue == 2 and rig.show.playhead.is_resting:
            break
    at_arrival = rig.show.playhead.rested

    rig.tick(3)

    assert at_arrival == 0
    assert rig.show.playhead.rested == pytest.approx(0.3)
