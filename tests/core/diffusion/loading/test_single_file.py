from __future__ import annotations

import importlib
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import safetensors.torch
import torch
import yaml

from core.control.errors import ModelError
from core.diffusion.loading import libraries, single_file
from core.diffusion.loading.checkpoint import STABLE_DIFFUSION_1, STABLE_DIFFUSION_2, STABLE_DIFFUSION_XL
from core.diffusion.loading.family import Family
from core.diffusion.loading.shapes import SHAPES, make_network
from core.diffusion.loading.single_file import SingleFile, is_single_file
from core.diffusion.loading.tokenizer import CLIP_TOKENIZER, CLIP_VOCABULARY_SIZE, load_tokenizer
from core.diffusion.model import load_model
from core.diffusion.stable_diffusion import TEXT
from core.model_request import ModelRequest, ModelView
from core.tree.build import Grower
from core.tree.spec import KeyframeSpec, RenderSettings, TransitionSpec, TreeShape
from core.tree.tree import Tree
from core.tree.watch import Watch
from tests.core.diffusion.original_layout import (
    CONFIG,
    XL_WIDTH,
    Original,
    open_clip_weights,
    save_original,
    save_original_sd2,
    save_original_xl,
)


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Original:
    return save_original(tmp_path_factory.mktemp("single") / "model")


@pytest.fixture
def own(original: Original, tmp_path: Path) -> Path:
    """A copy of the file to do harm to."""
    return Path(shutil.copytree(original.path.parent, tmp_path / "own")) / original.path.name


@pytest.mark.parametrize("suffix", [".safetensors", ".ckpt"])
def test_every_weight_comes_to_its_place(original: Original, suffix: str) -> None:
    unet, vae, text_encoder = SingleFile(original.path.with_suffix(suffix), original.config).load_networks()

    for name, loaded in (("unet", unet), ("vae", vae), ("text_encoder", text_encoder)):
        expected = original.networks[name].state_dict()
        assert loaded.state_dict().keys() == expected.keys()
        assert all(torch.equal(value, expected[key]) for key, value in loaded.state_dict().items())


def test_networks_compute_what_the_ones_that_were_saved_compute(original: Original) -> None:
    unet, vae, text_encoder = SingleFile(original.path, original.config).load_networks()
    tokens, latents = torch.arange(16)[None], torch.randn((1, 4, 8, 8), generator=torch.Generator().manual_seed(0))
    networks = {name: network.eval() for name, network in original.networks.items()}

    with torch.no_grad():
        text = text_encoder(tokens)[0]
        torch.testing.assert_close(text, networks["text_encoder"](tokens)[0])
        torch.testing.assert_close(unet(latents, 5, text).sample, networks["unet"](latents, 5, text).sample)
        torch.testing.assert_close(vae.decode(latents).sample, networks["vae"].decode(latents).sample)


def test_stable_diffusion_xl_comes_to_its_place(tmp_path: Path) -> None:
    original = save_original_xl(tmp_path / "xl")
    file = SingleFile(original.path, original.config)

    networks = dict(zip(file.family.networks, file.load_networks(), strict=True))

    assert file.family is Family.XL
    for name, expected in original.networks.items():
        weights = networks[name].state_dict()
        assert weights.keys() == expected.state_dict().keys()
        assert all(torch.equal(weights[key], value) for key, value in expected.state_dict().items())
    assert [tokenizer.pad_token for tokenizer in file.load_tokenizers()] == ["<|endoftext|>", "!"]
    model = load_model(request(original.path, original.config))
    assert (model.view.family, model.denoiser.sampler.name) == ("Stable Diffusion XL", "EulerDiscreteScheduler")
    assert not any(part.any() for part in model.denoiser.encode_negative("").values())


