from __future__ import annotations

import pytest

from core.control import commands as c
from core.control.commands import ByNumber, CueDraft
from core.setlist import Setlist
from core.worker.jobs import GrowRound
from live.show.settled_cues import SettledCues
from live.values.parameters import SETTLE_TIME
from tests.fakes import ShowRig

FRAME = 1 / 60


@pytest.fixture
def setlist() -> Setlist:
    return Setlist([CueDraft("one"), CueDraft("two")])


def prompts(setlist: Setlist, cues: SettledCues) -> list[str]:
    return [cues.believed(cue).prompt for cue in setlist.cues]


def test_edit_is_believed_when_it_has_rested(setlist: Setlist) -> None:
    cues = SettledCues(setlist)
    setlist.edit(ByNumber(2), {"prompt": "three"})

    cues.settle(SETTLE_TIME / 2)
    before = prompts(setlist, cues)
    cues.settle(SETTLE_TIME / 2)

    assert (before, prompts(setlist, cues)) == (["one", "two"], ["one", "three"])


def test_cue_that_is_edited_in_every_frame_is_believed_as_it_was_until_that_ends(setlist: Setlist) -> None:
    cues = SettledCues(setlist)
    version = cues.version

    for seed in range(100):
        setlist.edit(ByNumber(2), {"seed": seed})
        cues.settle(FRAME)

    assert cues.version == version
    cues.settle(SETTLE_TIME)
    assert cues.believed(setlist.cues[1]).seed == 99


def test_edit_of_one_cue_does_not_keep_another_from_resting(setlist: Setlist) -> None:
    cues = SettledCues(setlist)
    setlist.edit(ByNumber(1), {"seed": 1})

    for seed in range(100):
        setlist.edit(ByNumber(2), {"seed": seed})
        cues.settle(FRAME)

    assert cues.believed(setlist.cues[0]).seed == 1


def test_new_cue_is_believed_at_once(setlist: Setlist) -> None:
    cues = SettledCues(setlist)
    setlist.append(CueDraft("three"))

    cues.settle(FRAME)

    assert prompts(setlist, cues) == ["one", "two", "three"]


def test_edit_that_is_taken_back_at_once_changes_nothing(setlist: Setlist) -> None:
    cues = SettledCues(setlist)
    version = cues.version
    setlist.edit(ByNumber(2), {"prompt": "three"})
    cues.settle(FRAME)

    setlist.undo()
    cues.settle(SETTLE_TIME)

    assert cues.version == version


def test_hand_that_goes_means_what_is_there_now(setlist: Setlist) -> None:
    cues = SettledCues(setlist)
    setlist.edit(ByNumber(2), {"prompt": "three"})

    cues.settle_now()

    assert prompts(setlist, cues) == ["one", "three"]


def test_field_that_is_swept_starts_one_tree_and_not_sixty() -> None:
    rig = ShowRig(3, setlist__auto=False)
    rig.tick(12)

    for seed in range(5, 24):
        rig.submit(c.EditCue(None, seed=seed))
        rig.tick()
    rig.tick(8)
    seeds = [job.spec.right.seed for job in rig.worker.sent if isinstance(job, GrowRound)]
    rig.close()

    assert [seed for seed in dict.fromkeys(seeds) if seed >= 5] == [23]


def test_go_goes_to_the_armed_cue_as_it_was_typed_in_that_very_frame() -> None:
    rig = ShowRig(3, setlist__auto=False, transition__duration=0.5)
    rig.tick(12)

    rig.submit(c.EditCue(None, seed=9), c.Go())
    led_to = []
    for _ in range(15):
        rig.tick()
        if rig.show.on_air is not None and not rig.show.playhead.rests_at_start:
            led_to.append(rig.show.on_air.transition.spec.right.seed)
    rig.close()

    assert led_to[-1] == 9
    assert 2 not in led_to


def test_edited_cue_is_rendered_before_the_transition_on_air_is_made_finer() -> None:
    rig = ShowRig(3, setlist__auto=False, transition__duration=60.0)
    rig.submit(c.Go())
    for _ in range(12):  # a worker that is busy with refinements for ever
        is_coarse = bool(rig.worker.jobs) and rig.worker.jobs[0].round_index == 0
        rig.tick(is_working=is_coarse)
    assert rig.show.current_cue == 2
    assert [job.round_index for job in rig.worker.jobs] == [1, 1]

    rig.submit(c.EditCue(None, seed=9))
    rig.tick(6, is_working=False)
    jobs = [(job.spec.right.seed, job.round_index) for job in rig.worker.jobs]
    rig.close()

    assert jobs[0] == (9, 0)
