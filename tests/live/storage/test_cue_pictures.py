from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from core.control import commands as c
from core.control.commands import ById, ByNumber, Origin
from core.control.errors import CommandRefused, UnknownName
from core.control.snapshot import Snapshot
from core.frames.frame import Pixels
from core.frames.image import write_png
from core.frames.picture_store import PictureStore
from core.tree.pictures import read_image
from live.storage.cue_pictures import MAX_WAITING, PictureDesk
from tests.fakes import ORIGIN, ShowRig

RED = np.full((16, 32, 3), (255, 0, 0), np.uint8)


class DeskRig(ShowRig):
    """A show with a desk that works when the test says so."""

    def __init__(self, folder: Path) -> None:
        super().__init__(3, setlist__auto=False, transition__duration=1.0)
        self.desk = PictureDesk(PictureStore(folder), self.commands.submit, self.playback.announce)
        self.playback.use_pictures(self.desk)


@pytest.fixture
def rig(tmp_path: Path) -> Iterator[DeskRig]:
    rig = DeskRig(tmp_path)
    yield rig
    rig.close()


def picture_of(rig: ShowRig, number: int) -> Pixels:
    return read_image(Path(rig.show.setlist.find(ByNumber(number)).picture))


def told(snapshot: Snapshot) -> list[tuple[str, Origin | None]]:
    return [(notice.text, notice.origin) for notice in snapshot.notices]


def test_the_picture_on_air_becomes_the_start_of_the_standby_cue(rig: DeskRig) -> None:
    rig.tick(5)

    rig.submit(c.CapturePicture())
    rig.tick()
    assert rig.show.setlist.cues[1].picture == ""
    rig.desk.work_once()
    snapshot = rig.tick()

    assert np.array_equal(picture_of(rig, 2), np.full((16, 32, 3), 10, np.uint8))
    assert snapshot.cues[1].picture == Path(rig.show.setlist.cues[1].picture).name


def test_a_capture_in_a_transition_is_the_mix_that_is_seen(rig: DeskRig) -> None:
    rig.tick(5)
    rig.submit(c.Go())
    rig.tick(6)
    shown = rig.output.greys[-1]

    rig.submit(c.CapturePicture(ByNumber(3)))
    rig.tick()
    rig.desk.work_once()
    rig.tick()

    assert 10 < shown < 20
    assert int(picture_of(rig, 3)[0, 0, 0]) == pytest.approx(shown, abs=1)


def test_the_transition_to_the_cue_is_rendered_anew_with_its_picture(rig: DeskRig) -> None:
    rig.tick(6)

    rig.submit(c.CapturePicture())
    rig.tick()
    rig.desk.work_once()
    rig.tick(6)

    planned = rig.show.plan.next_planned()
    assert planned is not None
    assert planned.spec.right.start is not None
    assert planned.spec.right.start.source == rig.show.setlist.cues[1].picture


def test_nothing_can_be_taken_before_the_first_picture(rig: DeskRig) -> None:
    rig.submit(c.CapturePicture())

    assert told(rig.tick(is_working=False)) == [("there is no picture on air yet", ORIGIN)]


def test_a_show_without_a_desk_says_so() -> None:
    rig = ShowRig(3)
    rig.submit(c.ChoosePicture(None, "still.png"))

    assert told(rig.tick(5)) == [("pictures can only be taken in a running show", ORIGIN)]
    rig.close()


def test_a_file_of_the_folder_is_put_on_a_cue_by_its_name(rig: DeskRig, tmp_path: Path) -> None:
    write_png(tmp_path / "still.png", RED)

    rig.submit(c.ChoosePicture(ByNumber(3), "still.png"))
    rig.tick()
    rig.desk.work_once()
    rig.tick()

    assert np.array_equal(picture_of(rig, 3), RED)


def test_a_file_of_the_folder_becomes_the_mask_of_a_cue(rig: DeskRig, tmp_path: Path) -> None:
    write_png(tmp_path / "window.png", RED)

    rig.submit(c.ChoosePicture(ByNumber(3), "window.png", c.PictureUse.MASK))
    rig.tick()
    rig.desk.work_once()
    rig.tick()

    cue = rig.show.setlist.cues[2]
    assert np.array_equal(read_image(Path(cue.mask)), RED)
    assert cue.picture == ""


def test_an_empty_name_takes_the_picture_away_at_once(rig: DeskRig) -> None:
    rig.submit(c.PutPicture(ByNumber(2), "still.png"), c.ChoosePicture(ByNumber(2), ""))
    rig.tick()

    assert rig.show.setlist.cues[1].picture == ""


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("gone.png", r"picture .*gone\.png cannot be read: No such file"),
        ("..", r"must be the name of a file in .*, got '\.\.'"),
        ("../secret.png", "must be the name of a file in"),
        ("/etc/hostname", "must be the name of a file in"),
        ("notes.txt", "must be a PNG, JPEG or WebP file"),
    ],
)
def test_what_cannot_be_had_is_told_to_who_asked(name: str, words: str, rig: DeskRig, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no picture")
    rig.submit(c.ChoosePicture(ByNumber(2), name))
    rig.tick()

    rig.desk.work_once()
    ((text, origin),) = told(rig.tick())

    assert origin == ORIGIN
    with pytest.raises(AssertionError, match=words):
        raise AssertionError(text)
    assert rig.show.setlist.cues[1].picture == ""


def test_a_cue_that_is_gone_when_the_picture_is_there_is_told(rig: DeskRig) -> None:
    rig.tick(5)
    rig.submit(c.CapturePicture(ByNumber(2)), c.RemoveCue(ByNumber(2)))
    rig.tick()

    rig.desk.work_once()

    assert told(rig.tick()) == [("that cue is not in the setlist any more", ORIGIN)]


def test_pictures_that_wait_are_bounded(rig: DeskRig) -> None:
    for _ in range(MAX_WAITING):
        rig.desk.capture(RED, ById(1), ORIGIN)

    with pytest.raises(CommandRefused, match=f"{MAX_WAITING} pictures are still being kept"):
        rig.desk.capture(RED, ById(1), ORIGIN)


def test_a_picture_for_a_cue_that_is_not_there_is_not_taken(rig: DeskRig) -> None:
    with pytest.raises(UnknownName):
        rig.hands.apply(c.CapturePicture(ByNumber(9)), ORIGIN, 0.0)


def test_its_thread_ends_after_what_it_was_given(rig: DeskRig) -> None:
    rig.desk.start()
    rig.desk.capture(RED, ById(2), ORIGIN)

    rig.desk.stop()
    rig.tick()

    assert rig.show.setlist.cues[1].picture.endswith(".png")
