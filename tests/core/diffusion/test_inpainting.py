"""Inpainting against the pipeline of diffusers: models that were made for it, and any other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.diffusion.inpainting import KEPT, MASK, painted_cells
from core.diffusion.loading import libraries
from core.diffusion.model import Model, load_model
from core.diffusion.sampler import SAMPLERS, Sampler
from core.diffusion.stable_diffusion import StableDiffusion
from core.frames.frame import Pixels
from core.model_request import ModelRequest
from core.tree.build import Grower
from core.tree.canvas import Canvas
from core.tree.denoiser import Conditioning, NoiseKey, Sample
from core.tree.spec import InpaintSpec, KeyframeSpec, RenderSettings, TransitionSpec, TreeShape
from core.tree.tree import Tree
from core.tree.watch import Watch
from tests.core.diffusion.tiny_pipelines import save_inpainting, save_xl

pytestmark = [
    # diffusers makes numpy arrays of tensors in the way of numpy 1
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:`torch_dtype` is deprecated:FutureWarning"),
]
SETTINGS = RenderSettings(16, 16, steps=4)


@pytest.fixture(scope="module")
def inpainting(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return load_model(request(save_inpainting(tmp_path_factory.mktemp("model")), "auto"))


def request(folder: Path, sampler: str) -> ModelRequest:
    return ModelRequest(str(folder), device="cpu", sampler=sampler)


def canvas(phase: int = 0) -> Canvas:
    """Waves; a square in the middle is painted. Its sides lie on cells, where all ways to make a mask small agree."""
    rows, columns, colours = np.ogrid[:16, :16, :3]
    picture = np.asarray(127 + 120 * np.sin(rows / 3 + columns / 5 + colours + phase), np.uint8)
    mask = np.zeros((16, 16), np.uint8)
    mask[4:12, 4:12] = 255
    return Canvas(picture, mask)


def assert_same_but_for_rounding(found: torch.Tensor, expected: torch.Tensor) -> None:
    """Random weights with guidance enlarge what CPUs round differently: here and there a number is off, on the whole none is."""
    difference = (found - expected).abs()
    assert difference.mean() < 1e-3
    assert difference.max() < 0.02


def paint(denoiser: StableDiffusion, guidance: float) -> tuple[torch.Tensor, torch.Tensor]:
    """The first latent, and the clean one."""
    latent = first = denoiser.first_latent(7, SETTINGS)
    condition = Conditioning(
        denoiser.encode("red sea"), denoiser.encode("fog"), guidance, denoiser.encode_canvas(canvas())
    )
    for step in range(4):
        latent = denoiser.advance([Sample(latent, step, condition, NoiseKey(7, 7, 0.0))], 4)[0]
    return first, latent


def paint_with_pipeline(denoiser: StableDiffusion, latent: torch.Tensor, guidance: float) -> torch.Tensor:
    library = libraries.diffusers()
    scheduler = getattr(library, denoiser.sampler.name)
    pipeline = library.StableDiffusionInpaintPipeline(
        unet=denoiser.unet,
        vae=denoiser.vae,
        text_encoder=denoiser.text_encoder,
        tokenizer=denoiser.tokenizer,
        scheduler=scheduler.from_config(denoiser.sampler._config | {"clip_sample": False}),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.set_progress_bar_config(disable=True)
    found: torch.Tensor = pipeline(
        "red sea",
        canvas().picture[None].astype(np.float32) / 255,
        canvas().mask[None].astype(np.float32) / 255,
        negative_prompt="fog",
        num_inference_steps=4,
        guidance_scale=guidance,
        height=16,
        width=16,
        latents=latent[None] / denoiser.sampler.table(4).first_sigma,
        output_type="latent",
    ).images
    return found[0]


@pytest.mark.parametrize("guidance", [1.0, 5.0])
@pytest.mark.parametrize("sampler", ["ddim", "euler"])
@pytest.mark.parametrize("name", ["inpainting", "sd1", "sd2"])
def test_a_latent_is_that_of_the_pipeline_of_diffusers(
    name: str, sampler: str, guidance: float, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    own: StableDiffusion = request.getfixturevalue(name).denoiser
    denoiser = _with_sampler(own, sampler)
    pipelines = libraries.diffusers().pipelines.stable_diffusion.pipeline_stable_diffusion_inpaint
    monkeypatch.setattr(pipelines, "retrieve_latents", lambda encoded, generator: encoded.latent_dist.mean)

    first, latent = paint(denoiser, guidance)

    torch.testing.assert_close(latent, paint_with_pipeline(denoiser, first, guidance), rtol=1e-3, atol=1e-3)
    assert float(latent[:, 2:6, 2:6].std()) > 0.05  # a plain picture would prove nothing


@pytest.mark.parametrize("guidance", [1.0, 5.0])
@pytest.mark.parametrize("channels", [4, 9])
def test_a_latent_of_xl_is_that_of_its_pipeline(
    tmp_path: Path, channels: int, guidance: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = save_xl(tmp_path / "xl", in_channels=channels)
    denoiser = load_model(request(folder, "euler")).denoiser
    library = libraries.diffusers()
    monkeypatch.setattr(
        library.pipelines.stable_diffusion_xl.pipeline_stable_diffusion_xl_inpaint,
        "retrieve_latents",
        lambda encoded, generator: encoded.latent_dist.mean,
    )
    pipeline = library.StableDiffusionXLInpaintPipeline.from_pretrained(
        folder, feature_extractor=None, local_files_only=True, add_watermarker=False
    )
    pipeline.scheduler = library.EulerDiscreteScheduler.from_config(denoiser.sampler._config)
    pipeline.set_progress_bar_config(disable=True)
    first, latent = paint(denoiser, guidance)

    expected = pipeline(
        "red sea",
        image=canvas().picture[None].astype(np.float32) / 255,
        mask_image=canvas().mask[None].astype(np.float32) / 255,
        negative_prompt="fog",
        num_inference_steps=4,
        strength=1.0,
        guidance_scale=guidance,
        height=16,
        width=16,
        latents=first[None] / denoiser.sampler.table(4).first_sigma,
        output_type="latent",
    ).images[0]

    assert_same_but_for_rounding(latent, expected)


def _with_sampler(own: StableDiffusion, sampler: str) -> StableDiffusion:
    made = Sampler(getattr(libraries.diffusers(), SAMPLERS[sampler]), own.sampler._config)
    return StableDiffusion(own.unet, own.vae, own.text_encoder, own.tokenizer, made)


@pytest.mark.parametrize("name", ["sd1", "inpainting"])
def test_a_whole_transition_keeps_the_picture_to_the_last_bit(name: str, request: pytest.FixtureRequest) -> None:
    denoiser = request.getfixturevalue(name).denoiser
    inpaint = InpaintSpec("picture", "mask")
    left = KeyframeSpec("red sea", "", 1, 3.0, inpaint=inpaint)
    right = KeyframeSpec("blue moon", "", 2, 3.0, inpaint=inpaint)
    leaves: dict[float, Pixels] = {}

    spec = TransitionSpec(left, right, SETTINGS, TreeShape(0.5, ((3,),)))
    grower = Grower(denoiser, canvases=lambda inpaint, settings: canvas())
    grower.grow_round(Tree(spec), 0, Watch(on_leaf=leaves.__setitem__))

    is_kept = canvas().mask == 0
    assert len(leaves) == 5
    assert all(np.array_equal(leaf[is_kept], canvas().picture[is_kept]) for leaf in leaves.values())
    assert not np.array_equal(leaves[0.0], leaves[1.0])


def test_a_model_for_inpainting_paints_whole_frames_too(inpainting: Model) -> None:
    denoiser = inpainting.denoiser
    latent = denoiser.first_latent(7, SETTINGS)
    whole = denoiser.encode_canvas(Canvas(canvas().picture, np.full((16, 16), 255, np.uint8)))
    prompts = denoiser.encode("red sea"), denoiser.encode("")

    without, with_canvas = (
        denoiser.advance([Sample(latent, 0, Conditioning(*prompts, 3.0, each), NoiseKey(7, 7, 0.0))], 4)[0]
        for each in (None, whole)
    )

    torch.testing.assert_close(without, with_canvas)


def test_what_is_kept_is_there_at_the_end_and_between_two_canvases(sd1: Model) -> None:
    denoiser = sd1.denoiser
    left, right = (denoiser.encode_canvas(canvas(phase)) for phase in (0, 2))
    mixed = denoiser.mix_embeddings(left, right, 0.25)
    condition = Conditioning(denoiser.encode("sea"), denoiser.encode(""), 1.0, mixed)
    sample = Sample(denoiser.first_latent(7, SETTINGS), 3, condition, NoiseKey(7, 7, 0.0))

    latent = denoiser.advance([sample], 4)[0]

    is_kept = mixed[MASK][0] == 0
    expected = 0.75 * left[KEPT] + 0.25 * right[KEPT]
    torch.testing.assert_close(latent[:, is_kept], expected[:, is_kept])


def test_a_cell_is_painted_where_any_of_its_pixels_is() -> None:
    mask = np.zeros((4, 4), np.uint8)
    mask[1, 3] = 200

    assert painted_cells(mask, 2).tolist() == [[[0, 1], [0, 0]]]


def test_samples_with_and_without_a_canvas_go_into_one_batch(inpainting: Model, sd1: Model) -> None:
    for model in (inpainting, sd1):
        denoiser = model.denoiser
        samples = [_sample(denoiser, denoiser.encode_canvas(canvas())), _sample(denoiser, None)]

        together = denoiser.advance(samples, 4)

        for latent, sample in zip(together, samples, strict=True):
            torch.testing.assert_close(latent, denoiser.advance([sample], 4)[0], rtol=1e-4, atol=1e-5)


def _sample(denoiser: StableDiffusion, encoded: Any) -> Sample:
    condition = Conditioning(denoiser.encode("sea"), denoiser.encode(""), 3.0, encoded)
    return Sample(denoiser.first_latent(3, SETTINGS), 1, condition, NoiseKey(3, 3, 0.0))
