from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import pytest

from core.control import commands as c
from core.control.commands import ByNumber, CueDraft
from core.control.domain import Value
from core.control.snapshot import Program
from core.worker.jobs import GrowRound
from tests.fakes import ShowRig, largest_step

SETTLED = 6  # ticks after which an edit has rested


def make_rig(**parameters: Value) -> ShowRig:
    """On the way from cue 1 (grey 10) to cue 2 (grey 20), a second and a half of four gone; nobody presses GO any more."""
    rig = ShowRig(3, **{"setlist__auto": False, "transition__duration": 4.0, "go__guard": 0.0, **parameters})  # type: ignore[arg-type]
    rig.tick(10)
    rig.submit(c.Go())
    rig.tick(15)
    assert rig.playback.snapshot.get().program is Program.TRANSITION
    return rig


@pytest.fixture
def rig() -> Iterator[ShowRig]:
    rig = make_rig()
    yield rig
    rig.close()


def edit(rig: ShowRig, **changes: Value | None) -> None:
    rig.submit(c.EditCue(ByNumber(2), **changes))


def is_turned(rig: ShowRig) -> bool:
    return rig.show.on_air is not None and rig.show.on_air.transition.spec.left.graft is not None


def grown(rig: ShowRig) -> list[int]:
    """Seeds of the cues to which trees were begun, each once."""
    return list(dict.fromkeys(job.spec.right.seed for job in rig.worker.sent if isinstance(job, GrowRound)))


@pytest.mark.parametrize(
    "changes",
    [{"seed": 9}, {"prompt": "other"}, {"negative": "blur"}, {"guidance": 9.0}, {"picture": "a.png", "strength": 0.5}],
)
def test_edit_of_what_makes_the_picture_turns_to_it_by_itself(rig: ShowRig, changes: dict[str, Value]) -> None:
    if path := changes.pop("picture", None):
        rig.submit(c.PutPicture(ByNumber(2), str(path), c.PictureUse.START))
    edit(rig, **changes)
    rig.tick(20)

    assert is_turned(rig)
    snapshot = rig.tick(45)
    assert (snapshot.program, snapshot.current_cue) == (Program.CUE, 2)
    assert rig.show.on_air is not None
    assert rig.show.on_air.cue is rig.show.setlist.cues[1]


def test_turn_to_the_edited_cue_has_no_jump_and_no_stop(rig: ShowRig) -> None:
    edit(rig, seed=24)
    positions = [rig.tick().position for _ in range(46)]
    rig.tick(20)

    assert rig.output.greys[-1] == 240
    assert largest_step(rig.output.greys[10:]) <= 8
    assert all(after != before for before, after in pairwise(positions))


@pytest.mark.parametrize(("depth", "leaf"), [(-0.3, 0.25), (0.3, 0.875)])
def test_leaf_is_aimed_at_from_the_picture_that_an_oscillator_has_swung(depth: float, leaf: float) -> None:
    swing: dict[str, Value] = {"lfo__1__target": "position", "lfo__1__shape": "square", "lfo__1__depth": depth}
    rig = make_rig(**swing, lfo__1__rate=0.01)  # it stays on one side
    edit(rig, seed=9)
    while rig.show.playhead.standing.leaf is None and rig.show.playhead.position < 0.6:
        rig.tick()
    graft = rig.show.playhead.standing.leaf
    rig.close()

    assert graft is not None
    assert graft.position == leaf


@pytest.mark.parametrize(
    "changes", [{"name": "x"}, {"note": "x"}, {"hold": 3.0}, {"duration": 3.0}, {"depth": 0.25}, {"follow": "hold"}]
)
def test_edit_of_anything_else_leaves_the_way_as_it_is(rig: ShowRig, changes: dict[str, Value]) -> None:
    edit(rig, **changes)
    rig.tick(40)

    assert not is_turned(rig)
    assert rig.playback.snapshot.get().program is Program.CUE


def test_edit_of_a_cue_at_rest_waits_until_it_comes_again(rig: ShowRig) -> None:
    rig.tick(40)
    edit(rig, seed=9)
    snapshot = rig.tick(40)

    assert (snapshot.program, rig.output.greys[-1]) == (Program.CUE, 20)

    rig.submit(c.Go(ByNumber(2)))
    rig.tick(60)
    assert rig.output.greys[-1] == 90


def test_prompt_typed_letter_by_letter_turns_once_when_the_hand_rests(rig: ShowRig) -> None:
    for seed in range(5, 15):
        edit(rig, seed=seed)
        rig.tick(2)
    assert not is_turned(rig)

    rig.tick(60)

    assert rig.output.greys[-1] == 140
    assert [seed for seed in grown(rig) if seed > 3] == [14]


