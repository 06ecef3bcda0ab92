import numpy as np
import pytest

from core.training.crops import varied_crop


@pytest.mark.parametrize("side", [32, 64])
def test_crops_of_all_sizes_are_varied_and_pictures_stay_as_they_are(side: int) -> None:
    rng = np.random.default_rng(1)
    small, wide = rng.integers(0, 256, (3, 64, 112, 3), np.uint8), rng.integers(0, 256, (2, 128, 224, 3), np.uint8)
    before = small.copy(), wide.copy()

    crops = [varied_crop(np.random.default_rng(seed), [[small], [wide]], side) for seed in range(150)]

    assert {crop.shape for crop in crops} == {(side, side, 3)}
    assert len({crop.tobytes() for crop in crops}) > 140
    np.testing.assert_array_equal(small, before[0])
    np.testing.assert_array_equal(wide, before[1])


def test_a_seed_gives_its_crop_again() -> None:
    shard = np.random.default_rng(1).integers(0, 256, (3, 64, 112, 3), np.uint8)

    one, same = (varied_crop(np.random.default_rng(5), [[shard]], 32) for _ in range(2))

    np.testing.assert_array_equal(one, same)
