"""Which scheduler a model is sampled with, from its own config and what was asked for, and what has to be said of that.

Most settings of a scheduler only say how to sample, but some say how the model was trained. Those must come along to any other
scheduler: with the betas of a class that nobody chose a model paints, and wrongly.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from core.control.errors import ModelError
from core.diffusion.loading import libraries
from core.diffusion.sampler import EXACT_IN_ORDER_1, SAMPLERS, Sampler, is_memoryless, supported_samplers

REPLACEMENT, SPACED_REPLACEMENT = "DDIMScheduler", "EulerDiscreteScheduler"
OF_TRAINING = (
    "beta_start",
    "beta_end",
    "beta_schedule",
    "trained_betas",
    "num_train_timesteps",
    "prediction_type",
    "rescale_betas_zero_snr",
)
PREDICTIONS = ("epsilon", "v_prediction", "sample")
SPACINGS = ("use_karras_sigmas", "use_exponential_sigmas", "use_beta_sigmas")  # which steps, where not by time alone
LOSABLE = {  # what a scheduler may do that another cannot, with the value that does nothing
    **dict.fromkeys(SPACINGS, False),
    "use_lu_lambdas": False,
    "rescale_betas_zero_snr": False,
    "timestep_type": "discrete",
    "interpolation_type": "linear",
    "final_sigmas_type": "zero",
}
CLIPS = ("clip_sample", "thresholding")


@dataclass(frozen=True, slots=True)
class SchedulerChoice:
    """A class of diffusers, its config, and what an operator should hear about it."""

    name: str
    config: Mapping[str, Any]
    notes: tuple[str, ...] = ()


def load_sampler(config: Mapping[str, Any], asked: str) -> tuple[Sampler, str]:
    """The one that was asked for or else the model's own, and what should be said of it.

    Raises:
        ModelError: it cannot be used.
    """
    choice = choose_scheduler(config, asked)
    return Sampler(getattr(libraries.diffusers(), choice.name), choice.config), "; ".join(choice.notes)


def choose_scheduler(config: Mapping[str, Any], asked: str = "auto") -> SchedulerChoice:
    """The scheduler to use for a model that comes with this config of its own.

    Raises:
        ModelError: one was asked for that cannot be used, or the model's own can neither be used nor replaced.
    """
    own = str(config.get("_class_name"))
    effective = _effective(own, config)
    _check_prediction(own, effective)
    wanted = dict(config) | {key: effective[key] for key in OF_TRAINING if key in effective}
    if asked == "auto":
        chosen = _own_or_near(own, wanted, effective)
    else:
        chosen = SchedulerChoice(SAMPLERS.get(asked, asked), wanted)
        if not is_memoryless(chosen.name, wanted):
            raise ModelError(
                f"sampler {asked} cannot be used: it needs the steps before; supported: {supported_samplers()}"
            )
    if chosen.name != own and "beta_start" not in effective and not effective.get("trained_betas"):
        raise ModelError(
            f"the model's sampler {own} cannot be replaced, by {asked if asked != 'auto' else chosen.name} or another: its config "
            "has no betas, and another sampler would take some that the model was not trained with"
        )
    return SchedulerChoice(chosen.name, chosen.config, (*chosen.notes, *_losses(own, chosen.name, effective)))


def _own_or_near(own: str, config: dict[str, Any], effective: Mapping[str, Any]) -> SchedulerChoice:
    """The model's own, or what comes nearest to it without a history."""
    if is_memoryless(own, config):
        return SchedulerChoice(own, config)
    needs = f"the model's sampler {own} needs the steps before, so"
    if own in EXACT_IN_ORDER_1:
        return SchedulerChoice(own, config | {"solver_order": 1}, (f"{needs} it takes solver_order 1",))
    name = SPACED_REPLACEMENT if any(effective.get(key) for key in SPACINGS) else REPLACEMENT
    return SchedulerChoice(name, config, (f"{needs} {name} takes its place",))


def _effective(own: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """All settings that the model's own scheduler goes by, with the defaults of its class; what the class has not it ignores."""
    defaults = _settings_of(own)
    if not defaults:
        return dict(config)
    return defaults | {key: value for key, value in config.items() if key in defaults}


def _settings_of(name: str) -> dict[str, Any]:
    """What a scheduler class can be told, with its defaults; empty for one that this diffusers does not have."""
    scheduler_class = getattr(libraries.diffusers(), name, None)
    if not inspect.isclass(scheduler_class):
        return {}
    parameters = inspect.signature(scheduler_class).parameters.values()
    return {each.name: each.default for each in parameters if each.default is not inspect.Parameter.empty}


def _check_prediction(own: str, effective: Mapping[str, Any]) -> None:
    prediction = effective.get("prediction_type", PREDICTIONS[0])
    if effective.get("use_flow_sigmas") or prediction not in PREDICTIONS:
        found = "use_flow_sigmas" if effective.get("use_flow_sigmas") else f"prediction_type {prediction!r}"
        raise ModelError(
            f"the model's sampler {own} has {found}, which is not supported: a model must predict {', '.join(PREDICTIONS)}"
        )


def _losses(own: str, name: str, effective: Mapping[str, Any]) -> list[str]:
    """What the model's own sampler does and this one does not."""
    taken = _settings_of(name)
    lost = [key for key, idle in LOSABLE.items() if effective.get(key, idle) not in (idle, None) and key not in taken]
    clipped = [key for key in CLIPS if effective.get(key)]
    notes = [f"{name} has no {', '.join(lost)}, which the model's sampler {own} has"] if lost else []
    if clipped:
        notes.append(f"{', '.join(clipped)} of the model's sampler {own} is left out, since latents have no bounds")
    return notes
