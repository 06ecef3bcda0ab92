from __future__ import annotations

from collections.abc import Iterator

import pytest

from core.control import commands as c
from core.control.commands import ByNumber
from core.control.domain import Value
from core.tree.spec import NO_CROSSFEED, SCENE, Crossfeed, PictureStart, TransitionSpec
from tests.fakes import ShowRig


@pytest.fixture
def rig() -> Iterator[ShowRig]:
    """Four cues at rest on the first, no autopilot."""
    rig = ShowRig(4, setlist__auto=False, transition__duration=1.0)
    rig.tick(8)
    yield rig
    rig.close()


def next_spec(rig: ShowRig) -> TransitionSpec:
    planned = rig.show.plan.next_planned()
    assert planned is not None
    return planned.spec


def edit(rig: ShowRig, number: int, **changes: Value | None) -> None:
    rig.submit(c.EditCue(ByNumber(number), **changes))
    rig.tick(6)  # an edit is believed when it has rested


def test_depth_and_crossfeed_of_a_cue_are_those_of_the_transition_to_it(rig: ShowRig) -> None:
    edit(rig, 2, depth=0.125, crossfeed=0.75)

    spec = next_spec(rig)
    after = rig.show.plan.chain(2)[1].spec

    assert (spec.shape.depth, spec.crossfeed) == (0.125, Crossfeed(0.75, 1.0, 1.0))
    assert (after.shape.depth, after.crossfeed) == (0.5, NO_CROSSFEED)


def test_guidance_and_strength_of_a_cue_are_those_of_its_keyframe(rig: ShowRig) -> None:
    rig.submit(c.SetParameter("keyframes", "scene"))
    rig.tick(6)
    edit(rig, 2, guidance=9.0, strength=0.5)

    right, after = next_spec(rig).right, rig.show.plan.chain(2)[1].spec.right

    assert (right.guidance, right.start) == (9.0, PictureStart(SCENE, 0.5))
    assert (after.guidance, after.start) == (3.0, PictureStart(SCENE, 0.25))


def test_scene_of_a_cue_is_that_of_its_keyframe_whatever_keyframes_start_from(rig: ShowRig) -> None:
    rig.submit(c.SetParameter("keyframes", "text"))
    edit(rig, 2, scene="lasers")

    assert next_spec(rig).right.start == PictureStart(SCENE, 0.25, "lasers")


def test_picture_of_a_cue_goes_before_its_scene(rig: ShowRig) -> None:
    edit(rig, 2, scene="lasers", picture="still.png")

    assert next_spec(rig).right.start == PictureStart("still.png", 0.25)


def test_weight_of_a_cue_is_that_of_the_prompt_of_its_keyframe(rig: ShowRig) -> None:
    edit(rig, 2, weight=0.5)

    assert [next_spec(rig).right.weight, rig.show.plan.chain(2)[1].spec.right.weight] == [0.5, 1.0]


@pytest.mark.parametrize("way", [c.EditCue(ByNumber(2), weight=None), c.Undo(), c.EditCue(ByNumber(2), weight=1.0)])
def test_weight_that_is_cleared_undone_or_1_renders_nothing_anew(rig: ShowRig, way: c.Command) -> None:
    before = next_spec(rig)
    edit(rig, 2, weight=2.0)
    assert next_spec(rig) != before
    rig.submit(way)
    rig.tick(6)

    assert next_spec(rig) == before


def test_cleared_field_goes_by_the_show_again(rig: ShowRig) -> None:
    edit(rig, 2, depth=0.125)
    edit(rig, 2, depth=None)

    assert next_spec(rig).shape.depth == 0.5


def test_crossfeed_of_the_show_reaches_every_transition_when_its_knob_rests(rig: ShowRig) -> None:
    rig.submit(
        c.SetParameter("crossfeed.power", 0.5),
        c.SetParameter("crossfeed.range", 0.75),
        c.SetParameter("crossfeed.decay", 0.25),
    )
    rig.tick(6)

    assert [planned.spec.crossfeed for planned in rig.show.plan.chain(3)] == [Crossfeed(0.5, 0.75, 0.25)] * 3


def test_cue_that_jumps_is_followed_by_the_cue_it_names(rig: ShowRig) -> None:
    edit(rig, 1, follow="jump", jump=4)

    assert rig.playback.snapshot.get().standby_cue == 4


def test_jump_without_a_number_is_the_next_cue(rig: ShowRig) -> None:
    edit(rig, 1, follow="jump")

    assert rig.playback.snapshot.get().standby_cue == 2


def test_armed_cue_goes_over_the_one_that_follows(rig: ShowRig) -> None:
    edit(rig, 1, follow="jump", jump=4)
    rig.submit(c.SelectStandby(ByNumber(3)))

    assert rig.tick().standby_cue == 3


def test_random_cue_is_another_one_and_rendered_before_it_is_armed(rig: ShowRig) -> None:
    for number in (1, 2, 3, 4):
        edit(rig, number, follow="random")
    came = []
    for _ in range(8):
        expected = [planned.to_cue for planned in rig.show.plan.chain(2)]
        rig.submit(c.Go())
        rig.tick(16)
        snapshot = rig.playback.snapshot.get()
        assert [snapshot.current_cue, snapshot.standby_cue] == expected
        came.append(snapshot.current_cue)

    assert len(set(came)) > 2


@pytest.mark.parametrize(
    ("keyframes", "changes", "expected"),
    [
        ("text", {}, "text"),
        ("scene", {}, "scene"),
        ("text", {"scene": "lasers"}, "scene"),
        ("scene", {"strength": 1.0}, "text"),
        ("text", {"picture": "still.png"}, "picture"),
    ],
    ids=["text", "scene", "scene by name", "all painted anew", "picture"],
)
def test_cue_says_what_its_picture_is_made_from(
    rig: ShowRig, keyframes: str, changes: dict[str, Value], expected: str
) -> None:
    rig.submit(c.SetParameter("keyframes", keyframes))
    if changes:
        edit(rig, 2, **changes)

    rig.tick(6)

    assert rig.playback.snapshot.get().cues[1].made_from == expected
