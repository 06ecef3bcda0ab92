from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from core.builtin.scenes.prompt import scene_for_prompt
from core.builtin.scenes.render import render_scene
from core.control.errors import ModelError
from core.diffusion.loading import libraries
from core.diffusion.model import Model, load_model
from core.diffusion.sampler import Sampler
from core.diffusion.stable_diffusion import StableDiffusion
from core.frames.frame import Pixels
from core.model_request import ModelRequest
from core.tree.denoiser import Conditioning, NoiseKey, OutOfMemory, Sample
from core.tree.spec import RenderSettings
from tests.core.diffusion.linear_autoencoder import make_autoencoder
from tests.core.diffusion.linear_codec import fit_linear_codec

SETTINGS = RenderSettings(16, 12, steps=4)
KEY = NoiseKey(1, 2, 0.5)
# Grey levels by which a picture may differ; a quick decoder works in bfloat16 where the CPU has it.
ROUNDED = {"sd1": 1, "sd2": 1, "plain_builtin": 5}


def conditioning(denoiser: StableDiffusion, prompt: str, guidance: float) -> Conditioning:
    return Conditioning(denoiser.encode(prompt), denoiser.encode("fog"), guidance)


def sample_for(
    denoiser: StableDiffusion, seed: int, step: int = 1, guidance: float = 3.0, prompt: str = "sea"
) -> Sample:
    return Sample(denoiser.first_latent(seed, SETTINGS), step, conditioning(denoiser, prompt, guidance), KEY)


def with_sampler(own: StableDiffusion, scheduler: str, **config: Any) -> StableDiffusion:
    """The same networks with another sampler."""
    sampler = Sampler(getattr(libraries.diffusers(), scheduler), own.sampler._config | config)
    return StableDiffusion(own.unet, own.vae, own.text_encoder, own.tokenizer, sampler)


class CountingUnet:
    """Passes calls on and notes the size of each."""

    def __init__(self, unet: Any) -> None:
        self._unet = unet
        self.sizes: list[int] = []

    def __call__(self, inputs: torch.Tensor, *args: Any, **options: Any) -> Any:
        self.sizes.append(len(inputs))
        return self._unet(inputs, *args, **options)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._unet, name)


@pytest.fixture
def counted(sd1: Model) -> tuple[StableDiffusion, CountingUnet]:
    own = sd1.denoiser
    unet = CountingUnet(own.unet)
    return StableDiffusion(unet, own.vae, own.text_encoder, own.tokenizer, own.sampler), unet


def test_a_latent_is_made_of_its_seed_alone(sd1: Model) -> None:
    first, again, other = (sd1.denoiser.first_latent(seed, SETTINGS) for seed in (1, 1, 2))

    assert first.shape == (4, 6, 8)
    assert torch.equal(first, again)
    assert not torch.equal(first, other)


# diffusers makes numpy arrays of tensors in the way of numpy 1
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")
def test_first_latents_are_as_strong_as_the_sampler_wants_them(sd1: Model) -> None:
    euler = with_sampler(sd1.denoiser, "EulerDiscreteScheduler", timestep_spacing="trailing")

    ratio = euler.first_latent(1, SETTINGS) / sd1.denoiser.first_latent(1, SETTINGS)

    assert float(ratio.mean()) == pytest.approx(14.6, abs=0.1)  # sigma of the last time step of training


def test_a_size_between_the_steps_is_refused(builtin: Model) -> None:
    with pytest.raises(ModelError, match="width and height must be multiples of 16, got 250x256"):
        builtin.denoiser.first_latent(1, RenderSettings(250, 256, 4))


def test_a_long_prompt_is_cut_and_not_refused(sd1: Model) -> None:
    embedding = sd1.denoiser.encode("sea " * 100)

    assert embedding["text"].shape == (16, 32)


def test_different_prompts_have_different_embeddings(sd1: Model) -> None:
    sea, desert = (sd1.denoiser.encode(prompt)["text"] for prompt in ("sea", "desert"))

    assert float((sea - desert).abs().mean()) > 0.1