def test_xl_computes_what_the_networks_that_were_saved_compute(tmp_path: Path) -> None:
    original = save_original_xl(tmp_path / "xl")
    unet, vae, *texts = SingleFile(original.path, original.config).load_networks()
    tokens, latents = torch.arange(16)[None], torch.randn((1, 4, 8, 8), generator=torch.Generator().manual_seed(0))
    networks = {name: network.eval() for name, network in original.networks.items()}

    with torch.no_grad():
        for text, name in zip(texts, ("text_encoder", "text_encoder_2"), strict=True):
            ours, theirs = (each(tokens, output_hidden_states=True) for each in (text, networks[name]))
            torch.testing.assert_close(ours.hidden_states[-2], theirs.hidden_states[-2])
            torch.testing.assert_close(ours[0], theirs[0])
        told = {"text_embeds": torch.ones(1, XL_WIDTH // 2), "time_ids": torch.ones(1, 6)}
        words = torch.ones(1, 16, XL_WIDTH)
        ours, theirs = (each(latents, 5, words, added_cond_kwargs=told).sample for each in (unet, networks["unet"]))
        torch.testing.assert_close(ours, theirs)
        torch.testing.assert_close(vae.decode(latents).sample, networks["vae"].decode(latents).sample)


@pytest.mark.parametrize(
    ("config", "shape"),
    [(STABLE_DIFFUSION_1, "sd15"), (STABLE_DIFFUSION_2, "sd21"), (STABLE_DIFFUSION_XL, "sdxl")],
    ids=["1", "2", "XL"],
)
def test_the_yamls_that_need_not_be_there_are_of_the_published_shapes(config: dict[str, Any], shape: str) -> None:
    utils = importlib.import_module("diffusers.loaders.single_file_utils")
    library = libraries.diffusers()

    with torch.device("meta"):
        ours = (
            library.UNet2DConditionModel.from_config(utils.create_unet_diffusers_config_from_ldm(config, {})),
            library.AutoencoderKL.from_config(utils.create_vae_diffusers_config_from_ldm(config, {})),
        )
        published = (
            make_network("diffusers", "UNet2DConditionModel", SHAPES[shape].unet),
            make_network("diffusers", "AutoencoderKL", SHAPES[shape].vae),
        )

    for own, theirs in zip(ours, published, strict=True):
        shapes = ({key: value.shape for key, value in each.state_dict().items()} for each in (own, theirs))
        assert next(shapes) == next(shapes)
    heads = [np.ravel(unet.config.attention_head_dim).tolist() for unet in (ours[0], published[0])]
    assert heads[0] == heads[1]
    assert ours[1].config.scaling_factor == published[1].config.scaling_factor


# diffusers makes numpy arrays of tensors in the way of numpy 1
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")
def test_the_file_of_a_turbo_model_is_known_by_its_name(tmp_path: Path) -> None:
    original = save_original_xl(tmp_path / "xl")
    path = original.path.rename(original.path.with_name("sd_xl_turbo.safetensors"))

    model = load_model(request(path, original.config))

    assert model.denoiser.sampler.name == "EulerAncestralDiscreteScheduler"
    assert model.denoiser.sampler.table(1).timesteps.tolist() == [999]
    assert (model.view.steps, model.view.guidance) == (4, 1.0)


def test_a_model_for_inpainting_needs_no_yaml_of_its_own(tmp_path: Path) -> None:
    original = save_original(tmp_path / "inpainting", in_channels=9)  # its yaml says 4, as that of its base

    model = load_model(request(original.path, original.config))

    assert model.denoiser.sees_canvas
    assert model.view.family == "Stable Diffusion, inpainting"


def test_a_model_that_takes_guidance_is_known_by_its_weights(tmp_path: Path) -> None:
    original = save_original(tmp_path / "lcm", time_cond_proj_dim=12)

    model = load_model(request(original.path, original.config))

    assert model.denoiser.takes_guidance
    assert model.denoiser.sampler.name == "LCMScheduler"
    expected = original.networks["unet"].state_dict()
    assert all(torch.equal(value, expected[key]) for key, value in model.denoiser.unet.state_dict().items())


def test_an_upscaler_is_known_by_its_yaml(tmp_path: Path) -> None:
    noise = {"noise_schedule_config": {"linear_start": 0.0001, "linear_end": 0.02}, "max_noise_level": 350}
    more: dict[str, Any] = {"low_scale_config": {"params": noise}, "scale_factor": 0.08333}
    shape = CONFIG["model"]["params"]["unet_config"]["params"]
    more["unet_config"] = {"params": {**shape, "in_channels": 7, "num_classes": 1000}}
    original = save_original(tmp_path / "upscaler", more, in_channels=7, num_class_embeds=1000)

    model = load_model(request(original.path, original.config))

    assert model.view.family == "Stable Diffusion x4 upscaler"
    expected = original.networks["unet"].state_dict()
    assert all(torch.equal(value, expected[key]) for key, value in model.denoiser.unet.state_dict().items())
    small = model.denoiser.encode_small(np.zeros((8, 8, 3), np.uint8), 20, RenderSettings(16, 16, 4))
    assert set(small) == {"small", "noise_level"}


def test_what_the_yaml_says_is_kept(original: Original) -> None:
    file = SingleFile(original.path, original.config)
    unet, vae, _ = file.load_networks()

    assert (unet.config.sample_size, vae.config.scaling_factor) == (8, 0.25)
    assert file.scheduler_config["prediction_type"] == "epsilon"
    assert (file.scheduler_config["beta_start"], file.scheduler_config["beta_end"]) == (0.00085, 0.012)


def test_a_yaml_may_ask_for_v_prediction(own: Path) -> None:
    config = yaml.safe_load((own.parent / "original.yaml").read_text())
    config["model"]["params"]["parameterization"] = "v"
    own.with_suffix(".yaml").write_text(yaml.safe_dump(config))  # of the same name, so that it need not be given

    assert SingleFile(own).scheduler_config["prediction_type"] == "v_prediction"


def test_stable_diffusion_2_with_v_prediction_is_made_for_768_pixels(own: Path) -> None:
    config = yaml.safe_load((own.parent / "original.yaml").read_text())
    config["model"]["params"] |= {"parameterization": "v", "image_size": 64}
    own.with_suffix(".yaml").write_text(yaml.safe_dump(config))

    assert SingleFile(own).load_networks()[0].config.sample_size == 96


# diffusers makes numpy arrays of tensors in the way of numpy 1
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")
@pytest.mark.parametrize(
    ("marks", "expected"),
    [
        ((), ("epsilon", "leading", False)),
        (("v_pred",), ("v_prediction", "leading", False)),
        (("v_pred", "ztsnr"), ("v_prediction", "trailing", True)),
    ],
    ids=["none", "v prediction", "down to zero"],
)
def test_an_xl_may_mark_what_it_predicts(
    tmp_path: Path, marks: tuple[str, ...], expected: tuple[str, str, bool]
) -> None:
    original = save_original_xl(tmp_path / "xl")
    safetensors.torch.save_file(original.weights | {mark: torch.tensor([]) for mark in marks}, original.path)

    sampler = load_model(request(original.path, original.config)).denoiser.sampler

    keys = ("prediction_type", "timestep_spacing", "rescale_betas_zero_snr")
    assert tuple(sampler._config[key] for key in keys) == expected
    assert sampler.table(4).prediction == expected[0]


def test_an_edm_model_is_refused(tmp_path: Path) -> None:
    original = save_original_xl(tmp_path / "xl")
    safetensors.torch.save_file(original.weights | {"edm_mean": torch.zeros(1, 4, 1, 1)}, original.path)

    with pytest.raises(ModelError, match="is an EDM model"):
        SingleFile(original.path, original.config)


def test_the_tokenizer_lies_beside_the_file(original: Original) -> None:
    tokenizer = SingleFile(original.path, original.config).load_tokenizers()[0]

    assert tokenizer.model_max_length == 16


def test_a_tokenizer_of_another_model_is_made_to_fit(own: Path) -> None:
    path = own.parent / "tokenizer" / "tokenizer_config.json"
    path.write_text('{"tokenizer_class": "CLIPTokenizer", "model_max_length": 999, "pad_token": "a"}')

    tokenizer = SingleFile(own, own.parent / "original.yaml").load_tokenizers()[0]

    assert (tokenizer.model_max_length, tokenizer.pad_token) == (16, "<|endoftext|>")


def test_a_file_needs_no_tokenizer_beside_it(tmp_path: Path) -> None:
    original = save_original(tmp_path / "real", word_count=CLIP_VOCABULARY_SIZE)
    shutil.rmtree(tmp_path / "real" / "tokenizer")

    denoiser = load_model(request(original.path, original.config)).denoiser

    tokens = load_tokenizer(CLIP_TOKENIZER)(
        ["red sea"], padding="max_length", max_length=16, return_tensors="pt"
    ).input_ids
    with torch.no_grad():
        expected = original.networks["text_encoder"].eval()(tokens)[0][0]
    torch.testing.assert_close(denoiser.encode("red sea")[TEXT], expected)
    assert not torch.allclose(denoiser.encode("gold mandala")[TEXT], expected)


def test_a_text_encoder_with_words_of_its_own_needs_its_tokenizer(own: Path) -> None:
    shutil.rmtree(own.parent / "tokenizer")

    with pytest.raises(
        ModelError, match=r"knows 54 words, which are not the 49408 of CLIP: put the folder 'tokenizer'"
    ):
        load_model(request(own, own.parent / "original.yaml"))


def test_a_tokenizer_without_words_beside_a_file_is_refused(own: Path) -> None:
    (own.parent / "tokenizer" / "merges.txt").unlink()

    with pytest.raises(ModelError, match="tokenizer has no words"):
        load_model(request(own, own.parent / "original.yaml"))


@pytest.mark.parametrize("name", ["current.safetensors", "current"])
def test_what_belongs_to_a_file_may_lie_beside_the_target_of_a_link(own: Path, tmp_path: Path, name: str) -> None:
    (own.parent / "original.yaml").rename(own.with_suffix(".yaml"))
    turbo = own.parent / "tiny-turbo.safetensors"
    own.rename(turbo)
    own.with_suffix(".yaml").rename(turbo.with_suffix(".yaml"))
    link = tmp_path / "links" / name
    link.parent.mkdir()
    link.symlink_to(turbo)

    model = load_model(request(link, ""))

    assert model.denoiser.tokenizer.model_max_length == 16
    assert model.denoiser.sampler.name == "EulerAncestralDiscreteScheduler"
    assert (model.view.steps, model.view.guidance) == (4, 1.0)


def test_what_lies_beside_a_link_goes_before_what_lies_beside_its_target(own: Path, tmp_path: Path) -> None:
    link = tmp_path / "links" / "tiny.safetensors"
    link.parent.mkdir()
    link.symlink_to(own)
    config = yaml.safe_load((own.parent / "original.yaml").read_text())
    own.with_suffix(".yaml").write_text(yaml.safe_dump(config))
    config["model"]["params"]["parameterization"] = "v"
    link.with_suffix(".yaml").write_text(yaml.safe_dump(config))

    assert SingleFile(link).scheduler_config["prediction_type"] == "v_prediction"


@pytest.mark.parametrize("part", ["model.diffusion_model.", "first_stage_model.", "cond_stage_model.transformer."])
def test_missing_weights_are_told_with_their_part(own: Path, original: Original, part: str) -> None:
    gone = next(key for key in original.weights if key.startswith(part) and key.endswith("bias"))
    safetensors.torch.save_file({key: value for key, value in original.weights.items() if key != gone}, own)

    with pytest.raises(ModelError, match=r"tiny\.safetensors lacks weights of its (unet|vae|text encoder): "):
        SingleFile(own, original.config).load_networks()


def test_the_text_encoder_of_stable_diffusion_2_comes_to_its_place(own: Path, original: Original) -> None:
    others = {key: value for key, value in original.weights.items() if not key.startswith("cond_stage_model")}
    safetensors.torch.save_file({**others, **open_clip_weights(original.networks["text_encoder"])}, own)
    config = yaml.safe_load(original.config.read_text())
    config["model"]["params"]["cond_stage_config"]["params"] = {"freeze": True, "layer": "penultimate"}
    own.with_suffix(".yaml").write_text(yaml.safe_dump(config))

    _, _, text_encoder = SingleFile(own).load_networks()

    expected = original.networks["text_encoder"].state_dict()
    assert text_encoder.state_dict().keys() == expected.keys()
    assert all(torch.equal(value, expected[key]) for key, value in text_encoder.state_dict().items())
    assert text_encoder.config.hidden_act == "gelu"


@pytest.fixture
def sd2_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Original:
    """A Stable Diffusion 2 with text of its true width, without a yaml; the published numbers are small ones here."""
    shape = CONFIG["model"]["params"]["unet_config"]["params"]
    more: dict[str, Any] = {
        "unet_config": {"params": {**shape, "context_dim": 1024}},
        "cond_stage_config": {"params": {"layer": "penultimate"}},
        "image_size": 64,
    }
    original = save_original_sd2(tmp_path / "sd2", more)
    monkeypatch.setattr(single_file, "STABLE_DIFFUSION_2", yaml.safe_load(original.config.read_text()))
    return original


# diffusers makes numpy arrays of tensors in the way of numpy 1
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")
@pytest.mark.parametrize(
    ("name", "prediction", "note"),
    [
        ("v2-1_768-ema-pruned.ckpt", "v_prediction", "with v prediction, since its name says 768"),
        (
            "v2-1_512-ema-pruned.safetensors",
            "epsilon",
            r"with epsilon .* put v2-1_512-ema-pruned\.yaml beside it, or 768",
        ),
        ("sd_turbo.safetensors", "epsilon", "with epsilon prediction"),
    ],
)
def test_stable_diffusion_2_needs_no_yaml_and_says_what_it_is_taken_for(
    sd2_file: Original, name: str, prediction: str, note: str
) -> None:
    path = sd2_file.path.with_suffix(Path(name).suffix).rename(sd2_file.path.with_name(name))

    model = load_model(request(path, ""))

    assert model.view.family == "Stable Diffusion 2"
    assert model.view.width == (192 if prediction == "v_prediction" else 128)  # 2 pixels a cell here
    assert model.denoiser.sampler.table(4).prediction == prediction
    (found,) = model.notes
    assert re.search(rf"^{re.escape(name)} has no yaml: it is taken for Stable Diffusion 2 {note}", found)
    expected = sd2_file.networks["text_encoder"].state_dict()
    assert all(torch.equal(value, expected[key]) for key, value in model.denoiser.text_encoder.state_dict().items())


def test_a_yaml_goes_before_the_name(sd2_file: Original) -> None:
    path = sd2_file.path.rename(sd2_file.path.with_name("v2-1_768.safetensors"))

    file = SingleFile(path, sd2_file.config)

    assert (file.scheduler_config["prediction_type"], file.note) == ("epsilon", "")


# diffusers makes numpy arrays of tensors in the way of numpy 1
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")
def test_stable_diffusion_2_as_the_code_of_xl_wrote_it_comes_to_its_place(sd2_file: Original) -> None:
    renamed = {
        key.replace("cond_stage_model.model.", "conditioner.embedders.0.model."): value
        for key, value in sd2_file.weights.items()
    }
    path = sd2_file.path.with_name("sd_turbo.safetensors")
    safetensors.torch.save_file(renamed, path)

    model = load_model(request(path, ""))

    assert model.denoiser.sampler.name == "EulerAncestralDiscreteScheduler"
    expected = sd2_file.networks["text_encoder"].state_dict()
    assert all(torch.equal(value, expected[key]) for key, value in model.denoiser.text_encoder.state_dict().items())


def test_the_yaml_of_another_generation_is_told(sd2_file: Original, original: Original) -> None:
    with pytest.raises(ModelError, match="does not fit its config: its text is 1024 wide and not 64; its own yaml is"):
        SingleFile(sd2_file.path, original.config)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("model.diffusion_model.label_emb.0.0.weight", r"is told something besides the text \(label_emb\), as unCLIP"),
        (
            "conditioner.embedders.0.model.ln_final.weight",
            "is the refiner of Stable Diffusion XL, which is not supported",
        ),
    ],
    ids=["unCLIP", "refiner"],
)
def test_what_is_like_a_family_but_is_told_something_else_is_refused(
    own: Path, original: Original, name: str, reason: str
) -> None:
    safetensors.torch.save_file({**original.weights, name: torch.zeros(1)}, own)

    with pytest.raises(ModelError, match=reason):
        SingleFile(own, original.config)


