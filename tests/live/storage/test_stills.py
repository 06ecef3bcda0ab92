from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from core.control import commands as c
from core.control.commands import Origin
from core.control.errors import CommandRefused
from core.frames.frame import Frame
from core.frames.image import decode_image_bytes
from live.storage.stills import Stills
from tests.fakes import ORIGIN, ShowRig

MOMENT = datetime(2026, 11, 25, 20, 30, 15, tzinfo=UTC)


class Told(list[tuple[str, bool]]):
    def __call__(self, text: str, origin: Origin | None = None, *, is_error: bool = True) -> None:
        assert origin == ORIGIN
        self.append((text, is_error))


def frame_of(grey: int, number: int = 7) -> Frame:
    frame = Frame(np.full((16, 32, 3), grey, np.uint8))
    frame.number = number
    return frame


def test_still_is_the_frame_to_the_bit_in_a_file_named_by_time_and_frame(tmp_path: Path) -> None:
    told = Told()
    stills = Stills(tmp_path / "recordings", told, lambda: MOMENT)
    frame = frame_of(77)

    stills.keep(frame, ORIGIN)
    stills.work_once()

    path = tmp_path / "recordings" / "latentdeck-20261125-203015-7.png"
    assert told == [(f"still: {path}", False)]
    assert np.array_equal(decode_image_bytes(path.read_bytes(), "still"), frame.pixels)
    assert frame.is_free


def test_one_still_at_a_time(tmp_path: Path) -> None:
    stills = Stills(tmp_path, Told())
    stills.keep(frame_of(1), ORIGIN)

    with pytest.raises(CommandRefused, match="still being written"):
        stills.check()
    stills.work_once()

    stills.check()


def test_still_that_cannot_be_written_is_told_and_gives_its_frame_back(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where the folder should be")
    told = Told()
    stills = Stills(tmp_path / "taken", told, lambda: MOMENT)
    frame = frame_of(1)

    stills.keep(frame, ORIGIN)
    stills.work_once()

    assert [(text.rpartition(": ")[2], is_error) for text, is_error in told] == [("File exists", True)]
    assert frame.is_free


def test_hand_gets_the_program_of_that_very_frame_with_all_that_the_output_does_to_it(tmp_path: Path) -> None:
    rig = ShowRig(3, setlist__auto=False)
    rig.tick(8)
    stills = Stills(tmp_path, Told())
    rig.playback.use_stills(stills)

    rig.submit(c.SetParameter("output.brightness", 0.0), c.TakeStill())
    rig.tick()
    offered = rig.output.pictures[-1]
    rig.tick(3)
    stills.work_once()
    rig.close()

    (path,) = tmp_path.iterdir()
    assert path.name.endswith("-8.png")
    assert np.array_equal(decode_image_bytes(path.read_bytes(), "still"), offered)


def test_still_is_refused_where_nobody_writes_it() -> None:
    rig = ShowRig(1)
    rig.submit(c.TakeStill())
    snapshot = rig.tick()
    rig.close()

    assert [notice.text for notice in snapshot.notices] == ["stills can only be taken in a running show"]
