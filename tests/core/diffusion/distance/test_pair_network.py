from __future__ import annotations

import numpy as np
import torch

from core.diffusion.distance.pair_network import PairNetwork

PICTURE = np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8)


def test_a_picture_is_no_distance_from_itself() -> None:
    assert PairNetwork(torch.device("cpu")).distance(PICTURE, PICTURE) == 0


def test_two_pictures_differ_as_much_in_every_run() -> None:
    first, second = (PairNetwork(torch.device("cpu")).distance(PICTURE, 255 - PICTURE) for _ in range(2))

    assert first == second > 0


def test_random_numbers_of_others_are_left_alone() -> None:
    torch.manual_seed(5)
    expected = torch.rand(1)
    torch.manual_seed(5)

    PairNetwork(torch.device("cpu"))

    assert torch.rand(1) == expected
