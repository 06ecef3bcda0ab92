import numpy as np
import pytest
from numpy.typing import NDArray

from core.bench.blending import at_share, explained_by_crossfade, sharpness, sharpness_between


def noise(seed: int) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (48, 64, 3), np.uint8)


def test_a_double_exposure_is_explained_whole() -> None:
    left, right = noise(1), noise(2)
    exposed = (0.3 * left + 0.6 * right + 10).astype(np.float32)

    assert explained_by_crossfade(left, right, exposed) == pytest.approx(1, abs=1e-6)


def test_a_picture_of_its_own_is_not_explained() -> None:
    assert explained_by_crossfade(noise(1), noise(2), noise(3)) < 0.01


def test_half_of_a_picture_of_its_own_is_half_explained() -> None:
    left, right, own = (noise(seed).astype(np.float32) for seed in (1, 2, 3))

    assert explained_by_crossfade(left, right, left + own) == pytest.approx(0.5, abs=0.02)


def test_a_flat_picture_is_a_fade_of_anything() -> None:
    assert explained_by_crossfade(noise(1), noise(2), np.full((48, 64, 3), 80, np.uint8)) == 1


def test_sharpness_is_the_mean_squared_laplacian() -> None:
    dot = np.zeros((9, 9, 3), np.uint8)
    dot[4, 4] = 10

    assert sharpness(dot) == pytest.approx((40**2 + 4 * 10**2) / 81)
    assert sharpness_between(dot, np.zeros_like(dot), dot) == pytest.approx(2)
    assert sharpness_between(np.zeros_like(dot), np.zeros_like(dot), np.zeros_like(dot)) == 1


def test_frames_are_found_by_their_share_of_the_way() -> None:
    frames = [np.full((2, 2, 3), level, np.uint8) for level in range(5)]

    assert [int(at_share(frames, share)[0, 0, 0]) for share in (0, 0.25, 0.5, 0.75, 1)] == [0, 1, 2, 3, 4]
