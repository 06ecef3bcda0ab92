"""Latents in the scale that a model's config says, held against the pipelines of diffusers where those read it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.control.errors import ModelError
from core.diffusion import codec as codec_module
from core.diffusion.codec import Codec
from core.diffusion.loading import libraries
from core.diffusion.model import load_model
from core.frames.frame import Pixels
from core.model_request import ModelRequest
from core.tree.build import Grower
from core.tree.denoiser import Conditioning, NoiseKey, Sample
from core.tree.spec import KeyframeSpec, RenderSettings, TransitionSpec, TreeShape
from core.tree.tree import Tree
from core.tree.watch import Watch
from tests.core.diffusion.tiny_pipelines import save_xl

STANDARD = {"latents_mean": [-1.6, 1.2, 0.4, -0.9], "latents_std": [8.4, 5.2, 3.1, 6.7], "scaling_factor": 0.5}
SETTINGS = RenderSettings(16, 8, steps=3)


def tiny_vae(**config: Any) -> Any:
    torch.manual_seed(4)
    vae = libraries.diffusers().AutoencoderKL(
        block_out_channels=(8, 16),
        norm_num_groups=8,
        latent_channels=4,
        down_block_types=("DownEncoderBlock2D",) * 2,
        up_block_types=("UpDecoderBlock2D",) * 2,
    )
    vae.register_to_config(**config)
    return vae.eval().requires_grad_(False)


def deep_vae() -> Any:
    """An AutoencoderDC as diffusers makes it: its encoder and its decoder have widths of their own."""
    torch.manual_seed(4)
    vae = libraries.diffusers().AutoencoderDC(
        latent_channels=4,
        attention_head_dim=4,
        encoder_block_out_channels=(8, 16, 16),
        decoder_block_out_channels=(8, 16, 16),
        encoder_layers_per_block=(1, 1, 1),
        decoder_layers_per_block=(1, 1, 1),
        encoder_qkv_multiscales=((), (), ()),
        decoder_qkv_multiscales=((), (), ()),
        scaling_factor=0.5,
    )
    return vae.eval().requires_grad_(False)


def loud_vae() -> Any:
    """In float16 the first layer of its decoder and of its encoder overflows; the normalisation after it makes up for that."""
    vae = tiny_vae(scaling_factor=1.0)
    for layer in (vae.decoder.conv_in, vae.encoder.conv_in):
        layer.weight.mul_(2e5)
    return vae.half()


def quick_vae() -> Any:
    """A small one without blocks in its last stage, whose first layer overflows in float16."""
    torch.manual_seed(4)
    vae = libraries.diffusers().AutoencoderTiny(
        encoder_block_out_channels=(8, 8),
        decoder_block_out_channels=(8, 8),
        num_encoder_blocks=(1, 1),
        num_decoder_blocks=(1, 0),
    )
    vae.eval().requires_grad_(False)
    vae.decoder.layers[0].weight.mul_(1e6).clamp_(-6e4, 6e4)
    return vae


def noise(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(3))


def stock(class_name: str, folder: Path) -> Any:
    parts = {"safety_checker": None, "feature_extractor": None}  # which the index names, as many do
    pipeline = getattr(libraries.diffusers(), class_name).from_pretrained(folder, **parts, local_files_only=True)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


@pytest.fixture(scope="module")
def standard_xl(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A model of XL whose unet sees each channel of a latent with its own mean and deviation."""
    folder = save_xl(tmp_path_factory.mktemp("models") / "tiny-playground")
    path = folder / "vae" / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | STANDARD))
    return folder


@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:`torch_dtype` is deprecated:FutureWarning")
def test_a_picture_of_standardised_latents_is_that_of_its_pipeline(standard_xl: Path) -> None:
    denoiser = load_model(ModelRequest(str(standard_xl), device="cpu", sampler="ddim")).denoiser
    latent = first = denoiser.first_latent(7, SETTINGS)
    condition = Conditioning(denoiser.encode("red sea"), denoiser.encode_negative(""), 5.0)
    for step in range(3):
        latent = denoiser.advance([Sample(latent, step, condition, NoiseKey(7, 7, 0.0))], 3)[0]
    pipeline = stock("StableDiffusionXLPipeline", standard_xl)
    config = denoiser.sampler._config | {"clip_sample": False}
    pipeline.scheduler = libraries.diffusers().DDIMScheduler.from_config(config)

    expected = pipeline(
        "red sea", num_inference_steps=3, guidance_scale=5.0, latents=first[None], width=16, height=8, output_type="np"
    ).images[0]

    assert np.abs(denoiser.decode([latent])[0] - expected * 255).max() <= 1
    assert (expected * 255).std() > 5  # a plain picture would prove nothing


