"""A network that tells how different two pictures look, of the size and shape of LPIPS on AlexNet (Zhang et al. 2018).

Its weights are random: it costs what the real one costs and its answers mean nothing. Only a measurement of speed wants that.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from core.frames.frame import Pixels

# channels in and out, size of the kernel, stride, padding; a maximum over 3x3 in steps of 2 comes before the second and the third
LAYERS = ((3, 64, 11, 4, 2), (64, 192, 5, 1, 2), (192, 384, 3, 1, 1), (384, 256, 3, 1, 1), (256, 256, 3, 1, 1))
POOLED = (1, 2)


class PairNetwork:
    """Takes one pair at a time, both pictures through all layers, as the original of the method does."""

    def __init__(self, device: torch.device) -> None:
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            self._layers = [
                nn.Conv2d(inputs, outputs, size, stride, padding).to(device).requires_grad_(False)
                for inputs, outputs, size, stride, padding in LAYERS
            ]
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
        features = []
        for index, layer in enumerate(self._layers):
            if index in POOLED:
                values = nn.functional.max_pool2d(values, 3, 2)
            values = nn.functional.relu(layer(values))
            features.append(nn.functional.normalize(values))
        return features