def test_a_batch_gives_what_each_sample_alone_gives(sd1: Model) -> None:
    samples = [
        sample_for(sd1.denoiser, 1, step=0, guidance=3.0),
        sample_for(sd1.denoiser, 2, step=2, guidance=1.0, prompt="desert"),
        sample_for(sd1.denoiser, 3, step=3, guidance=7.5, prompt="moon"),
    ]

    together = sd1.denoiser.advance(samples, 4)

    for latent, sample in zip(together, samples, strict=True):
        torch.testing.assert_close(latent, sd1.denoiser.advance([sample], 4)[0], rtol=1e-4, atol=1e-5)


def test_one_call_takes_both_sides_of_the_guidance(counted: tuple[StableDiffusion, CountingUnet]) -> None:
    denoiser, unet = counted

    denoiser.advance([sample_for(denoiser, 1, guidance=3.0), sample_for(denoiser, 2, guidance=1.0)], 4)

    assert unet.sizes == [3]


@pytest.mark.parametrize("guidance", [0.0, 0.5, 1.0])
def test_without_guidance_the_negative_prompt_is_not_computed(
    counted: tuple[StableDiffusion, CountingUnet], guidance: float
) -> None:
    denoiser, unet = counted

    denoiser.advance([sample_for(denoiser, 1, guidance=guidance)], 4)

    assert unet.sizes == [1]


@pytest.mark.filterwarnings("ignore:`torch_dtype` is deprecated:FutureWarning")
@pytest.mark.parametrize("guidance", [1.0, 5.0])
@pytest.mark.parametrize("name", ["sd1", "sd2", "plain_builtin"])
def test_a_picture_is_that_of_the_pipeline_of_diffusers(
    name: str, guidance: float, request: pytest.FixtureRequest
) -> None:
    denoiser: StableDiffusion = request.getfixturevalue(name).denoiser
    settings = RenderSettings(denoiser.native_side, denoiser.native_side, steps=3)
    latent = first = denoiser.first_latent(7, settings)

    for step in range(3):
        latent = denoiser.advance([Sample(latent, step, conditioning(denoiser, "red sea", guidance), KEY)], 3)[0]

    expected = _paint_with_pipeline(denoiser, first, guidance)
    assert np.abs(denoiser.decode([latent])[0].astype(int) - expected.astype(int)).max() <= ROUNDED[name]
    assert expected.std() > 5  # a plain picture would prove nothing


def _paint_with_pipeline(denoiser: StableDiffusion, latent: torch.Tensor, guidance: float) -> Pixels:
    result = _pipeline("StableDiffusionPipeline", denoiser)(
        "red sea",
        negative_prompt="fog",
        num_inference_steps=3,
        guidance_scale=guidance,
        latents=latent[None],
        output_type="latent",
    )
    return _decoded(denoiser, result.images)


def _decoded(denoiser: StableDiffusion, latents: torch.Tensor) -> Pixels:
    """What the pipeline would do itself, had every autoencoder the argument that it passes."""
    with torch.inference_mode():
        picture = denoiser.vae.decode(latents / denoiser.vae.config.scaling_factor, return_dict=False)[0][0]
    levels = ((picture.clamp(-1, 1) + 1) * 127.5).round()
    return np.asarray(levels.permute(1, 2, 0), np.uint8)


