"""The denoiser of the built-in model: its shape, its noise schedule, its loss.

v-prediction on a schedule that ends in pure noise (Lin et al. 2023, "Common diffusion noise schedules and sample steps
are flawed"): only so can it paint pictures that are dark or bright on the whole.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from core.diffusion.loading import libraries
from core.diffusion.shuffle_autoencoder import CHANNELS
from core.training.text_encoder import WIDTH

WIDTHS = (64, 128, 256)
SIDE = 32  # latents of a square picture
TIMESTEPS = 1000
CAPTION_DROPOUT = 0.1  # for classifier-free guidance
NOISE_BIAS = (
    0.95  # below 1: more samples at high noise, where the subject is decided; above 1: at low noise, for details
)


def make_denoiser(widths: tuple[int, int, int] = WIDTHS) -> Any:
    """Attention only at the coarsest level: it is what one picture's time goes into."""
    return libraries.diffusers().UNet2DConditionModel(
        sample_size=SIDE,
        in_channels=CHANNELS,
        out_channels=CHANNELS,
        block_out_channels=widths,
        layers_per_block=1,
        down_block_types=("DownBlock2D", "DownBlock2D", "CrossAttnDownBlock2D"),
        up_block_types=("CrossAttnUpBlock2D", "UpBlock2D", "UpBlock2D"),
        cross_attention_dim=WIDTH,
        attention_head_dim=4,
        norm_num_groups=8,
        addition_embed_type="text",
        addition_embed_type_num_heads=4,
    )


def make_scheduler() -> Any:
    return libraries.diffusers().DDIMScheduler(
        num_train_timesteps=TIMESTEPS,
        beta_schedule="squaredcos_cap_v2",
        prediction_type="v_prediction",
        rescale_betas_zero_snr=True,
        timestep_spacing="trailing",
        clip_sample=False,
        set_alpha_to_one=True,
        steps_offset=1,  # unused with trailing steps, but pipelines insist on it
    )


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Pictures of one shape with their captions, ready for training.

    Attributes:
        latents: (pictures, 2, 32, rows, columns), as they are and mirrored.
        captions: (pictures, captions, tokens, width), embedded.
        nothing: (tokens, width), the empty caption, embedded.
    """

    latents: Tensor
    captions: Tensor
    nothing: Tensor


def denoiser_loss(
    denoiser: Any, shapes: tuple[Examples, ...], *, seed: int, batch_size: int
) -> Callable[[int], Tensor]:
    """The loss of each step; steps take turns between the shapes of pictures."""
    kept = make_scheduler().alphas_cumprod
    device = next(denoiser.parameters()).device

    def loss_at(step_index: int) -> Tensor:
        rng = np.random.default_rng([seed, step_index])
        clean, text = (each.to(device) for each in _draw(rng, shapes[step_index % len(shapes)], batch_size))
        timesteps = _draw_timesteps(rng, batch_size)
        noise = torch.from_numpy(rng.standard_normal(clean.shape, np.float32)).to(device)
        share = kept[timesteps].to(device)[:, None, None, None]
        signal, spread = share.sqrt(), (1 - share).sqrt()
        output = denoiser(signal * clean + spread * noise, timesteps.to(device), text, return_dict=False)[0]
        loss: Tensor = (output - (signal * noise - spread * clean)).square().mean()
        return loss

    return loss_at


def _draw(rng: np.random.Generator, examples: Examples, count: int) -> tuple[Tensor, Tensor]:
    pictures = torch.from_numpy(rng.integers(0, len(examples.latents), count))
    sides = torch.from_numpy(rng.integers(0, 2, count))
    captions = torch.from_numpy(rng.integers(0, examples.captions.shape[1], count))
    text = examples.captions[pictures, captions].float()
    text[torch.from_numpy(rng.random(count) < CAPTION_DROPOUT)] = examples.nothing.float()
    return examples.latents[pictures, sides].float(), text


def _draw_timesteps(rng: np.random.Generator, count: int) -> Tensor:
    """Spread evenly over the schedule in each batch, so that the loss of a batch says more."""
    places = (rng.permutation(count) + rng.random()) / count
    return torch.from_numpy((TIMESTEPS * places**NOISE_BIAS).astype(np.int64)).clamp(0, TIMESTEPS - 1)
