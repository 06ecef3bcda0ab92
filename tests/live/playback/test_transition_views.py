from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.control import commands as c
from tests.fakes import ShowRig


@pytest.fixture
def rig() -> Iterator[ShowRig]:
    """Four cues, no autopilot, a second for a transition, rounds of 3 and 4 branches."""
    rig = ShowRig(4, setlist__auto=False, transition__duration=1.0)
    yield rig
    rig.close()


def test_every_leaf_but_a_keyframe_is_a_branch_with_its_parents(rig: ShowRig) -> None:
    rig.submit(c.Go())
    view = rig.tick(8).transition

    assert view is not None
    assert len(view.leaves) == 9
    assert [branch.position for branch in view.branches] == list(view.leaves[1:-1])
    assert all(branch.left < branch.position < branch.right for branch in view.branches)
    assert {branch.left for branch in view.branches} <= set(view.leaves)


def test_branches_of_later_rounds_leave_their_parents_later(rig: ShowRig) -> None:
    rig.submit(c.Go())
    view = rig.tick(8).transition

    assert view is not None
    assert view.steps == 4
    first, later = view.branches[1], view.branches[0]
    assert (first.left, first.right) == (0.0, 1.0)
    assert 0 < first.injection_step < later.injection_step < view.steps


def test_what_comes_is_shown_while_it_grows(rig: ShowRig) -> None:
    rig.tick(2)
    rig.worker.paint_one_leaf()
    begun = rig.tick(is_working=False)
    grown = rig.tick(8)

    assert (begun.coming[0].from_cue, begun.coming[0].to_cue) == (1, 2)
    assert [view.to_cue for view in grown.coming] == [2, 3]
    assert len(grown.coming[0].branches) == 7
    assert grown.coming[0].progress == 1.0


def test_a_tree_that_has_not_changed_is_not_described_again(rig: ShowRig) -> None:
    before = rig.tick(20)
    after = rig.tick()

    assert before.coming[0] is after.coming[0]
    assert before.transition is after.transition


def test_every_leaf_has_its_thumbnail_with_a_number_of_its_own(rig: ShowRig) -> None:
    rig.submit(c.Go())
    snapshot = rig.tick(8)

    assert snapshot.transition is not None
    views = (snapshot.transition, *snapshot.coming)
    assert all(len(view.thumbnails) == len(view.leaves) for view in views)
    numbers = [small.number for view in views for small in view.thumbnails if small is not None]
    assert len(numbers) == len(set(numbers)) == sum(len(view.leaves) for view in views)
