"""Noise by seed, drawn on the CPU so that it is the same for every device, and mixed as its branch is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import lru_cache

import torch
from torch import Tensor

from core.diffusion.mixing import slerp
from core.tree.denoiser import Noise

NOISE_LIMIT = 32  # all branches of a transition ask for that of its two seeds, at each step


@lru_cache(maxsize=NOISE_LIMIT)
def first_noise(seed: int, shape: torch.Size) -> Tensor:
    """What a keyframe starts from. Not to be changed: it is handed out again."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def step_noise(step_index: int, seed: int, shape: torch.Size) -> Tensor:
    """Of a generator that nothing else draws from."""
    digest = hashlib.blake2b(f"{seed} {step_index}".encode(), digest_size=8).digest()
    return first_noise(int.from_bytes(digest, "big"), shape)


def mixed_noise(mix: Noise, noise: Callable[[int, torch.Size], Tensor], shape: torch.Size) -> Tensor:
    """The noise of a seed, or between the noises of both sides and as Gaussian as they are."""
    if isinstance(mix, int):
        return noise(mix, shape)
    left, right = (mixed_noise(side, noise, shape) for side in (mix.left, mix.right))
    return slerp(left, right, mix.weight)
