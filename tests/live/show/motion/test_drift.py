from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.control import commands as c
from core.control.commands import ByNumber, CueDraft
from core.control.snapshot import Program, Snapshot
from core.tree.spec import SCENE
from core.worker.jobs import GrowRound
from tests.fakes import ShowRig, largest_step


@pytest.fixture
def rig() -> Iterator[ShowRig]:
    """At rest on cue 1 (grey 10) with drift on, no autopilot; a wander of two seconds there and back, to greys up to 90."""
    rig = ShowRig(3, setlist__auto=False, transition__duration=1.0, slot_count=120, drift=True, wander=1.0)
    yield rig
    rig.close()


def ticks(rig: ShowRig, count: int, *, is_working: bool = True) -> list[Snapshot]:
    return [rig.tick(is_working=is_working) for _ in range(count)]


def greys_of(rig: ShowRig, count: int, *, is_working: bool = True) -> list[int]:
    before = len(rig.output.greys)
    ticks(rig, count, is_working=is_working)
    return rig.output.greys[before:]


def wander_seeds(rig: ShowRig) -> list[int]:
    specs = [job.spec for job in rig.worker.sent if isinstance(job, GrowRound)]
    return list(dict.fromkeys(spec.right.wander.seed for spec in specs if spec.right.wander is not None))


def test_picture_wanders_and_comes_home_again_and_again(rig: ShowRig) -> None:
    rig.tick(12)

    greys = greys_of(rig, 80)

    assert rig.playback.snapshot.get().program is Program.DRIFT
    assert rig.playback.snapshot.get().current_cue == 1
    assert 10 in greys
    assert max(greys) > 20
    assert largest_step(greys) <= 15


def test_each_wander_leads_to_another_neighbour_of_the_same_prompt(rig: ShowRig) -> None:
    rig.tick(100)

    seeds = wander_seeds(rig)
    ways = [job.spec for job in rig.worker.sent if isinstance(job, GrowRound) and job.spec.right.wander is not None]

    assert len(seeds) >= 4
    assert {way.left.prompt for way in ways} == {way.right.prompt for way in ways} == {"cue 1"}


def test_go_on_a_slow_machine_comes_home_within_a_second_and_goes_on_without_a_jump(rig: ShowRig) -> None:
    rig.tick(22)
    for _ in range(20):
        rig.lookahead.speed.note(1, 5.0)
    before = len(rig.output.greys)

    rig.submit(c.Go())
    snapshot = rig.tick(22)

    assert snapshot.current_cue == 2
    assert largest_step(rig.output.greys[before:]) <= 30
    assert 10 in rig.output.greys[before : before + 12]


def test_drift_stops_at_the_cue_when_it_is_switched_off(rig: ShowRig) -> None:
    rig.tick(22)

    rig.submit(c.SetParameter("drift", False))
    greys = greys_of(rig, 40)

    assert rig.playback.snapshot.get().program is Program.CUE
    assert greys[-5:] == [10] * 5


def test_drift_stands_still_under_hold_and_at_speed_zero(rig: ShowRig) -> None:
    rig.tick(16)

    rig.submit(c.SetParameter("transition.speed", 0.0))
    standing = greys_of(rig, 4)
    rig.submit(c.SetParameter("transition.speed", 1.0), c.SetParameter("hold", True))
    held = greys_of(rig, 4)

    assert len(set(standing)) == len(set(held)) == 1


def test_hand_on_the_position_takes_the_picture_from_a_wander() -> None:
    rig = ShowRig(2, setlist__auto=False, setlist__loop=False, transition__duration=1.0, slot_count=120, wander=1.0)
    rig.tick(10)
    rig.submit(c.Go(), c.SetParameter("drift", True))
    assert rig.tick(30).program is Program.DRIFT

    rig.submit(c.SetParameter("position", 0.5))
    snapshot = rig.tick(3)
    rig.close()

    assert snapshot.program is Program.TRANSITION
    assert rig.output.greys[-1] == 15


