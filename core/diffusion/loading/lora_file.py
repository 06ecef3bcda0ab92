"""LoRA files (Hu et al. 2021): low-rank changes of layers, in the layouts of diffusers, peft and kohya, read into one form."""

from __future__ import annotations

import json
import math
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors
import torch
from torch import Tensor

from core.control.errors import ModelError

DOWN, UP = "down", "up"
ENDINGS = {
    # of a key behind the name of its layer; the layouts of peft, of diffusers before it, and of kohya
    "lora_A.weight": DOWN,
    "lora_B.weight": UP,
    "lora.down.weight": DOWN,
    "lora.up.weight": UP,
    "lora_linear_layer.down.weight": DOWN,
    "lora_linear_layer.up.weight": UP,
    "lora_down.weight": DOWN,
    "lora_up.weight": UP,
    "alpha": "alpha",
}
# Other ways to change a layer, which a LoRA file may hold as well: what they are called, and how they are known.
REFUSED = {"LoHa": "hada_", "LoKr": "lokr_", "DoRA": "dora_scale", "DoRA of peft": "lora_magnitude_vector"}
METADATA = "lora_adapter_metadata"
PROCESSOR = re.compile(r"\.processor\.to_(q|k|v|out)_lora\.(down|up)\.weight$")  # the oldest layout of diffusers
PROCESSED = {"q": "to_q", "k": "to_k", "v": "to_v", "out": "to_out.0"}


@dataclass(frozen=True, slots=True)
class LayerChange:
    """What is added to the weight of one layer: scale * up @ down.

    Attributes:
        layer: its name as the file says it: dots or underscores, see core.diffusion.loading.lora.
        down, up: (rank, inputs) and (outputs, rank), of a convolution with its kernel behind.
    """

    layer: str
    down: Tensor
    up: Tensor
    scale: float


def read_lora(path: Path) -> list[LayerChange]:
    """All changes in a .safetensors file.

    Raises:
        ModelError: not there, damaged, or of a kind that is not supported.
    """
    if path.suffix.lower() != ".safetensors":
        raise ModelError(f"{path} is refused: a LoRA must be a .safetensors file, which holds weights and nothing else")
    if not path.is_file():
        raise ModelError(f"no LoRA file {path}")
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            weights = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 - it is no mapping
            metadata = _metadata(file.metadata() or {})
    except (safetensors.SafetensorError, OSError, ValueError) as error:
        raise ModelError(f"{path} cannot be read: {error}") from error
    return _changes(path, weights, metadata)


def _changes(path: Path, weights: Mapping[str, Tensor], metadata: Mapping[str, Any]) -> list[LayerChange]:
    layers: defaultdict[str, dict[str, Tensor]] = defaultdict(dict)
    for key, value in weights.items():
        layer, part = _split(path, key)
        layers[layer][part] = value
    if not layers:
        raise ModelError(f"{path} is no LoRA: it holds no weights")
    return [_change(path, layer, parts, metadata) for layer, parts in layers.items()]


def _split(path: Path, key: str) -> tuple[str, str]:
    """The layer of a key, and which part of its change it holds."""
    for kind, mark in REFUSED.items():
        if mark in key:
            raise ModelError(f"{path} holds a {kind} ({key}); supported: LoRA as diffusers, peft and kohya write it")
    plain = PROCESSOR.sub(lambda found: f".{PROCESSED[found[1]]}.lora.{found[2]}.weight", key).replace(".default.", ".")
    for ending, part in ENDINGS.items():
        if plain.endswith(f".{ending}"):
            return plain.removesuffix(f".{ending}").removeprefix("base_model.model."), part
    raise ModelError(f"{path} is no LoRA that is supported: what is {key!r}?")


def _change(path: Path, layer: str, parts: Mapping[str, Tensor], metadata: Mapping[str, Any]) -> LayerChange:
    missing = [part for part in (DOWN, UP) if part not in parts]
    if missing:
        raise ModelError(f"{path} is damaged: its layer {layer} has no weights {missing[0]!r}")
    down, up = parts[DOWN], parts[UP]
    if min(down.ndim, up.ndim) < 2 or up[0].numel() != len(down):
        raise ModelError(
            f"{path} is damaged: of its layer {layer}, {tuple(down.shape)} and {tuple(up.shape)} do not fit"
        )
    rank = len(down)
    alpha = float(parts["alpha"]) if "alpha" in parts else _alpha_of(layer, metadata, rank)
    is_by_root = bool(metadata.get(f"{layer.partition('.')[0]}.use_rslora"))
    return LayerChange(layer, down, up, alpha / (math.sqrt(rank) if is_by_root else rank))


def _alpha_of(layer: str, metadata: Mapping[str, Any], rank: int) -> float:
    """What peft notes beside the weights; without a note the change is added as it is."""
    network, _, name = layer.partition(".")
    patterns = metadata.get(f"{network}.alpha_pattern") or {}
    for pattern, alpha in patterns.items():
        if re.search(rf"(^|\.){pattern}$", name):
            return float(alpha)
    return float(metadata.get(f"{network}.lora_alpha") or rank)


def _metadata(found: Mapping[str, str]) -> Mapping[str, Any]:
    content = json.loads(found.get(METADATA, "{}"))
    return content if isinstance(content, dict) else {}


def strengthened(change: LayerChange, strength: float) -> Tensor:
    """What is to be added to a weight, float32, in the weight's own shape."""
    down, up = change.down.float(), change.up.float()
    if down.ndim == 2:
        return strength * change.scale * (up @ down)
    product = torch.einsum("or,rihw->oihw", up.flatten(1), down)
    return strength * change.scale * product
