"""Models of the true shapes with random weights, for measurements where the real ones are not at hand.

They cost what the real ones cost, and paint nothing. Shapes are those of the configs that the models were published with.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from core.control.errors import ModelError
from core.diffusion.loading import libraries

SPREAD = 0.02  # of the random weights: small enough that half precision does not overflow
TOKEN_COUNT = 77
VOCABULARY_SIZE = 49408  # of CLIP; the tokenizer knows letters only
BETAS = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "steps_offset": 1}
EULER = ("EulerDiscreteScheduler", {"timestep_spacing": "leading"})
TURBO = ("EulerAncestralDiscreteScheduler", {"timestep_spacing": "trailing"})
VAE = {
    "block_out_channels": (128, 256, 512, 512),
    "down_block_types": ("DownEncoderBlock2D",) * 4,
    "up_block_types": ("UpDecoderBlock2D",) * 4,
    "layers_per_block": 2,
    "latent_channels": 4,
}
CLIP_L = {
    "hidden_size": 768,
    "intermediate_size": 3072,
    "num_attention_heads": 12,
    "num_hidden_layers": 12,
    "projection_dim": 768,
}
OPEN_CLIP_H = {
    "hidden_size": 1024,
    "intermediate_size": 4096,
    "num_attention_heads": 16,
    "num_hidden_layers": 23,
    "projection_dim": 512,
    "hidden_act": "gelu",
}
OPEN_CLIP_G = {
    "hidden_size": 1280,
    "intermediate_size": 5120,
    "num_attention_heads": 20,
    "num_hidden_layers": 32,
    "projection_dim": 1280,
    "hidden_act": "gelu",
}
SD2_UNET = {
    "cross_attention_dim": 1024,
    "attention_head_dim": (5, 10, 20, 20),
    "use_linear_projection": True,
}
SDXL_UNET = {
    "sample_size": 128,
    "block_out_channels": (320, 640, 1280),
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "transformer_layers_per_block": (1, 2, 10),
    "attention_head_dim": (5, 10, 20),
    "cross_attention_dim": 2048,
    "use_linear_projection": True,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 2816,
}


@dataclass(frozen=True, slots=True)
class Shape:
    """One family's networks by their configs. A second text encoder is one with a projection."""

    pipeline: str
    unet: Mapping[str, Any]
    text_encoders: tuple[Mapping[str, Any], ...]
    vae: Mapping[str, Any] = field(default_factory=lambda: {**VAE, "scaling_factor": 0.18215})
    scheduler: tuple[str, Mapping[str, Any]] = EULER


SDXL = ("StableDiffusionXLPipeline", SDXL_UNET, (CLIP_L, OPEN_CLIP_G), {**VAE, "scaling_factor": 0.13025})
SHAPES = {
    "sd15": Shape("StableDiffusionPipeline", {"sample_size": 64, "cross_attention_dim": 768}, (CLIP_L,)),
    "sd21": Shape("StableDiffusionPipeline", {"sample_size": 96, **SD2_UNET}, (OPEN_CLIP_H,)),
    "sd-turbo": Shape("StableDiffusionPipeline", {"sample_size": 64, **SD2_UNET}, (OPEN_CLIP_H,), scheduler=TURBO),
    "sdxl": Shape(*SDXL),
    "sdxl-turbo": Shape(*SDXL, scheduler=TURBO),
}


def write_random_model(name: str, folder: Path, seed: int = 0) -> None:
    """Write a diffusers folder with random weights in float16 (sd21: 2.6 GB; sdxl: 6.9 GB).

    Raises:
        ModelError: no such shape; the folder is not empty.
    """
    if name not in SHAPES:
        raise ModelError(f"shape must be one of {', '.join(SHAPES)}, got {name!r}")
    if folder.exists() and any(folder.iterdir()):
        raise ModelError(f"{folder} is not empty: name another folder")
    shape, generator = SHAPES[name], torch.Generator().manual_seed(seed)
    index: dict[str, Any] = {"_class_name": shape.pipeline}
    for part, (library, class_name, config) in _networks(shape).items():
        _filled(make_network(library, class_name, config), generator).save_pretrained(folder / part)
        index[part] = [library, class_name]
    for number in range(len(shape.text_encoders)):
        part = _numbered("tokenizer", number)
        _write_tokenizer(folder / part)
        index[part] = ["transformers", "CLIPTokenizer"]
    scheduler, config = shape.scheduler
    getattr(libraries.diffusers(), scheduler)(**BETAS, **config).save_pretrained(folder / "scheduler")
    index["scheduler"] = ["diffusers", scheduler]
    (folder / "model_index.json").write_text(json.dumps(index, indent=2), encoding="utf-8")


def make_network(library: str, class_name: str, config: Mapping[str, Any]) -> Any:
    """The network without weights: it takes no memory until it is filled."""
    with torch.device("meta"):
        if library == "diffusers":
            return getattr(libraries.diffusers(), class_name)(**config)
        text_config = libraries.transformers().CLIPTextConfig(
            vocab_size=VOCABULARY_SIZE,
            max_position_embeddings=TOKEN_COUNT,
            bos_token_id=VOCABULARY_SIZE - 2,
            eos_token_id=VOCABULARY_SIZE - 1,
            **config,
        )
        return getattr(libraries.transformers(), class_name)(text_config)


def _networks(shape: Shape) -> dict[str, tuple[str, str, Mapping[str, Any]]]:
    """Library, class and config by the part's name."""
    encoders = {
        _numbered("text_encoder", number): (
            "transformers",
            "CLIPTextModelWithProjection" if number else "CLIPTextModel",
            config,
        )
        for number, config in enumerate(shape.text_encoders)
    }
    return {
        "unet": ("diffusers", "UNet2DConditionModel", shape.unet),
        "vae": ("diffusers", "AutoencoderKL", shape.vae),
        **encoders,
    }


def _numbered(part: str, number: int) -> str:
    return f"{part}_{number + 1}" if number else part


@torch.no_grad()
def _filled(network: Any, generator: torch.Generator) -> Any:
    network.to_empty(device="cpu").half()
    for name, weight in network.named_parameters():
        if weight.ndim == 1:  # of a norm, or a bias
            weight.fill_(1.0 if name.endswith("weight") else 0.0)
        else:
            weight.normal_(0, SPREAD, generator=generator)
    return network


def _write_tokenizer(folder: Path) -> None:
    """It spells every word: as many tokens as a sentence has at most, whatever it says."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = [*letters, *(f"{letter}</w>" for letter in letters)]
    vocabulary = {word: number for number, word in enumerate(words)}
    vocabulary |= {"<|startoftext|>": VOCABULARY_SIZE - 2, "<|endoftext|>": VOCABULARY_SIZE - 1}
    folder.mkdir(parents=True)
    (folder / "vocab.json").write_text(json.dumps(vocabulary), encoding="utf-8")
    (folder / "merges.txt").write_text("#version: 0.2\n", encoding="utf-8")
    config = {"tokenizer_class": "CLIPTokenizer", "model_max_length": TOKEN_COUNT, "pad_token": "<|endoftext|>"}
    (folder / "tokenizer_config.json").write_text(json.dumps(config), encoding="utf-8")
