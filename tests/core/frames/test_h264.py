"""Films and recordings share an encoder: what each of them makes of the sharpness and the colours of a picture."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from core.frames.film import Film
from core.frames.frame import Frame, FrameFormat, Pixels
from core.frames.h264 import SECONDS_PER_KEYFRAME
from live.sinks.recorder import Recorder

FORMAT = FrameFormat(256, 144)
FPS = 10
Writer = Callable[[Path, Iterable[Pixels]], None]
# what BT.601 and BT.709 make most differently of each other: saturated green and red
COLOURS = ((20, 180, 60), (200, 30, 40), (30, 60, 220), (235, 235, 235))


def write_film(path: Path, pictures: Iterable[Pixels]) -> None:
    with Film(path, FORMAT, FPS) as film:
        for picture in pictures:
            film.write(picture)


def write_recording(path: Path, pictures: Iterable[Pixels]) -> None:
    sink = Recorder(path)
    sink.open(FORMAT, FPS)
    for number, picture in enumerate(pictures):
        frame = Frame(picture)
        frame.number = number
        sink.send(frame)
    sink.close()


both = pytest.mark.parametrize("write", [write_film, write_recording], ids=["film", "recording"])


def texture(seed: int) -> Pixels:
    """A picture with fine detail everywhere, as leaves have."""
    noise = np.random.default_rng(seed).normal(128, 120, FORMAT.shape).astype(np.float32)
    return np.asarray(np.clip(cv2.GaussianBlur(noise, (0, 0), 1.2), 0, 255), np.uint8)


def sharpness(picture: Pixels) -> float:
    """Mean squared Laplacian of the grey picture."""
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float32)
    return float(np.square(cv2.Laplacian(grey, cv2.CV_32F)).mean())


def read(path: Path) -> list[tuple[bool, Pixels]]:
    """Whether it is a keyframe, and the picture."""
    with av.open(str(path)) as container:
        return [(frame.key_frame, frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)]


@both
def test_no_frame_of_a_slow_cross_fade_steps_in_sharpness(tmp_path: Path, write: Writer) -> None:
    first, second = texture(1), texture(2)
    shares = np.linspace(0, 0.2, SECONDS_PER_KEYFRAME * FPS // 2)
    pictures = [cv2.addWeighted(first, 1 - share, second, share, 0) for share in shares]

    write(tmp_path / "fade.mp4", pictures)

    frames = read(tmp_path / "fade.mp4")
    kept = [sharpness(found) / sharpness(meant) for (_, found), meant in zip(frames, pictures, strict=True)]
    steps = [abs(after / before - 1) for before, after in pairwise(kept)]
    assert max(steps[FPS:]) <= 0.015, "a keyframe each second makes it 0.037"


@both
@pytest.mark.parametrize("colour", COLOURS, ids=str)
def test_colours_come_back_within_three_of_255(tmp_path: Path, write: Writer, colour: tuple[int, int, int]) -> None:
    write(tmp_path / "plain.mp4", [np.full(FORMAT.shape, colour, np.uint8)] * 3)

    (_, last) = read(tmp_path / "plain.mp4")[-1]

    assert np.abs(last.astype(int) - colour).max() <= 3


@both
def test_the_planes_are_bt709_of_limited_range_and_say_so(tmp_path: Path, write: Writer) -> None:
    write(tmp_path / "green.mp4", [np.full(FORMAT.shape, (0, 255, 0), np.uint8)] * 3)

    with av.open(str(tmp_path / "green.mp4")) as container:
        frame = next(container.decode(video=0))
        luma, blue, red = (
            plane[0, 0] for plane in (np.frombuffer(p, np.uint8).reshape(-1, p.line_size) for p in frame.planes)
        )
    assert (luma, blue, red) == pytest.approx(
        (16 + 219 * 0.7152, 128 - 112 * 0.7152 / 0.9278, 128 - 112 * 0.7152 / 0.7874), abs=2
    )
    assert (frame.colorspace, frame.color_range, frame.color_primaries, frame.color_trc) == (1, 1, 1, 1)


@both
@pytest.mark.ffmpeg
@pytest.mark.skipif(shutil.which("ffprobe") is None, reason="ffprobe is not installed")
def test_another_program_reads_the_same_tags(tmp_path: Path, write: Writer) -> None:
    write(tmp_path / "plain.mp4", [np.full(FORMAT.shape, 90, np.uint8)] * 3)

    command = ["ffprobe", "-v", "error", "-show_streams", "-of", "json", str(tmp_path / "plain.mp4")]
    (stream,) = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)["streams"]

    names = "color_range", "color_space", "color_primaries", "color_transfer"
    assert [stream[name] for name in names] == ["tv", "bt709", "bt709", "bt709"]


@both
def test_a_picture_that_is_a_view_of_another_is_written_as_it_is_seen(tmp_path: Path, write: Writer) -> None:
    large = np.zeros((2 * FORMAT.height, 2 * FORMAT.width, 3), np.uint8)
    large[: FORMAT.height, : FORMAT.width] = (200, 30, 40)

    write(tmp_path / "view.mp4", [large[: FORMAT.height, : FORMAT.width]] * 3)

    (_, last) = read(tmp_path / "view.mp4")[-1]
    np.testing.assert_allclose(last.mean((0, 1)), (200, 30, 40), atol=3)
