"""A small autoencoder in the place of a model's own: it decodes in a fraction of the time, at some loss of fine detail.

The known ones are those of Ollin Boer Bohan: taesd for Stable Diffusion 1 and 2, taesdxl for XL. Which of them belongs to a
model cannot be seen in their files, and the wrong one shows wrong colours.
"""

from __future__ import annotations

from typing import Any

import torch

from core.control.errors import ModelError
from core.diffusion.codec import cell_side
from core.diffusion.loading.parts import load_network
from core.diffusion.loading.source import find_part_folder, read_json

CLASS = "AutoencoderTiny"


def load_tiny_vae(source: str, own: Any, precision: torch.dtype = torch.float32) -> Any:
    """
    Args:
        source: a folder with the config and the weights of an AutoencoderTiny, or its hub id in the local cache.
        own: the autoencoder of the model.
        precision: what it is read in.

    Raises:
        ModelError: not there, something else, or its latents are of another shape or scale than those of the model.
    """
    folder = find_part_folder(source)
    found = read_json(folder / "config.json").get("_class_name")
    if found != CLASS:
        raise ModelError(f"tiny_vae: {folder} holds a {found}, and must hold an {CLASS}")
    network = load_network(("diffusers", CLASS), folder, precision)
    ours, theirs = (_shape_of(each.config) for each in (network, own))
    if ours != theirs:
        raise ModelError(
            f"tiny_vae: {folder} makes latents of {ours[0]} channels and cells of {ours[1]} pixels; the model's have "
            f"{theirs[0]} and {theirs[1]}"
        )
    if own.config.get("latents_mean") is not None:
        raise ModelError(
            "tiny_vae: the model's latents have a mean and deviation by channel, which no AutoencoderTiny knows"
        )
    return network


def _shape_of(config: Any) -> tuple[int, int]:
    """Channels of a latent, and pixels of a side of its cells."""
    return int(config.latent_channels), cell_side(config)
