"""Samplers as a table: one denoising step is next = a * x + b * model_output + c * noise.

A diffusers scheduler keeps a step counter and often a history, so one object cannot serve branches that joined at different
steps. Its coefficients are probed once instead, and `step` is never called while a tree grows. Schedulers with a history do
not fit into such a table: they are refused, by their name and by a check.
"""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor

from core.control.errors import ModelError

SAMPLERS = {
    "ddim": "DDIMScheduler",
    "ddpm": "DDPMScheduler",
    "euler": "EulerDiscreteScheduler",
    "euler_ancestral": "EulerAncestralDiscreteScheduler",
    "lcm": "LCMScheduler",
    "tcd": "TCDScheduler",
}
EXACT_IN_ORDER_1 = ("DPMSolverMultistepScheduler", "DPMSolverSinglestepScheduler", "DEISMultistepScheduler")

PROBE_SHAPE = (8, 8)
PROBE_SEED = 1
PROBE_REACH = 3.0  # far enough out for a clip at 1 to show
FAULTS = (ValueError, NotImplementedError, ImportError)  # what diffusers says to settings that it does not take
TOLERANCE = 1e-4  # a table agrees with its scheduler to some 1e-6 in float32; a history shows from 1e-3 on


@dataclass(frozen=True, slots=True)
class SamplerTable:
    """All that a scheduler does in a given number of steps. Tensors are float32, one value for each step.

    Attributes:
        timesteps: what the model is told.
        input_scale: what the latent is multiplied by before the model sees it.
        a, b, c: next = a * x + b * model_output + c * noise.
        first_sigma: standard deviation of the first latent.
        prediction: what the model's output is: "epsilon", "v_prediction" or "sample".
        alpha, sigma: a clean latent before this step is alpha * latent + sigma * noise; one value more, (1, 0), for the end.
    """

    timesteps: Tensor
    input_scale: Tensor
    a: Tensor
    b: Tensor
    c: Tensor
    first_sigma: float
    alpha: Tensor
    sigma: Tensor

    prediction: str = "epsilon"

    @property
    def is_stochastic(self) -> bool:
        return bool(self.c.any())

    def clean_guess(self, steps: Tensor, latents: Tensor, outputs: Tensor) -> Tensor:
        """The clean latents that the model's outputs mean.

        Args:
            steps: (N,), indices of the steps.
            latents: (N, channels, height, width), what the step began with.
            outputs: of the same shape, what the model said to it.
        """
        alpha, sigma = (each[steps][:, None, None, None] for each in (self.alpha, self.sigma))
        if self.prediction == "sample":
            return outputs
        if self.prediction == "epsilon":
            return (latents - sigma * outputs) / alpha
        size = (alpha.square() + sigma.square()).sqrt()  # 1, but for samplers whose latents grow with the noise
        return (alpha / size) * (latents / size) - (sigma / size) * outputs

    def to(self, device: torch.device) -> SamplerTable:
        columns = ("timesteps", "input_scale", "a", "b", "c", "alpha", "sigma")
        return replace(self, **{name: getattr(self, name).to(device) for name in columns})