def test_hand_that_takes_the_coming_transition_out_of_a_wander_dissolves(rig: ShowRig) -> None:
    rig.tick(12)
    for _ in range(40):
        if rig.tick().program is Program.DRIFT and rig.output.greys[-1] >= 70:
            break
    assert rig.output.greys[-1] >= 70
    before = len(rig.output.greys) - 1

    rig.submit(c.SetParameter("position", 0.0))
    greys = greys_of(rig, 4)

    assert greys[-2:] == [10, 10]
    assert largest_step(rig.output.greys[before:]) <= 80 / 3 + 1


def test_running_back_comes_home_first(rig: ShowRig) -> None:
    rig.submit(c.Go())
    rig.tick(40)
    before = len(rig.output.greys)

    rig.submit(c.SetParameter("transition.speed", -1.0))
    rig.tick(60)

    assert rig.output.greys[-1] == 10
    assert largest_step(rig.output.greys[before:]) <= 15


def test_underrun_drift_wanders_until_the_next_transition_is_there() -> None:
    rig = ShowRig(2, transition__duration=1.0, slot_count=120, underrun="drift", wander=1.0)
    rig.tick(24)
    rig.submit(c.AppendCue(CueDraft("late", seed=9)), c.SelectStandby(ByNumber(3)))
    rig.show.parameters.settle(1e9)
    programs = []
    for _ in range(60):
        if rig.worker.jobs and rig.worker.jobs[0].spec.right.seed == 9:  # the worker is stuck at the late one
            rig.worker.jobs.rotate(-1)
        is_stuck = bool(rig.worker.jobs) and rig.worker.jobs[0].spec.right.seed == 9
        programs.append(rig.tick(is_working=not is_stuck).program)
    snapshot = rig.tick(60)
    greys = rig.output.greys
    rig.close()

    assert Program.DRIFT in programs
    assert 90 in greys
    assert largest_step(greys[8:]) <= 20
    assert snapshot.program is not Program.TEST_CARD


def test_wander_that_came_before_the_next_transition_does_not_keep_its_room() -> None:
    """Memory for two trees; the next one can be rendered only when a wander has filled what it needs."""
    rig = ShowRig(2, transition__duration=1.0, slot_count=18, underrun="drift")
    for _ in range(60):
        while rig.worker.jobs and rig.worker.jobs[0].spec.right.seed == 1 and rig.worker.jobs[0].spec.left.seed == 2:
            rig.worker.refuse("out of luck")
        rig.tick()
    resting_on = rig.playback.snapshot.get().current_cue
    visited = {rig.tick().current_cue for _ in range(200)}
    rig.close()

    assert resting_on == 2
    assert visited == {1, 2}


def test_cue_that_says_so_drifts_until_go() -> None:
    rig = ShowRig(2, slot_count=120, transition__duration=1.0)
    rig.submit(c.EditCue(ByNumber(1), follow="drift"))
    snapshot = rig.tick(30)
    rig.close()

    assert snapshot.program is Program.DRIFT
    assert snapshot.current_cue == 1


@pytest.mark.parametrize(
    ("picture", "strength"),
    [("still.png", 0.5), ("", 0.25)],
    ids=["a picture is painted anew", "a scene is drawn anew"],
)
def test_neighbour_differs_from_what_it_starts_from(picture: str, strength: float) -> None:
    drafts = [CueDraft("gold", seed=1, picture=picture), CueDraft("pink", seed=2)]
    rig = ShowRig(drafts=drafts, slot_count=120, setlist__auto=False, drift=True, keyframes="scene", strength=0.25)
    rig.tick(20)
    way = next(job.spec for job in rig.worker.sent if isinstance(job, GrowRound) and job.spec.right.wander is not None)
    rig.close()

    assert way.left.start is not None
    assert way.right.start is not None
    assert (way.left.start.strength, way.right.start.strength) == (0.25, strength)
    assert way.right.start.source == way.left.start.source == (picture or SCENE)


def test_nothing_is_rendered_for_drift_when_nobody_asks_for_it() -> None:
    rig = ShowRig(3, setlist__auto=False, slot_count=120)
    rig.tick(40)
    seeds = wander_seeds(rig)
    rig.close()

    assert seeds == []


def test_drift_that_has_no_room_costs_the_show_nothing() -> None:
    rig = ShowRig(4, slot_count=2 * 9, transition__duration=0.5, drift=True)
    visited = {rig.tick().current_cue for _ in range(200)}
    rig.close()

    assert visited >= {1, 2, 3, 4}
