"""Models in one file, as the original code of Stable Diffusion wrote them: .safetensors, or .ckpt with its yaml beside it.

Such a file holds the three networks and nothing else. Their shape comes from the yaml, or is that of Stable Diffusion 1;
the tokenizer from a folder beside the file or from the local cache. The hub is never asked.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from textwrap import shorten
from typing import Any

import torch

from core.control.errors import ModelError
from core.diffusion import libraries
from core.diffusion.checkpoint import Weights, read_config, read_weights
from core.diffusion.family import Family
from core.diffusion.parts import Parts, load_sampler

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
        self._weights = read_weights(path)
        self._config = read_config(path, config)
        self.family = Family.STABLE_DIFFUSION
        self._check_family()

    def load_parts(self, sampler: str) -> Parts:
        """All that a model is made of."""
        networks = dict(zip(self.family.networks, self.load_networks(), strict=True))
        return Parts(
            self.family, self.path, networks, [self.load_tokenizer()], *load_sampler(self.scheduler_config, sampler)
        )

    def load_networks(self) -> tuple[Any, Any, Any]:
        """UNet, VAE and text encoder, with all of their weights."""
        try:
            return self._load_unet(), self._load_vae(), self._load_text_encoder()
        except (KeyError, TypeError, ValueError, AttributeError, RuntimeError) as error:
            # a yaml that lacks a key, or shapes that differ: each part of diffusers and torch says it in its own way
            reason = (
                f"{error} is missing" if isinstance(error, KeyError) else shorten(str(error), 300, placeholder=" ...")
            )
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
        # it may be that of another model: the words are the same, but not how a text is filled up, and to what length
        tokenizer.pad_token = "!" if self._is_open_clip else tokenizer.eos_token
        tokenizer.model_max_length = self._text_shape()["max_position_embeddings"]
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
        layers = f"{CLIP_PREFIX}text_model.encoder.layers."
        return {
            **self._text_shape(),
            "num_hidden_layers": _count_layers(self._weights, layers),
            "intermediate_size": len(self._weights[f"{layers}0.mlp.fc1.weight"]),
            "hidden_act": "quick_gelu",
        }

    def _open_clip_shape(self) -> dict[str, Any]:
        layers = f"{OPEN_CLIP_PREFIX}transformer.resblocks."
        used = self._params["cond_stage_config"].get("params", {}).get("layer", "last")
        return {
            **self._text_shape(),
            "num_hidden_layers": _count_layers(self._weights, layers) - SKIPPED_LAYERS.get(used, 0),
            "intermediate_size": len(self._weights[f"{layers}0.mlp.c_fc.weight"]),
            "hidden_act": "gelu",
        }

    def _text_shape(self) -> dict[str, Any]:
        if self._is_open_clip:
            tokens, positions = f"{OPEN_CLIP_PREFIX}token_embedding.weight", f"{OPEN_CLIP_PREFIX}positional_embedding"
        else:
            embeddings = f"{CLIP_PREFIX}text_model.embeddings"
            tokens, positions = f"{embeddings}.token_embedding.weight", f"{embeddings}.position_embedding.weight"
        vocabulary, width = self._weights[tokens].shape
        return {
            "vocab_size": vocabulary,
            "hidden_size": width,
            "num_attention_heads": width // HEAD_WIDTH,
            "max_position_embeddings": len(self._weights[positions]),
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