@pytest.mark.filterwarnings("ignore:`torch_dtype` is deprecated:FutureWarning")
def test_a_picture_becomes_the_standardised_latent_of_its_pipeline(
    standard_xl: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    denoiser = load_model(ModelRequest(str(standard_xl), device="cpu", sampler="ddim")).denoiser
    pipeline = stock("StableDiffusionXLImg2ImgPipeline", standard_xl)
    img2img = libraries.diffusers().pipelines.stable_diffusion_xl.pipeline_stable_diffusion_xl_img2img
    monkeypatch.setattr(img2img, "retrieve_latents", lambda encoded, generator: encoded.latent_dist.mean)
    values = noise(3, 8, 16).clamp(-1, 1)

    latent = denoiser.codec.encode(values)

    expected = pipeline.prepare_latents(values[None], None, 1, 1, torch.float32, "cpu", add_noise=False)[0]
    torch.testing.assert_close(latent, expected)


def test_a_shift_is_added_to_latents_that_are_decoded() -> None:
    """(latents / scaling_factor) + shift_factor, as the pipelines of Stable Diffusion 3 and FLUX.1 have it."""
    vae, latents = tiny_vae(shift_factor=0.75, scaling_factor=0.5), noise(2, 4, 4, 8)

    pictures = Codec(vae).decode(latents)

    expected = vae.decode(latents / 0.5 + 0.75, return_dict=False)[0]
    assert (pictures.permute(0, 3, 1, 2) - (expected / 2 + 0.5).clamp(0, 1) * 255).abs().max() <= 0.51
    assert not torch.equal(pictures, Codec(tiny_vae(scaling_factor=0.5)).decode(latents))


@pytest.mark.parametrize(
    "config",
    [{"scaling_factor": 0.5}, {"shift_factor": 0.75, "scaling_factor": 0.5}, STANDARD],
    ids=["scale", "shift", "by channel"],
)
def test_a_latent_that_is_encoded_is_decoded_by_the_inverse(
    config: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    vae = tiny_vae(**config)
    seen: list[torch.Tensor] = []

    def note(own: torch.Tensor, **_: Any) -> tuple[torch.Tensor]:
        seen.append(own)
        return (own[:, :3],)

    monkeypatch.setattr(vae, "decode", note)
    values = noise(3, 8, 16).clamp(-1, 1)

    codec = Codec(vae)
    codec.decode(codec.encode(values)[None])

    torch.testing.assert_close(seen[0], vae.encode(values[None]).latent_dist.mean)


@pytest.mark.parametrize(
    ("config", "reason"),
    [
        ({"latents_mean": [0.0] * 4}, "has latents_mean, which means nothing without latents_std"),
        ({"latents_std": [1.0] * 4}, "has latents_std, which means nothing without latents_mean"),
        ({"latents_mean": [0.0] * 3, "latents_std": [1.0] * 4}, "has 3 values of latents_mean for 4 channels"),
        (STANDARD | {"shift_factor": 0.5}, "has latents_mean and shift_factor: it must be one of them"),
    ],
)
def test_a_config_that_cannot_be_is_refused(config: dict[str, Any], reason: str) -> None:
    with pytest.raises(ModelError, match=f"the config of the model's vae {reason}"):
        Codec(tiny_vae(**config))


def test_the_autoencoder_of_diffusers_with_two_lists_of_widths_is_taken() -> None:
    vae, latents = deep_vae(), noise(2, 4, 3, 4)
    codec = Codec(vae)

    pictures = codec.decode(latents)

    assert codec.scale == 4
    expected = vae.decode(latents / 0.5, return_dict=False)[0]
    assert (pictures.permute(0, 3, 1, 2) - (expected / 2 + 0.5).clamp(0, 1) * 255).abs().max() <= 0.51
    assert codec.encode(noise(3, 12, 16)).shape == (4, 3, 4)


def test_a_model_with_such_an_autoencoder_paints(sd1_folder: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(sd1_folder, tmp_path / "model"))
    shutil.rmtree(folder / "vae")
    deep_vae().save_pretrained(folder / "vae")
    index = json.loads((folder / "model_index.json").read_text()) | {"vae": ["diffusers", "AutoencoderDC"]}
    (folder / "model_index.json").write_text(json.dumps(index))

    model = load_model(ModelRequest(str(folder), device="cpu", sampler="ddim"))

    assert (model.view.width, model.view.size_step) == (32, 4)
    (picture,) = model.denoiser.decode([model.denoiser.first_latent(1, RenderSettings(32, 16, 2))])
    assert picture.shape == (16, 32, 3)
    assert model.denoiser.noised_picture(picture, 1, 2, RenderSettings(32, 16, 2))[2].shape == (4, 4, 8)


def test_such_an_autoencoder_decodes_in_tiles_too() -> None:
    vae, latents = deep_vae(), noise(1, 4, 12, 16)
    codec = Codec(vae)
    whole = codec.decode(latents)
    vae.tile_sample_min_height = vae.tile_sample_min_width = 32
    vae.tile_sample_stride_height = vae.tile_sample_stride_width = 24

    assert codec.use_tiles()
    assert codec.decode(latents).shape == whole.shape


# Where numbers overflow


def test_an_autoencoder_that_overflows_goes_on_in_a_wider_precision_and_says_so() -> None:
    told: list[str] = []
    vae, latents = loud_vae(), noise(2, 4, 4, 8)
    codec = Codec(vae, told.append)

    with torch.inference_mode():
        pictures, again = codec.decode(latents), codec.decode(latents)

    expected = vae.decode(latents, return_dict=False)[0]
    assert vae.dtype is torch.float32
    assert (pictures.permute(0, 3, 1, 2) - (expected / 2 + 0.5).clamp(0, 1) * 255).abs().max() <= 0.51
    assert float(pictures.float().std()) > 5  # and not black
    assert torch.equal(pictures, again)
    assert told == ["the numbers of the model's vae overflow in float16: it goes on in float32"]


def test_an_encoder_that_overflows_goes_on_in_a_wider_precision_too() -> None:
    told: list[str] = []
    vae, values = loud_vae(), noise(3, 8, 16).clamp(-1, 1)

    latent = Codec(vae, told.append).encode(values)

    torch.testing.assert_close(latent, vae.encode(values[None]).latent_dist.mean[0])
    assert len(told) == 1


def test_a_gpu_with_bfloat16_goes_on_in_that(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codec_module, "wider_precision", lambda precision, device: torch.bfloat16)
    vae, latents = loud_vae(), noise(1, 4, 4, 8)

    pictures = Codec(vae, lambda text: None).decode(latents).float()

    assert vae.dtype is torch.bfloat16
    assert (pictures - Codec(loud_vae().float()).decode(latents)).abs().mean() < 2


def test_a_tiny_autoencoder_that_overflows_makes_its_quick_decoder_anew() -> None:
    vae = quick_vae().half()
    codec, latents = Codec(vae, lambda text: None), noise(1, 4, 4, 8)

    pictures = codec.decode(latents)

    assert codec._quick is not None
    assert vae.dtype is torch.float32
    assert torch.equal(pictures, Codec(vae).decode(latents))


def test_latents_that_overflowed_before_are_not_laid_to_the_autoencoder() -> None:
    vae = tiny_vae().half()

    with pytest.raises(ModelError, match="numbers of the model's unet overflow; another precision may help"):
        Codec(vae).decode(torch.full((1, 4, 4, 8), float("inf")))

    assert vae.dtype is torch.float16


def test_an_autoencoder_that_runs_out_of_memory_half_way_stays_in_one_precision(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    vae, latents = loud_vae(), noise(1, 4, 4, 8)
    codec, own, tries = Codec(vae, lambda text: None), vae.to, 0

    def move_half(precision: torch.dtype) -> Any:
        nonlocal tries
        tries += 1
        if tries > 1:
            return own(precision)
        vae.decoder.to(precision)
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(vae, "to", move_half)

    with pytest.raises(torch.OutOfMemoryError):
        codec.decode(latents)

    assert {weight.dtype for weight in vae.parameters()} == {torch.float16}
    assert torch.equal(codec.decode(latents), Codec(loud_vae().float()).decode(latents))


def test_a_picture_whose_decoding_overflows_is_decoded_again_in_the_same_round(
    sd1_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    request = ModelRequest(str(sd1_folder), device="cpu", threads=1, sampler="ddim", precision="float16")
    denoiser = load_model(request).denoiser
    denoiser.vae.decoder.conv_in.weight.mul_(2e5).clamp_(-6e4, 6e4)
    settings = RenderSettings(16, 8, steps=2)
    left, right = (KeyframeSpec(prompt, "", seed, 1.0) for seed, prompt in enumerate(("sea", "moon")))
    tree, leaves = Tree(TransitionSpec(left, right, settings, TreeShape(0.5, ((1,),)))), dict[float, Pixels]()

    Grower(denoiser).grow_round(tree, 0, Watch(on_leaf=leaves.__setitem__))

    assert sorted(leaves) == [0.0, 0.5, 1.0]
    assert all(picture.std() > 1 for picture in leaves.values())
    assert caplog.messages == ["the numbers of the model's vae overflow in float16: it goes on in float32"]
