from __future__ import annotations

from collections.abc import Callable

import pytest

from core.control import commands as c
from core.control.commands import ByName, ByNumber, CueDraft
from core.control.errors import CommandRefused, InvalidValue, UnknownName
from core.control.snapshot import CueState, Program
from core.tree.spec import SCENE, InpaintSpec, PictureStart
from core.worker.jobs import GrowRound
from tests.fakes import ORIGIN, ShowRig, largest_step


def test_first_picture_is_the_first_cue(rig: ShowRig) -> None:
    snapshot = rig.tick(5)

    assert snapshot.program is Program.CUE
    assert snapshot.current_cue == 1
    assert rig.output.greys[-1] == 10


def test_go_plays_to_the_standby_cue(rig: ShowRig) -> None:
    rig.tick(5)

    rig.submit(c.Go())
    snapshot = rig.tick(12)

    assert snapshot.program is Program.CUE
    assert snapshot.current_cue == 2
    assert snapshot.standby_cue == 3
    assert rig.output.greys[-1] == 20


def test_go_to_a_named_cue_arms_it_and_goes(rig: ShowRig) -> None:
    rig.tick(5)

    rig.submit(c.Go(ByName("cue_3")))
    snapshot = rig.tick(14)

    assert snapshot.current_cue == 3


def test_cut_to_a_number_takes_that_cue(rig: ShowRig) -> None:
    rig.tick(5)

    rig.submit(c.Cut(ByNumber(3)))

    assert rig.tick(6).current_cue == 3


def test_go_to_a_cue_that_is_not_there_takes_no_other(rig: ShowRig) -> None:
    rig.tick(5)

    rig.submit(c.Go(ByNumber(9)), c.Cut(ByName("nobody")))
    snapshot = rig.tick(5)

    assert [notice.text for notice in snapshot.notices] == [
        "there is no cue 9; the setlist has 3",
        "no cue is called 'nobody'; a cue without a name is called what its prompt says",
    ]
    assert (snapshot.current_cue, snapshot.standby_cue) == (1, 2)


def test_go_to_a_named_cue_goes_on_from_hold(rig: ShowRig) -> None:
    rig.tick(5)
    rig.submit(c.Go())
    rig.tick(4)
    rig.submit(c.SetParameter("hold", True))
    rig.tick()

    rig.submit(c.Go(ByNumber(1)))

    assert rig.tick(25).current_cue == 1


def test_go_before_the_leaves_are_there_waits_and_then_goes(rig: ShowRig) -> None:
    rig.submit(c.Go())
    assert rig.tick(5, is_working=False).program is Program.TEST_CARD

    snapshot = rig.tick(20)

    assert snapshot.current_cue == 2


def test_go_in_mid_transition_hurries_on(rig: ShowRig) -> None:
    rig.show.parameters.set("transition.duration", 60.0, ORIGIN, 0.0)
    rig.tick(5)
    rig.submit(c.Go())
    rig.tick(5)

    rig.submit(c.Go())
    snapshot = rig.tick(14)

    assert snapshot.current_cue == 3


def test_go_at_the_end_without_loop_says_what_is_missing(rig: ShowRig) -> None:
    rig.show.parameters.set("setlist.loop", False, ORIGIN, 0.0)
    rig.tick(5)
    rig.submit(c.SelectStandby(ByNumber(3)), c.Cut())
    rig.tick(8)

    with pytest.raises(CommandRefused, match="needs a standby cue"):
        rig.hands.apply(c.Go(), ORIGIN, 0.0)


def test_go_while_running_back_is_refused(rig: ShowRig) -> None:
    rig.hands.apply(c.SetParameter("transition.speed", -1.0), ORIGIN, 0.0)

    with pytest.raises(InvalidValue, match=r"transition\.speed at 0 or above"):
        rig.hands.apply(c.Go(), ORIGIN, 0.0)


def test_cut_takes_the_standby_cue_at_once(rig: ShowRig) -> None:
    rig.tick(6)

    rig.submit(c.Cut())
    snapshot = rig.tick()

    assert snapshot.current_cue == 2
    assert rig.output.greys[-1] == 20