def _pipeline(class_name: str, denoiser: StableDiffusion) -> Any:
    library = libraries.diffusers()
    config = denoiser.sampler._config | {"clip_sample": False}
    pipeline = getattr(library, class_name)(
        unet=denoiser.unet,
        vae=denoiser.vae,
        text_encoder=denoiser.text_encoder,
        tokenizer=denoiser.tokenizer,
        scheduler=getattr(library, denoiser.sampler.name).from_config(config),
        safety_checker=None,
        feature_extractor=None,
        requires_safety_checker=False,
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def a_scene(denoiser: StableDiffusion) -> Pixels:
    """A picture of the model's size with much to see in it."""
    side = denoiser.native_side
    scene = render_scene(scene_for_prompt("golden galaxy", 3), 3, max(side, 32), max(side, 32))
    return np.ascontiguousarray(scene[:side, :side])


@pytest.mark.filterwarnings("ignore:`torch_dtype` is deprecated:FutureWarning")
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")
@pytest.mark.parametrize("scheduler", ["DDIMScheduler", "EulerDiscreteScheduler"])
@pytest.mark.parametrize("name", ["sd1", "sd2", "plain_builtin"])
def test_a_picture_that_starts_from_one_is_that_of_the_pipeline_of_diffusers(
    name: str, scheduler: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    denoiser = with_sampler(request.getfixturevalue(name).denoiser, scheduler)
    picture, settings = a_scene(denoiser), RenderSettings(denoiser.native_side, denoiser.native_side, steps=4)
    latent = denoiser.noised_picture(picture, 7, 2, settings)[2]

    for step in (2, 3):
        latent = denoiser.advance([Sample(latent, step, conditioning(denoiser, "red sea", 3.0), KEY)], 4)[0]

    pipelines = libraries.diffusers().pipelines.stable_diffusion.pipeline_stable_diffusion_img2img
    monkeypatch.setattr(pipelines, "retrieve_latents", _mean_latents)
    expected = _repaint_with_pipeline(denoiser, picture, strength=0.5)
    assert np.abs(denoiser.decode([latent])[0].astype(int) - expected.astype(int)).max() <= ROUNDED[name]
    assert expected.std() > 5


def _mean_latents(encoded: dict[str, Any], generator: torch.Generator) -> torch.Tensor:
    """In place of the pipeline's own, which draws from a distribution and knows no AutoencoderDC."""
    (latents,) = encoded.values()
    mean: torch.Tensor = latents if isinstance(latents, torch.Tensor) else latents.mean
    return mean


def _repaint_with_pipeline(denoiser: StableDiffusion, picture: Pixels, strength: float) -> Pixels:
    result = _pipeline("StableDiffusionImg2ImgPipeline", denoiser)(
        "red sea",
        picture[None].astype(np.float32) / 255,
        negative_prompt="fog",
        num_inference_steps=4,
        strength=strength,
        guidance_scale=3.0,
        generator=torch.Generator().manual_seed(7),
        output_type="latent",
    )
    return _decoded(denoiser, result.images)


@pytest.mark.parametrize("scaling_factor", [1.0, 0.5])
def test_a_picture_comes_back_as_well_as_the_autoencoder_can(sd1: Model, scaling_factor: float) -> None:
    picture = render_scene(scene_for_prompt("golden galaxy", 3), 3, 64, 64)
    own, codec = sd1.denoiser, fit_linear_codec([picture[None]])
    vae = make_autoencoder(codec)
    vae.register_to_config(scaling_factor=scaling_factor)
    denoiser = StableDiffusion(own.unet, vae, own.text_encoder, own.tokenizer, own.sampler)

    latents = denoiser.noised_picture(picture, 1, 8, RenderSettings(64, 64, 8))

    assert latents[8].std() == pytest.approx(scaling_factor, rel=0.1)
    assert _noise_ratio(denoiser.decode([latents[8]])[0], picture) > 20  # a wrong factor or order of colours costs 10


def test_the_model_that_ships_gives_a_picture_back(builtin: Model) -> None:
    picture = a_scene(builtin.denoiser)

    side = builtin.denoiser.native_side

    latents = builtin.denoiser.noised_picture(picture, 1, 8, RenderSettings(side, side, 8))

    assert _noise_ratio(builtin.denoiser.decode([latents[8]])[0], picture) > 30


def _noise_ratio(picture: Pixels, original: Pixels) -> float:
    """The peak signal-to-noise ratio in dB."""
    return float(20 * np.log10(255 / (picture.astype(float) - original).std()))


def test_a_picture_has_the_noise_of_its_seed_less_and_less(sd1: Model) -> None:
    settings, denoiser = RenderSettings(16, 16, 4), sd1.denoiser
    picture, noise = a_scene(denoiser), denoiser.first_latent(5, settings)

    latents = denoiser.noised_picture(picture, 5, 4, settings)

    table = denoiser.sampler.table(4)
    for index, latent in enumerate(latents):
        expected = table.alpha[index] * latents[4] + table.sigma[index] * noise
        torch.testing.assert_close(latent, expected)


def test_with_zero_terminal_snr_a_picture_begins_as_pure_noise(builtin: Model) -> None:
    settings = RenderSettings(builtin.denoiser.native_side, builtin.denoiser.native_side, 8)

    latents = builtin.denoiser.noised_picture(a_scene(builtin.denoiser), 5, 3, settings)

    assert torch.equal(latents[0], builtin.denoiser.first_latent(5, settings))


def test_a_picture_is_encoded_the_same_each_time(sd1: Model) -> None:
    picture, settings = a_scene(sd1.denoiser), RenderSettings(16, 16, 4)

    first, again = (sd1.denoiser.noised_picture(picture, 5, 2, settings) for _ in range(2))

    assert all(torch.equal(a, b) for a, b in zip(first, again, strict=True))


def test_a_model_without_an_encoder_refuses_pictures(sd1: Model) -> None:
    own = sd1.denoiser
    vae = copy.copy(own.vae)
    vae._modules = {name: part for name, part in own.vae._modules.items() if name != "encoder"}
    denoiser = StableDiffusion(own.unet, vae, own.text_encoder, own.tokenizer, own.sampler)

    with pytest.raises(ModelError, match="cannot start from a picture: its vae has no encoder"):
        denoiser.noised_picture(a_scene(denoiser), 1, 2, RenderSettings(16, 16, 4))


def test_an_encoder_that_overflows_is_told(sd1: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    weight = sd1.denoiser.vae.quant_conv.weight
    monkeypatch.setattr(weight, "data", torch.full_like(weight, float("inf")))

    with pytest.raises(ModelError, match="numbers of the model's vae overflow in float32: its weights are damaged"):
        sd1.denoiser.noised_picture(a_scene(sd1.denoiser), 1, 2, RenderSettings(16, 16, 4))


def test_pictures_are_of_the_size_that_was_asked_for(sd1: Model) -> None:
    latents = [sd1.denoiser.first_latent(seed, SETTINGS) for seed in (1, 2)]

    first, second = sd1.denoiser.decode(latents)

    assert first.shape == second.shape == (12, 16, 3)
    assert first.dtype == np.uint8
    assert not np.array_equal(first, second)


def test_the_noise_of_a_stochastic_sampler_is_its_own_for_each_step_and_seed(sd1: Model) -> None:
    denoiser = with_sampler(sd1.denoiser, "LCMScheduler")
    latent = denoiser.first_latent(1, SETTINGS)
    condition = conditioning(denoiser, "sea", 1.0)

    def advance(step: int, key: NoiseKey) -> torch.Tensor:
        return denoiser.advance([Sample(latent, step, condition, key)], 4)[0]

    assert torch.equal(advance(0, NoiseKey(1, 2, 0.5)), advance(0, NoiseKey(1, 2, 0.5)))
    for other in (NoiseKey(1, 2, 0.75), NoiseKey(3, 2, 0.5)):
        assert not torch.allclose(advance(0, other), advance(0, KEY), atol=0.1)


def test_a_keyframe_has_the_same_noise_on_both_sides_of_a_cue(sd1: Model) -> None:
    denoiser = with_sampler(sd1.denoiser, "LCMScheduler")
    sample = sample_for(denoiser, 1)

    as_right, as_left = (
        denoiser.advance([Sample(sample.latent, 1, sample.conditioning, key)], 4)[0]
        for key in (NoiseKey(5, 9, 1.0), NoiseKey(9, 3, 0.0))
    )

    assert torch.equal(as_right, as_left)


@pytest.mark.parametrize(
    "fault",
    [
        torch.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: 8 bytes"),
        RuntimeError("MPS backend out of memory (MPS allocated: 8 GB)"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    ],
    ids=["gpu", "cpu", "mps", "cublas"],
)
def test_a_lack_of_memory_is_told_as_such(sd1: Model, fault: Exception, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise fault

    monkeypatch.setattr(sd1.denoiser.unet, "forward", fail)
    monkeypatch.setattr(sd1.denoiser.vae, "encode", fail)

    with pytest.raises(OutOfMemory):
        sd1.denoiser.advance([sample_for(sd1.denoiser, 1)], 4)
    with pytest.raises(OutOfMemory):
        sd1.denoiser.noised_picture(a_scene(sd1.denoiser), 1, 2, RenderSettings(16, 16, 4))


def test_memory_may_end_beside_the_call_of_the_model(sd1: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """A step has a dozen small allocations more, and a full GPU fails at the first that does not fit."""
    denoiser = sd1.denoiser
    samples = [sample_for(denoiser, seed) for seed in (1, 2)]
    latents = [sample.latent for sample in samples]

    def fail(*_: object, **__: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    for name in ("stack", "sin", "randn"):
        monkeypatch.setattr(torch, name, fail)

    for work in (
        lambda: denoiser.first_latent(12345, SETTINGS),
        lambda: denoiser.advance(samples, 4),
        lambda: denoiser.clean_guesses(samples, latents, 4),
        lambda: denoiser.glance(latents),
        lambda: denoiser.mix_latents(latents[0], latents[1], 0.5),
    ):
        with pytest.raises(OutOfMemory):
            work()


def test_a_picture_that_is_too_large_to_decode_at_once_is_decoded_in_tiles(
    sd1_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    denoiser = load_model(ModelRequest(str(sd1_folder), device="cpu", sampler="ddim")).denoiser
    told = list[str]()
    denoiser.tell = told.append
    vae, settings = denoiser.vae, RenderSettings(64, 48, 4)
    vae.tile_latent_min_size, vae.tile_sample_min_size = 16, 32
    latents = [denoiser.first_latent(seed, settings) for seed in (1, 2)]
    whole = denoiser.decode(latents[:1])[0]
    forward = vae.decoder.forward

    def only_small(values: torch.Tensor, *args: Any) -> Any:
        if max(values.shape[2:]) > 16:
            raise torch.OutOfMemoryError("CUDA out of memory")
        return forward(values, *args)

    monkeypatch.setattr(vae.decoder, "forward", only_small)

    with pytest.raises(OutOfMemory):  # two at a time: smaller batches come first
        denoiser.decode(latents)
    tiled = denoiser.decode(latents[:1])[0]

    assert tiled.shape == whole.shape
    assert told == ["out of memory with a single picture: pictures are decoded in tiles from now on"]
    assert denoiser.decode(latents[1:])[0].shape == whole.shape


def test_another_fault_of_the_model_stays_what_it_is(sd1: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("shapes differ")

    monkeypatch.setattr(sd1.denoiser.vae, "decode", fail)

    with pytest.raises(RuntimeError, match="shapes differ"):
        sd1.denoiser.decode([sd1.denoiser.first_latent(1, SETTINGS)])


def test_numbers_that_overflow_are_told_and_not_shown_as_black(sd1: Model) -> None:
    latent = torch.full((4, 6, 8), float("nan"))

    with pytest.raises(ModelError, match="numbers of the model's unet overflow; another precision may help"):
        sd1.denoiser.decode([latent])


def test_mixed_embeddings_keep_their_names(sd1: Model) -> None:
    sea, desert = (sd1.denoiser.encode(prompt) for prompt in ("sea", "desert"))

    mixed = sd1.denoiser.mix_embeddings(sea, desert, 0.25)

    torch.testing.assert_close(mixed["text"], 0.75 * sea["text"] + 0.25 * desert["text"])


@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")
@pytest.mark.parametrize("scheduler", ["DDIMScheduler", "EulerDiscreteScheduler", "LCMScheduler"])
def test_the_clean_guess_of_the_last_step_is_where_it_ends(sd1: Model, scheduler: str) -> None:
    denoiser = with_sampler(sd1.denoiser, scheduler, set_alpha_to_one=True)
    samples = [sample_for(denoiser, seed, step=3) for seed in (1, 2)]

    advanced = denoiser.advance(samples, 4)
    guesses = denoiser.clean_guesses(samples, advanced, 4)

    for guess, latent in zip(guesses, advanced, strict=True):
        assert torch.allclose(guess, latent, rtol=1e-3, atol=1e-3)


def test_a_guess_in_mid_pass_looks_like_what_becomes_of_it(builtin: Model) -> None:
    denoiser, settings = builtin.denoiser, RenderSettings(128, 128, 8)
    condition = Conditioning(denoiser.encode("gold mandala"), denoiser.encode(""), 3.0)
    (latent,) = denoiser.advance([Sample(denoiser.first_latent(1, settings), 0, condition, KEY)], 8)
    for step in range(1, 8):
        sample = Sample(latent, step, condition, KEY)
        (latent,) = denoiser.advance([sample], 8)
        if step == 5:
            (guess,) = denoiser.clean_guesses([sample], [latent], 8)

    early, final = (denoiser.glance([each])[0].astype(float) for each in (guess, latent))

    assert early.shape == (64, 64, 3)
    assert np.corrcoef(early.ravel(), final.ravel())[0, 1] > 0.9