class Sampler:
    """A scheduler class with its settings. Makes tables.

    Args:
        scheduler_class: of diffusers.
        config: what its from_config takes; clipping is switched off, since it would not be affine and latents have no bounds.

    Raises:
        ModelError: this scheduler needs the steps before, which a branch that joins later does not have, or does not take
            its settings.
    """

    def __init__(self, scheduler_class: type[Any], config: Mapping[str, Any]) -> None:
        self.name = scheduler_class.__name__
        if not is_memoryless(self.name, config):
            raise ModelError(
                f"sampler {self.name} cannot be used: it needs the steps before; supported: {supported_samplers()}"
            )
        self._scheduler_class = scheduler_class
        self._config = dict(config)
        try:
            self._make()
        except FAULTS as error:
            raise ModelError(f"sampler {self.name} cannot be used: {error}") from error

    def table(self, step_count: int) -> SamplerTable:
        """Probe the scheduler once, for this number of steps.

        Raises:
            ModelError: it cannot make so many steps, or a step is not of the form that a table can hold.
        """
        try:
            return self._probe(step_count)
        except FAULTS as error:
            raise ModelError(f"sampler {self.name} cannot make {step_count} steps: {error}") from error

    def _probe(self, step_count: int) -> SamplerTable:
        timesteps, first_sigma = self._schedule(step_count)
        shape = (step_count, *PROBE_SHAPE)
        one, zero, noise = torch.ones(shape), torch.zeros(shape), _seeded_noise()
        scales, from_noise = self._sweep(zero, zero)
        c = (from_noise * noise).mean((1, 2)) / noise.square().mean()
        noisy = c[:, None, None] * noise
        a = (self._sweep(one, zero)[1] - noisy).mean((1, 2))
        b = (self._sweep(zero, one)[1] - noisy).mean((1, 2))
        prediction = str(self._fresh(step_count).config.prediction_type)
        table = SamplerTable(timesteps, scales, a, b, c, first_sigma, *self._levels(step_count), prediction)
        self._check(table)
        return table

    def _schedule(self, step_count: int) -> tuple[Tensor, float]:
        scheduler = self._fresh(step_count)
        timesteps = scheduler.timesteps.to(torch.float32)
        if len(timesteps) != step_count:
            raise ModelError(f"sampler {self.name} makes {len(timesteps)} steps instead of {step_count}")
        return timesteps, float(scheduler.init_noise_sigma)

    def _levels(self, step_count: int) -> tuple[Tensor, Tensor]:
        """What is left of a clean latent before each step, and how much noise is in it, in this sampler's scale."""
        scheduler = self._fresh(step_count)
        one, zero = torch.ones(1), torch.zeros(1)
        alpha, sigma = [], []
        for index in range(step_count):
            if hasattr(scheduler, "set_begin_index"):
                scheduler.set_begin_index(index)  # steps that are close together have the same rounded time
            timestep = scheduler.timesteps[index : index + 1]
            alpha.append(scheduler.add_noise(one, zero, timestep))
            sigma.append(scheduler.add_noise(zero, one, timestep))
        return torch.cat([*alpha, one]), torch.cat([*sigma, zero])

    def _fresh(self, step_count: int) -> Any:
        scheduler = self._make()
        scheduler.set_timesteps(step_count)
        return scheduler

    def _make(self) -> Any:
        with warnings.catch_warnings():  # of numpy and of options to come, which are for diffusers' developers
            warnings.simplefilter("ignore")
            return self._scheduler_class.from_config(self._config, clip_sample=False, thresholding=False)

    def _sweep(self, samples: Tensor, outputs: Tensor) -> tuple[Tensor, Tensor]:
        """Let a fresh scheduler do all steps, each from a given sample and output: its input scales, and its results."""
        scheduler = self._fresh(len(samples))
        takes_generator = "generator" in inspect.signature(scheduler.step).parameters
        scales, results = [], []
        for timestep, sample, output in zip(scheduler.timesteps, samples, outputs, strict=True):
            scales.append(scheduler.scale_model_input(torch.ones(1), timestep))
            noise = {"generator": torch.Generator().manual_seed(PROBE_SEED)} if takes_generator else {}
            results.append(scheduler.step(output, timestep, sample, return_dict=False, **noise)[0])
        return torch.cat(scales), torch.stack(results)

    def _check(self, table: SamplerTable) -> None:
        """Steps from elsewhere, different ones at each step, must agree with the table: a clip or a history would show."""
        generator = torch.Generator().manual_seed(PROBE_SEED + 1)
        samples, outputs = (
            torch.randn((len(table.a), *PROBE_SHAPE), generator=generator) * PROBE_REACH for _ in range(2)
        )
        _, actual = self._sweep(samples, outputs)
        a, b, c = (each[:, None, None] for each in (table.a, table.b, table.c))
        expected = a * samples + b * outputs + c * _seeded_noise()
        error = (actual - expected).abs().amax()
        if not error <= TOLERANCE * max(1.0, float(expected.abs().amax())):  # not >, so that NaN fails too
            raise ModelError(f"sampler {self.name} cannot be used: its step is not affine with these settings")


def is_memoryless(name: str, config: Mapping[str, Any]) -> bool:
    """Whether a step needs nothing but the latent, the model's output and fresh noise."""
    return name in SAMPLERS.values() or (name in EXACT_IN_ORDER_1 and config.get("solver_order") == 1)


def supported_samplers() -> str:
    """Their short names, for a message."""
    return ", ".join(SAMPLERS)


def _seeded_noise() -> Tensor:
    return torch.randn(PROBE_SHAPE, generator=torch.Generator().manual_seed(PROBE_SEED))
