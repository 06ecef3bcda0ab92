from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.control import commands as c
from core.control.commands import ByNumber, CueDraft, Origin, Surface
from core.control.errors import CommandRefused, LatentdeckError
from tests.fakes import ORIGIN, ShowRig


@pytest.fixture
def rig() -> Iterator[ShowRig]:
    """Three cues at rest on the first, no autopilot, a second for a transition."""
    rig = ShowRig(3, setlist__auto=False, transition__duration=1.0)
    rig.tick(8)
    yield rig
    rig.close()


def told(rig: ShowRig) -> list[str]:
    return [notice.text for notice in rig.playback.snapshot.get().notices]


def test_double_press_of_go_is_one_go(rig: ShowRig) -> None:
    rig.submit(c.Go())
    rig.tick(2)
    rig.submit(c.Go())
    rig.tick(14)

    assert rig.playback.snapshot.get().current_cue == 2
    assert "go came 0.20 s after the last one and is taken for a double press; see go.guard" in told(rig)


@pytest.mark.parametrize("surface", [Surface.OSC, Surface.MIDI, Surface.WEB])
def test_double_press_is_one_whichever_hands_it_comes_from(rig: ShowRig, surface: Surface) -> None:
    rig.hands.apply(c.Go(), Origin(surface, "first"), now=10.0)

    with pytest.raises(CommandRefused, match="double press"):
        rig.hands.apply(c.Go(), ORIGIN, now=10.2)


def test_go_is_taken_again_when_the_guard_is_over_or_off(rig: ShowRig) -> None:
    rig.hands.apply(c.Go(), ORIGIN, now=10.0)
    rig.hands.apply(c.Go(), ORIGIN, now=10.26)
    rig.hands.apply(c.SetParameter("go.guard", 0.0), ORIGIN, now=10.26)

    rig.hands.apply(c.Go(), ORIGIN, now=10.26)


def test_refused_go_does_not_guard(rig: ShowRig) -> None:
    rig.hands.apply(c.SetParameter("transition.speed", -1.0), ORIGIN, now=10.0)
    with pytest.raises(LatentdeckError):
        rig.hands.apply(c.Go(), ORIGIN, now=10.0)
    rig.hands.apply(c.SetParameter("transition.speed", 1.0), ORIGIN, now=10.1)

    rig.hands.apply(c.Go(), ORIGIN, now=10.1)

    assert rig.show.playhead.standing.is_go_pending


def test_locked_show_refuses_edits_and_takes_go(rig: ShowRig) -> None:
    rig.submit(
        c.SetParameter("lock", True), c.AppendCue(CueDraft("x")), c.Go(), c.SetParameter("transition.speed", 2.0)
    )
    snapshot = rig.tick(8)

    assert (len(snapshot.cues), snapshot.current_cue) == (3, 2)
    assert told(rig) == ["the show is locked: the setlist stays as it is; switch lock off first"]

    rig.submit(c.SetParameter("lock", False), c.AppendCue(CueDraft("x")))

    assert len(rig.tick().cues) == 4


def test_prev_goes_back_to_the_cue_before(rig: ShowRig) -> None:
    rig.submit(c.Go())
    rig.tick(14)

    rig.submit(c.GoBack())
    rig.tick(14)

    assert rig.playback.snapshot.get().current_cue == 1
    assert rig.output.greys[-1] == 10


def test_prev_at_the_first_cue_without_loop_is_refused_and_changes_nothing(rig: ShowRig) -> None:
    rig.submit(c.SetParameter("setlist.loop", False), c.GoBack())

    snapshot = rig.tick()

    assert told(rig) == ["prev needs a cue before the one on air"]
    assert (snapshot.standby_cue, snapshot.is_go_pending) == (2, False)


def test_refused_prev_leaves_the_armed_cue_armed(rig: ShowRig) -> None:
    rig.submit(c.SelectStandby(ByNumber(3)), c.SetParameter("transition.speed", -1.0), c.GoBack())

    assert rig.tick().standby_cue == 3


def test_arming_steps_through_the_setlist_and_around_its_ends(rig: ShowRig) -> None:
    armed = []
    for steps in (1, 1, 1, -1):
        rig.submit(c.StepStandby(steps))
        armed.append(rig.tick().standby_cue)

    assert armed == [3, 1, 2, 1]


def test_arming_in_an_empty_setlist_is_refused() -> None:
    rig = ShowRig(0)
    rig.submit(c.StepStandby(1))
    rig.tick()
    rig.close()

    assert told(rig) == ["nothing to arm: the setlist is empty"]


def test_undo_of_the_cue_on_air_leaves_its_picture(rig: ShowRig) -> None:
    rig.submit(c.AppendCue(CueDraft("late", seed=7)), c.SelectStandby(ByNumber(4)), c.Go())
    rig.tick(20)
    assert rig.output.greys[-1] == 70

    rig.submit(c.Undo())
    snapshot = rig.tick(3)

    assert [cue.prompt for cue in snapshot.cues] == ["cue 1", "cue 2", "cue 3"]
    assert rig.output.greys[-3:] == [70, 70, 70]
    assert snapshot.redo == "add cue 4"


def test_undo_of_an_edit_of_the_cue_on_air_leaves_its_picture(rig: ShowRig) -> None:
    rig.submit(c.EditCue(ByNumber(1), seed=9))
    rig.tick(3)
    rig.submit(c.Undo())
    rig.tick(3)

    assert set(rig.output.greys[-6:]) == {10}


def test_fields_that_a_hand_moves_are_taken_back_as_a_whole(rig: ShowRig) -> None:
    for place in range(5):
        rig.submit(c.EditCue(ByNumber(2), depth=place / 10))
        rig.tick(2)

    rig.submit(c.Undo())

    assert rig.tick().cues[1].depth is None


def test_edits_apart_in_time_are_taken_back_one_by_one(rig: ShowRig) -> None:
    for place in (0.1, 0.9):
        rig.submit(c.EditCue(ByNumber(2), depth=place))
        rig.tick(11)

    rig.submit(c.Undo())

    assert rig.tick().cues[1].depth == 0.1
