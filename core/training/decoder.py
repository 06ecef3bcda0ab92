"""Trains the decoder beyond the linear inverse that it starts from; the encoder, and so the latents, stay as they are."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn.functional import avg_pool2d

from core.training.linear_codec import LinearCodec

CROP = 128  # pixels a side of a sample
NOISE = 0.07  # most noise in a latent: the denoiser's latents are never quite clean
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


def decoder_loss(
    decoder: Callable[[Tensor], Tensor],
    codec: LinearCodec,
    shards: Sequence[NDArray[np.uint8]],
    *,
    seed: int,
    batch_size: int,
    crop: int = CROP,
) -> Callable[[int], Tensor]:
    """The loss of each step: crops from anywhere in the pictures, as they are or mirrored."""
    device = next(decoder.parameters()).device  # type: ignore[attr-defined]

    def loss_at(step_index: int) -> Tensor:
        rng = np.random.default_rng([seed, step_index])
        pictures = np.stack([_random_crop(rng, shards, crop) for _ in range(batch_size)])
        latents = codec.encode(pictures)
        latents += rng.standard_normal(latents.shape, np.float32) * rng.uniform(0, NOISE, (batch_size, 1, 1, 1)).astype(
            np.float32
        )
        return picture_loss(decoder(torch.from_numpy(latents).to(device)), to_pixels(pictures, device))

    return loss_at


def to_pixels(pictures: NDArray[np.uint8], device: torch.device) -> Tensor:
    """From (count, height, width, 3) bytes to (count, 3, height, width), -1..1."""
    return torch.from_numpy(pictures).to(device).permute(0, 3, 1, 2).float() / 127.5 - 1


def _random_crop(rng: np.random.Generator, shards: Sequence[NDArray[np.uint8]], side: int) -> NDArray[np.uint8]:
    shard = shards[int(rng.integers(len(shards)))]
    picture = shard[int(rng.integers(len(shard)))]
    top, left = (int(rng.integers(0, room - side + 1)) for room in picture.shape[:2])
    cut: NDArray[np.uint8] = picture[top : top + side, left : left + side]
    return cut[:, ::-1] if rng.random() < 0.5 else cut
