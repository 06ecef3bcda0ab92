from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from core.control.errors import InvalidValue, ModelError
from core.diffusion.loading import libraries
from core.diffusion.model import Model, load_model
from core.diffusion.noise import first_noise
from core.diffusion.upscaler import NOISE_LEVEL, NOISE_SEED, SMALL
from core.frames.frame import Pixels
from core.model_request import ModelRequest
from core.tree.build import Grower
from core.tree.canvas import find_canvas
from core.tree.conditions import Conditions
from core.tree.denoiser import Conditioning, NoiseKey, Sample
from core.tree.spec import KeyframeSpec, RenderSettings, TransitionSpec, TreeShape, UpscaleSpec
from core.tree.tree import Tree
from core.tree.watch import Watch
from tests.core.diffusion.tiny_pipelines import save_upscaler

pytestmark = [
    pytest.mark.filterwarnings("ignore:The configuration file of the vae does not contain:FutureWarning"),
    # diffusers makes numpy arrays of tensors in the way of numpy 1
    pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:`torch_dtype` is deprecated:FutureWarning"),
]
SETTINGS = RenderSettings(16, 16, steps=4)  # the small autoencoder of the tests makes cells of 2 pixels, not of 4


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_upscaler(tmp_path_factory.mktemp("model") / "tiny-upscaler")


@pytest.fixture(scope="module")
def upscaler(folder: Path) -> Model:
    return load_model(ModelRequest(str(folder), device="cpu"))


def test_a_folder_that_does_not_say_how_its_latents_are_scaled_gets_what_the_model_was_trained_with(
    folder: Path, upscaler: Model
) -> None:
    assert "0.18215" in (folder / "vae" / "config.json").read_text()  # what diffusers writes for all models
    assert upscaler.denoiser.vae.config.scaling_factor == 0.08333


def waves(phase: float, side: int = 8) -> Pixels:
    rows, columns, colours = np.ogrid[:side, :side, :3]
    return np.asarray(127 + 120 * np.sin(rows / 2 + columns / 3 + colours + phase), np.uint8)


def saved(path: Path, phase: float) -> str:
    cv2.imwrite(str(path), waves(phase)[:, :, ::-1])
    return str(path)


@pytest.mark.parametrize("guidance", [1.0, 5.0])
def test_a_latent_is_that_of_the_pipeline_of_diffusers(upscaler: Model, folder: Path, guidance: float) -> None:
    denoiser = upscaler.denoiser
    latent = first = denoiser.first_latent(7, SETTINGS)
    small = denoiser.encode_small(waves(0), 50, SETTINGS)
    condition = Conditioning(denoiser.encode("red sea"), denoiser.encode("fog"), guidance, small)
    for step in range(4):
        latent = denoiser.advance([Sample(latent, step, condition, NoiseKey(7, 7, 0.0))], 4)[0]

    pipeline = libraries.diffusers().StableDiffusionUpscalePipeline.from_pretrained(
        folder, safety_checker=None, feature_extractor=None, local_files_only=True
    )
    pipeline.vae.register_to_config(scaling_factor=0.08333)
    pipeline.set_progress_bar_config(disable=True)
    expected = pipeline(
        "red sea",
        torch.tensor(waves(0)).permute(2, 0, 1)[None] / 255,
        negative_prompt="fog",
        num_inference_steps=4,
        guidance_scale=guidance,
        noise_level=50,
        generator=torch.Generator().manual_seed(NOISE_SEED),
        latents=first[None],
        output_type="latent",
    ).images[0]

    torch.testing.assert_close(latent, expected, rtol=1e-3, atol=1e-3)
    assert denoiser.decode([latent])[0].shape == (16, 16, 3)


def test_the_noise_is_the_same_for_all_pictures_so_that_their_mix_is_a_picture_with_noise(upscaler: Model) -> None:
    denoiser = upscaler.denoiser
    black, white = (denoiser.encode_small(np.full((8, 8, 3), grey, np.uint8), 50, SETTINGS) for grey in (0, 255))

    mixed = denoiser.mix_embeddings(black, white, 0.5)

    noise = first_noise(NOISE_SEED, torch.Size((3, 8, 8)))
    strength = mixed[SMALL] / noise
    torch.testing.assert_close(strength, torch.full_like(strength, float(strength.mean())), rtol=1e-3, atol=1e-3)
    assert float(mixed[NOISE_LEVEL]) == 50


