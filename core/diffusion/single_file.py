"""Models in one file, as the original code of Stable Diffusion wrote them: .safetensors, or .ckpt with its yaml beside it.

Such a file holds the three networks and nothing else. Their shape comes from the yaml, or is that of Stable Diffusion 1;
the tokenizer from a folder beside the file or from the local cache. The hub is never asked.
"""

from __future__ import annotations

import importlib
import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
import torch
import yaml
from torch import Tensor

from core.control.errors import ModelError
from core.diffusion import libraries

SUFFIXES = (".safetensors", ".ckpt")
CLIP_PREFIX = "cond_stage_model.transformer."
OPEN_CLIP_PREFIX = "cond_stage_model.model."
HEAD_WIDTH = 64  # of every CLIP text encoder
SKIPPED_LAYERS = {"penultimate": 1}  # Stable Diffusion 2 stops before the last layer, so that it is not needed

# Repositories with the tokenizer of CLIP, which is the same for all: whichever is in the cache.
TOKENIZERS = {
    "openai/clip-vit-large-patch14": "",
    "stable-diffusion-v1-5/stable-diffusion-v1-5": "tokenizer",
    "runwayml/stable-diffusion-v1-5": "tokenizer",
    "CompVis/stable-diffusion-v1-4": "tokenizer",
    "stabilityai/sd-turbo": "tokenizer",
    "stabilityai/stable-diffusion-2-1": "tokenizer",
    "stabilityai/stable-diffusion-2-1-base": "tokenizer",
}
TOKENIZER_FILES = ("tokenizer.json", "vocab.json")

# What the yaml of Stable Diffusion 1 says of its shape: most files of that family come without one.
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
            "first_stage_config": {
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
            },
            "cond_stage_config": {"params": {}},
        }
    }
}

Weights = dict[str, Tensor]


def is_single_file(source: str) -> bool:
    """Whether a source names one file and not a folder or hub id, be it there or not."""
    return Path(source).suffix.lower() in SUFFIXES and not Path(source).expanduser().is_dir()


