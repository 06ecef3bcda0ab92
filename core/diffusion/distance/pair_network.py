"""A network that tells how different two pictures look, of the size and shape of LPIPS on AlexNet (Zhang et al. 2018).

The weights of PairNetwork are random: it costs what the real one costs and its answers mean nothing. Only a measurement of speed
wants that; the real one is core.diffusion.distance.lpips.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from core.frames.frame import Pixels

# channels in and out, size of the kernel, stride, padding; a maximum over 3x3 in steps of 2 comes before the second and the third
LAYERS = ((3, 64, 11, 4, 2), (64, 192, 5, 1, 2), (192, 384, 3, 1, 1), (384, 256, 3, 1, 1), (256, 256, 3, 1, 1))
POOLED = (1, 2)


def make_layers() -> list[nn.Conv2d]:
    """The convolutions of AlexNet with random weights, the same in every run."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        return [nn.Conv2d(*layer).requires_grad_(False) for layer in LAYERS]


def features_of(layers: Sequence[nn.Conv2d], values: Tensor) -> list[Tensor]:
    """What each layer sees, of unit length at each place: (N, channels, height, width).

    values: (N, 3, height, width), at least 31 x 31.
    """
    features = []
    for index, layer in enumerate(layers):
        if index in POOLED:
            values = nn.functional.max_pool2d(values, 3, 2)
        values = nn.functional.relu(layer(values))
        features.append(nn.functional.normalize(values, eps=1e-10))
    return features


class PairNetwork:
    """Takes one pair at a time, both pictures through all layers, as the original of the method does."""

    def __init__(self, device: torch.device) -> None:
        self._layers = [layer.to(device) for layer in make_layers()]
        self._device = device

    @torch.inference_mode()
    def distance(self, left: Pixels, right: Pixels) -> float:
        """Of two (height, width, 3) uint8 pictures of one size."""
        ours, theirs = (self._features(picture) for picture in (left, right))
        gaps = [(a - b).square().sum(1).mean() for a, b in zip(ours, theirs, strict=True)]
        return float(torch.stack(gaps).sum())

    def _features(self, picture: Pixels) -> list[Tensor]:
        pixels = torch.from_numpy(np.ascontiguousarray(picture)).to(self._device)
        values = pixels.permute(2, 0, 1)[None].float() / 127.5 - 1
        return features_of(self._layers, values)
