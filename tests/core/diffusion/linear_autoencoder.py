"""An AutoencoderDC that gives pictures back without training: an exact linear encoder, and a decoder that is its linear inverse.

The decoder builds pictures by pixel shuffle. Decoders that enlarge by copying (AutoencoderTiny, AutoencoderKL) cannot
tell the pixels of a copied patch apart, stay 3 dB below the linear inverse of these latents, and look soft.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.diffusion.loading import libraries
from tests.core.diffusion.linear_codec import CHANNELS, PATCH, Array, LinearCodec

ENCODER_WIDTHS = (12, 12, 48, 64, CHANNELS)  # 2x2 pixels, the same, 4x4 pixels, 8x8 reduced to their 64 dimensions, all
DECODER_WIDTHS = (32, 32, 64, 128, 128)  # finest first; 33 ms for 256 px on one core
DECODER_LAYERS = (0, 1, 2, 4, 2)
EXACT_WIDTHS = {1: 12, 2: 48, 3: 64, 4: CHANNELS}  # channels of a level that the linear inverse takes up
QUADRANT_RANK = 4 * CHANNELS  # dimensions of an 8x8 block that latents of 16x16 can reach
PEDESTAL = 1.6  # added before the last ReLU and taken away behind it, so that no pixel is cut
ANCHOR, ANCHOR_COUNT = 16.0, 4  # constant channels that keep the last norm from dividing a pixel by its own size
BLOCK_GAIN = 0.3  # of a residual block on the free channels at the start


def make_autoencoder(codec: LinearCodec) -> Any:
    """An AutoencoderDC in eval mode; its encoder is exactly the codec's, its decoder close to the codec's."""
    autoencoder = libraries.diffusers().AutoencoderDC(
        latent_channels=CHANNELS,
        attention_head_dim=8,
        encoder_block_out_channels=ENCODER_WIDTHS,
        encoder_layers_per_block=(0, 1, 1, 1, 0),
        encoder_qkv_multiscales=((),) * 5,
        decoder_block_out_channels=DECODER_WIDTHS,
        decoder_layers_per_block=DECODER_LAYERS,
        decoder_qkv_multiscales=((),) * 5,
        downsample_block_type="conv",
        decoder_norm_types="batch_norm",  # in eval mode: a gain and a shift for each channel, no statistics
        decoder_act_fns="relu",
    )
    # The name that pipelines derive the scale of latents from.
    autoencoder.register_to_config(block_out_channels=DECODER_WIDTHS)
    with torch.no_grad():
        _fill_encoder(autoencoder.encoder, codec)
        _fill_decoder(autoencoder.decoder, codec)
    return autoencoder.eval()


def _fill_encoder(encoder: Any, codec: LinearCodec) -> None:
    """Gather pixels 2x2 at a time, in the order (row, column, channel); reduce when 8x8 are together."""
    for parameter in encoder.parameters():
        parameter.zero_()
    quadrants = [block[_gathered_order()] for block in _quadrants(codec.encoding.reshape(PATCH, PATCH, 3, -1))]
    basis = _common_basis(quadrants)
    _set_gather(encoder.conv_in.conv, _identity_parts(3), shortcut_group=0)
    _set_gather(encoder.down_blocks[1][-1].conv, _identity_parts(12), shortcut_group=1)
    _set_gather(encoder.down_blocks[2][-1].conv, np.split(basis, 4), shortcut_group=3)
    _set_gather(encoder.down_blocks[3][-1].conv, [basis.T @ block for block in quadrants], shortcut_group=16)
    encoder.conv_out.bias.copy_(_tensor(-codec.mean @ codec.encoding))  # its weight is 0, its shortcut the identity


def _set_gather(convolution: Any, parts: Sequence[Array], shortcut_group: int) -> None:
    """A convolution of stride 2 that multiplies each of its 2x2 pixels by its own matrix (in, out).

    The block adds the mean of each group of its unshuffled input; take that away first.
    """
    for index, part in enumerate(parts):
        row, column = 1 + index // 2, 1 + index % 2
        convolution.weight[:, :, row, column] = _tensor(part).T
        if shortcut_group:
            for channel in range(convolution.in_channels):
                convolution.weight[(channel * 4 + index) // shortcut_group, channel, row, column] -= 1 / shortcut_group


def _fill_decoder(decoder: Any, codec: LinearCodec) -> None:
    """The linear inverse in the first channels of each level; the other channels are free to learn."""
    quadrants = [block.T for block in _quadrants(codec.decoding.T.reshape(PATCH, PATCH, 3, -1))]  # each (16, 192)
    basis = _common_basis([block.T for block in quadrants])  # (192, 64)
    _set_exact(decoder.conv_in, [np.eye(CHANNELS)], decoder.in_shortcut_repeats)
    ups = {level: decoder.up_blocks[level][0] for level in (1, 2, 3)}
    _set_exact(ups[3].conv, [block @ basis for block in quadrants], ups[3].repeats)
    _set_exact(ups[2].conv, [part.T for part in _quadrants(basis.reshape(8, 8, 3, -1))], ups[2].repeats)
    _set_exact(ups[1].conv, [part.T for part in _quadrants(np.eye(48).reshape(4, 4, 3, -1))], ups[1].repeats)
    _set_output(decoder, ups[1].conv, codec)
    for level, blocks in enumerate(decoder.up_blocks):
        for block in blocks:
            if hasattr(block, "norm"):
                block.norm.weight.fill_(BLOCK_GAIN)
                block.norm.weight[: EXACT_WIDTHS[level] + (ANCHOR_COUNT if level == 1 else 0)] = 0


def _set_exact(convolution: Any, parts: Sequence[Array], shortcut_repeats: int) -> None:
    """One matrix (in, out) for each pixel that a shuffle makes of one; the block's shortcut is taken away."""
    for index, part in enumerate(parts):
        rows = len(parts) * torch.arange(part.shape[1]) + index
        convolution.weight[rows] = 0
        convolution.bias[rows] = 0
        convolution.weight[rows, : part.shape[0], 1, 1] = _tensor(part).T
    outputs = torch.arange(convolution.out_channels)
    convolution.weight[outputs, outputs // shortcut_repeats, 1, 1] -= 1


def _set_output(decoder: Any, last_up: Any, codec: LinearCodec) -> None:
    """Norm, ReLU and the last convolution, set so that they pass the exact channels on."""
    exact, width = EXACT_WIDTHS[1], DECODER_WIDTHS[1]
    anchors = slice(4 * exact, 4 * (exact + ANCHOR_COUNT))
    last_up.weight[anchors] = 0
    last_up.bias[anchors] = ANCHOR
    outputs = torch.arange(anchors.start, anchors.stop)
    last_up.weight[outputs, outputs // decoder.up_blocks[1][0].repeats, 1, 1] -= 1
    norm = decoder.norm_out
    norm.weight[:exact] = ANCHOR * (ANCHOR_COUNT / width) ** 0.5
    norm.bias[:exact] = PEDESTAL
    norm.weight[exact : exact + ANCHOR_COUNT] = 0
    for block in decoder.up_blocks[1][1:]:
        block.conv1.weight[:, exact : exact + ANCHOR_COUNT] = 0
    output = decoder.conv_out.conv
    output.weight.zero_()
    colours = codec.mean.reshape(-1, 3).mean(0)
    for index, part in enumerate(_quadrants(np.eye(exact).reshape(2, 2, 3, -1))):
        output.weight[4 * torch.arange(3) + index, :exact, 1, 1] = _tensor(part)
        output.bias[4 * torch.arange(3) + index] = _tensor(colours) - PEDESTAL


def _quadrants(blocks: Array) -> list[Array]:
    """From (side, side, 3, count) to the four quarters in reading order, each (side / 2 * side / 2 * 3, count)."""
    half = blocks.shape[0] // 2
    return [blocks[y : y + half, x : x + half].reshape(half * half * 3, -1) for y in (0, half) for x in (0, half)]


def _common_basis(blocks: Sequence[Array]) -> Array:
    """Orthonormal columns that span the columns of all blocks."""
    basis: Array = np.linalg.svd(np.concatenate(blocks, 1).astype(np.float64), full_matrices=False)[0]
    return basis[:, :QUADRANT_RANK]


def _gathered_order() -> NDArray[np.intp]:
    """For each channel after three gatherings of 2x2, which entry of a flattened 8x8 block it is."""
    order = np.arange(192).reshape(8, 8, 3)
    split = order.reshape(2, 2, 2, 2, 2, 2, 3)  # y4 y2 y1 x4 x2 x1 colour
    return split.transpose(0, 3, 1, 4, 2, 5, 6).reshape(-1)


def _identity_parts(channels: int) -> list[Array]:
    """Matrices that put the channels of four pixels one behind the other."""
    return list(np.split(np.eye(4 * channels), 4))


def _tensor(array: Array) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(array, dtype=np.float32))
