from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from core.control import commands as c
from core.control.commands import ByNumber
from core.frames.frame import FrameFormat
from live.playback.compositor import Fit
from live.playback.preview import FPS, NOTHING, Preview
from tests.fakes import ListOutput, ShowRig


@pytest.fixture
def rig() -> Iterator[ShowRig]:
    """At rest on cue 1 (grey 10), cue 2 (grey 20) armed; the show and the preview both have ten frames a second."""
    rig = ShowRig(3, setlist__auto=False)
    rig.playback.preview.is_watched = lambda: True
    yield rig
    rig.close()


def watch(rig: ShowRig) -> ListOutput:
    output = ListOutput()
    rig.playback.preview.outputs.put((output,))
    return output


def test_target_of_the_armed_cue_is_seen_before_go(rig: ShowRig) -> None:
    preview = watch(rig)

    rig.tick(8)

    assert preview.greys[-1] == 20
    assert rig.output.greys[-1] == 10


def test_target_is_seen_before_the_way_to_it_can_be_played(rig: ShowRig) -> None:
    preview = watch(rig)
    rig.tick(2, is_working=False)
    rig.worker.paint_one_leaf(1.0)

    rig.tick(2, is_working=False)

    assert preview.greys[-1] == 20


def test_hand_looks_through_the_coming_transition_and_the_program_does_not_notice(rig: ShowRig) -> None:
    preview = watch(rig)
    rig.tick(8)

    seen = []
    for position in (0.0, 0.5, 1.0):
        rig.submit(c.SetParameter("preview.position", position))
        rig.tick()
        seen.append(preview.greys[-1])

    assert seen == [10, 15, 20]
    assert set(rig.output.greys[-3:]) == {10}
    assert rig.playback.snapshot.get().position == 0.0


def test_preview_follows_the_armed_cue(rig: ShowRig) -> None:
    preview = watch(rig)
    rig.tick(8)

    rig.submit(c.SelectStandby(ByNumber(3)))
    rig.tick(1, is_working=False)
    waiting = preview.greys[-1]
    rig.tick(6)

    assert waiting == NOTHING
    assert preview.greys[-1] == 30


def test_nothing_is_drawn_when_nobody_watches(rig: ShowRig) -> None:
    preview = watch(rig)
    rig.playback.preview.is_watched = lambda: False

    rig.tick(8)

    assert preview.pictures == []


def test_fault_in_the_preview_does_not_touch_the_program(rig: ShowRig, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*arguments: object) -> None:
        raise RuntimeError("a bug")

    monkeypatch.setattr(rig.playback.preview, "show", fail)
    rig.tick(8)

    assert rig.output.numbers == list(range(8))
    assert rig.output.greys[-1] == 10


def test_few_pictures_a_second_however_fast_the_show_runs() -> None:
    preview, output = Preview(FrameFormat(64, 36), Fit.CROP), ListOutput()
    preview.is_watched = lambda: True
    preview.outputs.put((output,))

    for tick in range(120):
        preview.show(tick / 60, None, 1.0, lambda slot: np.zeros((8, 8, 3), np.uint8))

    assert len(output.pictures) == 2 * FPS


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1280, 720), (720, 1280), (64, 36)])
def test_picture_is_small_and_of_the_shape_of_the_program(width: int, height: int) -> None:
    shape = Preview(FrameFormat(width, height), Fit.CROP).frame_format

    assert shape.width <= 480
    assert shape.width / shape.height == pytest.approx(width / height, rel=0.02)
