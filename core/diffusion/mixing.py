"""Ways from one tensor to another: along the arc for latents, along the line for embeddings."""

from __future__ import annotations

import torch
from torch import Tensor

STRAIGHT = 1e-4  # radians; below it, and this close to a half turn, the arc is not defined well enough to follow


def slerp(a: Tensor, b: Tensor, weight: float) -> Tensor:
    """Go from one Gaussian latent to another along the arc (Shoemake 1985).

    A straight mix of two noise vectors is shorter than noise, and the denoiser paints it grey. The lengths of a and b may
    differ: the result keeps the formula's own, between them.

    Args:
        a: one latent of any shape; computed in float32.
        b: another of the same shape and dtype.
        weight: 0 gives exactly a, 1 exactly b.

    Raises:
        ValueError: weight outside 0..1.
    """
    if not 0 <= weight <= 1:
        raise ValueError(f"the weight of a slerp must be in 0..1, got {weight}")
    if weight in (0, 1):
        return a if weight == 0 else b
    x, y = a.float(), b.float()
    angle = _angle_between(x, y)
    if min(angle, torch.pi - angle) < STRAIGHT:
        return torch.lerp(x, y, weight).to(a.dtype)
    toward_a, toward_b = torch.sin((1 - weight) * angle), torch.sin(weight * angle)
    return ((toward_a * x + toward_b * y) / torch.sin(angle)).to(a.dtype)


def mix_linearly(a: Tensor, b: Tensor, weight: float) -> Tensor:
    """Go from one tensor to another along the line; weight 0 gives exactly a, 1 exactly b."""
    return torch.lerp(a.float(), b.float(), weight).to(a.dtype)


def _angle_between(x: Tensor, y: Tensor) -> Tensor:
    # mean, not sum: it stays about 1 however many values a latent has
    lengths = (x.square().mean() * y.square().mean()).sqrt()
    if lengths == 0:
        return torch.zeros_like(lengths)
    return torch.acos(((x * y).mean() / lengths).clamp(-1, 1))