def test_a_transition_is_blended_in_the_upscaler_with_the_small_leaves_of_its_places(
    upscaler: Model, tmp_path: Path
) -> None:
    small = [UpscaleSpec(saved(tmp_path / f"{index}.png", phase=index)) for index in range(3)]
    left, right = (
        KeyframeSpec(prompt, "", seed, 3.0, upscale=each)
        for seed, prompt, each in ((1, "sea", small[0]), (2, "moon", small[2]))
    )
    spec = TransitionSpec(left, right, SETTINGS, TreeShape(0.5, ((3,),)), waypoints=((0.5, small[1]),))
    leaves: dict[float, Pixels] = {}

    Grower(upscaler.denoiser).grow_round(Tree(spec), 0, Watch(on_leaf=leaves.__setitem__))

    assert sorted(leaves) == [0.0, 0.25, 0.5, 0.75, 1.0]
    assert {leaf.shape for leaf in leaves.values()} == {(16, 16, 3)}
    conditions = Conditions(upscaler.denoiser)
    seen = {place: conditions.at(spec, place).canvas for place in leaves}
    first, middle, last = (upscaler.denoiser.encode_small(waves(index), 20, SETTINGS)[SMALL] for index in range(3))
    expected = {0.0: first, 0.25: (first + middle) / 2, 0.5: middle, 0.75: (middle + last) / 2, 1.0: last}
    for place, canvas in seen.items():
        assert canvas is not None
        torch.testing.assert_close(canvas[SMALL], expected[place])


def test_the_view_and_the_defaults(upscaler: Model) -> None:
    view = upscaler.view

    assert (view.family, view.size_step, view.guidance) == ("Stable Diffusion x4 upscaler", 2, 9.0)


def test_it_cannot_paint_without_a_small_picture(upscaler: Model) -> None:
    denoiser = upscaler.denoiser
    condition = Conditioning(denoiser.encode("sea"), denoiser.encode(""), 1.0)

    with pytest.raises(ModelError, match="an upscaler needs the small picture of each keyframe"):
        denoiser.advance([Sample(denoiser.first_latent(1, SETTINGS), 0, condition, NoiseKey(1, 1, 0.0))], 4)


def test_it_cannot_inpaint(upscaler: Model) -> None:
    with pytest.raises(ModelError, match="it cannot inpaint"):
        upscaler.denoiser.encode_canvas(find_canvas(None, SETTINGS))


def test_a_noise_level_that_it_does_not_know_is_refused(upscaler: Model) -> None:
    with pytest.raises(ModelError, match=r"noise_level must be in 0\.\.350 for this upscaler, got 351"):
        upscaler.denoiser.encode_small(waves(0), 351, SETTINGS)


def test_another_model_does_not_enlarge(sd1: Model) -> None:
    with pytest.raises(ModelError, match="an upscaler is needed"):
        sd1.denoiser.encode_small(waves(0), 20, SETTINGS)


def spec_with(left: UpscaleSpec | None, right: UpscaleSpec | None, *places: float) -> TransitionSpec:
    ends = (KeyframeSpec("sea", "", 1, 3.0, upscale=left), KeyframeSpec("moon", "", 1, 3.0, upscale=right))
    waypoints = tuple((place, UpscaleSpec("a.png")) for place in places)
    return TransitionSpec(ends[0], ends[1], SETTINGS, TreeShape(0.5, ((3,),)), waypoints=waypoints)


A = UpscaleSpec("a.png")


@pytest.mark.parametrize(
    ("left", "right", "places", "reason"),
    [
        (A, None, (), "both keyframes need a small picture"),
        (None, None, (0.5,), "both keyframes need a small picture"),
        (A, A, (0.5, 0.5), r"must rise between 0 and 1, got \[0.5, 0.5\]"),
        (A, A, (1.0,), "must rise between 0 and 1"),
    ],
    ids=["only one end", "no end", "the same place", "on a keyframe"],
)
def test_small_pictures_that_make_no_way_are_refused(
    left: UpscaleSpec | None, right: UpscaleSpec | None, places: tuple[float, ...], reason: str
) -> None:
    with pytest.raises(InvalidValue, match=reason):
        spec_with(left, right, *places)


def test_a_noise_level_below_0_is_refused() -> None:
    with pytest.raises(InvalidValue, match="noise_level must be 0 or more, got -1"):
        UpscaleSpec("a.png", -1)
