from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
import torch

from core.builtin import defaults
from core.control.errors import ModelError
from core.diffusion import model
from core.diffusion.loading import libraries
from core.diffusion.model import Model, load_model
from core.model_request import ModelRequest


def copy_with(folder: Path, target: Path, config: str, **changes: Any) -> Path:
    """The same model with another entry in one of its configs."""
    shutil.copytree(folder, target)
    path = target / config
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    return target


def request(source: Path | str, **options: Any) -> ModelRequest:
    return ModelRequest(str(source), device="cpu", **options)


def test_the_view_of_the_model_that_ships(builtin: Model) -> None:
    view = builtin.view

    assert (view.name, view.device, view.width, view.height) == ("builtin", "cpu", 512, 512)
    assert (view.size_step, view.steps, view.guidance) == (16, defaults.STEPS, defaults.GUIDANCE)
    assert (view.depth, view.strength) == (defaults.DEPTH, defaults.STRENGTH)
    assert builtin.notes == ()


def test_sizes_come_from_the_configs(sd2: Model) -> None:
    assert sd2.view.name == "tiny-sd2"
    assert (sd2.view.width, sd2.view.height, sd2.view.size_step) == (16, 16, 2)


def test_weights_of_half_precision_are_computed_in_float32_on_a_cpu(builtin: Model) -> None:
    networks = (builtin.denoiser.vae, builtin.denoiser.text_encoder)

    assert {network.dtype for network in networks} == {torch.float32}


def test_networks_are_ready_to_paint_and_not_to_learn(sd1: Model) -> None:
    networks = (sd1.denoiser.unet, sd1.denoiser.vae, sd1.denoiser.text_encoder)

    assert not any(network.training for network in networks)
    assert not any(weight.requires_grad for network in networks for weight in network.parameters())


def test_a_models_own_multi_step_sampler_is_replaced_with_a_note(sd1_folder: Path) -> None:
    model = load_model(request(sd1_folder))

    assert model.denoiser.sampler.name == "DDIMScheduler"
    assert model.notes == (
        "the model's sampler PNDMScheduler needs the steps before, so DDIMScheduler takes its place",
    )


def test_a_multi_step_sampler_that_is_asked_for_is_refused(sd1_folder: Path) -> None:
    with pytest.raises(ModelError, match=r"sampler PNDMScheduler cannot be used.*supported: ddim"):
        load_model(request(sd1_folder, sampler="PNDMScheduler"))


def test_another_sampler_can_be_asked_for(sd1_folder: Path) -> None:
    model = load_model(request(sd1_folder, sampler="euler_ancestral"))

    assert model.denoiser.sampler.name == "EulerAncestralDiscreteScheduler"
    assert model.notes == ()


@pytest.mark.parametrize(("sampler", "expected"), [("lcm", (4, 1.0)), ("ddim", (20, 7.5))])
def test_steps_and_guidance_begin_with_what_suits_the_sampler(
    sd1_folder: Path, sampler: str, expected: tuple[int, float]
) -> None:
    view = load_model(request(sd1_folder, sampler=sampler)).view

    assert (view.steps, view.guidance) == expected


def test_xformers_that_cannot_be_used_leave_a_note_and_a_model_that_works(sd1_folder: Path) -> None:
    model = load_model(request(sd1_folder, attention="xformers"))

    (note,) = (note for note in model.notes if "xformers" in note)
    assert "attention is torch's own SDPA" in note


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        (ModuleNotFoundError("Refer to the site\nof xformers"), r"Refer to the site of xformers"),
        (NotImplementedError(""), "NotImplementedError"),
    ],
    ids=["not installed", "without a word"],
)
def test_why_xformers_cannot_be_used_is_one_line(
    sd1_folder: Path, monkeypatch: pytest.MonkeyPatch, fault: Exception, reason: str
) -> None:
    def fail(*_: object) -> None:
        raise fault

    monkeypatch.setattr("diffusers.UNet2DConditionModel.enable_xformers_memory_efficient_attention", fail)

    notes = load_model(request(sd1_folder, sampler="ddim", attention="xformers")).notes

    assert notes == (f"xformers cannot be used ({reason}); attention is torch's own SDPA",)


