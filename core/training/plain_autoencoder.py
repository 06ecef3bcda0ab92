"""The autoencoder that a plain pipeline finds in the folder of the next model: an AutoencoderTiny for the latents of the engine's own.

Its first and its last stages have no blocks, so they are linear and are trained as one convolution each, at a tenth of the time of
their layers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, interpolate, pad, pixel_shuffle

from core.diffusion.loading import libraries
from core.diffusion.shuffle_autoencoder import CHANNELS
from core.diffusion.tiny_decoder import LIMIT

STEM, TAIL = 3, 5  # layers at the start of the encoder and at the end of the decoder that are one convolution
ENCODER_WIDTH, ENCODER_BLOCKS = 96, (0, 0, 1, 3, 3)
DECODER_WIDTH, DECODER_BLOCKS = 64, (4, 3, 1, 0, 0)  # 0.1 s for 896x512 on one core with bfloat16, 0.18 s without
BLOCK_GAIN = 0.2  # of a residual block at the start
LINEAR_GAIN = 0.7  # of a layer that no ReLU follows, against one that loses half of its signal to it
GREY = 0.25  # the mean of a scene's pixels in 0..1


def make_plain_autoencoder(
    encoder_width: int = ENCODER_WIDTH,
    decoder_width: int = DECODER_WIDTH,
    encoder_blocks: Sequence[int] = ENCODER_BLOCKS,
    decoder_blocks: Sequence[int] = DECODER_BLOCKS,
) -> Any:
    vae = libraries.diffusers().AutoencoderTiny(
        latent_channels=CHANNELS,
        encoder_block_out_channels=(encoder_width,) * len(encoder_blocks),
        decoder_block_out_channels=(decoder_width,) * len(decoder_blocks),
        num_encoder_blocks=encoder_blocks,
        num_decoder_blocks=decoder_blocks,
    )
    _start(vae)
    return vae


def encode_plainly(vae: Any, pixels: Tensor) -> Tensor:
    """From (count, 3, height, width) in -1..1 to latents, as vae.encode gives them."""
    layers = vae.encoder.layers
    latents: Tensor = layers[STEM:](apply_stem(layers[:STEM], (pixels + 1) / 2))
    return latents.float()


def decode_plainly(vae: Any, latents: Tensor) -> Tensor:
    """As vae.decode, but for the two last pixels at the border."""
    layers = vae.decoder.layers
    features = layers[:-TAIL](torch.tanh(latents / LIMIT) * LIMIT)
    return pixel_shuffle(conv2d(features, *tail_kernel(layers[-TAIL:]), padding=1), 4).float() * 2 - 1


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
