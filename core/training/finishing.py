"""Trains the decoder on latents as the denoiser leaves them.

The denoiser errs a little in every patch. A decoder that has seen only what the encoder makes shows these errors as
blocks; one that has also seen them smooths them out, and loses 0.2 dB on clean latents.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.training.decoder import CROP, picture_loss, to_pixels
from core.training.denoiser import Examples, make_scheduler
from core.training.linear_codec import PATCH

TIMESTEPS = (30, 400)  # further up, the denoiser paints another picture, and the decoder would learn to blur


def finishing_loss(
    decoder: Callable[[Tensor], Tensor],
    denoiser: Any,
    examples: Examples,
    shards: Sequence[NDArray[np.uint8]],
    *,
    plain: Callable[[int], Tensor],
    seed: int,
    batch_size: int,
) -> Callable[[int], Tensor]:
    """The loss of each step: in turns that of clean latents (plain), and that of restored ones.

    The shards hold the pictures of the examples, in the same order, equally many in each.
    """
    device = next(denoiser.parameters()).device
    kept = make_scheduler().alphas_cumprod.to(device)

    def loss_at(step_index: int) -> Tensor:
        if step_index % 2 == 0:
            return plain(step_index)
        rng = np.random.default_rng([seed, step_index])
        indices = rng.integers(0, len(examples.latents), batch_size)
        clean = examples.latents[indices, 0].float().to(device)
        text = examples.captions[indices, 0].float().to(device)
        timesteps = torch.from_numpy(rng.integers(*TIMESTEPS, batch_size)).to(device)
        noise = torch.from_numpy(rng.standard_normal(clean.shape, np.float32)).to(device)
        latents = restored(denoiser, clean, noise, text, timesteps, kept)
        pictures = [shards[index // len(shards[0])][index % len(shards[0])] for index in indices]
        return picture_loss(*_cropped(rng, decoder, latents, pictures))

    return loss_at


@torch.no_grad()
def restored(denoiser: Any, clean: Tensor, noise: Tensor, text: Tensor, timesteps: Tensor, kept: Tensor) -> Tensor:
    """Noise some latents, and take the denoiser's first guess at the clean ones."""
    share = kept[timesteps][:, None, None, None]
    signal, spread = share.sqrt(), (1 - share).sqrt()
    noised = signal * clean + spread * noise
    guess: Tensor = signal * noised - spread * denoiser(noised, timesteps, text, return_dict=False)[0]
    return guess


def _cropped(
    rng: np.random.Generator,
    decoder: Callable[[Tensor], Tensor],
    latents: Tensor,
    pictures: Sequence[NDArray[np.uint8]],
) -> tuple[Tensor, Tensor]:
    """A random part of each latent, decoded, and the same part of its picture."""
    side = min(CROP // PATCH, *latents.shape[2:])
    parts, wanted = [], []
    for latent, picture in zip(latents, pictures, strict=True):
        top, left = (int(rng.integers(0, room - side + 1)) for room in latent.shape[1:])
        parts.append(latent[:, top : top + side, left : left + side])
        rows, columns = (slice(start * PATCH, (start + side) * PATCH) for start in (top, left))
        wanted.append(picture[rows, columns])
    return decoder(torch.stack(parts)), to_pixels(np.stack(wanted), latents.device)