def test_field_that_is_swept_without_end_neither_stops_nor_turns_the_way(rig: ShowRig) -> None:
    for number in range(60):
        edit(rig, seed=5 + number % 2)
        rig.tick()

    assert rig.playback.snapshot.get().current_cue == 2
    assert rig.output.greys[-1] == 20
    assert set(grown(rig)) == {1, 2, 3}


def test_slow_hand_moves_the_turn_on_and_does_not_creep(rig: ShowRig) -> None:
    """A worker that is stuck, and an edit each second: the way goes on at its pace to leaves further on."""
    places = [rig.show.playhead.position]
    for seed in range(5, 8):
        edit(rig, seed=seed)
        for _ in range(8):
            rig.tick(is_working=False)
            places.append(rig.show.playhead.position)

    steps = [after - before for before, after in pairwise(places)]
    assert min(steps) > 0
    assert places[-1] - places[0] > len(steps) / 40 / 2  # half of its pace at least


def test_undo_in_time_takes_the_turn_back(rig: ShowRig) -> None:
    edit(rig, seed=9)
    rig.tick(SETTLED, is_working=False)
    assert rig.show.playhead.standing.leaf is not None

    rig.submit(c.Undo())
    rig.tick(1, is_working=False)
    assert rig.show.playhead.standing.leaf is None
    rig.tick(40)

    assert not is_turned(rig)
    assert rig.output.greys[-1] == 20


def test_undo_after_the_turn_turns_back_again(rig: ShowRig) -> None:
    edit(rig, seed=9)
    rig.tick(18)
    assert is_turned(rig)

    rig.submit(c.Undo())
    rig.tick(70)

    assert rig.output.greys[-1] == 20
    assert largest_step(rig.output.greys[10:]) <= 6


def test_cue_that_is_removed_is_reached_as_it_was(rig: ShowRig) -> None:
    edit(rig, seed=9)
    rig.tick(SETTLED, is_working=False)

    rig.submit(c.RemoveCue(ByNumber(2)))
    rig.tick(40)

    assert not is_turned(rig)
    assert rig.output.greys[-1] == 20


def test_show_that_is_loaded_takes_the_turn_back(rig: ShowRig) -> None:
    edit(rig, seed=9)
    rig.tick(SETTLED, is_working=False)

    rig.submit(c.ReplaceShow((CueDraft("other", seed=5),), (), 0, "other.toml"))
    rig.tick(40)

    assert not is_turned(rig)
    assert rig.output.greys[-1] == 20


def test_armed_cue_stays_armed_and_comes_after_the_edited_one(rig: ShowRig) -> None:
    rig.submit(c.SelectStandby(ByNumber(1)))
    edit(rig, seed=9)
    snapshot = rig.tick(65)
    assert (rig.output.greys[-1], snapshot.standby_cue, snapshot.current_cue) == (90, 1, 2)

    rig.submit(c.Go())
    rig.tick(60)
    assert rig.output.greys[-1] == 10


def test_last_cue_of_a_setlist_without_loop_is_turned_to_as_well() -> None:
    rig = ShowRig(2, setlist__auto=False, setlist__loop=False, transition__duration=4.0)
    rig.tick(10)
    rig.submit(c.Go())
    rig.tick(15)
    assert rig.playback.snapshot.get().standby_cue is None

    edit(rig, seed=9)
    rig.tick(65)
    greys = rig.output.greys
    rig.close()

    assert greys[-1] == 90


def test_go_counts_for_more_than_an_edit(rig: ShowRig) -> None:
    edit(rig, seed=9)
    rig.tick(SETTLED, is_working=False)

    rig.submit(c.Go(ByNumber(3)))
    snapshot = rig.tick(60)

    assert (snapshot.current_cue, rig.output.greys[-1]) == (3, 30)
    assert 90 not in rig.output.greys


def test_cut_goes_to_the_armed_cue_at_once(rig: ShowRig) -> None:
    rig.tick(6)
    edit(rig, seed=9)
    rig.tick(SETTLED, is_working=False)

    rig.submit(c.Cut())
    rig.tick(1, is_working=False)

    assert rig.output.greys[-1] == 30


def test_too_late_for_a_leaf_it_goes_on_from_the_end(rig: ShowRig) -> None:
    rig.submit(c.SetParameter("position", 0.95), c.ReleasePosition())
    edit(rig, seed=9)
    rig.tick(60)

    assert rig.output.greys[-1] == 90
    assert 20 in rig.output.greys
    assert not is_turned(rig)


