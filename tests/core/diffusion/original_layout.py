"""A small Stable Diffusion as one file: random weights under the names that the original code gave them, and its yaml."""

from __future__ import annotations

import re
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
import yaml
from torch import Tensor

from core.diffusion.loading import libraries
from tests.core.diffusion.tiny_pipelines import save_tokenizer, vocabulary_size

WIDTH = 64  # of the text; one head
XL_WIDTH = 1280
CONFIG: dict[str, Any] = {
    "model": {
        "target": "ldm.models.diffusion.ddpm.LatentDiffusion",
        "params": {
            "linear_start": 0.00085,
            "linear_end": 0.012,
            "timesteps": 1000,
            "image_size": 8,
            "scale_factor": 0.25,
            "unet_config": {
                "params": {
                    "in_channels": 4,
                    "out_channels": 4,
                    "model_channels": 32,
                    "attention_resolutions": [1],
                    "num_res_blocks": 1,
                    "channel_mult": [1, 2],
                    "num_heads": 4,
                    "transformer_depth": 1,
                    "context_dim": WIDTH,
                }
            },
            "first_stage_config": {
                "params": {
                    "ddconfig": {
                        "z_channels": 4,
                        "in_channels": 3,
                        "out_ch": 3,
                        "ch": 32,
                        "ch_mult": [1, 2],
                        "num_res_blocks": 1,
                    }
                }
            },
            "cond_stage_config": {"target": "ldm.modules.encoders.modules.FrozenCLIPEmbedder"},
        },
    }
}

UNET_NAMES = (
    (r"^time_embedding\.linear_1", "time_embed.0"),
    (r"^time_embedding\.linear_2", "time_embed.2"),
    (r"^time_embedding\.cond_proj", "time_embed.cond_proj"),
    (r"^add_embedding\.linear_1", "label_emb.0.0"),
    (r"^add_embedding\.linear_2", "label_emb.0.2"),
    (r"^class_embedding", "label_emb"),
    (r"^conv_in", "input_blocks.0.0"),
    (r"^conv_norm_out", "out.0"),
    (r"^conv_out", "out.2"),
    # two layers in each block on the way down: a residual one with its attention, and the one that halves the size
    (r"^down_blocks\.0\.resnets\.0", "input_blocks.1.0"),
    (r"^down_blocks\.0\.attentions\.0", "input_blocks.1.1"),
    (r"^down_blocks\.0\.downsamplers\.0\.conv", "input_blocks.2.0.op"),
    (r"^down_blocks\.1\.resnets\.0", "input_blocks.3.0"),
    (r"^mid_block\.resnets\.0", "middle_block.0"),
    (r"^mid_block\.attentions\.0", "middle_block.1"),
    (r"^mid_block\.resnets\.1", "middle_block.2"),
    (r"^up_blocks\.0\.resnets\.(\d)", r"output_blocks.\1.0"),
    (r"^up_blocks\.0\.upsamplers\.0\.conv", "output_blocks.1.1.conv"),
    (r"^up_blocks\.1\.resnets\.0", "output_blocks.2.0"),
    (r"^up_blocks\.1\.attentions\.0", "output_blocks.2.1"),
    (r"^up_blocks\.1\.resnets\.1", "output_blocks.3.0"),
    (r"^up_blocks\.1\.attentions\.1", "output_blocks.3.1"),
    (r"(put_blocks|middle_block)([\d.]+)norm1\.", r"\1\2in_layers.0."),
    (r"(put_blocks|middle_block)([\d.]+)conv1\.", r"\1\2in_layers.2."),
    (r"(put_blocks|middle_block)([\d.]+)norm2\.", r"\1\2out_layers.0."),
    (r"(put_blocks|middle_block)([\d.]+)conv2\.", r"\1\2out_layers.3."),
    (r"time_emb_proj", "emb_layers.1"),
    (r"conv_shortcut", "skip_connection"),
)
VAE_NAMES = (
    (r"^(encoder)\.down_blocks\.(\d)\.resnets\.(\d)", r"\1.down.\2.block.\3"),
    (r"^(encoder)\.down_blocks\.(\d)\.downsamplers\.0", r"\1.down.\2.downsample"),
    (r"^(decoder)\.up_blocks\.0\.resnets\.(\d)", r"\1.up.1.block.\2"),
    (r"^(decoder)\.up_blocks\.1\.resnets\.(\d)", r"\1.up.0.block.\2"),
    (r"^(decoder)\.up_blocks\.0\.upsamplers\.0", r"\1.up.1.upsample"),
    (r"mid_block\.resnets\.0", "mid.block_1"),
    (r"mid_block\.resnets\.1", "mid.block_2"),
    (r"mid_block\.attentions\.0", "mid.attn_1"),
    (r"attn_1\.group_norm", "attn_1.norm"),
    (r"attn_1\.to_([qkv])", r"attn_1.\1"),
    (r"attn_1\.to_out\.0", "attn_1.proj_out"),
    (r"conv_norm_out", "norm_out"),
    (r"conv_shortcut", "nin_shortcut"),
)