def test_text_under_the_names_of_novelai_comes_to_its_place(own: Path, original: Original) -> None:
    renamed = {key.replace(".text_model.", "."): value for key, value in original.weights.items()}
    assert renamed.keys() != original.weights.keys()
    safetensors.torch.save_file(renamed, own)

    _, _, text_encoder = SingleFile(own, original.config).load_networks()

    expected = original.networks["text_encoder"].state_dict()
    assert all(torch.equal(value, expected[key]) for key, value in text_encoder.state_dict().items())


def test_what_text_is_filled_up_with_goes_by_the_family(own: Path, original: Original) -> None:
    first = SingleFile(own, original.config).load_tokenizers()[0]
    others = {key: value for key, value in original.weights.items() if not key.startswith("cond_stage_model")}
    safetensors.torch.save_file({**others, **open_clip_weights(original.networks["text_encoder"])}, own)

    second = SingleFile(own, original.config).load_tokenizers()[0]

    assert (first.pad_token, second.pad_token) == ("<|endoftext|>", "!")


def test_a_weight_of_another_shape_is_told(own: Path, original: Original) -> None:
    name = "model.diffusion_model.input_blocks.0.0.weight"
    safetensors.torch.save_file({**original.weights, name: torch.zeros(32, 4, 5, 5)}, own)

    with pytest.raises(ModelError, match=r"does not fit its config: .*size mismatch for conv_in\.weight"):
        SingleFile(own, original.config).load_networks()


