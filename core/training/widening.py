"""Makes a denoiser twice as wide without changing what it paints (Chen et al. 2016, "Net2Net"), and fits it to other latents.

What a small model learned in days is the start of a larger one, even if that one's autoencoder is another: subjects, colours and
layout sit in its inner layers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.diffusion.loading import libraries

Array = NDArray[np.float32]
EVENNESS = (0.3, 0.7)  # share of a weight that the first of two twins gets; exact halves would learn alike for ever


def widened(denoiser: Any, seed: int = 0) -> Any:
    """A UNet2DConditionModel with twice the channels at each level and the same answers, but for rounding."""
    config = denoiser.config
    wider = type(denoiser).from_config(
        {**config, "block_out_channels": tuple(2 * width for width in config["block_out_channels"])}
    )
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        narrow = dict(denoiser.named_parameters())
        for name, weight in wider.named_parameters():
            weight.copy_(_twinned(name, narrow[name], weight.shape, generator))
    return wider.to(denoiser.dtype)


def _twinned(name: str, weight: Tensor, shape: torch.Size, generator: torch.Generator) -> Tensor:
    """Every unit becomes two of the same output, side by side, which share what goes on from there."""
    if name == "time_embedding.linear_1.weight":
        return _with_frequencies_between(weight).repeat_interleave(2, 0)
    if weight.dim() > 1 and shape[1] == 2 * weight.shape[1]:
        share = torch.empty_like(weight).uniform_(*EVENNESS, generator=generator)
        weight = torch.stack([weight * share, weight * (1 - share)], 2).flatten(1, 2)
    if shape[0] == 2 * weight.shape[0]:
        weight = weight.repeat_interleave(2, 0)
    # the products of queries and keys double with their length, and are divided by the root of it
    return weight / 2**0.5 if name.endswith("to_q.weight") else weight


def _with_frequencies_between(weight: Tensor) -> Tensor:
    """Of twice as many sines and cosines of the time, every second one is known."""
    count = weight.shape[1] // 2
    wider = weight.new_zeros(weight.shape[0], 4 * count)
    wider[:, : 2 * count : 2], wider[:, 2 * count :: 2] = weight[:, :count], weight[:, count:]
    return wider


@dataclass(frozen=True, slots=True, eq=False)
class Translation:
    """From other latents to those that a denoiser knows, channel by channel: known = other @ matrix + offset.

    Attributes:
        matrix: (other channels, known channels).
        offset: (known channels,).
    """

    matrix: Array
    offset: Array


def fit_translation(known: Array, other: Array) -> Translation:
    """The least squares between latents of the same pictures, (count, channels, rows, columns) each."""
    rows = np.moveaxis(other, 1, 3).reshape(-1, other.shape[1])
    wanted = np.moveaxis(known, 1, 3).reshape(-1, known.shape[1])
    found = np.linalg.lstsq(np.c_[rows, np.ones(len(rows), np.float32)], wanted, rcond=None)[0].astype(np.float32)
    return Translation(found[:-1], found[-1])


def translated(denoiser: Any, translation: Translation, sample_size: int) -> Any:
    """A copy for the other latents: it reads them in translation, and answers by the pseudoinverse.

    What only the other latents hold it has to learn.
    """
    matrix, offset = torch.from_numpy(translation.matrix), torch.from_numpy(translation.offset)
    channels = matrix.shape[0]
    config: Mapping[str, Any] = {
        **denoiser.config,
        "in_channels": channels,
        "out_channels": channels,
        "sample_size": sample_size,
    }
    made = libraries.diffusers().UNet2DConditionModel.from_config(config)
    weights = denoiser.state_dict()
    first, last = weights["conv_in.weight"], torch.linalg.pinv(matrix)  # (known, other)
    weights["conv_in.weight"] = torch.einsum("oihw,ci->ochw", first, matrix)
    weights["conv_in.bias"] = weights["conv_in.bias"] + first.sum((2, 3)) @ offset
    weights["conv_out.weight"] = torch.einsum("oihw,oc->cihw", weights["conv_out.weight"], last)
    weights["conv_out.bias"] = weights["conv_out.bias"] @ last
    made.load_state_dict(weights)
    return made
