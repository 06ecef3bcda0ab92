from __future__ import annotations

from core.control import commands as c
from core.control.commands import ByNumber, CueDraft
from core.control.snapshot import CueState
from live.playback.cue_views import CueViews
from live.playback.scene_reader import SceneReader
from tests.fakes import ShowRig


def test_only_views_of_cues_that_have_changed_are_made_again() -> None:
    rig = ShowRig(20, setlist__auto=False, slot_count=60)
    before = rig.tick(8).cues
    rig.submit(c.EditCue(ByNumber(15), note="late"))
    after = rig.tick(is_working=False).cues
    rig.close()

    made_again = [new.number for old, new in zip(before, after, strict=True) if old is not new]
    assert 15 in made_again
    assert len(made_again) <= 3


def test_cue_from_a_scene_says_how_its_prompt_was_read() -> None:
    rig = ShowRig(drafts=[CueDraft("die rote Sonne", scene="lasers"), CueDraft("gold")], keyframes="text")
    reader = SceneReader()
    views = CueViews(rig.show, rig.lookahead, reader)
    before = [cue.understood for cue in views.get(rig.show.outlook(rig.show.ahead()))]
    reader.close()
    after = [cue.understood for cue in views.get(rig.show.outlook(rig.show.ahead()))]
    rig.close()

    assert before == ["", ""]
    assert after == ['lasers, red: from "rote"', ""]


def test_nothing_new_is_the_very_same_tuple() -> None:
    rig = ShowRig(5, setlist__auto=False)
    before = rig.tick(40).cues
    after = rig.tick(is_working=False).cues
    rig.close()

    assert after is before


def test_cue_that_waits_behind_the_one_being_rendered_says_so() -> None:
    rig = ShowRig(4, setlist__auto=False)
    rig.tick(2, is_working=False)
    states = [cue.state for cue in rig.playback.snapshot.get().cues]
    rig.close()

    assert states == [CueState.WAITING, CueState.RENDERING, CueState.WAITING, CueState.WAITING]
