from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from core.control.errors import InvalidValue, SinkError
from core.frames.film import Film
from core.frames.frame import FrameFormat, Pixels

FORMAT = FrameFormat(64, 48)


def colour(*rgb: int) -> Pixels:
    return np.full(FORMAT.shape, rgb, np.uint8)


def read(path: Path) -> list[Pixels]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


def test_a_film_has_its_frames_in_order_and_in_their_colours(tmp_path: Path) -> None:
    colours = [(200, 30, 30), (30, 200, 30), (30, 30, 200)]
    with Film(tmp_path / "film.mp4", FORMAT, fps=24) as film:
        for each in colours:
            film.write(colour(*each))

    frames = read(tmp_path / "film.mp4")

    assert film.frame_count == len(frames) == 3
    for frame, expected in zip(frames, colours, strict=True):
        np.testing.assert_allclose(frame.mean((0, 1)), expected, atol=6)


def test_it_runs_at_its_rate(tmp_path: Path) -> None:
    with Film(tmp_path / "film.mp4", FORMAT, fps=12.5) as film:
        for _ in range(25):
            film.write(colour(9, 9, 9))

    with av.open(str(film.path)) as container:
        stream = container.streams.video[0]
        assert stream.average_rate == 12.5
        assert float(stream.duration * stream.time_base) == pytest.approx(2)


def test_a_frame_keeps_its_place_in_time(tmp_path: Path) -> None:
    with Film(tmp_path / "film.mp4", FORMAT, fps=10) as film:
        for place in (0, 1, 4):
            film.write(colour(9, 9, 9), place)

    with av.open(str(film.path)) as container:
        times = [float(frame.time) for frame in container.decode(video=0)]
    assert times == pytest.approx([0, 0.1, 0.4])
    assert film.frame_count == 5


def test_a_film_that_cannot_be_written_is_told_with_its_path(tmp_path: Path) -> None:
    with pytest.raises(SinkError, match=r"cannot write the film .*nowhere/film\.mp4: No such file"):
        Film(tmp_path / "nowhere" / "film.mp4", FORMAT, fps=24)


@pytest.mark.parametrize("fps", [0, -1, 241])
def test_a_rate_out_of_range_is_refused(fps: float, tmp_path: Path) -> None:
    with pytest.raises(InvalidValue, match="fps must be more than 0 and at most 240"):
        Film(tmp_path / "film.mp4", FORMAT, fps)


def test_what_was_written_before_a_failure_is_a_film(tmp_path: Path) -> None:
    film = Film(tmp_path / "film.mp4", FORMAT, fps=24)
    film.write(colour(9, 9, 9))

    with pytest.raises(RuntimeError, match="out of ideas"), film:
        raise RuntimeError("out of ideas")

    assert len(read(tmp_path / "film.mp4")) == 1
