"""Decodes by an AutoencoderTiny whose last stages have no blocks, in a fraction of the time that its own layers take.

Nothing between those stages bends the numbers: copying pixels and convolving them are linear. So all of them together are one
convolution at the resolution of the last block, and a pixel shuffle; at 896x512 that saves nine tenths of the work. The layers
pad with zeros at each resolution, which makes other kernels at the border of a picture: there are nine in all.
"""

from __future__ import annotations

import copy
import math
from itertools import product
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, pixel_shuffle

from core.diffusion.device import has_quick_bfloat16

LINEAR = (nn.Upsample, nn.Conv2d)
COLOURS = 3
FIRST, INSIDE, LAST = range(3)  # of the rows of a picture, and of its columns
ALL = slice(None)
# Which rows are painted, the rows that these depend on, and the taps of the kernel that lie on them.
BANDS = {
    FIRST: (slice(1), slice(2), slice(1, 3)),
    INSIDE: (ALL, ALL, ALL),
    LAST: (slice(-1, None), slice(-2, None), slice(2)),
}
EDGES = ((FIRST, INSIDE), (LAST, INSIDE), (INSIDE, FIRST), (INSIDE, LAST))
BORDERS = (*EDGES, *product((FIRST, LAST), repeat=2))  # the corners are painted last, over the edges
LIMIT = 3  # AutoencoderTiny squeezes latents smoothly into -3..3 before it decodes them


def make_tiny_decoder(vae: Any) -> TinyDecoder | None:
    """None for any other kind of autoencoder, and for one that has blocks in its last stages."""
    if type(vae).__name__ != "AutoencoderTiny":
        return None
    layers = list(vae.decoder.layers)
    start = _tail_start(layers)
    is_worth_it = any(isinstance(layer, nn.Upsample) for layer in layers[start:])
    return TinyDecoder(nn.Sequential(*layers[:start]), nn.Sequential(*layers[start:])) if is_worth_it else None


def _tail_start(layers: list[nn.Module]) -> int:
    start = len(layers)
    while start and isinstance(layers[start - 1], LINEAR):
        start -= 1
    return start


class TinyDecoder(nn.Module):
    """From latents (count, channels, rows, columns) to pictures in -1..1, as AutoencoderTiny.decode gives them.

    A CPU that has instructions for bfloat16 takes half the time; the last convolution stays in float32, so that dark gradients
    show no steps.

    Args:
        head: the layers up to the last that is not linear. They are copied, in the order of channels that a CPU likes.
        tail: those behind it.
    """

    kernels: Tensor
    bias: Tensor

    def __init__(self, head: nn.Sequential, tail: nn.Sequential) -> None:
        super().__init__()
        self.head = copy.deepcopy(head)
        self.head.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        self.enlargement = _enlargement(tail)
        kernels, bias = _probe(tail, self.enlargement)
        self.register_buffer("kernels", kernels)
        self.register_buffer("bias", bias.repeat_interleave(self.enlargement**2))

    def forward(self, latents: Tensor) -> Tensor:
        squeezed = (torch.tanh(latents / LIMIT) * LIMIT).contiguous(memory_format=torch.channels_last)
        is_halved = latents.dtype is torch.float32 and latents.device.type == "cpu" and has_quick_bfloat16()
        with torch.autocast("cpu", torch.bfloat16, enabled=is_halved):
            features = self.head(squeezed)
        return pixel_shuffle(self._apply_tail(features.to(self.bias)), self.enlargement) * 2 - 1

    def _apply_tail(self, features: Tensor) -> Tensor:
        enlarged = conv2d(features, self.kernels[INSIDE, INSIDE], self.bias, padding=1)
        for down, across in BORDERS:
            (to_row, rows, row_taps), (to_column, columns, column_taps) = BANDS[down], BANDS[across]
            kernel = self.kernels[down, across][:, :, row_taps, column_taps]
            padding = (int(down == INSIDE), int(across == INSIDE))
            enlarged[:, :, to_row, to_column] = conv2d(
                features[:, :, rows, columns], kernel, self.bias, padding=padding
            )
        return enlarged


def _enlargement(tail: nn.Sequential) -> int:
    scales: list[Any] = [layer.scale_factor for layer in tail if isinstance(layer, nn.Upsample)]
    return math.prod(int(scale) for scale in scales)


@torch.no_grad()
def _probe(tail: nn.Sequential, enlargement: int) -> tuple[Tensor, Tensor]:
    """Show the tail one impulse after the other in a picture of 3x3 cells, which has every kind of border.

    Returns:
        kernels: (3, 3, colours * enlargement², channels, 3, 3), for a cell at the top, inside or at the bottom, and across.
        bias: (colours,).
    """
    channels = next(layer.in_channels for layer in tail if isinstance(layer, nn.Conv2d))
    weight = next(tail.parameters())
    count = COLOURS * enlargement**2
    kernels = weight.new_zeros(3, 3, count, channels, 3, 3)
    bias = tail(weight.new_zeros(1, channels, 3, 3))[0, :, enlargement, enlargement]
    for row, column in product(range(3), repeat=2):
        impulses = weight.new_zeros(channels, channels, 3, 3)
        impulses[range(channels), range(channels), row, column] = 1
        answers = (tail(impulses) - bias[:, None, None]).reshape(channels, COLOURS, 3, enlargement, 3, enlargement)
        cells = answers.permute(2, 4, 1, 3, 5, 0).reshape(3, 3, count, channels)
        for down, across in product(_near(row), _near(column)):
            kernels[down, across, :, :, 1 + row - down, 1 + column - across] = cells[down, across]
    return kernels, bias


def _near(index: int) -> range:
    """A cell and its neighbours among three."""
    return range(max(0, index - 1), min(3, index + 2))
