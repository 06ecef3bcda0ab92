"""Finds and reads the two files that LPIPS on AlexNet is made of, as torchvision and the package lpips ship them.

Neither package is imported, and nothing is downloaded.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from core.control.errors import ModelError
from core.diffusion.distance.pair_network import LAYERS
from core.diffusion.loading.checkpoint import read_weights

AUTO = "auto"
ALEXNET = ("alexnet-owt-*.pth", "alexnet-owt-*.safetensors")  # torchvision's; its name ends with a part of its hash
LINEAR = ("alex.pth", "alex.safetensors")  # lpips/weights/v0.1 of the package
CONVOLUTIONS = (0, 3, 6, 8, 10)  # among the features of torchvision's AlexNet

Files = tuple[Path, Path]


@dataclass(frozen=True, slots=True)
class LpipsWeights:
    """
    Attributes:
        layers: weight and bias of each convolution, in the shapes of pair_network.LAYERS.
        linear: for each layer (1, channels, 1, 1), 0 or more.
    """

    layers: Sequence[tuple[Tensor, Tensor]]
    linear: Sequence[Tensor]


def find_files(source: str) -> Files | None:
    """AlexNet's file and that of the linear weights; None where "auto" finds not both.

    Raises:
        ModelError: no such folder, or a file is missing in it.
    """
    if source == AUTO:
        alexnet, linear = _first(_hub_folder(), ALEXNET), _first(_package_folder(), LINEAR)
        return (alexnet, linear) if alexnet and linear else None
    folder = Path(source).expanduser()
    if not folder.is_dir():
        raise ModelError(f"lpips: no folder {source!r}; it is a folder with {ALEXNET[0]} and {LINEAR[0]}, or auto")
    return _needed(folder, ALEXNET, "torchvision's AlexNet"), _needed(folder, LINEAR, "v0.1 of the package lpips")


def read_files(files: Files) -> LpipsWeights:
    """
    Raises:
        ModelError: a file is damaged, not safe to open, or holds something else.
    """
    alexnet, linear = ((path, read_weights(path)) for path in files)
    layers = []
    for index, (inputs, outputs, size, *_) in zip(CONVOLUTIONS, LAYERS, strict=True):
        weight = _take(*alexnet, f"features.{index}.weight", (outputs, inputs, size, size))
        layers.append((weight, _take(*alexnet, f"features.{index}.bias", (outputs,))))
    weights = [_take(*linear, f"lin{index}.model.1.weight", (1, layer[1], 1, 1)) for index, layer in enumerate(LAYERS)]
    if any(bool((each < 0).any()) for each in weights):
        raise ModelError(f"lpips: {files[1]} has weights below 0, which those of LPIPS never are")
    return LpipsWeights(layers, weights)


def _take(path: Path, weights: Mapping[str, Tensor], key: str, shape: tuple[int, ...]) -> Tensor:
    found = weights.get(key)
    if found is None:
        raise ModelError(f"lpips: {path} has no {key!r}: it must be LPIPS v0.1 on AlexNet")
    if tuple(found.shape) != shape:
        raise ModelError(f"lpips: {path}: {key} must have the shape {shape}, got {tuple(found.shape)}")
    return found.float()


def _needed(folder: Path, names: Sequence[str], maker: str) -> Path:
    found = _first(folder, names)
    if found is None:
        raise ModelError(f"lpips: no {' or '.join(names)} ({maker}) in {folder}")
    return found


def _first(folder: Path | None, names: Sequence[str]) -> Path | None:
    if folder is None:
        return None
    return next((path for name in names for path in sorted(folder.glob(name))), None)


def _hub_folder() -> Path:
    return Path(torch.hub.get_dir()) / "checkpoints"


def _package_folder() -> Path | None:
    """Where an installed lpips keeps its weights."""
    found = importlib.util.find_spec("lpips")  # looks, and imports nothing
    places = found.submodule_search_locations if found else None
    return Path(next(iter(places))) / "weights" / "v0.1" if places else None