def test_xformers_that_can_be_used_needs_no_note(sd1_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    enabled: list[object] = []

    def enable(unet: object) -> None:
        enabled.append(unet)

    monkeypatch.setattr("diffusers.UNet2DConditionModel.enable_xformers_memory_efficient_attention", enable)

    assert load_model(request(sd1_folder, sampler="ddim", attention="xformers")).notes == ()
    assert len(enabled) == 1


@pytest.mark.parametrize("attention", ["auto", "sdpa"])
def test_attention_of_torch_itself_needs_no_note(sd2_folder: Path, attention: str) -> None:
    assert load_model(request(sd2_folder, attention=attention)).notes == ()


def test_an_unknown_attention_is_refused(sd1_folder: Path) -> None:
    with pytest.raises(ModelError, match="attention must be one of auto, sdpa, xformers, got 'flash'"):
        load_model(request(sd1_folder, attention="flash"))


@pytest.mark.parametrize("part", ["unet", "vae", "text_encoder"])
def test_missing_weights_are_told_with_their_place(sd1_folder: Path, tmp_path: Path, part: str) -> None:
    folder = Path(shutil.copytree(sd1_folder, tmp_path / "model"))
    for weights in (folder / part).glob("*.safetensors"):
        weights.unlink()

    with pytest.raises(ModelError, match=f"{part} cannot be loaded"):
        load_model(request(folder))


def test_weights_of_half_precision_under_their_own_name_are_found(sd1_folder: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(sd1_folder, tmp_path / "model"))
    for part in ("unet", "vae", "text_encoder"):
        for weights in (folder / part).glob("*.safetensors"):
            weights.rename(weights.with_name(f"{weights.stem}.fp16.safetensors"))

    found, expected = (load_model(request(each, sampler="ddim")).denoiser for each in (folder, sd1_folder))

    assert torch.equal(found.unet.conv_in.weight, expected.unet.conv_in.weight)
    assert torch.equal(found.encode("sea")["text"], expected.encode("sea")["text"])


def test_damaged_weights_are_told_with_their_place(sd1_folder: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(sd1_folder, tmp_path / "model"))
    (folder / "unet" / "diffusion_pytorch_model.safetensors").write_bytes(b"not weights")

    with pytest.raises(ModelError, match="unet cannot be loaded"):
        load_model(request(folder))


def test_a_config_that_makes_no_sense_is_told(sd1_folder: Path, tmp_path: Path) -> None:
    folder = copy_with(sd1_folder, tmp_path / "model", "unet/config.json", block_out_channels=5)

    with pytest.raises(ModelError, match="unet cannot be loaded"):
        load_model(request(folder))


@pytest.mark.parametrize(
    "more",
    [{"num_class_embeds": 5}, {"addition_embed_type": "text_image", "encoder_hid_dim": 8}],
    ids=["labels", "images"],
)
def test_a_unet_that_wants_something_else_is_refused(sd1_folder: Path, tmp_path: Path, more: dict[str, Any]) -> None:
    library = libraries.diffusers().UNet2DConditionModel
    folder = copy_with(sd1_folder, tmp_path / "model", "unet/config.json", **more)
    library.from_config(library.load_config(folder / "unet")).save_pretrained(folder / "unet")

    with pytest.raises(ModelError, match="its unet wants something else than a Stable Diffusion has to tell it"):
        load_model(request(folder))


def test_weights_that_are_not_all_there_are_told(sd1_folder: Path, tmp_path: Path) -> None:
    folder = copy_with(sd1_folder, tmp_path / "model", "text_encoder/config.json", num_hidden_layers=3)

    with pytest.raises(ModelError, match=r"text_encoder lacks weights: .*layers\.2\."):
        load_model(request(folder))


def test_a_model_that_does_not_fit_into_memory_is_refused(sd1_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise torch.OutOfMemoryError("tried to allocate 2 GiB")

    monkeypatch.setattr("diffusers.UNet2DConditionModel.to", fail)

    with pytest.raises(ModelError, match="does not fit into the memory of cpu: tried to allocate 2 GiB"):
        load_model(request(sd1_folder))


def test_a_missing_tokenizer_is_told(sd1_folder: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(sd1_folder, tmp_path / "model"))
    shutil.rmtree(folder / "tokenizer")

    with pytest.raises(ModelError, match="tokenizer has no words"):
        load_model(request(folder))


def test_a_unet_with_other_inputs_is_refused(sd1_folder: Path, tmp_path: Path) -> None:
    library = libraries.diffusers().AutoencoderKL
    folder = copy_with(sd1_folder, tmp_path / "model", "vae/config.json", latent_channels=3)
    library.from_config(library.load_config(folder / "vae")).save_pretrained(folder / "vae")

    with pytest.raises(ModelError, match="its unet takes 4 channels and its vae has 3"):
        load_model(request(folder))


@pytest.mark.parametrize(("is_quick", "precision"), [(True, torch.bfloat16), (False, torch.float32)])
def test_the_unet_that_ships_is_computed_in_what_the_cpu_is_quick_at(
    is_quick: bool, precision: torch.dtype, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model, "has_quick_bfloat16", lambda: is_quick)

    assert load_model(ModelRequest("builtin", device="cpu")).denoiser.unet.dtype is precision
    assert load_model(ModelRequest("builtin", device="cpu", precision="float32")).denoiser.unet.dtype is torch.float32