class SingleFile:
    """A checkpoint with its original config, read and checked.

    Args:
        path: .safetensors or .ckpt.
        config: its yaml; without one the yaml of the same name beside the file, or else the shape of Stable Diffusion 1.

    Raises:
        ModelError: not there, damaged, not safe to open, or of another family.
    """

    def __init__(self, path: Path, config: Path | None = None) -> None:
        self.path = path
        self._weights = _read_weights(path)
        self._config = _read_config(path, config)
        self._check_family()

    def load_networks(self) -> tuple[Any, Any, Any]:
        """UNet, VAE and text encoder, with all of their weights."""
        try:
            return self._load_unet(), self._load_vae(), self._load_text_encoder()
        except (KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
            # a yaml that lacks a key, or shapes that differ: each part of diffusers and torch says it in its own way
            reason = f"no {error} in its yaml" if isinstance(error, KeyError) else str(error).splitlines()[0]
            raise ModelError(f"{self.path} does not fit its config: {reason}") from error

    def load_tokenizer(self) -> Any:
        """Of the folder "tokenizer" beside the file, or of a model in the local cache that has the same."""
        folder = self.path.parent / "tokenizer"
        if not folder.is_dir():
            folder = _cached_tokenizer(self.path)
        try:
            tokenizer = libraries.transformers().CLIPTokenizer.from_pretrained(folder, local_files_only=True)
        except Exception as error:  # missing, damaged: each kind of fault has its own exception
            raise ModelError(f"{folder} cannot be loaded: {error}") from error
        if self._is_open_clip:
            tokenizer.pad_token = "!"  # noqa: S105  what OpenCLIP fills up with has number 0
        return tokenizer

    @property
    def scheduler_config(self) -> dict[str, Any]:
        """That of a diffusers folder made from this file."""
        is_v = self._params.get("parameterization") == "v"
        return {
            "_class_name": "DDIMScheduler",
            "beta_start": self._params["linear_start"],
            "beta_end": self._params["linear_end"],
            "beta_schedule": "scaled_linear",
            "num_train_timesteps": self._params.get("timesteps", 1000),
            "prediction_type": "v_prediction" if is_v else "epsilon",
            "set_alpha_to_one": False,
            "steps_offset": 1,
            "clip_sample": False,
        }

    @property
    def _params(self) -> Mapping[str, Any]:
        params: Mapping[str, Any] = self._config["model"]["params"]
        return params

    @property
    def _is_open_clip(self) -> bool:
        return any(key.startswith(OPEN_CLIP_PREFIX) for key in self._weights)

    def _check_family(self) -> None:
        params = self._config.get("model", {}).get("params", {})
        needed = ("linear_start", "linear_end", "unet_config", "first_stage_config", "cond_stage_config")
        missing = [key for key in needed if key not in params]
        if missing:
            raise ModelError(
                f"the config of {self.path} lacks model.params.{missing[0]}: not of Stable Diffusion 1 or 2"
            )
        width = params["unet_config"].get("params", {}).get("model_channels")
        found = self._weights.get("model.diffusion_model.input_blocks.0.0.weight")
        if found is not None and width is not None and len(found) != width:
            raise ModelError(
                f"{self.path} does not fit its config: its unet is {len(found)} channels wide and not {width}; "
                f"its own yaml is needed, as {self.path.with_suffix('.yaml').name} beside it"
            )
        if not any(key.startswith((CLIP_PREFIX, OPEN_CLIP_PREFIX)) for key in self._weights):
            raise ModelError(
                f"{self.path} has no text encoder of Stable Diffusion 1 or 2; other models are not supported"
            )

    def _load_unet(self) -> Any:
        utils = _utils()
        config = utils.create_unet_diffusers_config_from_ldm(self._config, self._weights)
        config["sample_size"] = self._params.get("image_size", config["sample_size"])
        converted = utils.convert_ldm_unet_checkpoint(self._weights, config)
        with torch.device("meta"):  # random weights for nothing would take half of the time
            network = libraries.diffusers().UNet2DConditionModel.from_config(config)
        return self._filled(network, converted, "unet")

    def _load_vae(self) -> Any:
        utils = _utils()
        config = utils.create_vae_diffusers_config_from_ldm(self._config, self._weights)
        converted = utils.convert_ldm_vae_checkpoint(self._weights, config)
        with torch.device("meta"):
            network = libraries.diffusers().AutoencoderKL.from_config(config)
        return self._filled(network, converted, "vae")

    def _load_text_encoder(self) -> Any:
        """Its shape can be read off its weights, but for its activation and the layers that are not used."""
        library = libraries.transformers()
        config = library.CLIPTextConfig(**(self._open_clip_shape() if self._is_open_clip else self._clip_shape()))
        encoder = library.CLIPTextModel(config)
        utils = _utils()
        if self._is_open_clip:
            converted = utils.convert_open_clip_checkpoint(encoder, self._weights, prefix=OPEN_CLIP_PREFIX)
        else:
            converted = utils.convert_ldm_clip_checkpoint(self._weights)
        if not hasattr(encoder, "text_model"):  # newer ones of transformers have one level less
            converted = {key.removeprefix("text_model."): value for key, value in converted.items()}
        return self._filled(encoder, converted, "text encoder")

    def _clip_shape(self) -> dict[str, Any]:
        prefix = f"{CLIP_PREFIX}text_model."
        return {
            **self._text_shape(
                f"{prefix}embeddings.token_embedding.weight", f"{prefix}embeddings.position_embedding.weight"
            ),
            "num_hidden_layers": _count_layers(self._weights, f"{prefix}encoder.layers."),
            "intermediate_size": len(self._weights[f"{prefix}encoder.layers.0.mlp.fc1.weight"]),
            "hidden_act": "quick_gelu",
        }

    def _open_clip_shape(self) -> dict[str, Any]:
        layers = f"{OPEN_CLIP_PREFIX}transformer.resblocks."
        used = self._params["cond_stage_config"].get("params", {}).get("layer", "last")
        return {
            **self._text_shape(f"{OPEN_CLIP_PREFIX}token_embedding.weight", f"{OPEN_CLIP_PREFIX}positional_embedding"),
            "num_hidden_layers": _count_layers(self._weights, layers) - SKIPPED_LAYERS.get(used, 0),
            "intermediate_size": len(self._weights[f"{layers}0.mlp.c_fc.weight"]),
            "hidden_act": "gelu",
        }

    def _text_shape(self, tokens_key: str, positions_key: str) -> dict[str, Any]:
        vocabulary, width = self._weights[tokens_key].shape
        return {
            "vocab_size": vocabulary,
            "hidden_size": width,
            "num_attention_heads": width // HEAD_WIDTH,
            "max_position_embeddings": len(self._weights[positions_key]),
            "bos_token_id": vocabulary - 2,
            "eos_token_id": vocabulary - 1,
        }

    def _filled(self, network: Any, converted: Weights, part: str) -> Any:
        missing = network.load_state_dict(converted, strict=False, assign=True).missing_keys
        if missing:  # it would paint with random numbers in their place
            raise ModelError(f"{self.path} lacks weights of its {part}: {', '.join(sorted(missing)[:3])} ...")
        return network.eval().requires_grad_(False)


def _utils() -> Any:
    libraries.diffusers()
    return importlib.import_module("diffusers.loaders.single_file_utils")


def _read_weights(path: Path) -> Weights:
    if not path.is_file():
        raise ModelError(f"no model file {path}")
    content = _read_safetensors(path) if path.suffix.lower() == ".safetensors" else _read_pickle(path)
    while isinstance(content.get("state_dict"), dict):
        content = content["state_dict"]
    return {key: value for key, value in content.items() if isinstance(value, Tensor)}


def _read_safetensors(path: Path) -> dict[str, Any]:
    try:
        return dict(safetensors.torch.load_file(path))
    except (safetensors.SafetensorError, OSError) as error:
        raise ModelError(f"{path} cannot be read: {error}") from error


def _read_pickle(path: Path) -> dict[str, Any]:
    """Tensors only: an old .ckpt is a program that its author wrote, and opening it all would run it."""
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ModelError(
            f"{path} is refused: it holds more than weights, which could run as a program, or it is damaged. "
            "Take the .safetensors of this model, or convert the file where it may do harm"
        ) from error
    except (OSError, RuntimeError, EOFError, ValueError) as error:
        raise ModelError(f"{path} cannot be read: {error}") from error
    if not isinstance(content, dict):
        raise ModelError(f"{path} must hold named weights, got {type(content).__name__}")
    return content


def _read_config(path: Path, config: Path | None) -> Mapping[str, Any]:
    beside = path.with_suffix(".yaml")
    config = config or (beside if beside.is_file() else None)
    if config is None:
        return STABLE_DIFFUSION_1
    try:
        content = yaml.safe_load(config.read_text(encoding="utf-8"))
    except (OSError, UnicodeError, yaml.YAMLError) as error:
        raise ModelError(f"{config} cannot be read: {error}") from error
    if not isinstance(content, dict) or not isinstance(content.get("model"), dict):
        raise ModelError(f"{config} is no config of Stable Diffusion: it has no 'model'")
    return content


def _cached_tokenizer(path: Path) -> Path:
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import LocalEntryNotFoundError

    for repository, subfolder in TOKENIZERS.items():
        try:
            folder = Path(snapshot_download(repository, local_files_only=True)) / subfolder
        except LocalEntryNotFoundError:
            continue
        if any((folder / name).is_file() for name in TOKENIZER_FILES):
            return folder
    raise ModelError(
        f"{path} comes without a tokenizer: put the folder 'tokenizer' of any Stable Diffusion model beside it, "
        f"or get one into the local cache (hf download {next(iter(TOKENIZERS))})"
    )


def _count_layers(weights: Weights, prefix: str) -> int:
    return 1 + max(int(key.removeprefix(prefix).partition(".")[0]) for key in weights if key.startswith(prefix))
