from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from core.control.errors import InvalidValue
from core.frames.frame import Pixels
from core.tree.canvas import Canvas, find_canvas
from core.tree.spec import InpaintSpec, RenderSettings

SETTINGS = RenderSettings(8, 4, steps=2)


def plain(grey: int) -> Pixels:
    return np.full((4, 8, 3), grey, np.uint8)


def halves(left: int, right: int) -> np.ndarray[tuple[int, int], np.dtype[np.uint8]]:
    return np.repeat(np.array([[left, right]], np.uint8), 4, axis=1).repeat(4, axis=0)


def save(path: Path, picture: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> str:
    cv2.imwrite(str(path), picture)
    return str(path)


def test_what_is_not_masked_is_exactly_the_picture() -> None:
    noise = np.random.default_rng(1).integers(0, 256, (4, 8, 3), np.uint8)
    canvas = Canvas(noise, halves(0, 255))

    composed = canvas.compose(plain(77))

    assert np.array_equal(composed[:, :4], noise[:, :4])
    assert (composed[:, 4:] == 77).all()


def test_a_grey_mask_mixes_both() -> None:
    assert (Canvas(plain(100), halves(51, 51)).compose(plain(200)) == 120).all()


def test_the_way_from_one_canvas_to_another_begins_and_ends_with_them() -> None:
    ours, theirs = Canvas(plain(10), halves(0, 255)), Canvas(plain(200), halves(128, 0))

    assert np.array_equal(ours.mixed(theirs, 0.0).compose(plain(77)), ours.compose(plain(77)))
    assert np.array_equal(ours.mixed(theirs, 1.0).compose(plain(77)), theirs.compose(plain(77)))


def test_a_picture_that_both_keep_stays_exact_whatever_the_masks() -> None:
    ours, theirs = Canvas(plain(33), halves(0, 255)), Canvas(plain(33), halves(0, 0))

    assert (ours.mixed(theirs, 0.3).compose(plain(200))[:, :4] == 33).all()


def test_towards_a_whole_frame_the_picture_fades_and_does_not_darken() -> None:
    ours, whole = Canvas(plain(200), halves(0, 0)), find_canvas(None, SETTINGS)

    mixed = ours.mixed(whole, 0.5)

    assert (mixed.picture == 200).all()
    assert (mixed.mask == 128).all()


def test_without_a_spec_all_is_painted() -> None:
    assert (find_canvas(None, SETTINGS).compose(plain(9)) == 9).all()


@pytest.mark.parametrize("scale", [1, 2], ids=["as large as the frame", "as large as the picture"])
def test_a_canvas_is_read_and_made_to_fit(tmp_path: Path, scale: int) -> None:
    picture = save(tmp_path / "a.png", np.full((8, 16, 3), 50, np.uint8))
    mask = save(tmp_path / "m.png", halves(0, 255).repeat(scale, axis=0).repeat(scale, axis=1))

    canvas = find_canvas(InpaintSpec(picture, mask), SETTINGS)

    assert np.array_equal(canvas.mask, halves(0, 255))
    assert (canvas.picture == 50).all()


def test_a_mask_of_another_shape_is_refused(tmp_path: Path) -> None:
    picture = save(tmp_path / "a.png", np.zeros((8, 16, 3), np.uint8))
    mask = save(tmp_path / "m.png", np.zeros((16, 16), np.uint8))

    with pytest.raises(
        InvalidValue, match=r"mask .*m\.png must have the shape of its picture \(16x8\) or of the frame"
    ):
        find_canvas(InpaintSpec(picture, mask), SETTINGS)


def test_a_mask_that_is_not_there_is_told(tmp_path: Path) -> None:
    picture = save(tmp_path / "a.png", np.zeros((8, 16, 3), np.uint8))

    with pytest.raises(InvalidValue, match=r"picture .*none\.png cannot be read"):
        find_canvas(InpaintSpec(picture, str(tmp_path / "none.png")), SETTINGS)
