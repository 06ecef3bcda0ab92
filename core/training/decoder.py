"""What a decoder is held to: differences of pixels and slopes."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import avg_pool2d

LOGARITHM = 0.03  # weight
LEAST_ERROR = 1e-5  # 56 dB: better than that is not asked for
SCALES = ((1, 1.0), (2, 0.7))  # pixels that are averaged before slopes are compared, and the weight


def picture_loss(painted: Tensor, wanted: Tensor) -> Tensor:
    """Differences of pixels and, so that edges stay sharp, of slopes at two scales.

    And, so that a smooth picture is not forgotten for a busy one, the size of each picture's error as a logarithm, as decibels are.
    """
    difference = painted - wanted
    squares = difference.square().mean((1, 2, 3))
    loss = difference.abs().mean() + 0.5 * squares.mean() + LOGARITHM * (squares + LEAST_ERROR).log().mean()
    for size, weight in SCALES:
        coarse = avg_pool2d(difference, size) if size > 1 else difference
        across = (coarse[..., 1:] - coarse[..., :-1]).abs().mean()
        down = (coarse[..., 1:, :] - coarse[..., :-1, :]).abs().mean()
        loss = loss + weight * (across + down) / 2
    return loss


def to_pixels(pictures: NDArray[np.uint8], device: torch.device) -> Tensor:
    """From (count, height, width, 3) bytes to (count, 3, height, width), -1..1."""
    return torch.from_numpy(pictures).to(device).permute(0, 3, 1, 2).float() / 127.5 - 1
