"""A film of a setlist from the command line, with its real worker and the built-in model."""

from __future__ import annotations

import os

os.environ["HF_HUB_OFFLINE"] = "1"


import av
import numpy as np
import pytest

from core.frames.frame import Pixels
from core.frames.image import write_png
from live.__main__ import main

pytestmark = [pytest.mark.show, pytest.mark.timeout(300)]

FPS = 5
SETTINGS = """
[model]
width = 128
height = 64
steps = 4

[tree]
rounds = [[3]]
"""
SETLIST = """
[[cue]]
prompt = "gold mandala"
picture = "still.png"
strength = 0.0

[[cue]]
prompt = "blue planet"
mask = "right.png"
duration = 1.0

[[cue]]
prompt = "purple eye"
mask = "right.png"
duration = 1.0
"""
LOSS = 24  # of 255: what H.264 may change in a smooth picture


def halves(left: tuple[int, int, int], right: tuple[int, int, int]) -> Pixels:
    picture = np.zeros((64, 128, 3), np.uint8)
    picture[:, :64], picture[:, 64:] = left, right
    return picture


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> list[Pixels]:
    """From a red and blue picture on; only the right half may change."""
    folder = tmp_path_factory.mktemp("render")
    write_png(folder / "still.png", halves((220, 40, 40), (40, 40, 220)))
    write_png(folder / "right.png", halves((0, 0, 0), (255, 255, 255)))
    (folder / "settings.toml").write_text(SETTINGS)
    (folder / "night.toml").write_text(SETLIST)
    options = ["--config", str(folder / "settings.toml"), "--size", "128x64", "--fps", str(FPS)]

    assert main(["render", str(folder / "night.toml"), str(folder / "night.mp4"), *options]) == 0

    with av.open(str(folder / "night.mp4")) as film:
        return [frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)]


def test_a_film_begins_with_the_picture_of_its_first_cue(frames: list[Pixels]) -> None:
    left, right = frames[0][:, :52].mean(axis=(0, 1)), frames[0][:, 76:].mean(axis=(0, 1))

    assert len(frames) == pytest.approx(2 * FPS, abs=3)
    assert left[0] > 150 > 90 > left[2]
    assert right[2] > 150 > 90 > right[0]


def test_what_a_mask_keeps_stays_in_the_film_and_the_rest_changes(frames: list[Pixels]) -> None:
    kept = [frame[:, :52].astype(int) for frame in frames]
    changing = [frame[:, 76:].astype(int) for frame in frames]

    assert max(int(np.abs(each - kept[0]).max()) for each in kept) <= LOSS
    assert float(np.abs(changing[-1] - changing[0]).mean()) > 40
    assert float(np.abs(changing[-1] - changing[FPS]).mean()) > 10