def test_scrub_places_the_playhead_on_the_next_frame_and_keeps_it(rig: ShowRig) -> None:
    rig.tick(6)
    rig.submit(c.SetParameter("position", 0.5))

    positions = [rig.tick().position for _ in range(3)]

    assert positions == [0.5, 0.5, 0.5]
    assert rig.output.greys[-1] == 15


def test_released_playhead_goes_on_from_where_it_is(rig: ShowRig) -> None:
    rig.tick(6)
    rig.submit(c.SetParameter("position", 0.5))
    rig.tick()

    rig.submit(c.ReleasePosition())

    assert rig.tick().position == pytest.approx(0.6)


def test_scrub_before_the_first_picture_is_refused(rig: ShowRig) -> None:
    with pytest.raises(CommandRefused, match="nothing to scrub yet"):
        rig.hands.apply(c.SetParameter("position", 0.5), ORIGIN, 0.0)


def test_hold_stands_still_and_go_releases_it(rig: ShowRig) -> None:
    rig.tick(5)
    rig.submit(c.Go())
    rig.tick(4)
    rig.submit(c.SetParameter("hold", True))
    held = [rig.tick().position for _ in range(3)]

    rig.submit(c.Go())
    snapshot = rig.tick()

    assert len(set(held)) == 1
    assert snapshot.position > held[0]
    assert snapshot.parameters["hold"] is False


def test_autopilot_goes_on_by_itself_and_loops() -> None:
    rig = ShowRig(3, transition__duration=0.5)
    visited = {rig.tick().current_cue for _ in range(40)}
    rig.close()

    assert visited >= {1, 2, 3}


def test_transitions_meet_without_a_jump() -> None:
    rig = ShowRig(3, transition__duration=1.0)
    rig.tick(60)
    greys = rig.output.greys[5:]
    rig.close()

    assert largest_step(greys) <= 3


def test_guidance_change_does_not_move_the_keyframe_on_air(rig: ShowRig) -> None:
    rig.tick(6)
    rig.submit(c.SetParameter("guidance", 7.0))
    rig.tick(8)

    planned = rig.show.plan.next_planned()

    assert planned is not None
    assert (planned.spec.left.guidance, planned.spec.right.guidance) == (3.0, 7.0)


def test_knob_that_still_moves_does_not_start_trees(rig: ShowRig) -> None:
    rig.tick(6)
    before = len(rig.worker.sent)

    for step in range(8):
        rig.submit(c.SetParameter("depth", step / 10))
        rig.tick(1)

    assert len(rig.worker.sent) == before


def test_removing_the_cue_on_air_keeps_its_picture_and_goes_on_with_the_one_behind(rig: ShowRig) -> None:
    rig.tick(6)

    rig.submit(c.RemoveCue(ByNumber(1)))
    snapshot = rig.tick()

    assert rig.output.greys[-1] == 10
    assert snapshot.standby_cue == 2


def test_clear_keeps_the_cue_on_air(rig: ShowRig) -> None:
    rig.tick(6)

    rig.submit(c.ClearSetlist())
    snapshot = rig.tick()

    assert [cue.cue_id for cue in snapshot.cues] == [1]


def test_lone_cue_is_shown() -> None:
    rig = ShowRig(1)
    snapshot = rig.tick(6)
    rig.close()

    assert snapshot.program is Program.CUE
    assert rig.output.greys[-1] == 10


def test_empty_setlist_shows_the_test_card_until_cues_come() -> None:
    rig = ShowRig(0)
    assert rig.tick(3).program is Program.TEST_CARD

    rig.submit(c.AppendCue(CueDraft("first", seed=4)))
    rig.tick(6)
    rig.close()

    assert rig.output.greys[-1] == 40


def test_states_tell_what_each_cue_waits_for(rig: ShowRig) -> None:
    rig.tick(1, is_working=False)
    rendering = rig.tick(1, is_working=False).cues
    ready = rig.tick(6).cues

    assert rendering[1].state is CueState.RENDERING
    assert [cue.state for cue in ready][:2] == [CueState.ON_AIR, CueState.READY]
    assert [cue.is_standby for cue in ready] == [False, True, False]


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(c.RemoveCue(ByNumber(9)), id="remove"),
        pytest.param(c.MoveCue(ByNumber(9), 1), id="move"),
        pytest.param(c.MoveCue(ByNumber(1), 9), id="move to"),
        pytest.param(c.SelectStandby(ByNumber(9)), id="select"),
        pytest.param(c.InsertCue(9, CueDraft("x")), id="insert"),
    ],
)
def test_command_for_a_cue_that_is_not_there_changes_nothing(rig: ShowRig, command: c.Command) -> None:
    before = rig.show.setlist.cues

    with pytest.raises(UnknownName):
        rig.hands.apply(command, ORIGIN, 0.0)

    assert rig.show.setlist.cues == before


