from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.control import commands as c
from core.control.commands import ByNumber, CueDraft
from core.control.snapshot import CueState, Snapshot
from tests.fakes import ShowRig

BROKEN = "picture /pictures/gone.png cannot be read: No such file or directory"
DRAFTS = [
    CueDraft("one", seed=1),
    CueDraft("two", seed=2, picture="/pictures/gone.png", strength=0.5),
    CueDraft("three", seed=3),
]


@pytest.fixture
def rig() -> Iterator[ShowRig]:
    rig = ShowRig(drafts=DRAFTS, transition__duration=0.5)
    rig.playback.file_faults.put({"/pictures/gone.png": BROKEN})
    yield rig
    rig.close()


def texts(snapshot: Snapshot) -> list[str]:
    return [notice.text for notice in snapshot.notices]


def test_a_cue_whose_picture_is_missing_is_marked_and_the_show_goes_on_without_it(rig: ShowRig) -> None:
    snapshots = [rig.tick() for _ in range(60)]
    cues = [cue for snapshot in snapshots for cue in snapshot.cues if cue.number == 2]

    on_air = {snapshot.current_cue for snapshot in snapshots} - {None}
    assert on_air == {snapshots[-1].cues[0].cue_id, snapshots[-1].cues[2].cue_id}
    assert {cue.state for cue in cues} == {CueState.FAILED}
    assert cues[-1].fault == "picture gone.png cannot be read: No such file or directory"
    assert texts(snapshots[-1]) == [f"cue 2 cannot be shown: {BROKEN}"]
    assert not any(job.spec.right.start for job in rig.worker.sent if hasattr(job, "spec"))


def test_a_hand_that_asks_for_such_a_cue_is_told_why(rig: ShowRig) -> None:
    rig.tick(8)
    rig.submit(c.Go(ByNumber(2)))

    assert texts(rig.tick())[-1] == f"go: cue 2 cannot be shown: {BROKEN}"


def test_a_cue_that_was_armed_when_its_picture_went_is_passed_over(rig: ShowRig) -> None:
    rig.playback.file_faults.put({})
    rig.submit(c.SetParameter("setlist.auto", False))
    rig.tick(8)
    rig.submit(c.Go(ByNumber(2)))
    rig.tick(is_working=False)
    rig.playback.file_faults.put({"/pictures/gone.png": BROKEN})
    rig.submit(c.SetParameter("setlist.auto", True))
    snapshot = rig.tick(30)

    assert snapshot.current_cue != snapshot.cues[1].cue_id
    assert snapshot.transition is not None


def test_the_first_cue_that_can_be_shown_opens_the_show() -> None:
    rig = ShowRig(drafts=[DRAFTS[1], DRAFTS[0]], setlist__auto=False)
    rig.playback.file_faults.put({"/pictures/gone.png": BROKEN})
    snapshot = rig.tick(8)
    rig.close()

    assert snapshot.current_cue == snapshot.cues[1].cue_id


def test_a_show_that_can_show_nothing_keeps_its_test_card() -> None:
    rig = ShowRig(drafts=[DRAFTS[1]])
    rig.playback.file_faults.put({"/pictures/gone.png": BROKEN})
    snapshot = rig.tick(8)
    rig.close()

    assert (snapshot.current_cue, len(snapshot.notices)) == (None, 1)
    assert len(rig.output.numbers) == 8


def test_a_picture_that_comes_back_is_shown_again_and_its_next_loss_told_again(rig: ShowRig) -> None:
    rig.tick(8)
    rig.playback.file_faults.put({})
    back = rig.tick(8).cues[1]
    rig.playback.file_faults.put({"/pictures/gone.png": BROKEN})

    assert (back.fault, back.state is CueState.FAILED) == ("", False)
    assert len(texts(rig.tick())) == 2


@pytest.mark.parametrize("changes", [{"strength": 1.0}, {"picture": ""}], ids=["not needed", "taken away"])
def test_a_cue_that_needs_no_picture_is_shown(changes: dict[str, float | str], rig: ShowRig) -> None:
    rig.tick(8)
    if "picture" in changes:
        rig.submit(c.PutPicture(ByNumber(2), "", c.PictureUse.START))
    else:
        rig.submit(c.EditCue(ByNumber(2), strength=1.0))

    assert rig.tick(8).cues[1].fault == ""
