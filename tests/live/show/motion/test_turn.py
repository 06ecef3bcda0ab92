from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest

from core.control import commands as c
from core.control.commands import ByNumber, CueDraft
from core.control.domain import Value
from core.control.snapshot import Program
from core.tree.spec import GRAFT_LIMIT
from live.show.motion.turn import choose_moment
from tests.fakes import ORIGIN, ShowRig, largest_step


@pytest.fixture
def rig() -> Iterator[ShowRig]:
    """On the way from cue 1 (grey 10) to cue 2 (grey 200), with cue 1 armed: whoever turns, gets darker again."""
    rig = ShowRig(1, setlist__auto=False, transition__duration=4.0, go__guard=0.0)
    rig.submit(c.AppendCue(CueDraft("bright", seed=20)), c.AppendCue(CueDraft("middle", seed=12)))
    rig.tick(8)
    rig.submit(c.Go())
    rig.tick(12)
    rig.submit(c.SelectStandby(ByNumber(1)))
    rig.tick()
    yield rig
    rig.close()


def run_into_the_turn(rig: ShowRig) -> None:
    for _ in range(60):
        rig.tick()
        if rig.show.on_air is not None and rig.show.on_air.transition.spec.left.graft is not None:
            rig.tick(5)
            return
    raise AssertionError("the turn never came")


def test_go_turns_to_the_standby_cue_on_the_way_and_without_a_jump(rig: ShowRig) -> None:
    rig.submit(c.Go())
    snapshot = rig.tick(60)
    greys = rig.output.greys

    assert snapshot.current_cue == 1
    assert snapshot.program is Program.CUE
    assert greys[-1] == 10
    assert 70 < max(greys) < 120
    assert largest_step(greys[8:]) <= 6


def test_picture_keeps_moving_on_its_way_as_long_as_the_new_tree_is_not_there(rig: ShowRig) -> None:
    rig.submit(c.Go())

    positions = [rig.tick(is_working=False).position for _ in range(60)]

    assert all(after > before for before, after in pairwise(positions))
    assert positions[-1] < 0.75
    assert rig.playback.snapshot.get().is_go_pending


def test_way_goes_on_from_the_leaf_when_the_tree_was_late(rig: ShowRig) -> None:
    rig.submit(c.Go())
    rig.tick(40, is_working=False)

    snapshot = rig.tick(60)

    assert snapshot.current_cue == 1
    assert largest_step(rig.output.greys[8:]) <= 6


def test_turn_starts_at_a_painted_leaf_of_the_transition_on_air(rig: ShowRig) -> None:
    before = rig.show.on_air
    rig.submit(c.Go())
    rig.tick(12)

    assert before is not None
    after = rig.show.on_air
    assert after is not None
    graft = after.transition.spec.left.graft
    assert graft is not None
    assert graft.transition == before.transition.spec
    assert before.transition.segment.slot_at(graft.position) is not None


def test_edit_of_the_armed_cue_changes_where_the_turn_leads(rig: ShowRig) -> None:
    rig.submit(c.Go())
    rig.tick(2, is_working=False)

    rig.submit(c.EditCue(None, seed=3))
    rig.tick(70)

    assert rig.output.greys[-1] == 30


def test_another_cue_armed_on_the_way_changes_where_the_turn_leads(rig: ShowRig) -> None:
    rig.submit(c.Go())
    rig.tick(2, is_working=False)

    rig.submit(c.SelectStandby(ByNumber(3)))
    rig.tick(70)

    assert rig.output.greys[-1] == 120


def test_turn_within_a_turn(rig: ShowRig) -> None:
    rig.submit(c.Go())
    run_into_the_turn(rig)

    rig.submit(c.SelectStandby(ByNumber(3)), c.Go())
    snapshot = rig.tick(70)

    assert snapshot.current_cue == 3
    assert largest_step(rig.output.greys[8:]) <= 6


def test_mode_finish_plays_the_rest_within_a_second(rig: ShowRig) -> None:
    rig.submit(c.SetParameter("go.mode", "finish"), c.Go())
    rig.tick(12)

    assert 200 in rig.output.greys


def test_cue_that_cannot_be_rendered_from_there_lets_the_transition_finish_and_says_so(rig: ShowRig) -> None:
    rig.tick(20)
    rig.submit(c.Go())
    rig.tick(1, is_working=False)
    while rig.worker.jobs and rig.worker.jobs[0].spec.left.graft is None:
        rig.worker.work()
    rig.worker.refuse("out of luck")

    snapshot = rig.tick(30)

    assert 200 in rig.output.greys
    assert any("go finishes the transition on air first" in notice.text for notice in snapshot.notices)


def test_speed_below_zero_takes_the_turn_back(rig: ShowRig) -> None:
    rig.submit(c.Go())
    rig.tick(2, is_working=False)

    rig.submit(c.SetParameter("transition.speed", -1.0))
    rig.tick(3)
    rig.submit(c.SetParameter("transition.speed", 1.0))
    rig.tick(50)

    assert rig.output.greys[-1] == 200