def test_mode_finish_goes_on_from_the_end_at_its_own_pace() -> None:
    rig = make_rig(go__mode="finish")
    before = rig.show.playhead.position
    edit(rig, seed=9)
    rig.tick(10)
    way = rig.show.playhead.position - before
    rig.tick(60)
    greys, turned = rig.output.greys, is_turned(rig)
    rig.close()

    assert way == pytest.approx(10 / 40)
    assert greys[-1] == 90
    assert 20 in greys
    assert not turned


@pytest.mark.parametrize(("name", "value"), [("hold", True), ("transition.speed", 0.0)])
def test_way_that_stands_still_turns_when_it_goes_on(rig: ShowRig, name: str, value: Value) -> None:
    rig.submit(c.SetParameter(name, value))
    edit(rig, seed=9)
    rig.tick(20)
    standing = set(rig.output.greys[-19:])
    is_ready = rig.show.plan.next_ready() is not None

    rig.submit(c.ResetParameter(name))
    rig.tick(65)

    assert len(standing) == 1
    assert is_ready
    assert rig.output.greys[-1] == 90
    assert largest_step(rig.output.greys[10:]) <= 6


def test_hand_that_scrubs_has_the_way_until_it_lets_go(rig: ShowRig) -> None:
    rig.submit(c.SetParameter("position", 0.3))
    edit(rig, seed=9)
    rig.tick(20)
    assert rig.show.playhead.standing.edited_cue is None

    rig.submit(c.ReleasePosition())
    rig.tick(65)

    assert rig.output.greys[-1] == 90


def test_running_back_takes_the_turn_back_until_the_way_leads_there_again(rig: ShowRig) -> None:
    edit(rig, seed=9)
    rig.tick(SETTLED, is_working=False)

    rig.submit(c.SetParameter("transition.speed", -1.0))
    rig.tick(4)
    assert rig.show.playhead.standing.leaf is None
    rig.submit(c.SetParameter("transition.speed", 1.0))
    rig.tick(70)

    assert rig.output.greys[-1] == 90
    assert largest_step(rig.output.greys[10:]) <= 6


def test_running_back_through_the_turn_and_on_leads_to_the_edited_cue_again(rig: ShowRig) -> None:
    edit(rig, seed=9)
    rig.tick(12)
    assert is_turned(rig)

    rig.submit(c.SetParameter("transition.speed", -1.0))
    rig.tick(10)
    assert not is_turned(rig)
    rig.submit(c.SetParameter("transition.speed", 1.0))
    snapshot = rig.tick(80)

    assert (rig.output.greys[-1], snapshot.standby_cue) == (90, 3)


def test_edit_that_cannot_be_rendered_is_told_once_and_the_way_goes_on(rig: ShowRig) -> None:
    rig.tick(5)
    edit(rig, seed=9)
    rig.tick(SETTLED, is_working=False)
    while rig.worker.jobs and rig.worker.jobs[0].spec.right.seed != 9:
        rig.worker.work()
    rig.worker.refuse("out of luck")
    snapshot = rig.tick(40)
    texts = [notice.text for notice in snapshot.notices if "the edit of cue 2" in notice.text]

    assert len(texts) == 1
    assert (snapshot.program, rig.output.greys[-1]) == (Program.CUE, 20)


def test_autopilot_goes_on_from_the_edited_cue() -> None:
    rig = make_rig()
    rig.submit(c.SetParameter("setlist.auto", True))
    edit(rig, seed=9)
    visited = [rig.tick().current_cue for _ in range(120)]
    greys = rig.output.greys
    rig.close()

    assert 90 in greys
    assert list(dict.fromkeys(visited)) == [2, 3, 1]


def test_edit_does_not_hurry_a_slow_way() -> None:
    rig = make_rig(transition__duration=60.0)
    edit(rig, seed=9)
    places = []
    for _ in range(60):
        rig.tick()
        places.append(rig.show.playhead.position)
    rig.close()

    assert max(after - before for before, after in pairwise(places) if after > before) <= 1 / 600 + 1e-9


def test_swing_does_not_jump_when_the_turn_begins_nor_when_it_is_taken_back(rig: ShowRig) -> None:
    swing: dict[str, Value] = {"lfo.1.target": "position", "lfo.1.depth": 0.15, "lfo.1.beats": 256.0, "tempo.bpm": 20.0}
    edit(rig, seed=24)
    rig.tick(1)
    rig.submit(c.Undo(), *(c.SetParameter(name, value) for name, value in swing.items()))
    rig.submit(*(c.NudgeTempo(1.0) for _ in range(61)))
    rig.tick(2)
    before = len(rig.output.greys)

    rig.submit(c.Redo())
    rig.tick(SETTLED, is_working=False)
    rig.submit(c.Undo())
    rig.tick(8, is_working=False)

    assert largest_step(rig.output.greys[before:]) <= 1