@dataclass(frozen=True)
class Original:
    """The file, its yaml, and the networks whose weights it holds."""

    path: Path
    config: Path
    networks: dict[str, Any]
    weights: dict[str, Tensor]


def save_original(
    folder: Path, more: dict[str, Any] | None = None, word_count: int | None = None, **unet: Any
) -> Original:
    """tiny.safetensors, tiny.ckpt, original.yaml and a tokenizer. more goes into the params of the yaml, unet into its config."""
    networks = _networks(**unet)
    if word_count:
        networks["text_encoder"] = _text_encoder(word_count=word_count)
    text = {_text_name(key): value for key, value in networks["text_encoder"].state_dict().items()}
    config = deepcopy(CONFIG)
    config["model"]["params"] |= more or {}
    return _write(folder, networks, text, config)


def save_original_sd2(folder: Path, more: dict[str, Any]) -> Original:
    """The same of Stable Diffusion 2: OpenCLIP's names, and a last layer that is not used. Its text is as wide as the true one."""
    networks = _networks(cross_attention_dim=1024)
    networks["text_encoder"] = _text_encoder(hidden_size=1024, act="gelu")
    config = deepcopy(CONFIG)
    config["model"]["params"] |= more
    return _write(folder, networks, open_clip_weights(networks["text_encoder"]), config)


def save_original_xl(folder: Path) -> Original:
    """The same of Stable Diffusion XL. Its text is as wide as diffusers needs it to know an XL by its yaml."""
    side = XL_WIDTH // 2
    networks = _networks(
        cross_attention_dim=XL_WIDTH,
        attention_head_dim=(2, 4),
        use_linear_projection=True,
        addition_embed_type="text_time",
        addition_time_embed_dim=256,
        projection_class_embeddings_input_dim=side + 6 * 256,
    )
    networks["text_encoder"] = _text_encoder(hidden_size=side, layers=1)
    networks["text_encoder_2"] = _text_encoder("CLIPTextModelWithProjection", hidden_size=side, layers=1, act="gelu")
    own = networks["text_encoder"].state_dict()
    text = {f"conditioner.embedders.0.{_text_name(key).partition('.')[2]}": value for key, value in own.items()}
    text |= open_clip_weights(networks["text_encoder_2"], "conditioner.embedders.1.model.", (0,))
    projection = networks["text_encoder_2"].text_projection.weight
    text["conditioner.embedders.1.model.text_projection"] = projection.T.contiguous().clone()
    config = deepcopy(CONFIG)
    params = config["model"]["params"]
    shape = params.pop("unet_config")["params"] | {
        "num_classes": "sequential",
        "adm_in_channels": side + 6 * 256,
        "num_head_channels": 16,
        "use_linear_in_transformer": True,
        "context_dim": XL_WIDTH,
    }
    del shape["num_heads"], params["cond_stage_config"], params["linear_start"], params["linear_end"]
    params["network_config"] = {"params": shape}
    return _write(folder, networks, text, config)