def test_speed_zero_stands_still_on_the_way_to_the_turn(rig: ShowRig) -> None:
    rig.submit(c.Go(), c.SetParameter("transition.speed", 0.0))
    before = rig.tick().position

    assert rig.tick(5).position == before


def test_running_back_goes_from_the_turn_into_the_way_before_it(rig: ShowRig) -> None:
    rig.submit(c.Go())
    run_into_the_turn(rig)

    rig.submit(c.SetParameter("transition.speed", -1.0))
    rig.tick(60)

    assert rig.output.greys[-1] == 10
    assert largest_step(rig.output.greys[8:]) <= 6


def test_hand_that_scrubs_past_the_leaf_makes_the_turn_start_further_on(rig: ShowRig) -> None:
    rig.submit(c.Go())
    rig.tick(1, is_working=False)
    first = rig.show.playhead.standing.leaf
    rig.submit(c.SetParameter("position", 0.7))
    rig.tick(1, is_working=False)

    rig.submit(c.ReleasePosition())
    rig.tick(1, is_working=False)

    assert first is not None
    assert rig.show.playhead.standing.leaf is not None
    assert rig.show.playhead.standing.leaf.position > first.position


def test_turn_close_to_the_end_goes_on_from_the_end(rig: ShowRig) -> None:
    rig.submit(c.SetParameter("position", 0.95), c.ReleasePosition())
    rig.tick()

    rig.submit(c.Go())
    rig.tick(60)

    assert 200 in rig.output.greys
    assert rig.output.greys[-1] == 10


def test_too_many_turns_in_a_row_let_the_transition_finish_and_say_so(rig: ShowRig) -> None:
    rig.show.parameters.set("transition.duration", 30.0, ORIGIN, 0.0)
    for number in range(GRAFT_LIMIT + 1):
        rig.submit(c.SelectStandby(ByNumber(1 + number % 3)), c.Go())
        rig.tick(30)

    snapshot = rig.playback.snapshot.get()

    assert any("times in a row" in notice.text for notice in snapshot.notices)
    assert largest_step(rig.output.greys[8:]) <= 30


def test_hand_on_the_position_after_too_many_turns_does_not_stop_the_show(rig: ShowRig) -> None:
    for turn in range(GRAFT_LIMIT):
        rig.submit(c.Go(ByNumber(1 + turn % 3)))
        rig.tick()
        run_into_the_turn(rig)
    rig.submit(c.Go(ByNumber(1)))
    rig.tick()

    rig.submit(c.SetParameter("position", 0.1), c.ReleasePosition())
    positions = [rig.tick().position for _ in range(5)]

    assert all(after > before for before, after in pairwise(positions))


def test_position_that_swings_does_not_jump_in_a_turn_nor_when_that_is_taken_back(rig: ShowRig) -> None:
    swing: dict[str, Value] = {"lfo.1.target": "position", "lfo.1.depth": 0.15, "lfo.1.beats": 256.0, "tempo.bpm": 20.0}
    rig.submit(*(c.SetParameter(name, value) for name, value in swing.items()))
    rig.submit(c.NudgeTempo(1.0), *(c.NudgeTempo(1.0) for _ in range(60)))  # to the top of the wave
    rig.tick(2)
    assert rig.show.shown_position - rig.show.playhead.position == pytest.approx(0.15, abs=0.01)
    before = len(rig.output.greys)

    rig.submit(c.Go())
    rig.tick(3, is_working=False)
    rig.submit(c.SetParameter("transition.speed", -1.0))
    rig.tick(2)
    rig.submit(c.SetParameter("transition.speed", 1.0), c.Go())
    snapshot = rig.tick(60)

    assert snapshot.current_cue == 1
    assert largest_step(rig.output.greys[before:]) <= 8


def test_turn_is_taken_back_when_its_cue_goes() -> None:
    rig = ShowRig(3, setlist__auto=False, setlist__loop=False, transition__duration=4.0, go__guard=0.0)
    rig.tick(8)
    rig.submit(c.Go())
    rig.tick(12)
    rig.submit(c.Go())
    rig.tick(is_working=False)

    rig.submit(c.RemoveCue(ByNumber(3)))
    snapshot = rig.tick(60)
    rig.close()

    assert (snapshot.program, snapshot.current_cue, snapshot.is_go_pending) == (Program.CUE, 2, False)


def test_slow_transition_is_left_at_a_pace_that_is_seen(rig: ShowRig) -> None:
    rig.show.parameters.set("transition.duration", 600.0, ORIGIN, 0.0)

    rig.submit(c.Go())
    rig.tick(25)

    assert rig.playback.snapshot.get().current_cue == 1


@pytest.mark.parametrize(
    ("position", "reach", "expected"),
    [
        pytest.param(0.3, 0.1, 0.5, id="first leaf that is far enough"),
        pytest.param(0.3, 0.0, 0.5, id="next leaf when nothing has to be waited for"),
        pytest.param(0.5, 0.0, 0.75, id="never the leaf on screen"),
        pytest.param(0.7, 0.2, 1.0, id="the end when it comes first"),
    ],
)
def test_leaf_of_the_turn(position: float, reach: float, expected: float) -> None:
    assert choose_moment((0.0, 0.25, 0.5, 0.75, 1.0), position, reach) == expected
