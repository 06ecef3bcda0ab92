"""Guidance as a model takes it that was distilled with it: a number as a vector."""

from __future__ import annotations

import math

import torch
from torch import Tensor

LONGEST = 10000.0  # wavelength


def guidance_embedding(guidance: Tensor, width: int) -> Tensor:
    """Sines and cosines of the guidance (Luo et al. 2023, latent consistency models, from Vaswani et al. 2017).

    Args:
        guidance: (count,) float32; 1 is none.
        width: of the vectors.

    Returns:
        (count, width) float32.
    """
    half = width // 2
    rates = torch.exp(torch.arange(half, device=guidance.device) * (-math.log(LONGEST) / (half - 1)))
    angles = (guidance - 1)[:, None] * 1000.0 * rates
    embedded = torch.cat([angles.sin(), angles.cos()], dim=1)
    return torch.nn.functional.pad(embedded, (0, width - 2 * half))
