"""LoRA files (Hu et al. 2021): changes of layers, in the layouts of diffusers, peft, kohya and ComfyUI, read into one form."""

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

DOWN, UP, MID, ALPHA, WEIGHT, BIAS = "down", "up", "mid", "alpha", "weight", "bias"
ENDINGS = {
    # of a key behind the name of its layer; the layouts of peft, of diffusers before it, and of kohya and LyCORIS
    "lora_A.weight": DOWN,
    "lora_B.weight": UP,
    "lora.down.weight": DOWN,
    "lora.up.weight": UP,
    "lora_linear_layer.down.weight": DOWN,
    "lora_linear_layer.up.weight": UP,
    "lora_down.weight": DOWN,
    "lora_up.weight": UP,
    "lora_mid.weight": MID,
    "alpha": ALPHA,
    "diff": WEIGHT,
    "diff_b": BIAS,
    "w_norm": WEIGHT,
    "b_norm": BIAS,
}
# Other ways to change a layer, which a LoRA file may hold as well: what they are called, and how they are known.
REFUSED = {
    "LoHa": "hada_",
    "LoKr": "lokr_",
    "DoRA": "dora_scale",
    "DoRA of peft": "lora_magnitude_vector",
    "GLoRA": ".b1.weight",
    "IA3": ".on_input",
    "OFT": ".oft_",
    "a LoRA with a bias": ".lora_B.bias",
    "a new weight": ".set_weight",
    "a new shape": ".reshape_weight",
    "a textual inversion": "bundle_emb.",
}
METADATA = "lora_adapter_metadata"
PROCESSOR = re.compile(r"\.processor\.to_(q|k|v|out)_lora\.(down|up)\.weight$")  # the oldest layout of diffusers
PROCESSED = {"q": "to_q", "k": "to_k", "v": "to_v", "out": "to_out.0"}


@dataclass(frozen=True, slots=True)
class LowRank:
    """A change that is a product: scale * up @ down, or scale * up @ mid @ down in Tucker's form.

    Attributes:
        down, up: (rank, inputs) and (outputs, rank), of a convolution with its kernel behind.
        mid: (rank, rank) and the kernel, which down and up do not have then; None if it is not in Tucker's form.
    """

    down: Tensor
    up: Tensor
    scale: float
    mid: Tensor | None = None

    @property
    def shape(self) -> tuple[int, ...]:
        kernel = (self.down if self.mid is None else self.mid).shape[2:]
        return len(self.up), self.down.shape[1], *kernel

    def product(self) -> Tensor:
        """What is to be added to a weight: `shape`, float32."""
        down, up = self.down.float(), self.up.float().flatten(1)
        if self.mid is not None:
            return self.scale * torch.einsum("on,nr...,ri->oi...", up, self.mid.float(), down.flatten(1))
        return self.scale * torch.einsum("or,ri...->oi...", up, down)


@dataclass(frozen=True, slots=True)
class LayerChange:
    """What is added to one layer.

    Attributes:
        layer: its name as the file says it: dots or underscores, see core.diffusion.loading.lora.
        weight: a product, or all of it, which is added as it is; None leaves the weight.
        bias: None leaves the bias.
    """

    layer: str
    weight: LowRank | Tensor | None
    bias: Tensor | None = None


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
        if mark in key.replace(".default.", "."):
            raise ModelError(
                f"{path} holds {kind} ({key}), which is not supported; supported: LoRA as diffusers, peft, kohya and ComfyUI "
                "write it, with Tucker's form and whole differences (diff, diff_b)"
            )
    plain = PROCESSOR.sub(lambda found: f".{PROCESSED[found[1]]}.lora.{found[2]}.weight", key).replace(".default.", ".")
    for ending, part in ENDINGS.items():
        if plain.endswith(f".{ending}"):
            return plain.removesuffix(f".{ending}").removeprefix("base_model.model."), part
    raise ModelError(f"{path} is no LoRA that is supported: what is {key!r}?")


def _change(path: Path, layer: str, parts: Mapping[str, Tensor], metadata: Mapping[str, Any]) -> LayerChange:
    weight, bias = parts.get(WEIGHT), parts.get(BIAS)
    is_product = not parts.keys().isdisjoint((DOWN, UP, MID))
    if is_product and weight is not None:
        raise ModelError(f"{path} is damaged: its layer {layer} is changed twice, by a product and as a whole")
    if is_product or (weight is None and bias is None):
        return LayerChange(layer, _low_rank(path, layer, parts, metadata), bias)
    return LayerChange(layer, weight, bias)  # alpha means nothing for these, also to LyCORIS and ComfyUI


def _low_rank(path: Path, layer: str, parts: Mapping[str, Tensor], metadata: Mapping[str, Any]) -> LowRank:
    missing = [part for part in (DOWN, UP) if part not in parts]
    if missing:
        raise ModelError(f"{path} is damaged: its layer {layer} has no weights {missing[0]!r}")
    down, up, mid = parts[DOWN], parts[UP], parts.get(MID)
    if not _fit(down, up, mid):
        shapes = " and ".join(str(tuple(each.shape)) for each in (down, up, mid) if each is not None)
        raise ModelError(f"{path} is damaged: of its layer {layer}, {shapes} do not fit")
    rank = len(down)
    alpha = float(parts[ALPHA]) if ALPHA in parts else _alpha_of(layer, metadata, rank)
    is_by_root = bool(metadata.get(f"{layer.partition('.')[0]}.use_rslora"))
    return LowRank(down, up, alpha / (math.sqrt(rank) if is_by_root else rank), mid)


def _fit(down: Tensor, up: Tensor, mid: Tensor | None) -> bool:
    if min(down.ndim, up.ndim) < 2:
        return False
    if mid is None:
        return up[0].numel() == len(down)
    has_kernel = down[0, 0].numel() > 1
    return mid.ndim > 2 and not has_kernel and (up[0].numel(), len(down)) == tuple(mid.shape[:2])


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