def test_keyframes_start_from_scenes_only_where_they_are_wanted(rig: ShowRig) -> None:
    rig.tick(6)
    planned = rig.show.plan.next_planned()
    assert planned is not None
    assert planned.spec.right.start is None

    rig.submit(c.SetParameter("keyframes", "scene"), c.SetParameter("strength", 0.75))
    rig.tick(8)
    planned = rig.show.plan.next_planned()

    assert planned is not None
    assert planned.spec.right.start == PictureStart(SCENE, 0.75)


def test_full_strength_needs_no_picture(rig: ShowRig) -> None:
    rig.submit(c.SetParameter("keyframes", "scene"), c.SetParameter("strength", 1.0))
    rig.tick(8)

    planned = rig.show.plan.next_planned()

    assert planned is not None
    assert planned.spec.right.start is None


def test_picture_of_a_cue_goes_over_its_scene(rig: ShowRig) -> None:
    rig.submit(c.InsertCue(2, CueDraft("still", seed=5, picture="still.png")))
    rig.tick(8)

    planned = rig.show.plan.next_planned()

    assert planned is not None
    assert planned.spec.right.start == PictureStart("still.png", 0.25)


def test_strength_of_a_cue_goes_over_that_of_all_cues(rig: ShowRig) -> None:
    rig.submit(c.InsertCue(2, CueDraft("still", seed=5, picture="still.png")), c.EditCue(ByNumber(2), strength=0.75))
    rig.tick(8)

    planned = rig.show.plan.next_planned()

    assert planned is not None
    assert planned.spec.right.start == PictureStart("still.png", 0.75)


def test_a_masked_cue_is_painted_on_what_was_on_air_before_the_first_mask(rig: ShowRig) -> None:
    rig.submit(*(c.PutPicture(ByNumber(number), "mask.png", c.PictureUse.MASK) for number in (1, 2, 3)))
    rig.tick(6)

    first, second, third = (planned.spec for planned in rig.show.plan.chain(3))

    assert first.left.inpaint is None
    assert first.right.inpaint == second.right.inpaint == third.right.inpaint == InpaintSpec(first.left, "mask.png")


def test_masks_act_only_while_their_switch_is_on(rig: ShowRig) -> None:
    rig.submit(c.PutPicture(ByNumber(2), "mask.png", c.PictureUse.MASK), c.SetParameter("mask", False))
    rig.tick(8)

    planned = rig.show.plan.next_planned()

    assert planned is not None
    assert planned.spec.right.inpaint is None


def test_a_cue_without_a_mask_is_whole_again(rig: ShowRig) -> None:
    rig.submit(c.PutPicture(ByNumber(2), "mask.png", c.PictureUse.MASK))
    rig.tick(6)

    first, second, _ = (planned.spec for planned in rig.show.plan.chain(3))

    assert first.right.inpaint is not None
    assert second.right.inpaint is None


@pytest.mark.parametrize("tree_count", [2, 3, 4, 6])
def test_autopilot_never_gets_stuck_however_few_leaves_fit_into_memory(tree_count: int) -> None:
    rig = ShowRig(6, slot_count=tree_count * 9, transition__duration=0.5)
    visited = {rig.tick().current_cue for _ in range(200)}
    rig.close()

    assert visited >= {1, 2, 3, 4, 5, 6}


