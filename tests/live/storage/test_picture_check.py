from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from core.control.commands import CueDraft
from core.control.errors import ConfigError
from core.frames.image import encode_png
from live.show.cue_faults import FileFaults
from live.storage.picture_check import PictureCheck, require_pictures

GOOD = encode_png(np.full((8, 8, 3), 90, np.uint8))


class Looking:
    """A check of these cues, with all that it has published."""

    def __init__(self, *cues: CueDraft) -> None:
        self.cues: tuple[CueDraft, ...] = cues
        self.published: list[FileFaults] = []
        self.check = PictureCheck(lambda: self.cues, self.published.append)

    def look(self) -> dict[str, str]:
        self.check.look()
        return dict(self.published[-1]) if self.published else {}


def picture(path: Path, content: bytes = GOOD) -> str:
    path.write_bytes(content)
    return str(path)


def test_pictures_and_masks_that_cannot_be_had_are_found(tmp_path: Path) -> None:
    good, cut_off = picture(tmp_path / "good.png"), picture(tmp_path / "cut off.png", GOOD[:60])
    gone = str(tmp_path / "gone.png")

    found = Looking(CueDraft("a", picture=good), CueDraft("b", picture=cut_off), CueDraft("c", mask=gone)).look()

    assert found[gone] == f"picture {gone} cannot be read: No such file or directory"
    assert found[cut_off].startswith(f"picture {cut_off} is damaged: it cannot be decoded")
    assert good not in found


def test_what_is_missing_is_told_before_anything_is_decoded(tmp_path: Path) -> None:
    cut_off, gone = picture(tmp_path / "cut off.png", GOOD[:60]), str(tmp_path / "gone.png")
    looking = Looking(CueDraft("a", picture=cut_off), CueDraft("b", picture=gone))

    looking.look()

    assert [set(faults) for faults in looking.published] == [{gone}, {gone, cut_off}]


def test_a_file_is_looked_at_again_only_when_it_has_changed(tmp_path: Path) -> None:
    path = picture(tmp_path / "a.png", b"nothing")
    looking = Looking(CueDraft("a", picture=path))
    before, again = looking.look(), looking.look()
    picture(tmp_path / "a.png")
    os.utime(path, (1000, 1000))

    assert before == again != {}
    assert looking.look() == {}
    assert len(looking.published) == 2


def test_a_cue_that_goes_takes_its_fault_along(tmp_path: Path) -> None:
    looking = Looking(CueDraft("a", picture=str(tmp_path / "gone.png")))
    looking.look()
    looking.cues = ()

    assert looking.look() == {}


def test_a_film_is_not_begun_without_its_pictures(tmp_path: Path) -> None:
    gone = str(tmp_path / "gone.png")

    with pytest.raises(ConfigError, match=r"cue 2 cannot be shown: picture .*gone\.png cannot be read"):
        require_pictures([CueDraft("a"), CueDraft("b", mask=gone)])