def test_a_file_that_does_not_fit_its_yaml_is_told(original: Original) -> None:
    with pytest.raises(ModelError, match=r"does not fit its config: its unet is 32 channels wide and not 320"):
        SingleFile(original.path)  # without a yaml it would be the full Stable Diffusion 1


def test_a_yaml_that_lacks_something_is_told(own: Path) -> None:
    config = yaml.safe_load((own.parent / "original.yaml").read_text())
    del config["model"]["params"]["unet_config"]["params"]["num_res_blocks"]
    own.with_suffix(".yaml").write_text(yaml.safe_dump(config))

    with pytest.raises(ModelError, match="does not fit its config: 'num_res_blocks' is missing"):
        SingleFile(own).load_networks()


def test_a_yaml_of_something_else_is_told(own: Path) -> None:
    (own.parent / "original.yaml").write_text("model: {params: {linear_start: 1}}")

    with pytest.raises(ModelError, match=r"lacks model\.params\.linear_end: not of a model"):
        SingleFile(own, own.parent / "original.yaml")


def test_a_model_of_another_family_is_refused(tmp_path: Path) -> None:
    safetensors.torch.save_file({"double_blocks.0.weight": torch.zeros(1)}, tmp_path / "a.safetensors")

    with pytest.raises(
        ModelError, match=r"a\.safetensors has no text encoder of a model that is supported: Stable Diffusion 1\.x"
    ):
        SingleFile(tmp_path / "a.safetensors")


