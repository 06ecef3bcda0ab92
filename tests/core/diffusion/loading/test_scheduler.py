from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from core.control.errors import ModelError
from core.diffusion.loading import libraries
from core.diffusion.loading.scheduler import SchedulerChoice, choose_scheduler, load_sampler
from core.diffusion.loading.source import read_scheduler_config
from core.diffusion.model import load_model
from core.diffusion.sampler import SAMPLERS
from core.model_request import ModelRequest
from core.tree.denoiser import Conditioning, NoiseKey, Sample
from core.tree.spec import RenderSettings
from tests.core.diffusion.tiny_pipelines import save_sd2

# diffusers makes numpy arrays of tensors in the way of numpy 1
pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)

BETAS = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear", "clip_sample": False}
EDM = {"_class_name": "EDMEulerScheduler", "sigma_min": 0.002, "sigma_max": 80.0, "sigma_data": 0.5}
MULTI_STEP = [
    "PNDMScheduler",
    "LMSDiscreteScheduler",
    "DPMSolverMultistepScheduler",
    "DPMSolverSinglestepScheduler",
    "DPMSolverSDEScheduler",
    "DEISMultistepScheduler",
    "UniPCMultistepScheduler",
    "SASolverScheduler",
    "HeunDiscreteScheduler",
    "KDPM2DiscreteScheduler",
    "KDPM2AncestralDiscreteScheduler",
    "IPNDMScheduler",
]
SOLVERS = ["DPMSolverMultistepScheduler", "DPMSolverSinglestepScheduler", "DEISMultistepScheduler"]


def choose(own: str, asked: str = "auto", **config: Any) -> SchedulerChoice:
    return choose_scheduler(BETAS | {"_class_name": own} | config, asked)


@pytest.mark.parametrize("name", MULTI_STEP)
def test_a_sampler_with_a_history_is_refused_by_name(name: str) -> None:
    with pytest.raises(ModelError, match=rf"sampler {name} cannot be used.*supported: ddim, ddpm, euler"):
        choose("DDIMScheduler", asked=name)


@pytest.mark.parametrize("own", SOLVERS)
def test_a_multi_step_solver_of_order_1_has_no_history(own: str) -> None:
    assert choose(own, solver_order=1).notes == ()


@pytest.mark.parametrize("own", ["PNDMScheduler", "UniPCMultistepScheduler", "EulerAncestralSomethingNew"])
def test_a_models_own_sampler_with_a_history_is_replaced_and_that_is_told(own: str) -> None:
    choice = choose(own)

    assert choice.name == "DDIMScheduler"
    assert choice.notes == (f"the model's sampler {own} needs the steps before, so DDIMScheduler takes its place",)


@pytest.mark.parametrize("own", SOLVERS)
def test_a_solver_of_a_higher_order_stays_with_its_steps_and_order_1(own: str) -> None:
    choice = choose(own, solver_order=2, use_karras_sigmas=True)

    assert choice.name == own
    assert (choice.config["solver_order"], choice.config["use_karras_sigmas"]) == (1, True)
    assert choice.notes == (f"the model's sampler {own} needs the steps before, so it takes solver_order 1",)


@pytest.mark.parametrize("spacing", ["use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas"])
@pytest.mark.parametrize("own", ["UniPCMultistepScheduler", "HeunDiscreteScheduler", "KDPM2DiscreteScheduler"])
def test_a_sampler_with_steps_of_its_own_is_replaced_by_one_that_can_take_them(own: str, spacing: str) -> None:
    choice = choose_scheduler(BETAS | {"_class_name": own, spacing: True})

    assert (choice.name, choice.config[spacing]) == ("EulerDiscreteScheduler", True)
    assert len(choice.notes) == 1


@pytest.mark.parametrize(
    ("own", "asked", "lost"),
    [
        ("DPMSolverMultistepScheduler", "ddim", {"use_karras_sigmas": True}),
        ("DPMSolverMultistepScheduler", "euler", {"use_lu_lambdas": True}),
        ("EulerDiscreteScheduler", "euler_ancestral", {"use_exponential_sigmas": True}),
        ("EulerDiscreteScheduler", "ddim", {"timestep_type": "continuous"}),
        ("DPMSolverMultistepScheduler", "lcm", {"final_sigmas_type": "sigma_min"}),
    ],
)
def test_what_a_sampler_that_is_asked_for_cannot_do_is_told(own: str, asked: str, lost: dict[str, Any]) -> None:
    (note,) = choose(own, asked, **lost).notes

    assert note == f"{SAMPLERS[asked]} has no {next(iter(lost))}, which the model's sampler {own} has"


def test_what_the_models_own_sampler_does_not_know_either_is_not_missed() -> None:
    assert choose("PNDMScheduler", "ddim", use_karras_sigmas=True).notes == ()


