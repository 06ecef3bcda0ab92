"""A show that opens where another one was: what playback writes down is enough to have the same look again."""

from __future__ import annotations

from typing import Any

import pytest

from core.control import commands as c
from core.control.commands import ByNumber, CueDraft
from core.control.preset import Preset
from core.control.snapshot import Program
from core.tree.spec import RenderSettings
from live.show.resume import resume
from live.show.state import ShowState
from tests.fakes import ORIGIN, ShowRig


def state_of(rig: ShowRig) -> ShowState:
    return rig.playback.state.get()


def resumed(state: ShowState) -> ShowRig:
    """Another show, with the cues and parameters of the first, that opens where that was."""
    parameters: dict[str, Any] = {name.replace(".", "__"): value for name, value in state.parameters.items()}
    rig = ShowRig(drafts=state.cues, **parameters)
    assert state.whereabouts is not None
    resume(rig.show.setlist, rig.show.plan, state.whereabouts)
    return rig


def test_show_at_rest_opens_with_the_same_picture_and_the_same_cue_armed() -> None:
    rig = ShowRig(4, setlist__auto=False, transition__duration=1.0)
    rig.tick(8)
    rig.submit(c.Go())
    rig.tick(14)
    rig.submit(c.SelectStandby(ByNumber(4)))
    rig.tick(2)
    again = resumed(state_of(rig))
    snapshot = again.tick(6)
    grey = again.output.greys[-1]
    rig.close()
    again.close()

    assert (snapshot.program, grey) == (Program.CUE, 20)
    numbers = {cue.cue_id: cue.number for cue in snapshot.cues}
    assert (numbers[snapshot.current_cue or 0], numbers[snapshot.standby_cue or 0]) == (2, 4)


def test_picture_comes_back_also_when_its_cue_was_edited_or_removed() -> None:
    rig = ShowRig(3, setlist__auto=False)
    rig.tick(8)
    rig.submit(c.EditCue(ByNumber(1), seed=9))
    rig.tick(2)
    edited = resumed(state_of(rig))
    edited.tick(6)
    rig.submit(c.RemoveCue(ByNumber(1)))
    rig.tick(2)
    removed = resumed(state_of(rig))
    snapshot = removed.tick(6)
    greys = (edited.output.greys[-1], removed.output.greys[-1])
    for each in (rig, edited, removed):
        each.close()

    assert greys == (10, 10)
    assert [cue.prompt for cue in snapshot.cues if cue.is_standby] == ["cue 2"]


def test_show_in_mid_transition_goes_on_from_its_position() -> None:
    rig = ShowRig(3, setlist__auto=False, transition__duration=4.0)
    rig.tick(8)
    rig.submit(c.Go())
    before = rig.tick(20)
    again = resumed(state_of(rig))
    waiting = again.tick(1, is_working=False)
    running = next(snapshot for _ in range(20) if (snapshot := again.tick()).program is Program.TRANSITION)
    rested = again.tick(40)
    rig.close()
    again.close()

    assert waiting.program is Program.TEST_CARD
    assert running.position == pytest.approx(before.position, abs=0.03)
    assert [cue.number for cue in running.cues if cue.cue_id in (running.current_cue, running.standby_cue)] == [2, 3]
    assert rested.program is Program.CUE
    assert again.output.greys[-1] == 20


def test_show_in_a_turn_goes_on_in_another_size_down_to_what_it_was_grafted_on() -> None:
    rig = ShowRig(3, setlist__auto=False, transition__duration=4.0)
    rig.tick(8)
    rig.submit(c.Go())
    rig.tick(12)
    rig.submit(c.Go())
    rig.tick(20)
    again = resumed(state_of(rig))
    settings = RenderSettings(64, 32, 8)
    again.show.specs.use_model(settings, prefers_scenes=False)

    graft = again.show.plan.chain(1)[0].spec.left.graft
    rig.close()
    again.close()

    assert graft is not None
    assert graft.transition.settings == settings


def test_second_crash_before_the_first_picture_loses_nothing() -> None:
    rig = ShowRig(3, setlist__auto=False)
    rig.tick(8)
    again = resumed(state_of(rig))
    again.tick(1, is_working=False)
    found = state_of(again).whereabouts
    rig.close()
    again.close()

    assert found == state_of(rig).whereabouts


def test_lone_cue_comes_back() -> None:
    rig = ShowRig(1)
    rig.tick(6)
    again = resumed(state_of(rig))
    snapshot = again.tick(6)
    rig.close()
    again.close()

    assert (snapshot.program, again.output.greys[-1]) == (Program.CUE, 10)


def test_frozen_show_comes_back_frozen_on_its_picture() -> None:
    rig = ShowRig(3, setlist__auto=False)
    rig.tick(8)
    rig.submit(c.SetParameter("freeze", True))
    rig.tick(2)
    again = resumed(state_of(rig))
    again.tick(8)
    rig.close()
    again.close()

    assert again.output.greys[-1] == 10


def test_opening_that_cannot_be_rendered_is_given_up_for_the_setlist() -> None:
    rig = ShowRig(3, setlist__auto=False)
    rig.tick(8)
    rig.submit(c.EditCue(ByNumber(1), seed=5))
    rig.tick(2)
    again = resumed(state_of(rig))
    again.tick(1, is_working=False)
    again.worker.refuse("the picture it starts from is gone")
    again.tick(8)
    rig.close()
    again.close()

    assert again.output.greys[-1] == 50


def test_loaded_show_takes_over_when_its_first_cue_is_ready_and_can_be_taken_back() -> None:
    rig = ShowRig(3, setlist__auto=False, transition__duration=1.0)
    rig.tick(8)
    rig.submit(
        c.ReplaceShow(
            (CueDraft("x", seed=5), CueDraft("y", seed=6)), (("depth", 0.25), ("freeze", True)), 2, "other.toml"
        )
    )
    loaded = rig.tick(8)
    greys = rig.output.greys[-8:]
    rig.submit(c.Go())
    gone = rig.tick(14)
    rig.submit(c.Undo())
    undone = rig.tick(2)
    rig.close()

    assert set(greys) == {10}
    assert [(cue.prompt, cue.is_standby) for cue in loaded.cues] == [("x", False), ("y", True)]
    assert (loaded.parameters["depth"], loaded.parameters["freeze"]) == (0.25, False)
    assert (gone.program, rig.output.greys[-1]) == (Program.CUE, 60)
    assert [cue.prompt for cue in undone.cues] == ["cue 1", "cue 2", "cue 3"]


def test_loaded_show_brings_its_presets_and_a_mere_setlist_leaves_those_that_are_there() -> None:
    rig = ShowRig(1, presets=(Preset(1, "calm", ()),))
    rig.submit(c.ReplaceShow((CueDraft("x"),), (), 0, "a.txt"))
    setlist = rig.tick()
    rig.submit(c.ReplaceShow((CueDraft("x"),), (), 0, "b.toml", (Preset(4, "wild", (("depth", 0.9),)),)))
    loaded = rig.tick()
    rig.submit(c.Undo())
    undone = rig.tick()
    rig.close()

    assert [[preset.name for preset in each.presets] for each in (setlist, loaded, undone)] == [
        ["calm"],
        ["wild"],
        ["calm"],
    ]


def test_saving_without_a_place_on_disk_is_refused() -> None:
    rig = ShowRig(1)
    rig.submit(c.SaveShow())
    snapshot = rig.tick()
    rig.close()

    assert [(notice.text, notice.origin) for notice in snapshot.notices] == [
        ("this show is not kept on disk: session.enabled is off", ORIGIN)
    ]
