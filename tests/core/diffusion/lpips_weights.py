"""The two files of LPIPS as they are shipped, with random weights."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from core.diffusion.distance.pair_network import LAYERS

ALEXNET, LINEAR = "alexnet-owt-7be5be79.pth", "alex.pth"


def alexnet_weights() -> dict[str, Tensor]:
    """As torchvision names them; of its classifier, which nobody needs, only the last layer."""
    generator = torch.Generator().manual_seed(1)
    weights = {}
    for index, (inputs, outputs, size, *_) in zip((0, 3, 6, 8, 10), LAYERS, strict=True):
        scale = (2 / (inputs * size * size)) ** 0.5
        weights[f"features.{index}.weight"] = torch.randn(outputs, inputs, size, size, generator=generator) * scale
        weights[f"features.{index}.bias"] = torch.randn(outputs, generator=generator) * 0.1
    return {**weights, "classifier.6.bias": torch.zeros(1000)}


def linear_weights() -> dict[str, Tensor]:
    """As the package lpips names them."""
    generator = torch.Generator().manual_seed(2)
    return {
        f"lin{index}.model.1.weight": torch.rand(1, layer[1], 1, 1, generator=generator)
        for index, layer in enumerate(LAYERS)
    }


def save_lpips(folder: Path) -> Path:
    folder.mkdir()
    torch.save(alexnet_weights(), folder / ALEXNET)
    torch.save(linear_weights(), folder / LINEAR)
    return folder