def test_zero_terminal_snr_that_is_lost_is_told() -> None:
    """Not by any sampler that is offered, but DEIS may be a model's own."""
    choice = choose("DDIMScheduler", "DEISMultistepScheduler", solver_order=1, rescale_betas_zero_snr=True)

    assert choice.notes == (
        "DEISMultistepScheduler has no rescale_betas_zero_snr, which the model's sampler DDIMScheduler has",
    )


@pytest.mark.parametrize("option", ["clip_sample", "thresholding"])
@pytest.mark.parametrize("asked", ["auto", "euler"])
def test_clipping_that_is_left_out_is_told(option: str, asked: str) -> None:
    (note,) = choose("DDIMScheduler", asked, **{option: True}).notes

    assert note == f"{option} of the model's sampler DDIMScheduler is left out, since latents have no bounds"


def test_clipping_that_a_class_does_unless_told_otherwise_counts_as_well() -> None:
    (note,) = choose_scheduler({"_class_name": "DDIMScheduler"}).notes

    assert note.startswith("clip_sample of")


@pytest.mark.parametrize("asked", ["euler", "ddim", "lcm"])
def test_a_model_without_betas_takes_no_sampler_that_needs_some(asked: str) -> None:
    with pytest.raises(
        ModelError, match=f"the model's sampler EDMEulerScheduler cannot be replaced, by {asked}.*no betas"
    ):
        choose_scheduler(EDM, asked)


@pytest.mark.parametrize("own", [EDM, {"_class_name": "FlowMatchHeunDiscreteScheduler", "shift": 3.0}])
def test_a_models_own_sampler_without_betas_cannot_be_replaced(own: dict[str, Any]) -> None:
    with pytest.raises(ModelError, match=f"{own['_class_name']} cannot be replaced, by DDIMScheduler or another"):
        choose_scheduler(own)


@pytest.mark.parametrize(
    ("config", "found"),
    [
        ({"use_flow_sigmas": True}, "use_flow_sigmas"),
        ({"prediction_type": "flow_prediction"}, "prediction_type 'flow_prediction'"),
    ],
)
def test_a_model_that_predicts_something_else_is_refused(config: dict[str, Any], found: str) -> None:
    with pytest.raises(ModelError, match=f"the model's sampler DPMSolverMultistepScheduler has {found}, which is not"):
        choose("DPMSolverMultistepScheduler", "ddim", **config)


def test_betas_that_a_config_leaves_to_its_class_come_along_to_another_sampler() -> None:
    """LCMScheduler and DDIMScheduler have other betas by themselves."""
    sampler, _ = load_sampler({"_class_name": "LCMScheduler", "prediction_type": "v_prediction"}, "ddim")

    betas = sampler._make().betas
    torch.testing.assert_close(betas, libraries.diffusers().LCMScheduler().betas)
    assert sampler._make().config.prediction_type == "v_prediction"


@pytest.mark.parametrize(("asked", "expected"), SAMPLERS.items())
def test_samplers_have_short_names(asked: str, expected: str) -> None:
    choice = choose("PNDMScheduler", asked)

    assert (choice.name, choice.notes) == (expected, ())


@pytest.mark.filterwarnings("ignore:`torch_dtype` is deprecated:FutureWarning")
@pytest.mark.parametrize("own", SOLVERS)
def test_a_folder_with_karras_steps_paints_what_its_pipeline_paints_with_order_1(own: str, tmp_path: Path) -> None:
    folder = save_sd2(tmp_path / "model", _class_name=own, solver_order=2, use_karras_sigmas=True)
    model = load_model(ModelRequest(str(folder), device="cpu"))
    denoiser, settings = model.denoiser, RenderSettings(16, 8, steps=5)
    latent = first = denoiser.first_latent(7, settings)
    condition = Conditioning(denoiser.encode("red sea"), denoiser.encode("fog"), 5.0)
    for step in range(5):
        latent = denoiser.advance([Sample(latent, step, condition, NoiseKey(7, 7, 0.0))], 5)[0]
    pipeline = libraries.diffusers().StableDiffusionPipeline.from_pretrained(
        folder, safety_checker=None, feature_extractor=None, local_files_only=True
    )
    config = read_scheduler_config(folder)
    pipeline.scheduler = getattr(libraries.diffusers(), own).from_config(config, solver_order=1)
    pipeline.set_progress_bar_config(disable=True)

    expected = pipeline(
        "red sea",
        negative_prompt="fog",
        num_inference_steps=5,
        guidance_scale=5.0,
        latents=first[None] / denoiser.sampler.table(5).first_sigma,
        width=16,
        height=8,
        output_type="latent",
    ).images[0]

    torch.testing.assert_close(latent, expected, rtol=1e-3, atol=1e-3)
    assert any("takes solver_order 1" in note for note in model.notes)