@pytest.mark.parametrize(
    ("source", "expected"),
    [("a.safetensors", True), ("b/A.CKPT", True), ("builtin", False), ("some/model", False), ("model.v2", False)],
)
def test_a_single_file_is_known_by_its_name(source: str, *, expected: bool) -> None:
    assert is_single_file(source) == expected


def test_the_config_of_the_fixture_is_that_of_the_original_code() -> None:
    assert set(CONFIG["model"]["params"]) >= {"linear_start", "unet_config", "first_stage_config", "cond_stage_config"}


# Through the loader


def request(source: Path, config: Path | str, **options: Any) -> ModelRequest:
    return ModelRequest(str(source), device="cpu", config=str(config), **options)


def test_a_model_in_one_file_is_loaded_like_any_other(original: Original) -> None:
    model = load_model(request(original.path, original.config))

    assert model.view == ModelView("tiny.safetensors", "Stable Diffusion", "cpu", 16, 16, 2, steps=20, guidance=7.5)
    assert model.denoiser.sampler.name == "DDIMScheduler"
    assert model.notes == ()


@pytest.mark.parametrize("suffix", [".safetensors", ".ckpt"])
def test_it_paints(original: Original, suffix: str) -> None:
    denoiser = load_model(request(original.path.with_suffix(suffix), original.config)).denoiser
    keyframes = (KeyframeSpec("red sea", "", 1, 3.0), KeyframeSpec("blue moon", "", 2, 3.0))
    leaves: dict[float, Any] = {}

    spec = TransitionSpec(*keyframes, RenderSettings(16, 16, 3), TreeShape(0.5, ((1,),)))
    Grower(denoiser).grow_round(Tree(spec), 0, Watch(on_leaf=leaves.__setitem__))

    assert [leaves[place].shape for place in sorted(leaves)] == [(16, 16, 3)] * 3
    assert not (leaves[0.0] == leaves[1.0]).all()


def test_a_sampler_can_be_asked_for(original: Original) -> None:
    assert load_model(request(original.path, original.config, sampler="euler")).denoiser.sampler.name.startswith(
        "Euler"
    )


def test_a_config_for_a_folder_is_noted_and_not_used(sd2_folder: Path, original: Original) -> None:
    (note,) = load_model(request(sd2_folder, original.config)).notes

    assert note.endswith("original.yaml is not used: the model has its own config")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"no model file .*none\.safetensors"):
        load_model(request(tmp_path / "none.safetensors", ""))
