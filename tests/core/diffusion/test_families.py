"""Stable Diffusion XL and latent consistency models against their pipelines of diffusers, and through a whole tree."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from core.diffusion.guidance import guidance_embedding
from core.diffusion.loading import libraries
from core.diffusion.model import Model, load_model
from core.diffusion.stable_diffusion import StableDiffusion
from core.diffusion.stable_diffusion_xl import POOLED
from core.frames.frame import Pixels
from core.model_request import ModelRequest
from core.tree.build import Grower
from core.tree.denoiser import Conditioning, NoiseKey, Sample
from core.tree.spec import KeyframeSpec, RenderSettings, TransitionSpec, TreeShape
from core.tree.tree import Tree
from core.tree.watch import Watch
from tests.core.diffusion.tiny_pipelines import save_lcm, save_sd2, save_xl

pytestmark = [
    # diffusers makes numpy arrays of tensors in the way of numpy 1
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:`torch_dtype` is deprecated:FutureWarning"),
]
SETTINGS = RenderSettings(16, 8, steps=4)
KEY = NoiseKey(7, 7, 0.0)


def load(folder: Path, **options: Any) -> Model:
    return load_model(ModelRequest(str(folder), device="cpu", **options))


@pytest.fixture(scope="module")
def xl_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_xl(tmp_path_factory.mktemp("models") / "tiny-xl")


@pytest.fixture(scope="module")
def xl(xl_folder: Path) -> Model:
    return load(xl_folder)


@pytest.fixture(scope="module")
def turbo(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return load(save_xl(tmp_path_factory.mktemp("models") / "tiny-xl-turbo", "EulerAncestralDiscreteScheduler"))


@pytest.fixture(scope="module")
def lcm(tmp_path_factory: pytest.TempPathFactory) -> Model:
    return load(save_lcm(tmp_path_factory.mktemp("models") / "tiny-lcm"))


def pipeline(class_name: str, folder: Path, denoiser: StableDiffusion) -> Any:
    """The pipeline of diffusers from the same folder, with the sampler that we use."""
    library = libraries.diffusers()
    parts = {"safety_checker": None, "feature_extractor": None}
    loaded = getattr(library, class_name).from_pretrained(folder, **parts, local_files_only=True)
    loaded.scheduler = getattr(library, denoiser.sampler.name).from_config(
        denoiser.sampler._config | {"clip_sample": False}
    )
    loaded.set_progress_bar_config(disable=True)
    return loaded


def paint(
    denoiser: StableDiffusion, guidance: float, negative: str = "", prompt: str = "red sea"
) -> tuple[torch.Tensor, torch.Tensor]:
    """The first latent, and the clean one."""
    latent = first = denoiser.first_latent(7, SETTINGS)
    condition = Conditioning(
        denoiser.encode(prompt), denoiser.encode_negative(negative), guidance, is_told=denoiser.takes_guidance
    )
    for step in range(SETTINGS.steps):
        latent = denoiser.advance([Sample(latent, step, condition, KEY)], SETTINGS.steps)[0]
    return first, latent


@pytest.mark.parametrize("negative", [None, "fog"], ids=["no negative", "a negative"])
@pytest.mark.parametrize("guidance", [1.0, 5.0])
@pytest.mark.parametrize(
    ("sampler", "prompt"), [("ddim", "red sea"), ("euler", "red sea"), ("ddim", "")], ids=["ddim", "euler", "no words"]
)
def test_a_latent_of_xl_is_that_of_its_pipeline(
    xl_folder: Path, sampler: str, prompt: str, guidance: float, negative: str | None
) -> None:
    denoiser = load(xl_folder, sampler=sampler).denoiser
    first, latent = paint(denoiser, guidance, negative or "", prompt)

    expected = pipeline("StableDiffusionXLPipeline", xl_folder, denoiser)(
        prompt,
        negative_prompt=negative,
        num_inference_steps=4,
        guidance_scale=guidance,
        latents=first[None] / denoiser.sampler.table(4).first_sigma,
        width=16,
        height=8,
        output_type="latent",
    ).images[0]

    torch.testing.assert_close(latent, expected, rtol=1e-3, atol=1e-3)
    assert float(latent.std()) > 0.05


@pytest.mark.parametrize("steps", [1, 4])
def test_a_latent_of_turbo_is_that_of_its_pipeline(tmp_path: Path, steps: int) -> None:
    folder = save_sd2(tmp_path / "sd-turbo", "EulerDiscreteScheduler", timestep_spacing="trailing")
    model = load(folder)
    settings = RenderSettings(16, 8, steps)
    latent = first = model.denoiser.first_latent(7, settings)
    condition = Conditioning(model.denoiser.encode("red sea"), model.denoiser.encode(""), 1.0)
    for step in range(steps):
        latent = model.denoiser.advance([Sample(latent, step, condition, KEY)], steps)[0]

    expected = pipeline("StableDiffusionPipeline", folder, model.denoiser)(
        "red sea",
        num_inference_steps=steps,
        guidance_scale=0.0,
        latents=first[None] / model.denoiser.sampler.table(steps).first_sigma,
        width=16,
        height=8,
        output_type="latent",
    ).images[0]

    torch.testing.assert_close(latent, expected, rtol=1e-3, atol=1e-3)
    assert (model.view.steps, model.view.guidance) == (4, 1.0)


def test_xl_is_told_what_the_whole_prompt_says_and_mixes_it(xl: Model) -> None:
    sea, moon = (xl.denoiser.encode(prompt) for prompt in ("red sea", "blue moon"))

    mixed = xl.denoiser.mix_embeddings(sea, moon, 0.25)

    torch.testing.assert_close(mixed[POOLED], 0.75 * sea[POOLED] + 0.25 * moon[POOLED])
    condition = Conditioning(sea, sea, 1.0)
    other = Conditioning({**sea, POOLED: moon[POOLED]}, sea, 1.0)
    latent = xl.denoiser.first_latent(7, SETTINGS)
    ours, theirs = (xl.denoiser.advance([Sample(latent, 0, each, KEY)], 4)[0] for each in (condition, other))
    assert not torch.allclose(ours, theirs, atol=1e-4)


def test_no_negative_prompt_is_zeros_for_xl(xl: Model) -> None:
    assert not any(part.any() for part in xl.denoiser.encode_negative("").values())


def test_views_name_the_family(xl: Model, turbo: Model, lcm: Model) -> None:
    assert (xl.view.family, xl.view.steps, xl.view.guidance) == ("Stable Diffusion XL", 20, 5.0)
    assert (turbo.view.steps, turbo.view.guidance) == (4, 1.0)
    assert (lcm.view.steps, lcm.view.guidance) == (4, 8.5)


def test_the_autoencoder_of_xl_stays_in_float32_where_float16_would_overflow(xl_folder: Path) -> None:
    denoiser = load(xl_folder, precision="float16").denoiser

    assert denoiser.unet.dtype is torch.float16
    assert denoiser.vae.dtype is torch.float32


@pytest.mark.parametrize("sampler", ["ddim", "euler"])
def test_a_latent_of_a_model_that_takes_guidance_is_that_of_its_pipeline(
    lcm: Model, tmp_path: Path, sampler: str
) -> None:
    folder = save_lcm(tmp_path / "tiny-lcm")
    denoiser = load(folder, sampler=sampler).denoiser
    first, latent = paint(denoiser, 8.5)

    expected = pipeline("StableDiffusionPipeline", folder, denoiser)(
        "red sea",
        num_inference_steps=4,
        guidance_scale=8.5,
        latents=first[None] / denoiser.sampler.table(4).first_sigma,
        width=16,
        height=8,
        output_type="latent",
    ).images[0]

    torch.testing.assert_close(latent, expected, rtol=1e-3, atol=1e-3)
    assert not torch.allclose(latent, paint(denoiser, 1.0)[1], atol=1e-3)  # it listens to the guidance


def test_with_one_step_its_own_sampler_gives_what_its_own_pipeline_gives(lcm: Model, tmp_path: Path) -> None:
    """With more steps the sampler draws noise, and each of the two draws its own."""
    denoiser = lcm.denoiser
    first = denoiser.first_latent(7, RenderSettings(16, 8, steps=1))
    condition = Conditioning(denoiser.encode("red sea"), denoiser.encode(""), 8.5, is_told=True)

    latent = denoiser.advance([Sample(first, 0, condition, KEY)], 1)[0]

    expected = pipeline("LatentConsistencyModelPipeline", save_lcm(tmp_path / "again"), denoiser)(
        "red sea",
        num_inference_steps=1,
        guidance_scale=8.5,
        latents=first[None],
        width=16,
        height=8,
        output_type="latent",
    ).images[0]
    torch.testing.assert_close(latent, expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("width", [256, 12, 7])
def test_the_guidance_embedding_is_that_of_diffusers(width: int) -> None:
    theirs = libraries.diffusers().StableDiffusionPipeline.get_guidance_scale_embedding
    guidance = torch.tensor([1.0, 3.5, 8.5])

    torch.testing.assert_close(guidance_embedding(guidance, width), theirs(None, guidance - 1, width))


@pytest.mark.parametrize("name", ["xl", "turbo", "lcm"])
def test_a_whole_tree_grows(name: str, request: pytest.FixtureRequest) -> None:
    model: Model = request.getfixturevalue(name)
    left, right = (KeyframeSpec(prompt, "", seed, model.view.guidance) for seed, prompt in enumerate(("sea", "moon")))
    tree, leaves = Tree(TransitionSpec(left, right, SETTINGS, TreeShape(0.5, ((3,),)))), dict[float, Pixels]()

    effort = Grower(model.denoiser).grow_round(tree, 0, Watch(on_leaf=leaves.__setitem__))

    sides = 2 if name == "xl" else 1  # the others have their guidance in them, or take it
    assert effort.sample_evaluations == sides * (2 * 4 + 3 * 2)
    assert {leaf.shape for leaf in leaves.values()} == {(8, 16, 3)}
    assert len({leaf.tobytes() for leaf in leaves.values()}) == 5
