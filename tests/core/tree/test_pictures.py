from __future__ import annotations

import struct
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.builtin.scenes.prompt import scene_for_prompt
from core.builtin.scenes.render import render_scene
from core.builtin.start_picture import find_picture
from core.control.errors import InvalidValue
from core.frames.frame import Pixels
from core.tree.pictures import fit, read_image
from core.tree.spec import SCENE, KeyframeSpec, PictureStart, RenderSettings, Wander

RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)
TURNED_RIGHT = 6  # EXIF orientation: to be shown after a quarter turn clockwise


def keyframe(source: str | Path, prompt: str = "sea", seed: int = 1) -> KeyframeSpec:
    return KeyframeSpec(prompt, "", seed, 3.0, PictureStart(str(source), strength=0.5))


def columns_of(*colours: tuple[int, int, int], width: int = 8, height: int = 8) -> Pixels:
    """Upright bars of equal width."""
    bars = [np.full((height, width // len(colours), 3), colour, np.uint8) for colour in colours]
    return np.concatenate(bars, axis=1)


def save(path: Path, picture: Pixels) -> Path:
    cv2.imwrite(str(path), picture[:, :, ::-1])
    return path


def with_orientation(jpeg: bytes, orientation: int) -> bytes:
    """A JPEG as a camera that was held upright writes it: one EXIF entry behind the first marker."""
    entry = struct.pack("<HHIHH", 0x0112, 3, 1, orientation, 0)
    exif = b"Exif\0\0" + b"II*\0" + struct.pack("<IH", 8, 1) + entry + bytes(4)
    return jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]


def test_a_scene_is_that_of_the_prompt_and_the_seed() -> None:
    settings = RenderSettings(64, 32, 4)

    picture = find_picture(keyframe(SCENE, "golden galaxy", seed=5), settings)

    assert np.array_equal(picture, render_scene(scene_for_prompt("golden galaxy", 5), 5, 64, 32))


def test_a_scene_asked_for_by_name_is_drawn_whatever_the_prompt_says() -> None:
    asked = replace(keyframe(SCENE, "golden galaxy", seed=5), start=PictureStart(SCENE, 0.5, "lasers"))

    picture = find_picture(asked, RenderSettings(64, 32, 4))

    assert np.array_equal(picture, render_scene(scene_for_prompt("golden galaxy", 5, "lasers"), 5, 64, 32))


@pytest.mark.parametrize(
    ("weight", "drawn_with", "coloured_with"),
    [(0.1, 5, 5), (0.4, 9, 5), (1.0, 9, 9)],
    ids=["shaded", "drawn anew", "recoloured"],
)
def test_a_wander_draws_its_scene_with_another_seed_when_it_goes_far(
    weight: float, drawn_with: int, coloured_with: int
) -> None:
    wandering = replace(keyframe(SCENE, "galaxy", seed=5), wander=Wander(9, weight))

    picture = find_picture(wandering, RenderSettings(64, 32, 4))

    assert np.array_equal(picture, render_scene(scene_for_prompt("galaxy", coloured_with), drawn_with, 64, 32))


def test_a_frame_too_small_for_a_scene_is_told() -> None:
    with pytest.raises(InvalidValue, match="no scene for 'sea': width and height must be at least 32, got 16x16"):
        find_picture(keyframe(SCENE), RenderSettings(16, 16, 4))


def test_an_image_file_keeps_its_colours(tmp_path: Path) -> None:
    picture = columns_of(RED, BLUE)

    found = find_picture(keyframe(save(tmp_path / "bars.png", picture)), RenderSettings(8, 8, 4))

    assert np.array_equal(found, picture)


@pytest.mark.parametrize(("width", "height"), [(16, 8), (32, 16), (8, 4)], ids=["as it is", "larger", "smaller"])
def test_an_image_is_cut_around_its_middle(width: int, height: int, tmp_path: Path) -> None:
    wide = columns_of(RED, GREEN, GREEN, BLUE, width=32)

    found = find_picture(keyframe(save(tmp_path / "wide.png", wide)), RenderSettings(width, height, 4))

    assert found.shape == (height, width, 3)
    assert np.array_equal(found[:, 2:-2], np.full((height, width - 4, 3), GREEN))


@pytest.mark.parametrize("shape", [(1, 1), (1, 300), (300, 1), (7, 5)])
def test_a_picture_of_any_shape_fits(shape: tuple[int, int]) -> None:
    fitted = fit(np.full((*shape, 3), RED, np.uint8), 24, 16)

    assert np.array_equal(fitted, np.full((16, 24, 3), RED))


def test_a_picture_that_shrinks_keeps_its_mean() -> None:
    stripes = columns_of(*[(0, 0, 0), (240, 240, 240)] * 32, width=64, height=64)

    assert np.array_equal(fit(stripes, 16, 16), np.full((16, 16, 3), 120))


@pytest.mark.parametrize(
    "pixels",
    [
        np.full((8, 8), 90, np.uint8),
        np.full((8, 8, 4), (180, 180, 180, 128), np.uint8),
        np.full((8, 8, 3), 90 * 257, np.uint16),
    ],
    ids=["grey", "with alpha", "16 bits"],
)
def test_images_of_other_depths_become_rgb(pixels: Pixels, tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "image.png"), pixels)

    found = find_picture(keyframe(tmp_path / "image.png"), RenderSettings(8, 8, 4))

    assert np.array_equal(found, np.full((8, 8, 3), 90))


def test_a_photo_is_turned_as_its_camera_says(tmp_path: Path) -> None:
    jpeg = cv2.imencode(".jpg", columns_of(RED, BLUE, width=64, height=64)[:, :, ::-1])[1].tobytes()
    (tmp_path / "photo.jpg").write_bytes(with_orientation(jpeg, TURNED_RIGHT))

    found = find_picture(keyframe(tmp_path / "photo.jpg"), RenderSettings(64, 64, 4))

    assert found[8, 32, 0] > 200  # red above
    assert found[56, 32, 2] > 200  # blue below


def test_a_file_may_lie_in_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    save(tmp_path / "red.png", columns_of(RED))

    assert find_picture(keyframe("~/red.png"), RenderSettings(8, 8, 4))[0, 0].tolist() == list(RED)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidValue, match=r"picture .*gone\.png cannot be read: No such file or directory"):
        find_picture(keyframe(tmp_path / "gone.png"), RenderSettings(8, 8, 4))


@pytest.mark.parametrize("path", ["~nobody-is-called-so/a.png", "a\0b.png"], ids=["home of nobody", "no path"])
def test_a_path_that_leads_nowhere_is_told(path: str) -> None:
    with pytest.raises(InvalidValue, match=r"picture .* cannot be read"):
        read_image(Path(path))


def test_a_folder_is_no_picture(tmp_path: Path) -> None:
    with pytest.raises(InvalidValue, match="cannot be read"):
        find_picture(keyframe(tmp_path), RenderSettings(8, 8, 4))


@pytest.mark.parametrize("content", [b"", b"# notes\n", b"\x89PNG\r\n\x1a\n"], ids=["empty", "text", "cut off"])
def test_a_file_that_is_no_image_is_told(content: bytes, tmp_path: Path) -> None:
    (tmp_path / "still.png").write_bytes(content)

    with pytest.raises(InvalidValue, match=r"picture .*still\.png is not an image"):
        find_picture(keyframe(tmp_path / "still.png"), RenderSettings(8, 8, 4))
