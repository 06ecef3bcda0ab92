"""Canvases as latents. A model made for inpainting is told of them; with any other what is kept is put back after each step.

Putting back (Lugmayr et al. 2022, RePaint, without its repetitions; diffusers does the same with models of 4 channels): after
a step the cells that are kept get the clean picture again, with as much noise as the step has left.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.tree.canvas import PAINTED
from core.tree.denoiser import Embedding

MASK = "mask"  # (1, height, width) of the latent: 1 is painted
KEPT = (
    "kept"  # (channels, height, width): the clean picture times 1 - mask, so that a linear mix of two canvases is right
)
SEEN = (
    "seen"  # (channels, height, width): the picture with grey in the place of what is painted, for models that take it
)


def painted_cells(mask: NDArray[np.uint8], cell: int) -> Tensor:
    """(1, height / cell, width / cell) float32: a cell of the latent is painted where any pixel of it is, at least by half."""
    is_painted = torch.from_numpy(mask >= (PAINTED + 1) // 2).float()[None]
    return torch.nn.functional.max_pool2d(is_painted, cell)


def keep_pixels(values: Tensor, mask: NDArray[np.uint8]) -> Tensor:
    """A picture in -1..1 with grey, which is 0, where it is painted."""
    is_kept = torch.from_numpy(mask < (PAINTED + 1) // 2)
    return values * is_kept.to(values)


def put_back(latent: Tensor, canvas: Embedding, noise: Tensor, alpha: Tensor, sigma: Tensor) -> Tensor:
    """The latent with what is kept of the canvas, at the level alpha * clean + sigma * noise."""
    mask: Tensor = canvas[MASK]
    kept: Tensor = canvas[KEPT]
    return mask * latent + alpha * kept + (1 - mask) * sigma * noise
