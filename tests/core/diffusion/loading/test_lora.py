"""LoRA files against diffusers and peft, where that is installed, and against their own meaning everywhere."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import torch
from torch import Tensor

from core.control.errors import ModelError
from core.diffusion.loading import libraries
from core.diffusion.loading.lora import UNET, _layers_by_names, add_loras, parse_lora
from core.diffusion.loading.lora_file import LowRank, read_lora
from core.diffusion.loading.single_file import SingleFile
from core.diffusion.model import load_model
from core.diffusion.stable_diffusion import TEXT, StableDiffusion
from core.model_request import ModelRequest
from tests.core.diffusion.original_layout import save_original
from tests.core.diffusion.tiny_pipelines import save_xl

HAS_PEFT = importlib.util.find_spec("peft") is not None
RANK = 3
UNET_LAYERS = (
    "down_blocks.0.attentions.0.transformer_blocks.0.attn1.to_q",
    "down_blocks.0.attentions.0.transformer_blocks.0.attn2.to_out.0",
    "up_blocks.1.attentions.1.transformer_blocks.0.ff.net.0.proj",
    "mid_block.attentions.0.transformer_blocks.0.attn2.to_k",
)
CONVOLUTION = "down_blocks.0.resnets.0.conv1"
TEXT_LAYERS = ("text_model.encoder.layers.0.self_attn.q_proj", "text_model.encoder.layers.1.mlp.fc1")

Names = Callable[[str, str, str], str]  # network, layer, part: a key of a file


def peft_names(network: str, layer: str, part: str) -> str:
    return f"{network}.{layer}.{'lora_A' if part == 'down' else 'lora_B'}.weight"


def older_names(network: str, layer: str, part: str) -> str:
    return f"{network}.{layer}.{'lora' if network == UNET else 'lora_linear_layer'}.{part}.weight"


def oldest_names(network: str, layer: str, part: str) -> str:
    """Of the processors of a unet, which has no name; a network beside it has the layout that came later."""
    if network != UNET:
        return older_names(network, layer, part)
    attention, _, place = layer.rpartition(".to_")
    return f"{attention}.processor.to_{place.removesuffix('.0')}_lora.{part}.weight"


def kohya_names(network: str, layer: str, part: str) -> str:
    prefix = {"unet": "lora_unet", "text_encoder": "lora_te"}[network]
    return f"{prefix}_{layer.replace('.', '_')}.lora_{part}.weight"


def write_lora(
    path: Path, denoiser: StableDiffusion, names: Names, *, layers: tuple[str, ...], alpha: float | None
) -> Path:
    """Random changes of these layers of the unet, and of the text encoder."""
    generator = torch.Generator().manual_seed(5)
    content: dict[str, Tensor] = {}
    networks = {"unet": denoiser.unet, "text_encoder": denoiser.text_encoder}
    # diffusers leaves out what a file of kohya's has for the attention of a text encoder
    for network, each in (("unet", layers), ("text_encoder", TEXT_LAYERS[1:] if alpha else TEXT_LAYERS)):
        modules = {name.removeprefix("text_model."): module for name, module in networks[network].named_modules()}
        for layer in each:
            weight = modules[layer.removeprefix("text_model.")].weight
            kernel = weight.shape[2:]
            shapes = {"down": (RANK, weight.shape[1], *kernel), "up": (len(weight), RANK, *(1 for _ in kernel))}
            for part, shape in shapes.items():
                content[names(network, layer, part)] = torch.randn(shape, generator=generator) / 5
            if alpha is not None:
                content[names(network, layer, "down").split(".lora_")[0] + ".alpha"] = torch.tensor(alpha)
    safetensors.torch.save_file(content, path)
    return path


def load(folder: Path, *loras: str) -> StableDiffusion:
    return load_model(ModelRequest(str(folder), device="cpu", sampler="ddim", loras=loras)).denoiser


def output_of(unet: Any, text: Tensor) -> Tensor:
    latents = torch.randn((1, 4, 8, 8), generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        output: Tensor = unet(latents, 500, text[None]).sample
    return output


@pytest.mark.skipif(not HAS_PEFT, reason="peft is not installed: diffusers cannot load a LoRA without it")
@pytest.mark.filterwarnings("ignore")  # of two libraries to their own developers
@pytest.mark.parametrize("strength", [1.0, 0.6])
@pytest.mark.parametrize(
    ("names", "alpha"),
    [(peft_names, None), (older_names, None), (kohya_names, 2.0)],
    ids=["peft", "older diffusers", "kohya"],
)
def test_a_lora_does_what_it_does_in_diffusers(
    sd1_folder: Path, tmp_path: Path, names: Names, alpha: float | None, strength: float
) -> None:
    plain = load(sd1_folder)
    layers = UNET_LAYERS if names is older_names else (*UNET_LAYERS, CONVOLUTION)
    path = write_lora(tmp_path / "a.safetensors", plain, names, layers=layers, alpha=alpha)
    ours = load(sd1_folder, f"{path}:{strength}")

    pipeline = libraries.diffusers().StableDiffusionPipeline.from_pretrained(
        sd1_folder, safety_checker=None, feature_extractor=None, local_files_only=True
    )
    pipeline.load_lora_weights(str(tmp_path), weight_name="a.safetensors")
    pipeline.fuse_lora(lora_scale=strength)
    tokens = pipeline.tokenizer(["red sea"], padding="max_length", max_length=16, return_tensors="pt").input_ids
    with torch.no_grad():
        text = pipeline.text_encoder(tokens)[0][0]

    torch.testing.assert_close(ours.encode("red sea")[TEXT], text, rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(output_of(ours.unet, text), output_of(pipeline.unet, text), rtol=1e-4, atol=1e-4)
    assert not torch.allclose(output_of(ours.unet, text), output_of(plain.unet, text), atol=1e-2)


@pytest.mark.parametrize("names", [peft_names, older_names, kohya_names], ids=["peft", "older diffusers", "kohya"])
def test_all_layouts_mean_the_same(sd1_folder: Path, tmp_path: Path, names: Names) -> None:
    plain, layers = load(sd1_folder), (*UNET_LAYERS, CONVOLUTION)
    path = write_lora(tmp_path / "a.safetensors", plain, names, layers=layers, alpha=None)
    content = safetensors.torch.load_file(path)

    changed = load(sd1_folder, f"{path}:0.5")

    before, after = (dict(each.unet.named_modules()) for each in (plain, changed))
    for layer in layers:
        down, up = (content[names("unet", layer, part)] for part in ("down", "up"))
        product = torch.einsum("or,r...->o...", up.flatten(1), down)
        torch.testing.assert_close(after[layer].weight, before[layer].weight + 0.5 * product)
    texts = [dict(each.text_encoder.named_modules()) for each in (plain, changed)]
    prefix = "" if TEXT_LAYERS[0] in texts[0] else "text_model."
    for layer in TEXT_LAYERS:
        down, up = (content[names("text_encoder", layer, part)] for part in ("down", "up"))
        own, theirs = (each[layer.removeprefix(prefix)].weight for each in texts)
        torch.testing.assert_close(theirs, own + 0.5 * (up @ down))
    untouched = "up_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q"
    assert torch.equal(after[untouched].weight, before[untouched].weight)


def test_the_oldest_layout_reaches_every_layer_of_attention(sd1_folder: Path, tmp_path: Path) -> None:
    attention = "down_blocks.0.attentions.0.transformer_blocks.0.attn2"
    layers = tuple(f"{attention}.{name}" for name in ("to_q", "to_k", "to_v", "to_out.0"))
    paths = [
        write_lora(tmp_path / f"{names.__name__}.safetensors", load(sd1_folder), names, layers=layers, alpha=None)
        for names in (oldest_names, peft_names)
    ]

    oldest, expected = (dict(load(sd1_folder, str(path)).unet.named_modules()) for path in paths)

    assert all(torch.equal(oldest[layer].weight, expected[layer].weight) for layer in layers)


@pytest.mark.parametrize(
    ("down", "up"),
    [((3, 16), (16, 2)), ((3, 16, 3, 3), (16, 3, 3, 3)), ((), (16, 3))],
    ids=["another rank", "a kernel on the wrong side", "a number"],
)
def test_a_change_whose_halves_do_not_fit_is_refused(
    tmp_path: Path, down: tuple[int, ...], up: tuple[int, ...]
) -> None:
    content = {"unet.a.lora_A.weight": torch.ones(down), "unet.a.lora_B.weight": torch.ones(up)}
    safetensors.torch.save_file(content, tmp_path / "a.safetensors")

    with pytest.raises(ModelError, match=r"of its layer unet\.a"):
        read_lora(tmp_path / "a.safetensors")


@pytest.mark.parametrize(
    ("down", "mid"),
    [((3, 16, 1, 1), (3, 2, 3, 3)), ((3, 16, 3, 3), (3, 3, 3, 3)), ((3, 16), (3, 3))],
    ids=["another rank", "two kernels", "no kernel"],
)
def test_a_change_in_three_parts_that_do_not_fit_is_refused(
    tmp_path: Path, down: tuple[int, ...], mid: tuple[int, ...]
) -> None:
    shapes = {"up": (16, 3, 1, 1), "mid": mid, "down": down}
    content = {f"lora_unet_a.lora_{part}.weight": torch.ones(shape) for part, shape in shapes.items()}
    safetensors.torch.save_file(content, tmp_path / "a.safetensors")

    with pytest.raises(ModelError, match=r"of its layer lora_unet_a, .* do not fit"):
        read_lora(tmp_path / "a.safetensors")


def test_a_file_that_does_not_fit_adds_nothing(sd1_folder: Path, tmp_path: Path) -> None:
    unet = load(sd1_folder).unet
    before = {name: value.clone() for name, value in unet.state_dict().items()}
    content = {f"unet.{UNET_LAYERS[0]}.diff": torch.ones(16, 16), f"unet.{UNET_LAYERS[1]}.diff": torch.ones(2, 2)}
    safetensors.torch.save_file(content, tmp_path / "a.safetensors")

    with pytest.raises(ModelError, match="was made for another model"):
        add_loras({UNET: unet}, [str(tmp_path / "a.safetensors")])

    assert all(torch.equal(value, before[name]) for name, value in unet.state_dict().items())


def test_two_loras_add_up_and_cancel(sd1_folder: Path, tmp_path: Path) -> None:
    plain = load(sd1_folder)
    path = write_lora(tmp_path / "a.safetensors", plain, kohya_names, layers=UNET_LAYERS, alpha=1.0)

    both = load(sd1_folder, f"{path}:0.8", f"{path}:-0.8")

    text = plain.encode("red sea")[TEXT]
    torch.testing.assert_close(output_of(both.unet, text), output_of(plain.unet, text), rtol=1e-4, atol=1e-5)


def test_what_peft_notes_beside_the_weights_is_heeded(tmp_path: Path) -> None:
    content = {f"unet.{layer}.lora_{part}.weight": torch.ones(4, 4) for layer in ("a.b", "a.c") for part in "AB"}
    notes = {"unet.r": 4, "unet.lora_alpha": 8, "unet.alpha_pattern": {"c": 2}, "unet.use_rslora": False}
    path = tmp_path / "a.safetensors"
    safetensors.torch.save_file(content, path, metadata={"lora_adapter_metadata": json.dumps(notes)})

    scales = {change.layer: change.weight.scale for change in read_lora(path) if isinstance(change.weight, LowRank)}

    assert scales == {"unet.a.b": 2.0, "unet.a.c": 0.5}


def test_names_of_the_original_code_reach_their_layers(tmp_path: Path) -> None:
    original = save_original(tmp_path / "model")
    unet, _, _ = SingleFile(original.path, original.config).load_networks()
    layers = _layers_by_names({UNET: unet})

    for key in original.weights:
        if key.startswith("model.diffusion_model.") and key.endswith(".weight"):
            name = key.removeprefix("model.diffusion_model.").removesuffix(".weight")
            layer = layers[f"unet {name.replace('.', '_')}"]
            assert torch.equal(layer.weight, original.weights[key]), name


# ComfyUI: a file and the weights of the original layout that it must come to


def change_of(kind: str, weight: Tensor, generator: torch.Generator) -> tuple[dict[str, Tensor], Tensor]:
    """Parts of a change of one layer, and what it adds: with alpha 2 and rank 3."""

    def random(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator) / 5

    if kind == "diff":
        return {"diff": (added := random(*weight.shape))}, added
    inputs, kernel = weight.shape[1], weight.shape[2:]
    alpha, flat = torch.tensor(2.0), (1,) * len(kernel)
    up = random(len(weight), RANK, *flat)
    if kind == "tucker" and kernel:
        down, mid = random(RANK, inputs, *flat), random(RANK, RANK, *kernel)
        parts = {"lora_up.weight": up, "lora_mid.weight": mid, "lora_down.weight": down, "alpha": alpha}
        return parts, in_a_row(down, mid, up) * 2 / RANK
    down = random(RANK, inputs, *kernel)
    parts = {"lora_up.weight": up, "lora_down.weight": down, "alpha": alpha}
    return parts, (up.flatten(1) @ down.flatten(1)).reshape(weight.shape) * 2 / RANK


def in_a_row(*kernels: Tensor) -> Tensor:
    """The kernel of convolutions one after the other, as they answer to a single bright pixel."""
    inputs, side = kernels[0].shape[1], kernels[1].shape[-1]
    pixels = torch.zeros(inputs, inputs, 2 * side - 1, 2 * side - 1)
    for channel in range(inputs):
        pixels[channel, channel, side - 1, side - 1] = 1
    for kernel in kernels:
        pixels = torch.nn.functional.conv2d(pixels, kernel)
    return pixels.flip(2, 3).transpose(0, 1)


COMFY_LAYERS = {
    # a layer of the original code, and of ComfyUI
    "model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn2.to_q": "diffusion_model.input_blocks.1.1.transformer_blocks.0.attn2.to_q",
    "model.diffusion_model.input_blocks.1.0.in_layers.2": "diffusion_model.input_blocks.1.0.in_layers.2",
    "model.diffusion_model.output_blocks.3.0.emb_layers.1": "model.diffusion_model.output_blocks.3.0.emb_layers.1",
    "cond_stage_model.transformer.text_model.encoder.layers.1.mlp.fc1": "text_encoders.clip_l.transformer.text_model.encoder.layers.1.mlp.fc1",
}


@pytest.mark.parametrize("kind", ["low rank", "tucker", "diff"])
def test_a_lora_of_comfyui_comes_to_the_weights_that_it_was_merged_to(tmp_path: Path, kind: str) -> None:
    original = save_original(tmp_path / "model")
    generator, content, merged = torch.Generator().manual_seed(3), dict[str, Tensor](), dict(original.weights)
    for own, theirs in COMFY_LAYERS.items():
        parts, added = change_of(kind, original.weights[f"{own}.weight"], generator)
        content |= {f"{theirs}.{part}": value.contiguous() for part, value in parts.items()}
        merged[f"{own}.weight"] = original.weights[f"{own}.weight"] + 0.5 * added
    if kind == "diff":  # all of a layer, and of a norm, which has no rows and columns
        for own, theirs, part in (
            ("input_blocks.1.0.in_layers.2.bias", "input_blocks.1.0.in_layers.2", "diff_b"),
            ("input_blocks.1.0.in_layers.0.weight", "input_blocks.1.0.in_layers.0", "w_norm"),
            ("input_blocks.1.0.in_layers.0.bias", "input_blocks.1.0.in_layers.0", "b_norm"),
            ("out.0.bias", "out.0", "diff_b"),
        ):
            name = f"model.diffusion_model.{own}"
            content[f"diffusion_model.{theirs}.{part}"] = torch.randn(merged[name].shape, generator=generator)
            merged[name] = merged[name] + 0.5 * content[f"diffusion_model.{theirs}.{part}"]
    safetensors.torch.save_file(content, tmp_path / "a.safetensors")
    safetensors.torch.save_file(
        {key: value.contiguous() for key, value in merged.items()}, original.path.with_name("merged.safetensors")
    )

    asked = ModelRequest(str(original.path), device="cpu", threads=1, config=str(original.config))
    changed = load_model(replace(asked, loras=(f"{tmp_path / 'a.safetensors'}:0.5",))).denoiser
    expected = load_model(replace(asked, source=str(original.path.with_name("merged.safetensors")))).denoiser

    for ours, theirs in ((changed.unet, expected.unet), (changed.text_encoder, expected.text_encoder)):
        weights = theirs.state_dict()
        for name, value in ours.state_dict().items():
            torch.testing.assert_close(value, weights[name])


def test_both_text_encoders_of_xl_have_names_in_comfyui(tmp_path: Path) -> None:
    folder, content = save_xl(tmp_path / "xl"), dict[str, Tensor]()
    for clip in ("clip_l", "clip_g"):
        name = f"text_encoders.{clip}.transformer.text_model.encoder.layers.0.self_attn.q_proj"
        content |= {f"{name}.lora_down.weight": torch.ones(1, 32), f"{name}.lora_up.weight": torch.ones(32, 1)}
    safetensors.torch.save_file(content, tmp_path / "a.safetensors")

    plain, changed = load(folder).encode("sea"), load(folder, str(tmp_path / "a.safetensors")).encode("sea")

    assert not any(torch.allclose(plain[name], changed[name]) for name in plain)


def test_both_text_encoders_of_xl_are_reached(tmp_path: Path) -> None:
    folder, content = save_xl(tmp_path / "xl"), dict[str, Tensor]()
    for prefix in ("lora_te1", "lora_te2"):
        name = f"{prefix}_text_model_encoder_layers_0_self_attn_q_proj"
        content |= {f"{name}.lora_down.weight": torch.ones(1, 32), f"{name}.lora_up.weight": torch.ones(32, 1)}
    safetensors.torch.save_file(content, tmp_path / "a.safetensors")

    plain, changed = load(folder).encode("sea"), load(folder, str(tmp_path / "a.safetensors")).encode("sea")

    assert not any(torch.allclose(plain[name], changed[name]) for name in plain)


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("a.safetensors", ("a.safetensors", 1.0)),
        ("a.safetensors:0.8", ("a.safetensors", 0.8)),
        ("a.safetensors:-1", ("a.safetensors", -1.0)),
        ("C:/styles/a.safetensors", ("C:/styles/a.safetensors", 1.0)),
        ("C:/styles/a.safetensors:0.5", ("C:/styles/a.safetensors", 0.5)),
    ],
)
def test_a_lora_is_a_file_and_a_strength(asked: str, expected: tuple[str, float]) -> None:
    path, strength = parse_lora(asked)

    assert (path.as_posix(), strength) == expected


@pytest.mark.parametrize("asked", ["", ":1", "a.safetensors:nan", "a.safetensors:99"])
def test_a_lora_that_makes_no_sense_is_told(asked: str) -> None:
    with pytest.raises(ModelError, match=r"a LoRA is 'file\.safetensors:strength' with a strength in -10\.\.10"):
        parse_lora(asked)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            {"lora_unet_x.hada_w1_a": torch.ones(1)},
            r"holds LoHa \(lora_unet_x\.hada_w1_a\), which is not supported; supported: LoRA",
        ),
        ({"unet.x.lora_magnitude_vector": torch.ones(1)}, "holds DoRA of peft"),
        ({"bundle_emb.word.string_to_param.*": torch.ones(1)}, r"holds a textual inversion \(bundle_emb\.word"),
        ({"lora_unet_x.oft_blocks": torch.ones(1)}, "holds OFT"),
        ({"lora_unet_x.on_input": torch.ones(1)}, "holds IA3"),
        ({"lora_unet_x.b1.weight": torch.ones(1)}, "holds GLoRA"),
        ({"diffusion_model.x.set_weight": torch.ones(1)}, "holds a new weight"),
        ({"unet.x.lora_B.default.bias": torch.ones(1)}, "holds a LoRA with a bias"),
        (
            {"unet.x.diff": torch.ones(1), "unet.x.lora_A.weight": torch.ones(1, 1)},
            r"is damaged: its layer unet\.x is changed twice",
        ),
        (
            {f"unet.{UNET_LAYERS[0]}.diff": torch.ones(16, 16), f"unet.{UNET_LAYERS[0]}.diff_b": torch.ones(16)},
            r"made for another model: the bias of unet\.down_blocks.* is \(16,\) in it and missing here",
        ),
        ({"first_stage_model.x": torch.ones(1)}, "is no LoRA that is supported: what is 'first_stage_model.x'"),
        ({"unet.x.lora_A.weight": torch.ones(1, 1)}, r"is damaged: its layer unet\.x has no weights 'up'"),
        (
            {"unet.x.lora_A.weight": torch.ones(1, 1), "unet.x.lora_B.weight": torch.ones(1, 1)},
            r"was made for another model: 1 of its 1 layers are not in this one \(unet\.x \.\.\.\)",
        ),
        (
            {f"unet.{UNET_LAYERS[0]}.lora_{part}.weight": torch.ones(1, 1) for part in "AB"},
            r"was made for another model: the weight of unet\.down_blocks.* is \(1, 1\) in it and \(16, 16\) here",
        ),
    ],
    ids=[
        "LoHa",
        "DoRA",
        "words",
        "OFT",
        "IA3",
        "GLoRA",
        "weight",
        "bias",
        "twice",
        "no bias",
        "something else",
        "half",
        "another model",
        "another width",
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_the_reason(
    sd1_folder: Path, tmp_path: Path, content: dict[str, Tensor], reason: str
) -> None:
    safetensors.torch.save_file(content, tmp_path / "a.safetensors")

    with pytest.raises(ModelError, match=reason):
        load(sd1_folder, str(tmp_path / "a.safetensors"))


@pytest.mark.parametrize(
    ("name", "reason"),
    [("none.safetensors", "no LoRA file"), ("a.pt", "is refused: a LoRA must be a .safetensors file")],
)
def test_a_file_that_is_not_there_or_not_safe_is_refused(
    sd1_folder: Path, tmp_path: Path, name: str, reason: str
) -> None:
    with pytest.raises(ModelError, match=reason):
        load(sd1_folder, str(tmp_path / name))
