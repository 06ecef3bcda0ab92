from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest

from core.frames.frame import Pixels
from core.tree.gaps import gap_between, gaps_along, measure_gaps, signature_of

HEIGHT, WIDTH = 128, 224


def blobs(seed: int) -> Pixels:
    """A smooth colourful picture with some structure at every scale."""
    noise = np.random.default_rng(seed).normal(size=(HEIGHT, WIDTH, 3)).astype(np.float32)
    waves = [cv2.GaussianBlur(noise, (0, 0), width) * width for width in (2, 6, 20)]
    return np.asarray(np.clip(128 + 60 * sum(waves, np.zeros_like(noise)), 0, 255), np.uint8)


def gap(left: Pixels, right: Pixels) -> float:
    return gap_between(signature_of(left), signature_of(right))


def brighter(picture: Pixels, amount: float) -> Pixels:
    return np.asarray(np.clip(picture * (1 - amount) + 255 * amount, 0, 255), np.uint8)


def other_hue(picture: Pixels, amount: float) -> Pixels:
    hsv = cv2.cvtColor(picture, cv2.COLOR_RGB2HSV).astype(np.int32)
    hsv[:, :, 0] = (hsv[:, :, 0] + 90 * amount) % 180
    return np.asarray(cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2RGB))


def blurred(picture: Pixels, amount: float) -> Pixels:
    return np.asarray(cv2.GaussianBlur(picture, (0, 0), 20 * amount))


def shifted(picture: Pixels, amount: float) -> Pixels:
    return np.roll(picture, round(20 * amount), axis=1)


def crossed_by_lines(picture: Pixels, amount: float) -> Pixels:
    lines = picture.copy()
    lines[:, :: max(4, round(8 / amount))] = 0
    return lines


def cross_faded(picture: Pixels, amount: float) -> Pixels:
    return np.asarray(cv2.addWeighted(picture, 1 - amount, blobs(99), amount, 0))


CHANGES = (brighter, other_hue, blurred, shifted, crossed_by_lines, cross_faded)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_the_gap_grows_with_the_change(change: Callable[[Pixels, float], Pixels], seed: int) -> None:
    picture = blobs(seed)

    gaps = [gap(picture, change(picture, amount)) for amount in (0.1, 0.2, 0.4, 0.7, 1.0)]

    assert gaps == sorted(gaps)
    assert 0 < gaps[0] < gaps[-1]


def test_equal_pictures_have_no_gap() -> None:
    assert gap(blobs(1), blobs(1)) == 0


def test_the_gap_is_the_same_in_both_directions() -> None:
    assert gap(blobs(1), blobs(2)) == gap(blobs(2), blobs(1))


def test_a_detour_is_never_shorter() -> None:
    assert gap(blobs(1), blobs(2)) <= gap(blobs(1), blobs(3)) + gap(blobs(3), blobs(2))


def test_black_against_white_is_the_unit_of_the_scale() -> None:
    black = np.zeros((HEIGHT, WIDTH, 3), np.uint8)

    assert gap(black, black + 255) == pytest.approx(0.4, abs=1e-4)


def test_unlike_pictures_are_further_apart_than_a_small_change() -> None:
    picture = blobs(1)

    assert gap(picture, blobs(2)) > 4 * gap(picture, brighter(picture, 0.1))


def test_size_hardly_matters() -> None:
    small, large = (
        [cv2.resize(blobs(seed), size, interpolation=cv2.INTER_AREA) for seed in (1, 2)]
        for size in ((112, 64), (224, 128))
    )

    assert gap(*small) == pytest.approx(gap(*large), rel=0.05)


def test_many_pairs_are_measured_at_once() -> None:
    signatures = np.stack([signature_of(blobs(seed)) for seed in range(4)])

    gaps = measure_gaps(signatures[[0, 1]], signatures[[2, 3]])

    assert gaps.tolist() == pytest.approx([gap(blobs(0), blobs(2)), gap(blobs(1), blobs(3))])


def test_gaps_along_a_row_are_those_of_its_neighbours() -> None:
    pictures = [blobs(seed) for seed in range(3)]

    assert gaps_along(pictures).tolist() == pytest.approx([gap(*pictures[:2]), gap(*pictures[1:])])


@pytest.mark.parametrize("shape", [(1, 1), (16, 16), (300, 20), (2, 500)], ids=str)
def test_pictures_of_any_shape_have_a_signature(shape: tuple[int, int]) -> None:
    picture = np.full((*shape, 3), 90, np.uint8)

    assert gap(picture, picture + 20) > 0


def test_pictures_of_different_shapes_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="different shapes"):
        gap(blobs(1), blobs(1)[:, :100])


def test_black_beside_bright_dots_has_a_gap_that_is_a_number() -> None:
    picture = np.zeros((64, 112, 3), np.uint8)
    picture[:, :8] = np.random.default_rng(1).integers(0, 255, (64, 8, 3))

    assert 0 < gap(picture, picture[:, ::-1]) < 1
