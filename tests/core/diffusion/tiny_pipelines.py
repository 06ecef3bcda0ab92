"""Folders that have everything a Stable Diffusion folder has, with networks of a few thousand random weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch

from core.diffusion.loading import libraries

TEXT_WIDTH = 32
TOKEN_COUNT = 16
BETAS = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "steps_offset": 1}


def save_sd1(folder: Path) -> Path:
    """Epsilon prediction, and PNDM as most folders on the hub have it."""
    return _save(folder, {"attention_head_dim": 4}, "PNDMScheduler", {"skip_prk_steps": True})


def save_sd2(folder: Path, name: str = "DDIMScheduler", **scheduler: Any) -> Path:
    """v prediction, linear projections, heads by level; scheduler goes into the config of the named one as it is."""
    unet = {"attention_head_dim": (2, 4), "use_linear_projection": True}
    config = {"prediction_type": "v_prediction"} | ({"clip_sample": False} if name == "DDIMScheduler" else {})
    return _save(folder, unet, name, config, scheduler)


def save_inpainting(folder: Path) -> Path:
    """A unet that sees the mask and the picture around it: 4 + 1 + 4 channels."""
    unet = {"attention_head_dim": 4, "in_channels": 9}
    return _save(folder, unet, "DDIMScheduler", {"clip_sample": False}, pipeline="StableDiffusionInpaintPipeline")


def save_lcm(folder: Path, **scheduler: Any) -> Path:
    """A unet that is told the guidance, and the sampler that goes with it."""
    unet = {"attention_head_dim": 4, "time_cond_proj_dim": 12}
    return _save(folder, unet, "LCMScheduler", {"clip_sample": False}, scheduler, "LatentConsistencyModelPipeline")


def save_xl(folder: Path, scheduler: str = "EulerDiscreteScheduler", **unet: Any) -> Path:
    """Two text encoders, and a unet that is told the whole prompt and the size of the picture."""
    config = {
        "attention_head_dim": (2, 4),
        "use_linear_projection": True,
        "cross_attention_dim": 2 * TEXT_WIDTH,
        "addition_embed_type": "text_time",
        "addition_time_embed_dim": 8,
        "projection_class_embeddings_input_dim": TEXT_WIDTH + 6 * 8,
        **unet,
    }
    _save(folder, config, scheduler, {"timestep_spacing": "leading"}, pipeline="StableDiffusionXLPipeline")
    torch.manual_seed(1)
    _text_encoder("CLIPTextModelWithProjection").save_pretrained(folder / "text_encoder_2")
    save_tokenizer(folder / "tokenizer_2", pad="a")
    more = {
        "text_encoder_2": ["transformers", "CLIPTextModelWithProjection"],
        "tokenizer_2": ["transformers", "CLIPTokenizer"],
        "force_zeros_for_empty_prompt": True,
    }
    _add_to_json(folder / "model_index.json", more)
    return folder


def save_upscaler(folder: Path) -> Path:
    """A unet that sees a small picture of 3 channels and is told its noise, and an autoencoder of 2 pixels to a cell."""
    unet = {"attention_head_dim": (2, 4), "use_linear_projection": True, "in_channels": 7, "num_class_embeds": 1000}
    config = {"prediction_type": "v_prediction", "clip_sample": False}
    _save(folder, unet, "DDIMScheduler", config, pipeline="StableDiffusionUpscalePipeline")
    small = {"beta_schedule": "squaredcos_cap_v2", "clip_sample": True}
    libraries.diffusers().DDPMScheduler(**small).save_pretrained(folder / "low_res_scheduler")
    _add_to_json(folder / "model_index.json", {"low_res_scheduler": ["diffusers", "DDPMScheduler"]})
    return folder


def save_tiny_vae(folder: Path, levels: int = 2) -> Path:
    """An autoencoder for the latents of the others here, if it has two levels."""
    torch.manual_seed(3)
    widths = (8,) * levels
    vae = libraries.diffusers().AutoencoderTiny(
        encoder_block_out_channels=widths,
        decoder_block_out_channels=widths,
        num_encoder_blocks=(1,) * levels,
        num_decoder_blocks=(1,) * levels,
    )
    vae.save_pretrained(folder)
    return folder


def _save(
    folder: Path,
    unet: dict[str, Any],
    scheduler: str,
    config: dict[str, Any],
    more: dict[str, Any] | None = None,
    pipeline: str = "StableDiffusionPipeline",
) -> Path:
    library = libraries.diffusers()
    torch.manual_seed(0)
    networks = {
        "unet": library.UNet2DConditionModel(**(_unet_config() | unet)),
        "vae": library.AutoencoderKL(**_vae_config()),
        "text_encoder": _text_encoder(),
    }
    for name, network in networks.items():
        network.save_pretrained(folder / name)
    getattr(library, scheduler)(**BETAS, **config).save_pretrained(folder / "scheduler")
    _add_to_json(folder / "scheduler" / "scheduler_config.json", more or {})
    save_tokenizer(folder / "tokenizer")
    index = {
        "_class_name": pipeline,
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": ["diffusers", "AutoencoderKL"],
        "text_encoder": ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "scheduler": ["diffusers", scheduler],
        "safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"],
        "feature_extractor": ["transformers", "CLIPImageProcessor"],
    }
    (folder / "model_index.json").write_text(json.dumps(index))
    return folder


def _add_to_json(path: Path, more: dict[str, Any]) -> None:
    path.write_text(json.dumps(json.loads(path.read_text()) | more))


def _unet_config() -> dict[str, Any]:
    return {
        "sample_size": 8,
        "in_channels": 4,
        "out_channels": 4,
        "layers_per_block": 1,
        "block_out_channels": (16, 32),
        "norm_num_groups": 8,
        "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
        "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
        "cross_attention_dim": TEXT_WIDTH,
    }


def _vae_config() -> dict[str, Any]:
    return {
        "block_out_channels": (8, 16),
        "norm_num_groups": 8,
        "latent_channels": 4,
        "down_block_types": ("DownEncoderBlock2D",) * 2,
        "up_block_types": ("UpDecoderBlock2D",) * 2,
    }


def _text_encoder(class_name: str = "CLIPTextModel") -> Any:
    library = libraries.transformers()
    config = library.CLIPTextConfig(
        vocab_size=len(_vocabulary()),
        hidden_size=TEXT_WIDTH,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=TOKEN_COUNT,
        projection_dim=TEXT_WIDTH,
        bos_token_id=len(_vocabulary()) - 2,
        eos_token_id=len(_vocabulary()) - 1,
        initializer_factor=20.0,  # prompts would hardly differ with the weights of an untrained network
    )
    return getattr(library, class_name)(config)


def _vocabulary() -> dict[str, int]:
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = [*letters, *(f"{letter}</w>" for letter in letters), "<|startoftext|>", "<|endoftext|>"]
    return {word: number for number, word in enumerate(words)}


def vocabulary_size() -> int:
    return len(_vocabulary())


def save_tokenizer(folder: Path, pad: str = "<|endoftext|>") -> None:
    folder.mkdir(parents=True)
    (folder / "vocab.json").write_text(json.dumps(_vocabulary()))
    (folder / "merges.txt").write_text("#version: 0.2\n")
    config = {"tokenizer_class": "CLIPTokenizer", "model_max_length": TOKEN_COUNT, "pad_token": pad}
    (folder / "tokenizer_config.json").write_text(json.dumps(config))
