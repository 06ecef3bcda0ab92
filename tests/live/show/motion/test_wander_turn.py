from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest

from core.control import commands as c
from core.control.commands import ByNumber, CueDraft
from core.control.snapshot import Program
from core.worker.jobs import GrowRound
from tests.fakes import ORIGIN, ShowRig, largest_step


def make_rig(**parameters: object) -> ShowRig:
    """In a wander around cue 1 (grey 10), on its way out to grey 90; all that is wanted is rendered."""
    options = {"setlist__auto": False, "transition__duration": 2.0, "go__guard": 0.0, "drift": True, "wander": 1.0}
    rig = ShowRig(3, slot_count=200, **{**options, **parameters})  # type: ignore[arg-type]
    rig.tick(60)
    for _ in range(80):
        before = rig.output.greys[-1]
        if rig.tick().program is Program.DRIFT and before < rig.output.greys[-1] > 35:
            rig.show.parameters.set("drift", False, ORIGIN, 0.0)  # else it wanders again where it arrives
            return rig
    raise AssertionError("nothing wanders")


@pytest.fixture
def rig() -> Iterator[ShowRig]:
    rig = make_rig()
    yield rig
    rig.close()


def slow_down(rig: ShowRig) -> None:
    """As far as one can tell, this machine takes half a minute for a tree."""
    for _ in range(20):
        rig.lookahead.speed.note(1, 6.0)


def is_turned(rig: ShowRig) -> bool:
    return rig.show.on_air is not None and rig.show.on_air.transition.spec.left.graft is not None


def test_go_leaves_from_a_leaf_of_the_wander_and_its_motion_goes_on(rig: ShowRig) -> None:
    wander = rig.show.playhead.wander
    before = len(rig.output.greys)
    assert wander is not None

    rig.submit(c.Go())
    snapshot = rig.tick(40)

    assert rig.show.on_air is not None
    graft = rig.show.on_air.transition.spec.left.graft
    assert graft is not None
    assert graft.transition == wander.transition.spec
    assert wander.transition.segment.slot_at(graft.position) is not None
    assert (snapshot.program, snapshot.current_cue, rig.output.greys[-1]) == (Program.CUE, 2, 20)
    assert min(rig.output.greys[before:]) >= 20
    assert largest_step(rig.output.greys[before - 1 :]) <= 12


def test_picture_never_stops_on_its_way_to_the_leaf(rig: ShowRig) -> None:
    wandered = [rig.show.playhead.wandered]
    rig.submit(c.AppendCue(CueDraft("late", seed=9)), c.Go(ByNumber(4)))

    for _ in range(30):
        rig.tick(is_working=False)
        wandered.append(rig.show.playhead.wandered)

    assert rig.playback.snapshot.get().is_go_pending
    assert all(before != after for before, after in pairwise(wandered))
    rig.tick(50)
    assert rig.output.greys[-1] == 90
    assert largest_step(rig.output.greys[60:]) <= 12


def test_tree_that_does_not_come_in_time_lets_the_wander_go_home_where_one_is_ready(rig: ShowRig) -> None:
    rig.submit(c.Go())
    rig.tick(is_working=False)
    assert rig.show.playhead.standing.leaf is not None

    rig.tick(60, is_working=False)

    assert rig.output.greys[-1] == 20
    assert not is_turned(rig)
    assert largest_step(rig.output.greys[60:]) <= 13


def test_slow_machine_goes_home_first_where_the_tree_is_there_already(rig: ShowRig) -> None:
    slow_down(rig)
    before = len(rig.output.greys)

    rig.submit(c.Go())
    rig.tick(40)

    assert 10 in rig.output.greys[before : before + 12]
    assert rig.output.greys[-1] == 20
    assert not is_turned(rig)


def test_tree_for_a_new_cue_is_begun_on_the_wander_and_not_at_home(rig: ShowRig) -> None:
    before = len(rig.worker.sent)
    rig.submit(c.AppendCue(CueDraft("late", seed=9)), c.Go(ByNumber(4)))
    rig.tick(50)
    begun = [
        job.spec.left for job in rig.worker.sent[before:] if isinstance(job, GrowRound) and job.spec.right.seed == 9
    ]

    assert begun[0].graft is not None
    assert rig.output.greys[-1] == 90
    assert largest_step(rig.output.greys[60:]) <= 12


