from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.control.errors import ModelError
from core.diffusion.model import Model, load_model
from core.model_request import ModelRequest
from core.tree.spec import RenderSettings
from tests.core.diffusion.tiny_pipelines import save_tiny_vae

SETTINGS = RenderSettings(16, 12, steps=2)


def load(model: Path, tiny_vae: str) -> Model:
    return load_model(ModelRequest(str(model), device="cpu", sampler="ddim", tiny_vae=tiny_vae))


def test_it_decodes_and_encodes_in_the_place_of_the_models_own(sd1_folder: Path, sd1: Model, tmp_path: Path) -> None:
    denoiser = load(sd1_folder, str(save_tiny_vae(tmp_path / "tiny"))).denoiser
    latent = denoiser.first_latent(1, SETTINGS)

    (picture,) = denoiser.decode([latent])

    assert picture.shape == (12, 16, 3)
    with torch.inference_mode():
        expected = denoiser.vae.decode(latent[None]).sample[0].permute(1, 2, 0).clamp(-1, 1)
    assert np.abs(picture - (expected.numpy() + 1) * 127.5).max() <= 0.51
    assert not np.array_equal(picture, sd1.denoiser.decode([latent])[0])
    assert denoiser.noised_picture(picture, 1, 2, SETTINGS)[2].shape == latent.shape


def test_it_may_come_from_the_local_cache(sd1_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    repository = tmp_path / "models--some--taesd"
    (repository / "refs").mkdir(parents=True)
    (repository / "refs" / "main").write_text("abc")
    save_tiny_vae(repository / "snapshots" / "abc")

    assert type(load(sd1_folder, "some/taesd").denoiser.vae).__name__ == "AutoencoderTiny"


def test_one_that_is_not_there_is_told_with_the_remedy(
    sd1_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))

    with pytest.raises(ModelError, match=r"no folder 'some/taesd' here.*hf download some/taesd"):
        load(sd1_folder, "some/taesd")


def test_another_autoencoder_is_refused(sd1_folder: Path) -> None:
    with pytest.raises(ModelError, match="holds a AutoencoderKL, and must hold an AutoencoderTiny"):
        load(sd1_folder, str(sd1_folder / "vae"))


def test_one_for_latents_of_another_shape_is_refused(sd1_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(
        ModelError, match=r"makes latents of 4 channels and cells of 4 pixels; the model's have 4 and 2"
    ):
        load(sd1_folder, str(save_tiny_vae(tmp_path / "tiny", levels=3)))


def test_one_beside_latents_of_a_scale_of_their_own_is_refused(sd1_folder: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(sd1_folder, tmp_path / "model"))
    config = json.loads((folder / "vae" / "config.json").read_text())
    config |= {"latents_mean": [0.5] * 4, "latents_std": [2.0] * 4}
    (folder / "vae" / "config.json").write_text(json.dumps(config))

    with pytest.raises(ModelError, match="a mean and deviation by channel, which no AutoencoderTiny knows"):
        load(folder, str(save_tiny_vae(tmp_path / "tiny")))


@pytest.mark.parametrize("harm", ["no config", "no weights"])
def test_a_damaged_one_is_told(sd1_folder: Path, tmp_path: Path, harm: str) -> None:
    folder = save_tiny_vae(tmp_path / "tiny")
    gone: dict[str, Any] = {"no config": "config.json", "no weights": "diffusion_pytorch_model.safetensors"}
    (folder / gone[harm]).unlink()

    with pytest.raises(ModelError, match=r"cannot be (read|loaded)"):
        load(sd1_folder, str(folder))