@pytest.mark.parametrize(("bad", "opens_with"), [(1, 2), (2, 1)], ids=["first", "second"])
def test_show_opens_without_the_cue_that_cannot_be_rendered(bad: int, opens_with: int) -> None:
    rig = ShowRig(2, setlist__auto=False)
    for _ in range(30):
        if rig.worker.jobs and bad in (rig.worker.jobs[0].spec.left.seed, rig.worker.jobs[0].spec.right.seed):
            rig.worker.refuse("its picture is gone")
        snapshot = rig.tick()
    rig.close()

    assert (snapshot.program, snapshot.current_cue) == (Program.CUE, opens_with)
    assert rig.output.greys[-1] == 10 * opens_with


def test_show_that_opened_with_a_later_cue_goes_on_from_there() -> None:
    rig = ShowRig(3, setlist__auto=False, transition__duration=1.0)
    rig.tick(is_working=False)
    while rig.worker.jobs and rig.show.on_air is None:
        if rig.worker.jobs[0].spec.left.seed == 1:
            rig.worker.refuse("its picture is gone")
        rig.tick()
    rig.submit(c.Go())
    snapshot = rig.tick(20)
    rig.close()

    assert snapshot.current_cue == 3
    assert rig.output.greys[-1] == 30


def test_go_is_taken_back_when_its_cue_goes() -> None:
    rig = ShowRig(1, setlist__auto=False)
    rig.tick(6)
    rig.submit(c.AppendCue(CueDraft("late", seed=3)), c.Go())
    rig.tick(2, is_working=False)
    rig.submit(c.RemoveCue(ByNumber(2)))
    rig.tick(2)

    rig.submit(c.AppendCue(CueDraft("another", seed=4)))
    snapshot = rig.tick(12)
    rig.close()

    assert snapshot.current_cue == 1


def test_scrub_is_refused_until_the_transition_is_playable(rig: ShowRig) -> None:
    rig.tick(1, is_working=False)
    rig.worker.paint_one_leaf()
    rig.tick(1, is_working=False)

    with pytest.raises(CommandRefused, match="still being rendered"):
        rig.hands.apply(c.SetParameter("position", 0.1), ORIGIN, 0.0)


def test_hand_takes_the_coming_transition_at_its_start(rig: ShowRig) -> None:
    rig.tick(6)
    rig.submit(c.Go())
    snapshot = rig.tick(14)

    assert snapshot.position == 1.0
    assert snapshot.parameters["position"] == 0.0


def far_apart() -> ShowRig:
    """Two cues with greys 10 and 250, the second one played to and fro, no autopilot; at 10 frames a second a dissolve has 3."""
    drafts = [CueDraft("dark", seed=1), CueDraft("bright", seed=25, follow="loop")]
    rig = ShowRig(drafts=drafts, setlist__auto=False, transition__duration=1.0)
    rig.tick(6)
    rig.submit(c.Go())
    rig.tick(12)
    tick_until(rig, lambda: rig.output.greys[-1] < 20)  # as far from the cue as its loop goes
    assert rig.show.playhead.program is Program.SWAY
    return rig


def tick_until(rig: ShowRig, is_so: Callable[[], bool], *, is_working: bool = True) -> None:
    for _ in range(100):
        if is_so():
            return
        rig.tick(is_working=is_working)
    raise AssertionError("it did not come to that")


@pytest.mark.parametrize("position", [0.0, 0.1])
def test_hand_that_takes_the_picture_out_of_a_sway_dissolves(position: float) -> None:
    rig = far_apart()
    before = len(rig.output.greys) - 1

    rig.submit(c.SetParameter("position", position))
    rig.tick(4)
    greys = rig.output.greys[before:]
    rig.close()

    assert largest_step(greys) <= 240 / 3 + 1
    assert abs(greys[3] - (250 - 240 * position)) <= 1
    assert greys[3] == greys[4]


def test_hand_that_takes_the_picture_out_of_a_late_sway_dissolves() -> None:
    drafts = [CueDraft("dark", seed=1), CueDraft("bright", seed=25)]
    rig = ShowRig(drafts=drafts, setlist__auto=False, transition__duration=1.0)
    rig.tick(6)
    rig.submit(c.Go())
    rig.tick(14)
    rig.submit(c.AppendCue(CueDraft("late", seed=20)), c.Go(ByNumber(3)))
    tick_until(rig, lambda: rig.output.greys[-1] < 205, is_working=False)
    tick_until(rig, lambda: rig.show.plan.next_ready() is not None)
    before = len(rig.output.greys) - 1

    rig.submit(c.SetParameter("position", 0.0))
    rig.tick(4)
    greys = rig.output.greys[before:]
    rig.close()

    assert greys[0] < 230
    assert greys[-1] == 250
    assert largest_step(greys) <= 40 / 3 + 1


