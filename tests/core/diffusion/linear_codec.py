"""The closed-form autoencoder (PCA of patches) that the learned one starts from, and whose latents it keeps.

A latent is a linear function of one patch. So an encoder needs no training, and noise in a latent stays in its patch.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

PATCH = 16  # pixels a side
CHANNELS = 16  # of a latent
Array = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class LinearCodec:
    """Pixels are -1..1; a patch is flattened as (row, column, colour).

    Attributes:
        mean: (768,) of all patches.
        encoding: (768, 16), from a patch without its mean to a latent.
        decoding: (16, 768), back.
    """

    mean: Array
    encoding: Array
    decoding: Array

    def encode(self, pictures: NDArray[np.uint8]) -> Array:
        """From (count, height, width, 3) to (count, 16, height / 16, width / 16), float32."""
        count, height, width, _ = pictures.shape
        rows, columns = height // PATCH, width // PATCH
        latents = (_patches(pictures) - self.mean) @ self.encoding
        return latents.reshape(count, rows, columns, CHANNELS).transpose(0, 3, 1, 2)

    def decode(self, latents: Array) -> Array:
        """From (count, 16, rows, columns) to pixels of -1..1, (count, rows * 16, columns * 16, 3)."""
        count, _, rows, columns = latents.shape
        flat = latents.transpose(0, 2, 3, 1).reshape(-1, CHANNELS) @ self.decoding + self.mean
        patches = flat.reshape(count, rows, columns, PATCH, PATCH, 3).transpose(0, 1, 3, 2, 4, 5)
        return patches.reshape(count, rows * PATCH, columns * PATCH, 3)


def fit_linear_codec(batches: Iterable[NDArray[np.uint8]]) -> LinearCodec:
    """The principal components of the patches of some pictures, scaled to latents of unit variance on the whole.

    The channels keep a part of their differences (a square root of them): a denoiser that sees all channels
    alike spends itself on details that nobody sees.
    """
    sums, products, count = np.zeros(PATCH * PATCH * 3), np.zeros((PATCH * PATCH * 3,) * 2), 0
    for pictures in batches:
        patches = _patches(pictures)
        sums += patches.sum(0, dtype=np.float64)
        products += patches.T @ patches
        count += len(patches)
    mean = sums / count
    variances, directions = np.linalg.eigh(products / count - np.outer(mean, mean))
    deviations, basis = np.sqrt(variances[::-1][:CHANNELS]), directions[:, ::-1][:, :CHANNELS]
    wanted = np.sqrt(deviations / deviations[0])
    gains = wanted / np.sqrt(np.mean(wanted**2)) / deviations
    return LinearCodec(*(each.astype(np.float32) for each in (mean, basis * gains, (basis / gains).T)))


def _patches(pictures: NDArray[np.uint8]) -> Array:
    count, height, width, _ = pictures.shape
    rows, columns = height // PATCH, width // PATCH
    patches = pictures.reshape(count, rows, PATCH, columns, PATCH, 3).transpose(0, 1, 3, 2, 4, 5)
    return patches.reshape(-1, PATCH * PATCH * 3).astype(np.float32) / 127.5 - 1
