"""The next autoencoder of the built-in model: an AutoencoderTiny at 1/16 with 32 channels, nonlinear on both sides.

Its first and its last stages have no blocks, so they are linear and are trained as one convolution each: the same numbers as the
layers' own at a tenth of the time, but for the two last pixels at the border of what is decoded (core/diffusion/tiny_decoder.py
paints those too).
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, interpolate, pad, pixel_shuffle

from core.diffusion.loading import libraries
from core.diffusion.tiny_decoder import LIMIT

CELL, CHANNELS = 16, 32  # as many numbers for a picture as 8 channels at 1/8
STEM, TAIL = 3, 5  # layers at the start of the encoder and at the end of the decoder that are one convolution
ENCODER_WIDTH, ENCODER_BLOCKS = 96, (0, 0, 1, 3, 3)
DECODER_WIDTH, DECODER_BLOCKS = 64, (4, 3, 1, 0, 0)  # 0.1 s for 896x512 on one core with bfloat16, 0.18 s without
BLOCK_GAIN = 0.2  # of a residual block at the start
LINEAR_GAIN = 0.7  # of a layer that no ReLU follows, against one that loses half of its signal to it
GREY = 0.25  # the mean of a scene's pixels in 0..1
MOMENTUM = 0.02  # of the statistics of latents


class Autoencoder(nn.Module):
    """An AutoencoderTiny in training, and the statistics by which its latents have unit variance.

    Attributes:
        statistics: means and variances of the channels, running; those of single batches would take a picture's light away.
    """

    def __init__(
        self,
        encoder_width: int = ENCODER_WIDTH,
        decoder_width: int = DECODER_WIDTH,
        encoder_blocks: Sequence[int] = ENCODER_BLOCKS,
        decoder_blocks: Sequence[int] = DECODER_BLOCKS,
    ) -> None:
        super().__init__()
        self.vae = libraries.diffusers().AutoencoderTiny(
            latent_channels=CHANNELS,
            encoder_block_out_channels=(encoder_width,) * len(encoder_blocks),
            decoder_block_out_channels=(decoder_width,) * len(decoder_blocks),
            num_encoder_blocks=encoder_blocks,
            num_decoder_blocks=decoder_blocks,
        )
        self.statistics = nn.BatchNorm2d(CHANNELS, affine=False, momentum=MOMENTUM)
        _start(self.vae)

    def encode(self, pixels: Tensor) -> Tensor:
        """From (count, 3, height, width) in -1..1 to latents of about unit variance."""
        layers = self.vae.encoder.layers
        latents = layers[STEM:](apply_stem(layers[:STEM], (pixels + 1) / 2)).float()
        if self.training:
            with torch.no_grad():
                self.statistics.train()(latents)
        normalised: Tensor = self.statistics.eval()(latents)
        return normalised

    def decode(self, latents: Tensor) -> Tensor:
        layers = self.vae.decoder.layers
        features = layers[:-TAIL](torch.tanh(latents / LIMIT) * LIMIT)
        pixels = pixel_shuffle(conv2d(features, *tail_kernel(layers[-TAIL:]), padding=1), 4).float()
        return pixels * 2 - 1

    def finished(self) -> Any:
        """A copy that a pipeline can use: an AutoencoderTiny in eval mode whose own latents have unit variance."""
        vae = copy.deepcopy(self.vae).eval()
        last = vae.encoder.layers[-1]
        found: Any = self.statistics
        with torch.no_grad():
            gains = (found.running_var + found.eps).rsqrt()
            last.weight.mul_(gains[:, None, None, None])
            last.bias.copy_((last.bias - found.running_mean) * gains)
        return vae


@torch.no_grad()
def _start(vae: Any) -> None:
    """Weights that keep the size of the signal: PyTorch's own halve it in each layer, and no norm makes up for that here."""
    for layer in (each for each in vae.modules() if isinstance(each, nn.Conv2d)):
        nn.init.kaiming_normal_(layer.weight, nonlinearity="relu")
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
    for block in (each for each in vae.modules() if hasattr(each, "fuse")):
        block.conv[-1].weight.mul_(BLOCK_GAIN)
    encoder, decoder = vae.encoder.layers, vae.decoder.layers
    for layer in (*encoder[:STEM], *(each for each in decoder[-TAIL:-1] if isinstance(each, nn.Conv2d))):
        layer.weight.mul_(LINEAR_GAIN)
    decoder[-1].weight.mul_(BLOCK_GAIN)
    decoder[-1].bias.fill_(GREY)


def apply_stem(stem: Any, pixels: Tensor) -> Tensor:
    """The first row and column are the layers' own: these pad with zeros more than once, which the kernel cannot know."""
    features = conv2d(pixels, *stem_kernel(stem), stride=4, padding=4)
    top, left = stem(pixels[:, :, :8]), stem(pixels[:, :, :, :8])
    below = torch.cat([left[:, :, 1:, :1].to(features), features[:, :, 1:, 1:]], 3)
    return torch.cat([top[:, :, :1].to(features), below], 2)


def stem_kernel(stem: Sequence[Any]) -> tuple[Tensor, Tensor]:
    """A convolution, and two of stride 2, as one: (width, 3, 9, 9) with stride 4 and padding 4, and its bias."""
    first, second, third = (layer.weight for layer in stem)
    both = _chained(first, second)
    kernel = conv2d(pad(both.transpose(0, 1), (4,) * 4), third.flip(2, 3), dilation=2).transpose(0, 1)
    return kernel, third.sum((2, 3)) @ (second.sum((2, 3)) @ stem[0].bias)


def tail_kernel(tail: Sequence[Any]) -> tuple[Tensor, Tensor]:
    """Two enlargements with a convolution each, and a last convolution, as one: (48, width, 3, 3) before a shuffle by 4, and its bias."""
    small, large, last = (layer.weight for layer in tail if isinstance(layer, nn.Conv2d))
    width = small.shape[0]
    copied = pad(small.new_ones(1, 1, 2, 2), (2,) * 4)
    impulses = conv2d(copied, small.reshape(-1, 1, 3, 3)).reshape(width, width, 4, 4).transpose(0, 1)
    enlarged = interpolate(impulses, scale_factor=2.0)
    answers = conv2d(pad(enlarged, (4,) * 4), _chained(large, last))  # (width, 3, 12, 12): a cell and its neighbours
    cells = answers.reshape(width, 3, 3, 4, 3, 4).permute(1, 3, 5, 0, 2, 4)
    return cells.flip(4, 5).reshape(48, width, 3, 3), tail[-1].bias.repeat_interleave(16)


def _chained(first: Tensor, second: Tensor) -> Tensor:
    """The kernel of two convolutions, one after the other: of 3x3 and 3x3 it is 5x5."""
    return conv2d(pad(first.transpose(0, 1), (2,) * 4), second.flip(2, 3)).transpose(0, 1)