def test_hand_that_is_released_in_the_same_frame_dissolves_too() -> None:
    rig = far_apart()
    before = len(rig.output.greys) - 1

    rig.submit(c.SetParameter("position", 0.0), c.ReleasePosition())
    rig.tick(4)
    greys = rig.output.greys[before:]
    rig.close()

    assert largest_step(greys) <= 240 / 3 + 1


def test_cut_in_a_dissolve_is_hard() -> None:
    rig = far_apart()
    rig.submit(c.SetParameter("hold", True), c.SetParameter("position", 0.0))
    rig.tick()

    rig.submit(c.Cut())
    rig.tick()
    greys = rig.output.greys
    rig.close()

    assert 80 <= greys[-2] <= 100
    assert greys[-1] == 250


def test_hand_on_a_bar_at_its_start_and_then_anywhere_is_followed_at_once(rig: ShowRig) -> None:
    rig.tick(6)
    greys = []

    for position in (0.05, 0.9, 0.1):
        rig.submit(c.SetParameter("position", position))
        rig.tick()
        greys.append(rig.output.greys[-1])

    assert greys == [10, 19, 11]


def test_history_holds_only_what_leads_to_the_picture_on_air(rig: ShowRig) -> None:
    rig.tick(8)
    rig.submit(c.SelectStandby(ByNumber(3)))
    rig.tick(4)
    rig.submit(c.Go())
    rig.tick(4)

    rig.submit(c.SetParameter("transition.speed", -1.0))
    rig.tick(20)

    assert largest_step(rig.output.greys[6:]) <= 3


def test_loop_off_stays_at_the_end_when_the_cue_on_air_is_removed(rig: ShowRig) -> None:
    rig.show.parameters.set("setlist.loop", False, ORIGIN, 0.0)
    rig.tick(6)
    rig.submit(c.SelectStandby(ByNumber(3)), c.Cut())
    rig.tick(8)

    rig.submit(c.RemoveCue(ByNumber(3)))

    assert rig.tick().standby_cue is None


@pytest.mark.parametrize("speed", [0.0, -1.0])
def test_speed_acts_also_while_go_hurries(rig: ShowRig, speed: float) -> None:
    rig.show.parameters.set("transition.duration", 60.0, ORIGIN, 0.0)
    rig.tick(5)
    rig.submit(c.Go())
    rig.tick(3)
    rig.submit(c.Go())
    before = rig.tick(2).position

    rig.submit(c.SetParameter("transition.speed", speed))

    assert rig.tick(2).position <= before


def test_whole_setlist_is_rendered_ahead_nearest_first() -> None:
    rig = ShowRig(8, slot_count=200, setlist__auto=False)
    rig.tick(60)
    ready = [cue.number for cue in rig.playback.snapshot.get().cues if cue.state is CueState.READY]
    order = [job.spec.right.seed for job in rig.worker.sent if isinstance(job, GrowRound) and job.round_index == 0]
    rig.close()

    assert ready == [2, 3, 4, 5, 6, 7, 8]
    assert order[:3] == [2, 3, 4]


def test_memory_that_is_full_is_told_once() -> None:
    rig = ShowRig(8, slot_count=20, setlist__auto=False)
    notices = rig.tick(40).notices
    view = rig.playback.snapshot.get().lookahead
    rig.close()

    assert [notice.text for notice in notices if "memory for leaves is full" in notice.text] == [notices[-1].text]
    assert view.is_full
    assert view.slots_used <= view.slot_count == 20


def test_transition_that_has_begun_keeps_its_rounds_when_the_machine_turns_out_fast() -> None:
    rig = ShowRig(6, is_sized=True, slot_count=300, setlist__auto=False)
    rig.tick(1, is_working=False)
    begun = rig.show.plan.chain(2)
    rig.tick(8)
    after = rig.show.plan.chain()
    rig.close()

    assert after[:1] == begun[:1]
    assert after[-1].spec.shape.rounds == ((3, 4),)
