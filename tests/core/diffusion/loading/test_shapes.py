from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.control.errors import ModelError
from core.diffusion.loading.shapes import (
    CLIP_L,
    OPEN_CLIP_G,
    OPEN_CLIP_H,
    SHAPES,
    VAE,
    Shape,
    make_network,
    write_random_model,
)
from core.diffusion.model import load_model
from core.model_request import ModelRequest
from core.tree.spec import RenderSettings

# diffusers makes numpy arrays of tensors in the way of numpy 1
pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)

TINY = Shape(
    "StableDiffusionPipeline",
    {
        "sample_size": 8,
        "block_out_channels": (32, 32),
        "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
        "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
        "cross_attention_dim": 16,
        "attention_head_dim": 8,
    },
    ({"hidden_size": 16, "intermediate_size": 16, "num_attention_heads": 2, "num_hidden_layers": 1},),
    {"block_out_channels": (32,), "latent_channels": 4},
)


@pytest.mark.parametrize(
    ("library", "class_name", "config", "million"),
    [
        ("diffusers", "UNet2DConditionModel", SHAPES["sd15"].unet, 859.52),
        ("diffusers", "UNet2DConditionModel", SHAPES["sd21"].unet, 865.91),
        ("diffusers", "UNet2DConditionModel", SHAPES["sdxl"].unet, 2567.46),
        ("diffusers", "AutoencoderKL", VAE, 83.65),
        ("transformers", "CLIPTextModel", CLIP_L, 123.06),
        ("transformers", "CLIPTextModel", OPEN_CLIP_H, 340.39),
        ("transformers", "CLIPTextModelWithProjection", OPEN_CLIP_G, 694.66),
    ],
    ids=["sd15", "sd21", "sdxl", "vae", "clip l", "open clip h", "open clip g"],
)
def test_networks_have_as_many_weights_as_the_published_ones(
    library: str, class_name: str, config: Mapping[str, Any], million: float
) -> None:
    network = make_network(library, class_name, config)

    assert sum(weight.numel() for weight in network.parameters()) / 1e6 == pytest.approx(million, abs=0.01)


def test_a_random_model_loads_and_paints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SHAPES, "tiny", TINY)
    write_random_model("tiny", tmp_path / "model")

    denoiser = load_model(ModelRequest(str(tmp_path / "model"), device="cpu")).denoiser

    (picture,) = denoiser.decode([denoiser.first_latent(1, RenderSettings(16, 16, 2))])
    assert picture.shape == (16, 16, 3)
    assert np.std(picture) > 0


def test_an_unknown_shape_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="one of sd15, sd21"):
        write_random_model("sd99", tmp_path)


def test_a_folder_with_files_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()

    with pytest.raises(ModelError, match="is not empty"):
        write_random_model("sd15", tmp_path)
