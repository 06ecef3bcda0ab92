from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from core.diffusion.loading.parts import load_folder
from core.diffusion.loading.tiny_vae import load_tiny_vae
from core.diffusion.model import load_model
from core.model_request import ModelRequest
from tests.core.diffusion.tiny_pipelines import save_tiny_vae, save_xl


@pytest.mark.parametrize("precision", [torch.float16, torch.bfloat16, torch.float32], ids=str)
def test_networks_are_read_in_the_precision_that_is_asked_for(sd1_folder: Path, precision: torch.dtype) -> None:
    """And not in float32 first, which takes three times the memory."""
    networks = load_folder(sd1_folder, "ddim", precision).networks

    assert {part: network.dtype for part, network in networks.items()} == dict.fromkeys(networks, precision)


def test_an_autoencoder_that_may_need_a_wider_precision_is_read_in_full(tmp_path: Path) -> None:
    networks = load_folder(save_xl(tmp_path / "xl"), "ddim", torch.float16).networks

    assert {part: network.dtype for part, network in networks.items()} == {
        "unet": torch.float16,
        "vae": torch.float32,
        "text_encoder": torch.float16,
        "text_encoder_2": torch.float16,
    }


def test_a_tiny_autoencoder_is_read_in_the_precision_that_is_asked_for(sd1_folder: Path, tmp_path: Path) -> None:
    own = load_folder(sd1_folder, "ddim").networks["vae"]

    assert load_tiny_vae(str(save_tiny_vae(tmp_path / "tiny")), own, torch.float16).dtype is torch.float16


@pytest.fixture
def both(sd1_folder: Path, tmp_path: Path) -> Path:
    """A folder with weights in both precisions, those of half precision all zero so that they can be told."""
    folder = Path(shutil.copytree(sd1_folder, tmp_path / "model"))
    for network in load_folder(sd1_folder, "ddim", torch.float16).networks.items():
        part, weights = network
        for weight in weights.parameters():
            weight.zero_()
        weights.save_pretrained(folder / part, variant="fp16")
    return folder


@pytest.mark.parametrize(
    ("precision", "is_half"), [(torch.float16, True), (torch.bfloat16, True), (torch.float32, False)], ids=str
)
def test_of_two_files_the_one_that_is_enough_is_read(both: Path, precision: torch.dtype, *, is_half: bool) -> None:
    networks = load_folder(both, "ddim", precision).networks

    assert all(not any(weight.any() for weight in each.parameters()) for each in networks.values()) is is_half


def test_a_model_in_half_precision_paints_what_it_painted(sd1_folder: Path) -> None:
    """Weights are the same whether they are read in half precision or made so."""
    read = load_model(ModelRequest(str(sd1_folder), device="cpu", threads=1, sampler="ddim", precision="float16"))
    made = load_folder(sd1_folder, "ddim").networks["unet"].half()

    for ours, theirs in zip(read.denoiser.unet.parameters(), made.parameters(), strict=True):
        assert torch.equal(ours, theirs)
