"""Adds LoRA files to a model for good: the weights are changed once, so that painting costs nothing more and needs no library."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from core.control.errors import ModelError
from core.diffusion.loading.lora_file import LayerChange, LowRank, read_lora

STRENGTHS = (-10.0, 10.0)
# How a file calls the networks: diffusers, peft and ComfyUI with dots behind, kohya with underscores.
UNET, TEXT, TEXT_2 = "unet", "text_encoder", "text_encoder_2"
DOTTED = {
    "diffusion_model.": UNET,
    "model.diffusion_model.": UNET,
    "text_encoders.clip_l.transformer.": TEXT,
    "text_encoders.clip_h.transformer.": TEXT,
    "text_encoders.clip_g.transformer.": TEXT_2,
    **{f"{network}.": network for network in (UNET, TEXT, TEXT_2)},
}
KOHYA = {"lora_unet_": UNET, "lora_te_": TEXT, "lora_te1_": TEXT, "lora_te2_": TEXT_2}
# Inside of blocks, where the original code has other names than diffusers.
ORIGINAL_PARTS = {
    "norm1": "in_layers.0",
    "conv1": "in_layers.2",
    "norm2": "out_layers.0",
    "conv2": "out_layers.3",
    "time_emb_proj": "emb_layers.1",
    "conv_shortcut": "skip_connection",
}
ORIGINAL_ENDS = {
    "conv_in": "input_blocks.0.0",
    "conv_norm_out": "out.0",
    "conv_out": "out.2",
    "time_embedding.linear_1": "time_embed.0",
    "time_embedding.linear_2": "time_embed.2",
    "add_embedding.linear_1": "label_emb.0.0",
    "add_embedding.linear_2": "label_emb.0.2",
}
BLOCK = re.compile(r"(down|mid|up)_blocks?(?:\.(\d+))?\.(resnets|attentions|downsamplers|upsamplers)\.(\d+)(?:\.(.*))?")


def add_loras(networks: Mapping[str, Any], loras: Sequence[str]) -> None:
    """Change the weights of a model in place.

    Args:
        networks: by their names in a diffusers folder, in the precision that they paint with.
        loras: files, each with its strength behind a colon, or without for 1: "style.safetensors:0.8".

    Raises:
        ModelError: a file cannot be used, or was made for another model; nothing of that file is added then.
    """
    for asked in loras:
        path, strength = parse_lora(asked)
        _add(networks, path, read_lora(path), strength)


def parse_lora(asked: str) -> tuple[Path, float]:
    """
    Raises:
        ModelError: no file is named, or the strength is out of range.
    """
    name, colon, behind = asked.rpartition(":")
    try:
        strength = float(behind) if colon else None
    except ValueError:  # a colon of the path
        strength = None
    if strength is None:
        name, strength = asked, 1.0
    if not name or not math.isfinite(strength) or not STRENGTHS[0] <= strength <= STRENGTHS[1]:
        raise ModelError(f"a LoRA is 'file.safetensors:strength' with a strength in -10..10, got {asked!r}")
    return Path(name).expanduser(), strength


@torch.no_grad()
def _add(networks: Mapping[str, Any], path: Path, changes: Sequence[LayerChange], strength: float) -> None:
    layers = _layers_by_names(networks)
    strange = [change.layer for change in changes if _known_name(change.layer) not in layers]
    if strange:
        raise ModelError(
            f"{path} was made for another model: {len(strange)} of its {len(changes)} layers are not in this one "
            f"({strange[0]} ...)"
        )
    additions = [each for change in changes for each in _additions(path, change, layers[_known_name(change.layer)])]
    for weight, addition in additions:  # all of them fit, so that a file is added whole or not at all
        added = addition.product() if isinstance(addition, LowRank) else addition.float()
        changed = weight.float() + strength * added.reshape(weight.shape).to(weight.device)
        weight.copy_(changed.to(weight.dtype))


def _additions(path: Path, change: LayerChange, layer: Any) -> Iterator[tuple[Tensor, LowRank | Tensor]]:
    """What is added to what, of one layer."""
    for name, addition in (("weight", change.weight), ("bias", change.bias)):
        if addition is None:
            continue
        own = getattr(layer, name, None)
        if own is None or math.prod(addition.shape) != own.numel() or addition.shape[:1] != own.shape[:1]:
            here = "missing" if own is None else tuple(own.shape)
            raise ModelError(
                f"{path} was made for another model: the {name} of {change.layer} is {tuple(addition.shape)} in it and {here} here"
            )
        yield own, addition


def _layers_by_names(networks: Mapping[str, Any]) -> dict[str, Any]:
    """Layers that have a weight, by all names that a file may have for them."""
    layers: dict[str, Any] = {}
    for network in (UNET, TEXT, TEXT_2):
        if network not in networks:
            continue
        for name, layer in networks[network].named_modules():
            if getattr(layer, "weight", None) is not None:
                for each in _names_of(network, name, networks[UNET].config):
                    layers[_flat(network, each)] = layer
    return layers


def _names_of(network: str, name: str, config: Any) -> Iterator[str]:
    yield name.removeprefix("text_model.")  # newer ones of transformers have one level less
    if network == UNET and isinstance(config.layers_per_block, int):
        yield from _original_names(name, config.layers_per_block)


def _known_name(layer: str) -> str:
    """The name of a file's layer in the form that `_layers_by_names` has."""
    for prefix, network in KOHYA.items():
        if layer.startswith(prefix):
            return _flat(network, layer.removeprefix(prefix).removeprefix("text_model_"))
    for prefix, network in DOTTED.items():
        if layer.startswith(prefix):
            return _flat(network, layer.removeprefix(prefix).removeprefix("text_model."))
    return _flat(UNET, layer)  # files that hold nothing but changes of the unet may leave its name out


def _flat(network: str, name: str) -> str:
    """kohya writes underscores for dots, so that the two can only be compared without dots."""
    return f"{network} {name.replace('.', '_')}"


def _original_names(name: str, layers_per_block: int) -> Iterator[str]:
    """What the original code of Stable Diffusion calls a layer of the unet; files for SDXL often do so too."""
    if name in ORIGINAL_ENDS:
        yield ORIGINAL_ENDS[name]
    found = BLOCK.fullmatch(name)
    if found is None:
        return
    side, block, kind, index, rest = found[1], int(found[2] or 0), found[3], int(found[4]), found[5] or ""
    number = block * (layers_per_block + 1) + (layers_per_block if kind.endswith("samplers") else index)
    inner = f"{0 if kind == 'resnets' else 1}.{ORIGINAL_PARTS.get(rest, rest)}"
    if side == "mid":
        yield f"middle_block.{2 * index if kind == 'resnets' else inner[0]}.{inner[2:]}"
    elif kind == "downsamplers":
        yield f"input_blocks.{number + 1}.0.op"
    elif kind == "upsamplers":
        yield f"output_blocks.{number}.1.conv"
        yield f"output_blocks.{number}.2.conv"  # behind the attention where the block has one
    else:
        yield f"input_blocks.{number + 1}.{inner}" if side == "down" else f"output_blocks.{number}.{inner}"