def _write(folder: Path, networks: dict[str, Any], text: dict[str, Tensor], config: dict[str, Any]) -> Original:
    folder.mkdir(parents=True, exist_ok=True)
    weights = {
        **_renamed(networks["unet"], UNET_NAMES, "model.diffusion_model."),
        **_renamed(networks["vae"], VAE_NAMES, "first_stage_model."),
        **text,
    }
    safetensors.torch.save_file(weights, folder / "tiny.safetensors")
    torch.save({"state_dict": weights, "global_step": 5}, folder / "tiny.ckpt")
    (folder / "original.yaml").write_text(yaml.safe_dump(config))
    save_tokenizer(folder / "tokenizer")
    return Original(folder / "tiny.safetensors", folder / "original.yaml", networks, weights)


def _renamed(network: Any, names: tuple[tuple[str, str], ...], prefix: str) -> dict[str, Tensor]:
    weights = {}
    for key, value in network.state_dict().items():
        name = key
        for pattern, replacement in names:
            name = re.sub(pattern, replacement, name)
        is_attention = "attn_1" in name and name.endswith("weight") and value.dim() == 2
        weights[prefix + name] = (value[:, :, None, None] if is_attention else value).contiguous().clone()
    return weights


def _text_name(key: str) -> str:
    return "cond_stage_model.transformer.text_model." + key.removeprefix("text_model.")


def _networks(**unet: Any) -> dict[str, Any]:
    library = libraries.diffusers()
    torch.manual_seed(0)
    config: dict[str, Any] = {
        "sample_size": 8,
        "in_channels": 4,
        "out_channels": 4,
        "layers_per_block": 1,
        "block_out_channels": (32, 64),
        "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
        "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
        "cross_attention_dim": WIDTH,
        "attention_head_dim": 4,
    }
    return {
        "unet": library.UNet2DConditionModel(**(config | unet)),
        "vae": library.AutoencoderKL(
            block_out_channels=(32, 64),
            latent_channels=4,
            down_block_types=("DownEncoderBlock2D",) * 2,
            up_block_types=("UpDecoderBlock2D",) * 2,
        ),
        "text_encoder": _text_encoder(),
    }


def _text_encoder(
    class_name: str = "CLIPTextModel",
    hidden_size: int = WIDTH,
    layers: int = 2,
    act: str = "quick_gelu",
    word_count: int = vocabulary_size(),
) -> Any:
    library = libraries.transformers()
    config = library.CLIPTextConfig(
        vocab_size=word_count,
        hidden_size=hidden_size,
        intermediate_size=96,
        projection_dim=hidden_size,
        num_hidden_layers=layers,
        num_attention_heads=hidden_size // WIDTH,
        max_position_embeddings=16,
        bos_token_id=word_count - 2,
        eos_token_id=word_count - 1,
        hidden_act=act,
        initializer_factor=20.0,
    )
    return getattr(library, class_name)(config)


def open_clip_weights(
    text_encoder: Any, prefix: str = "cond_stage_model.model.", layers: tuple[int, ...] = (0, 1, 1)
) -> dict[str, Tensor]:
    """A text encoder with the names of OpenCLIP; as Stable Diffusion 2 has it, with a last layer that is not used."""
    own = {key.removeprefix("text_model."): value for key, value in text_encoder.state_dict().items()}
    weights = {
        "token_embedding.weight": own["embeddings.token_embedding.weight"],
        "positional_embedding": own["embeddings.position_embedding.weight"],
        "ln_final.weight": own["final_layer_norm.weight"],
        "ln_final.bias": own["final_layer_norm.bias"],
    }
    for index, source in enumerate(layers):
        layer, block = f"encoder.layers.{source}.", f"transformer.resblocks.{index}."
        for part in ("weight", "bias"):
            heads = [own[f"{layer}self_attn.{name}_proj.{part}"] for name in "qkv"]
            weights[f"{block}attn.in_proj_{part}"] = torch.cat(heads)
            weights[f"{block}attn.out_proj.{part}"] = own[f"{layer}self_attn.out_proj.{part}"]
            weights[f"{block}ln_1.{part}"] = own[f"{layer}layer_norm1.{part}"]
            weights[f"{block}ln_2.{part}"] = own[f"{layer}layer_norm2.{part}"]
            weights[f"{block}mlp.c_fc.{part}"] = own[f"{layer}mlp.fc1.{part}"]
            weights[f"{block}mlp.c_proj.{part}"] = own[f"{layer}mlp.fc2.{part}"]
    return {f"{prefix}{key}": value.clone() for key, value in weights.items()}
