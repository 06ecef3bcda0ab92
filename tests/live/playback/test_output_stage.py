from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from core.control.commands import Origin, Surface
from core.control.domain import Value
from core.control.errors import ConfigError
from core.frames.frame import FrameFormat, Pixels
from live.playback.compositor import Fit
from live.playback.output_stage import Look, OutputStage, Panic, colour
from live.storage.safe_look import load_still
from live.values.parameters import LiveParameters

OUTPUT = FrameFormat(32, 16)
ORIGIN = Origin(Surface.OSC)


def plain(*rgb: int) -> Pixels:
    return np.full(OUTPUT.shape, rgb, np.uint8)


def finished(
    stage: OutputStage, picture: Pixels, values: dict[str, Value] | None = None, elapsed: float = 0.1
) -> Pixels:
    out = np.full(OUTPUT.shape, 99, np.uint8)
    stage.advance(LiveParameters(values), elapsed)
    stage.finish(out, picture, LiveParameters(values))
    return out


def stage_with(look: Look, *, still: Pixels | None = None, cue: Pixels | None = None) -> OutputStage:
    stage = OutputStage(OUTPUT, Fit.CROP, still)
    stage.press_panic(look, cue, now=10.0)
    return stage


def test_neutral_output_is_the_picture_bit_by_bit() -> None:
    picture = np.random.default_rng(1).integers(0, 255, OUTPUT.shape, np.uint8)

    assert np.array_equal(finished(OutputStage(OUTPUT, Fit.CROP), picture), picture)


def test_brightness_scales_and_blackout_wins() -> None:
    stage = OutputStage(OUTPUT, Fit.CROP)

    assert int(finished(stage, plain(200), {"output.brightness": 0.5}).max()) == 100
    assert int(finished(stage, plain(200), {"output.blackout": True}).max()) == 0


@pytest.mark.parametrize(
    ("contrast", "saturation", "expected"),
    [
        (0.0, 1.0, (128, 128, 128)),
        (2.0, 1.0, (255, 72, 12)),
        (1.0, 0.0, (126, 126, 126)),
        (1.0, 2.0, (255, 74, 14)),
        (0.5, 1.0, (164, 114, 99)),
    ],
)
def test_contrast_turns_around_grey_and_saturation_around_luma(
    contrast: float, saturation: float, expected: tuple[int, int, int]
) -> None:
    out = plain(0)

    colour(out, plain(200, 100, 70), contrast, saturation)

    assert np.abs(out[0, 0].astype(int) - expected).max() <= 1


def test_panic_fades_over_the_fade_time_and_back() -> None:
    panic = Panic()
    panic.press(now=0.0)
    weights = []
    for _ in range(3):
        panic.advance(0.2, fade=0.5)
        weights.append(panic.weight)
    panic.release()
    panic.advance(0.4, fade=0.5)

    assert weights == pytest.approx([0.4, 0.8, 1.0])
    assert panic.weight == pytest.approx(0.2)


@pytest.mark.parametrize(("second", "weight"), [(1.9, 1.0), (2.1, 0.0)])
def test_second_press_is_at_once_only_within_two_seconds(second: float, weight: float) -> None:
    panic = Panic()
    panic.press(now=0.0)

    panic.press(now=second)

    assert panic.weight == weight


def test_a_press_after_a_release_is_a_first_one() -> None:
    panic = Panic()
    panic.press(now=0.0)
    panic.release()

    panic.press(now=1.0)

    assert panic.weight == 0.0


def test_fade_of_zero_is_at_once() -> None:
    stage = stage_with(Look.BLACK)

    assert int(finished(stage, plain(200), {"output.fade": 0.0}).max()) == 0


def test_panic_mixes_program_and_cue_picture() -> None:
    stage = stage_with(Look.CUE, cue=plain(100))

    assert int(finished(stage, plain(200), {"output.fade": 1.0}, elapsed=0.5)[0, 0, 0]) == 150


def test_still_is_fitted_to_the_output() -> None:
    stage = stage_with(Look.STILL, still=np.full((300, 200, 3), 80, np.uint8))

    assert np.all(finished(stage, plain(200), {"output.fade": 0.0}) == 80)


def test_safe_look_is_free_of_contrast_and_obeys_the_brightness() -> None:
    stage = stage_with(Look.CUE, cue=plain(100))

    out = finished(stage, plain(200), {"output.fade": 0.0, "output.contrast": 2.0, "output.brightness": 0.5})

    assert int(out[0, 0, 0]) == 50


@pytest.mark.parametrize("look", [Look.CUE, Look.STILL])
def test_look_that_is_not_there_is_black(look: Look) -> None:
    stage = OutputStage(OUTPUT, Fit.CROP)

    assert stage.press_panic(look, None, now=0.0) is Look.BLACK


def test_look_does_not_change_while_it_is_shown() -> None:
    stage = stage_with(Look.CUE, cue=plain(100))
    finished(stage, plain(200), {"output.fade": 0.0})

    stage.press_panic(Look.CUE, plain(30), now=20.0)

    assert int(finished(stage, plain(200))[0, 0, 0]) == 100


def test_still_comes_from_an_image_file(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "still.png"), np.full((4, 6, 3), (30, 20, 10), np.uint8))

    picture = load_still(tmp_path / "still.png")

    assert picture.shape == (4, 6, 3)
    assert tuple(picture[0, 0]) == (10, 20, 30)


@pytest.mark.parametrize(
    ("content", "reason"), [(None, "cannot be read"), (b"", "not an image"), (b"x", "not an image")]
)
def test_still_that_cannot_be_shown_is_refused_by_name(tmp_path: Path, content: bytes | None, reason: str) -> None:
    path = tmp_path / "still.png"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(ConfigError, match=rf"output\.still: .*still\.png .*{reason}"):
        load_still(path)