def test_tree_that_cannot_be_rendered_from_there_lets_the_wander_go_home_first(rig: ShowRig) -> None:
    rig.submit(c.Go())
    rig.tick(is_working=False)
    while rig.worker.jobs and rig.worker.jobs[0].spec.left.graft is None:
        rig.worker.work()
    rig.worker.refuse("out of luck")

    snapshot = rig.tick(50)

    assert snapshot.current_cue == 2
    assert rig.output.greys[-1] == 20
    assert largest_step(rig.output.greys[60:]) <= 13  # home within a second


def test_another_cue_armed_meanwhile_changes_where_it_leads(rig: ShowRig) -> None:
    rig.submit(c.Go())
    rig.tick(1, is_working=False)

    rig.submit(c.SelectStandby(ByNumber(3)))
    rig.tick(60)

    assert rig.output.greys[-1] == 30
    assert largest_step(rig.output.greys[60:]) <= 12


def test_go_that_is_taken_back_wanders_on(rig: ShowRig) -> None:
    rig.submit(c.Go())
    rig.tick(1, is_working=False)

    rig.submit(c.SetParameter("drift", True), c.ReplaceShow((), (), 0, "empty.toml"))
    snapshot = rig.tick(30)

    assert (snapshot.program, snapshot.is_go_pending, rig.show.playhead.standing.leaf) == (Program.DRIFT, False, None)
    assert largest_step(rig.output.greys[60:]) <= 12


def test_cut_does_not_wait_for_the_new_tree(rig: ShowRig) -> None:
    rig.submit(c.Go())
    rig.tick(1, is_working=False)

    rig.submit(c.Cut())
    rig.tick(1, is_working=False)

    assert rig.output.greys[-1] == 20


def test_hand_on_the_position_does_not_wait_for_the_new_tree(rig: ShowRig) -> None:
    rig.submit(c.Go())
    rig.tick(1, is_working=False)

    rig.submit(c.SetParameter("position", 0.5))
    rig.tick(4, is_working=False)

    assert rig.output.greys[-1] == 15


def test_running_back_leads_through_the_wander_to_the_cue(rig: ShowRig) -> None:
    rig.submit(c.Go())
    rig.tick(12)
    assert is_turned(rig)
    before = len(rig.output.greys)

    rig.submit(c.SetParameter("transition.speed", -1.0))
    rig.tick(60)

    assert rig.output.greys[-1] == 10
    assert largest_step(rig.output.greys[before:]) <= 12


def test_turn_is_timed_to_the_grid_of_beats(rig: ShowRig) -> None:
    rig.submit(c.SetParameter("go.quantise", "bar"), c.SetParameter("tempo.bpm", 120.0), c.Go())
    for _ in range(60):
        snapshot = rig.tick()
        if is_turned(rig):
            break

    assert is_turned(rig)
    assert snapshot.position < 0.06
    assert rig.show.tempo.beat % 4 < 0.21
    assert largest_step(rig.output.greys[60:]) <= 12


def test_what_was_late_is_gone_to_from_a_leaf_of_the_wander_when_that_is_sooner() -> None:
    rig = ShowRig(2, slot_count=200, transition__duration=4.0, underrun="drift", wander=1.0)
    rig.tick(60)
    rig.submit(c.AppendCue(CueDraft("late", seed=9)), c.SelectStandby(ByNumber(3)))
    turned, programs = False, set()
    for _ in range(150):
        if rig.worker.jobs and rig.worker.jobs[0].spec.right.seed == 9 and Program.DRIFT not in programs:
            rig.worker.jobs.rotate(-1)  # the worker is stuck at the late one until the picture wanders
        is_stuck = bool(rig.worker.jobs) and rig.worker.jobs[0].spec.right.seed == 9 and Program.DRIFT not in programs
        programs.add(rig.tick(is_working=not is_stuck).program)
        turned = turned or is_turned(rig)
    greys = rig.output.greys
    rig.close()

    assert Program.DRIFT in programs
    assert 90 in greys
    assert largest_step(greys[8:]) <= 20
