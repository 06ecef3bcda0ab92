"""What a training is judged by: the decoder in decibels, the whole by a grid of pictures from fixed prompts and seeds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from core.training.decoder import to_pixels
from core.training.denoiser import make_scheduler
from core.training.linear_codec import CHANNELS, PATCH

PROMPTS = (
    "sunset over the ocean, orange and purple",
    "green aurora borealis",
    "neon blue tunnel",
    "fiery flames",
    "pink flower",
    "blue jellyfish, dark",
    "synthwave grid, magenta and cyan",
    "gold mandala",
    "city skyline at night, blue",
    "black and white op art stripes",
    "rainbow liquid",
    "purple galaxy",
    "misty mountains, teal",
    "icy snowflake",
    "red eye",
    "jellyfish in a nebula",
    "stained glass, sunset colors",
    "neon laser beams, green",
)
STEPS, GUIDANCE = 8, 3.0


def decibels(pictures: Iterable[NDArray[np.uint8]], others: Iterable[NDArray[np.uint8]]) -> float:
    """Peak signal to noise ratio, the mean over pairs of pictures."""
    errors = [np.square(one.astype(np.float64) - other).mean() for one, other in zip(pictures, others, strict=True)]
    return float(np.mean(10 * np.log10(255**2 / np.array(errors))))


@torch.inference_mode()
def reconstructed(autoencoder: Any, pictures: NDArray[np.uint8]) -> list[NDArray[np.uint8]]:
    """Pictures as they come back from encoding and decoding, one at a time."""
    latents = (autoencoder.encode(to_pixels(each[None], autoencoder.device), return_dict=False)[0] for each in pictures)
    return [decode(autoencoder, latent * autoencoder.config.scaling_factor)[0] for latent in latents]


@torch.inference_mode()
def sample_latents(
    denoiser: Any, text: Tensor, nothing: Tensor, *, seeds: Sequence[int], columns: int = 16, rows: int = 16
) -> Tensor:
    """One latent for each seed, all from one embedded prompt (tokens, width)."""
    scheduler = make_scheduler()
    scheduler.set_timesteps(STEPS)
    shape = (CHANNELS, rows, columns)
    latents = torch.stack([torch.randn(shape, generator=torch.Generator().manual_seed(seed)) for seed in seeds])
    latents = latents.to(text.device)
    both = torch.cat([text.expand(len(seeds), -1, -1), nothing.expand(len(seeds), -1, -1)])
    for timestep in scheduler.timesteps:
        toward, away = denoiser(torch.cat([latents, latents]), timestep, both, return_dict=False)[0].chunk(2)
        latents = scheduler.step(away + GUIDANCE * (toward - away), timestep, latents).prev_sample
    return latents


@torch.inference_mode()
def decode(autoencoder: Any, latents: Tensor) -> NDArray[np.uint8]:
    """Pictures, (count, height, width, 3)."""
    pixels = autoencoder.decode(latents / autoencoder.config.scaling_factor, return_dict=False)[0]
    levels = ((pixels / 2 + 0.5).clamp(0, 1) * 255).round().to(torch.uint8)
    pictures: NDArray[np.uint8] = levels.permute(0, 2, 3, 1).cpu().numpy()
    return pictures


def write_grid(path: Path, rows: Sequence[NDArray[np.uint8]], side: int = 8 * PATCH) -> None:
    """Rows of pictures, (count, height, width, 3) each, as one PNG."""
    lines = []
    for pictures in rows:
        width = round(side * pictures.shape[2] / pictures.shape[1])
        small = [cv2.resize(picture, (width, side), interpolation=cv2.INTER_AREA) for picture in pictures]
        lines.append(np.hstack(small))
    cv2.imwrite(str(path), np.vstack(lines)[:, :, ::-1])
