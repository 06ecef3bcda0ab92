"""The x4 upscaler of Stable Diffusion 2: its unet sees a small picture beside the latent, and its autoencoder makes cells of 4 pixels.

A latent is as large as the small picture, and decodes to a picture four times as large. How much noise is put on the small
picture is told to the unet: the more, the more it invents.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from core.control.errors import ModelError
from core.diffusion.memory import memory_faults_named
from core.diffusion.noise import first_noise
from core.diffusion.sampler import Sampler
from core.diffusion.stable_diffusion import Row, StableDiffusion
from core.diffusion.unet_call import Told
from core.frames.frame import Pixels
from core.tree.canvas import Canvas
from core.tree.denoiser import Embedding
from core.tree.pictures import fit
from core.tree.spec import RenderSettings

SMALL = "small"  # (3, height, width) of the latent: the small picture in -1..1 with its noise
NOISE_LEVEL = "noise_level"  # (), a step of the training of the model
SMALL_CHANNELS = 3
MAX_NOISE_LEVEL = 350  # no more was put on pictures in training
NOISE_SEED = 0  # one for all pictures: what changes along a transition is the picture, and not its grain


class Upscaler(StableDiffusion):
    """
    Args:
        small_scheduler: of diffusers; puts the noise on small pictures.
    """

    def __init__(
        self, unet: Any, vae: Any, text_encoder: Any, tokenizer: Any, sampler: Sampler, small_scheduler: Any
    ) -> None:
        super().__init__(unet, vae, text_encoder, tokenizer, sampler)
        self._small_scheduler = small_scheduler
        self._highest_level = min(MAX_NOISE_LEVEL, int(unet.config.num_class_embeds) - 1)

    @torch.inference_mode()
    @memory_faults_named()
    def encode_small(self, picture: Pixels, noise_level: int, settings: RenderSettings) -> Embedding:
        if noise_level > self._highest_level:
            raise ModelError(f"noise_level must be in 0..{self._highest_level} for this upscaler, got {noise_level}")
        small = fit(picture, settings.width // self.latent_scale, settings.height // self.latent_scale)
        values = self.codec.values_of(small)
        noise = first_noise(NOISE_SEED, values.shape).to(values)
        level = torch.tensor([noise_level], device=self.device)
        noised: Tensor = self._small_scheduler.add_noise(values[None], noise[None], level)
        return {SMALL: noised[0], NOISE_LEVEL: level[0].float()}

    def encode_canvas(self, canvas: Canvas) -> Embedding:
        raise ModelError("an upscaler paints whole frames: it cannot inpaint")

    def _inputs(self, latents: Tensor, rows: Sequence[Row]) -> Tensor:
        return torch.cat([latents, torch.stack([_small_of(row)[SMALL] for row in rows])], dim=1)

    def _told(self, rows: Sequence[Row]) -> Told:
        levels = torch.stack([_small_of(row)[NOISE_LEVEL] for row in rows])
        return {**super()._told(rows), "class_labels": levels.round().long()}

    def _put_back(self, *_: Any) -> None:
        """Nothing is kept of a canvas: there is none."""


def _small_of(row: Row) -> Embedding:
    canvas = row.sample.conditioning.canvas
    if canvas is None:
        raise ModelError(
            "an upscaler needs the small picture of each keyframe: it enlarges, and cannot paint by itself"
        )
    return canvas
