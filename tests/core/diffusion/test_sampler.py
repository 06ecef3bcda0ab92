from __future__ import annotations

from typing import Any

import pytest
import torch

from core.control.errors import ModelError
from core.diffusion.loading import libraries
from core.diffusion.sampler import EXACT_IN_ORDER_1, SAMPLERS, Sampler

# diffusers makes numpy arrays of tensors in the way of numpy 1
pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)

BETAS = {"beta_start": 0.00085, "beta_end": 0.012, "beta_schedule": "scaled_linear"}
ZERO_SNR = {**BETAS, "rescale_betas_zero_snr": True, "timestep_spacing": "trailing", "prediction_type": "v_prediction"}


def config_for(name: str, **more: Any) -> dict[str, Any]:
    return BETAS | ({"solver_order": 1} if name in EXACT_IN_ORDER_1 else {}) | more


def sampler_of(name: str, **more: Any) -> Sampler:
    return Sampler(getattr(libraries.diffusers(), name), config_for(name, **more))


@pytest.mark.parametrize(
    ("name", "prediction"),
    [
        (name, prediction)
        for name in (*SAMPLERS.values(), *EXACT_IN_ORDER_1)
        for prediction in ("epsilon", "v_prediction", "sample")
        if (name, prediction) != ("EulerAncestralDiscreteScheduler", "sample")  # diffusers has none
    ],
)
def test_the_table_does_what_the_scheduler_does(name: str, prediction: str) -> None:
    table = sampler_of(name, prediction_type=prediction).table(6)
    scheduler = getattr(libraries.diffusers(), name).from_config(
        config_for(name, prediction_type=prediction, clip_sample=False)
    )
    scheduler.set_timesteps(6)
    generator, same_generator = (torch.Generator().manual_seed(3) for _ in range(2))
    actual = expected = torch.randn((2, 4, 4), generator=torch.Generator().manual_seed(1)) * table.first_sigma

    for index, timestep in enumerate(scheduler.timesteps):
        output = torch.tanh(scheduler.scale_model_input(expected, timestep))
        options = {"generator": generator} if table.is_stochastic else {}
        expected = scheduler.step(output, timestep, expected, return_dict=False, **options)[0]
        output = torch.tanh(actual * table.input_scale[index])
        actual = table.a[index] * actual + table.b[index] * output
        if table.c[index] != 0:
            actual = actual + table.c[index] * torch.randn((2, 4, 4), generator=same_generator)

    torch.testing.assert_close(actual, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", ["DDIMScheduler", "EulerDiscreteScheduler"])
def test_zero_terminal_snr_has_a_finite_table(name: str) -> None:
    table = sampler_of(name, **ZERO_SNR).table(8)

    assert torch.isfinite(table.a).all()
    assert torch.isfinite(table.b).all()


def test_a_table_tells_the_model_the_times_of_the_scheduler() -> None:
    table = sampler_of("DDIMScheduler", timestep_spacing="trailing").table(4)

    assert table.timesteps.tolist() == [999, 749, 499, 249]
    assert table.input_scale.tolist() == [1, 1, 1, 1]
    assert table.first_sigma == 1


def test_euler_scales_what_the_model_sees() -> None:
    table = sampler_of("EulerDiscreteScheduler").table(4)

    assert table.first_sigma == pytest.approx(14.6146, abs=1e-3)
    assert float(table.input_scale[0]) == pytest.approx(1 / (14.6146**2 + 1) ** 0.5, abs=1e-4)


SPACED = [
    ("EulerDiscreteScheduler", {"use_karras_sigmas": True}),
    ("EulerDiscreteScheduler", {"use_exponential_sigmas": True, "timestep_type": "continuous"}),
    *((name, {"use_karras_sigmas": True}) for name in EXACT_IN_ORDER_1),
    ("DPMSolverMultistepScheduler", {"use_lu_lambdas": True}),
    ("DPMSolverMultistepScheduler", {"algorithm_type": "sde-dpmsolver++", "use_karras_sigmas": True}),
    ("DPMSolverMultistepScheduler", {"use_karras_sigmas": True, "final_sigmas_type": "sigma_min"}),
    ("DEISMultistepScheduler", {"use_exponential_sigmas": True}),
]


@pytest.mark.parametrize(("name", "more"), SPACED, ids=str)
def test_steps_that_are_not_spaced_by_time_are_those_of_the_scheduler(name: str, more: dict[str, Any]) -> None:
    table = sampler_of(name, **more).table(8)
    scheduler = getattr(libraries.diffusers(), name).from_config(config_for(name, **more))
    scheduler.set_timesteps(8)
    generator, same_generator = (torch.Generator().manual_seed(3) for _ in range(2))
    actual = expected = torch.randn((2, 4, 4), generator=torch.Generator().manual_seed(1)) * table.first_sigma

    for index, timestep in enumerate(scheduler.timesteps):
        assert float(table.timesteps[index]) == pytest.approx(float(timestep))
        output = torch.tanh(scheduler.scale_model_input(expected, timestep))
        options = {"generator": generator} if table.is_stochastic else {}
        expected = scheduler.step(output, timestep, expected, return_dict=False, **options)[0]
        output = torch.tanh(actual * table.input_scale[index])
        actual = table.a[index] * actual + table.b[index] * output
        if table.c[index] != 0:
            actual = actual + table.c[index] * torch.randn((2, 4, 4), generator=same_generator)

    torch.testing.assert_close(actual, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", EXACT_IN_ORDER_1)
def test_steps_that_share_a_rounded_time_have_levels_of_their_own(name: str) -> None:
    sampler = sampler_of(name, use_exponential_sigmas=True)
    scheduler = getattr(libraries.diffusers(), name).from_config(sampler._config)
    scheduler.set_timesteps(20)

    table = sampler.table(20)

    assert len(set(scheduler.timesteps.tolist())) < 20
    alpha, sigma = scheduler._sigma_to_alpha_sigma_t(scheduler.sigmas[:-1])
    torch.testing.assert_close(table.alpha[:-1], alpha)
    torch.testing.assert_close(table.sigma[:-1], sigma)


def test_settings_that_contradict_each_other_are_told_at_once() -> None:
    with pytest.raises(ModelError, match="sampler EulerDiscreteScheduler cannot be used: Only one of"):
        sampler_of("EulerDiscreteScheduler", use_karras_sigmas=True, use_exponential_sigmas=True)


@pytest.mark.parametrize("config", [BETAS, ZERO_SNR], ids=["plain", "zero terminal SNR"])
@pytest.mark.parametrize("name", [*SAMPLERS.values(), *EXACT_IN_ORDER_1])
def test_a_picture_is_noised_as_the_scheduler_does_it(name: str, config: dict[str, Any]) -> None:
    table = sampler_of(name, **config).table(6)
    scheduler = getattr(libraries.diffusers(), name).from_config(config_for(name, **config))
    scheduler.set_timesteps(6)
    clean, noise = (torch.randn((1, 4, 4), generator=torch.Generator().manual_seed(seed)) for seed in (1, 2))

    for index, timestep in enumerate(scheduler.timesteps):
        expected = scheduler.add_noise(clean, noise, timestep[None])
        torch.testing.assert_close(table.alpha[index] * clean + table.sigma[index] * noise, expected)

    assert (float(table.alpha[6]), float(table.sigma[6])) == (1, 0)


@pytest.mark.parametrize("config", [BETAS, ZERO_SNR], ids=["plain", "zero terminal SNR"])
@pytest.mark.parametrize("name", ["DDIMScheduler", "EulerDiscreteScheduler"])
def test_the_levels_are_those_that_denoising_goes_through(name: str, config: dict[str, Any]) -> None:
    """A model that knows the noise takes a picture from each level to the next, so all are in one scale."""
    table = sampler_of(name, **config | {"prediction_type": "v_prediction"}).table(5)
    alpha, sigma = table.alpha[:-1], table.sigma[:-1]

    # v = alpha * noise - sigma * clean, at the unit variance that the model sees
    next_alpha = table.a * alpha - table.b * sigma * table.input_scale
    next_sigma = table.a * sigma + table.b * alpha * table.input_scale

    torch.testing.assert_close(next_alpha, table.alpha[1:], rtol=1e-3, atol=1e-3)
    torch.testing.assert_close(next_sigma, table.sigma[1:], rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("name", ["DDIMScheduler", "LCMScheduler", "EulerDiscreteScheduler"])
def test_the_model_sees_unit_variance_at_each_level(name: str) -> None:
    table = sampler_of(name).table(6)

    shown = (table.alpha**2 + table.sigma**2)[:-1] * table.input_scale**2

    torch.testing.assert_close(shown, torch.ones(6))


@pytest.mark.parametrize("name", ["DDIMScheduler", "LCMScheduler"])
def test_zero_terminal_snr_leaves_nothing_of_a_picture_at_the_first_step(name: str) -> None:
    table = sampler_of(name, **ZERO_SNR).table(8)

    assert (float(table.alpha[0]), float(table.sigma[0])) == (0, 1)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("DDIMScheduler", False), ("EulerDiscreteScheduler", False), ("DDPMScheduler", True), ("LCMScheduler", True)],
)
def test_a_table_knows_whether_it_needs_noise(name: str, *, expected: bool) -> None:
    assert sampler_of(name).table(4).is_stochastic is expected


@pytest.mark.parametrize("name", ["PNDMScheduler", "DPMSolverMultistepScheduler", "UniPCMultistepScheduler"])
def test_no_table_is_made_of_a_history(name: str) -> None:
    with pytest.raises(ModelError, match=name):
        Sampler(getattr(libraries.diffusers(), name), BETAS)


@pytest.mark.parametrize("name", ["DPMSolverMultistepScheduler", "UniPCMultistepScheduler"])
def test_a_history_would_also_be_found_by_looking(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.diffusion.sampler.is_memoryless", lambda name, config: True)

    with pytest.raises(ModelError, match=f"sampler {name} cannot be used: its step is not affine"):
        sampler_of(name, solver_order=2).table(8)


def test_a_sampler_that_takes_two_evaluations_a_step_would_be_found_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.diffusion.sampler.is_memoryless", lambda name, config: True)

    with pytest.raises(ModelError, match="sampler HeunDiscreteScheduler makes 15 steps instead of 8"):
        sampler_of("HeunDiscreteScheduler").table(8)


def test_clipping_is_switched_off() -> None:
    clipped, plain = (sampler_of("DDIMScheduler", clip_sample=clip).table(4) for clip in (True, False))

    assert torch.equal(clipped.a, plain.a)


@pytest.mark.parametrize(
    ("name", "steps"), [("LCMScheduler", 100), ("DDIMScheduler", 2000)], ids=["distilled", "more than trained"]
)
def test_a_step_count_that_the_scheduler_refuses_is_told(name: str, steps: int) -> None:
    with pytest.raises(ModelError, match=f"sampler {name} cannot make {steps} steps"):
        sampler_of(name).table(steps)


@pytest.mark.parametrize("prediction", ["epsilon", "v_prediction", "sample"])
@pytest.mark.parametrize("name", ["DDIMScheduler", "DDPMScheduler", "EulerDiscreteScheduler"])
def test_the_clean_guess_is_that_of_the_scheduler(name: str, prediction: str) -> None:
    table = sampler_of(name, prediction_type=prediction).table(6)
    scheduler = getattr(libraries.diffusers(), name).from_config(
        config_for(name, prediction_type=prediction, clip_sample=False)
    )
    scheduler.set_timesteps(6)
    latents, outputs = torch.randn((2, 6, 2, 4, 4), generator=torch.Generator().manual_seed(2))

    guesses = table.clean_guess(torch.arange(6), latents, outputs)

    for index, timestep in enumerate(scheduler.timesteps):
        scheduler.scale_model_input(latents[index], timestep)
        expected = scheduler.step(outputs[index], timestep, latents[index]).pred_original_sample
        assert torch.allclose(guesses[index], expected, rtol=1e-3, atol=1e-3)
