"""Reads a model in one file and its original yaml: names and tensors, and nothing that could run."""

from __future__ import annotations

import pickle
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
import yaml
from torch import Tensor

from core.control.errors import ModelError

Weights = dict[str, Tensor]

TRAINERS = ("pytorch_lightning.", "lightning.")  # wrote their callbacks into the .ckpt files of Stable Diffusion

# What the yamls of Stable Diffusion 1, 2 and XL say of their shapes: most files of these families come without one.
AUTOENCODER: dict[str, Any] = {  # of both
    "params": {
        "ddconfig": {
            "z_channels": 4,
            "in_channels": 3,
            "out_ch": 3,
            "ch": 128,
            "ch_mult": [1, 2, 4, 4],
            "num_res_blocks": 2,
        }
    }
}
STABLE_DIFFUSION_1: dict[str, Any] = {
    "model": {
        "params": {
            "linear_start": 0.00085,
            "linear_end": 0.012,
            "timesteps": 1000,
            "image_size": 64,
            "scale_factor": 0.18215,
            "unet_config": {
                "params": {
                    "in_channels": 4,
                    "out_channels": 4,
                    "model_channels": 320,
                    "attention_resolutions": [4, 2, 1],
                    "num_res_blocks": 2,
                    "channel_mult": [1, 2, 4, 4],
                    "num_heads": 8,
                    "transformer_depth": 1,
                    "context_dim": 768,
                }
            },
            "first_stage_config": AUTOENCODER,
            "cond_stage_config": {"params": {}},
        }
    }
}
STABLE_DIFFUSION_2: dict[str, Any] = {
    "model": {
        "params": {
            "linear_start": 0.00085,
            "linear_end": 0.012,
            "timesteps": 1000,
            "image_size": 64,
            "scale_factor": 0.18215,
            "unet_config": {
                "params": {
                    "in_channels": 4,
                    "out_channels": 4,
                    "model_channels": 320,
                    "attention_resolutions": [4, 2, 1],
                    "num_res_blocks": 2,
                    "channel_mult": [1, 2, 4, 4],
                    "num_head_channels": 64,
                    "use_linear_in_transformer": True,
                    "transformer_depth": 1,
                    "context_dim": 1024,
                }
            },
            "first_stage_config": AUTOENCODER,
            "cond_stage_config": {"params": {"layer": "penultimate"}},
        }
    }
}
STABLE_DIFFUSION_XL: dict[str, Any] = {
    "model": {
        "params": {
            "scale_factor": 0.13025,
            "network_config": {
                "params": {
                    "adm_in_channels": 2816,
                    "num_classes": "sequential",
                    "in_channels": 4,
                    "out_channels": 4,
                    "model_channels": 320,
                    "attention_resolutions": [4, 2],
                    "num_res_blocks": 2,
                    "channel_mult": [1, 2, 4],
                    "num_head_channels": 64,
                    "use_linear_in_transformer": True,
                    "transformer_depth": [1, 2, 10],
                    "context_dim": 2048,
                }
            },
            "first_stage_config": AUTOENCODER,
        }
    }
}


def ends_of(path: Path) -> tuple[Path, Path]:
    """A file as it is named, and where that leads to if it is a link: what belongs to it may lie beside either."""
    return path, path.resolve()


def is_named(path: Path, word: str) -> bool:
    """Whether the name of a file or folder, or of what a link leads to, has a word in it, in small letters or capitals."""
    return any(word in end.name.lower() for end in ends_of(path))


def read_weights(path: Path) -> Weights:
    """All tensors of a .safetensors or .ckpt file by their names.

    Raises:
        ModelError: not there, damaged, or not safe to open.
    """
    if not path.is_file():
        raise ModelError(f"no model file {path}")
    is_plain = any(end.suffix.lower() == ".safetensors" for end in ends_of(path))
    content = _read_safetensors(path) if is_plain else _read_pickle(path)
    while isinstance(content.get("state_dict"), dict):
        content = content["state_dict"]
    return {key: value for key, value in content.items() if isinstance(value, Tensor)}


def _read_safetensors(path: Path) -> dict[str, Any]:
    try:
        return dict(safetensors.torch.load_file(path))
    except (safetensors.SafetensorError, OSError) as error:
        raise ModelError(f"{path} cannot be read: {error}") from error


def _read_pickle(path: Path) -> dict[str, Any]:
    """Tensors only: an old .ckpt is a program that its author wrote, and opening it all would run it.

    What the trainer noted beside the weights is read as objects that do nothing. Lightning itself is never imported.
    """
    names = _find_unsafe_names(path)
    inert = [_make_inert(name) for name in names if name.startswith(TRAINERS)]
    strange = [name for name in names if not name.startswith(TRAINERS)]
    try:
        with torch.serialization.safe_globals(inert):
            content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        found = f" ({', '.join(strange[:3])})" if strange else ""
        raise ModelError(
            f"{path} is refused: it holds more than weights{found}, which could run as a program, or it is damaged. "
            "Take the .safetensors of this model, or convert the file where it may do harm"
        ) from error
    except Exception as error:  # a damaged program fails in as many ways as there are
        raise ModelError(f"{path} cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise ModelError(f"{path} must hold named weights, got {type(content).__name__}")
    return content


def _find_unsafe_names(path: Path) -> list[str]:
    """Classes and functions that a file names besides those of weights; they are neither imported nor called."""
    try:
        return sorted(torch.serialization.get_unsafe_globals_in_checkpoint(path))
    except Exception:  # the old format, or damaged: torch.load tells what is wrong
        return []


class _Inert:
    """Stands in for a class or function that a file names: whatever it is called with, an empty box comes of it.

    The box is an OrderedDict because torch fills nothing else with both the items and the attributes of a lost object.
    """

    def __new__(cls, *_: object) -> Any:
        return OrderedDict()


def _make_inert(name: str) -> Any:
    module, _, qualified = name.rpartition(".")
    return type(qualified, (_Inert,), {"__module__": module, "__qualname__": qualified})


def read_config(path: Path, config: Path | None, default: Mapping[str, Any] = STABLE_DIFFUSION_1) -> Mapping[str, Any]:
    """The yaml of a model: the given one, the one of its name beside it or beside what a link leads to, or the default.

    Raises:
        ModelError: it cannot be read.
    """
    beside = [end.with_suffix(".yaml") for end in ends_of(path)]
    config = config or next((each for each in beside if each.is_file()), None)
    if config is None:
        return default
    try:
        content = yaml.safe_load(config.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        raise ModelError(f"{config} cannot be read: {error}") from error
    if not isinstance(content, dict) or not isinstance(content.get("model"), dict):
        raise ModelError(f"{config} is no config of Stable Diffusion: it has no 'model'")
    return content
