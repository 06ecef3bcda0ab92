"""Pictures to latents and back, by whatever autoencoder a model has."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from core.control.errors import ModelError
from core.frames.frame import Pixels


class Codec:
    """
    Args:
        vae: AutoencoderKL, AutoencoderTiny or AutoencoderDC of diffusers.
    """

    def __init__(self, vae: Any) -> None:
        self.vae = vae
        self.channels = int(vae.config.latent_channels)
        self.scale: int = 2 ** (len(vae.config.block_out_channels) - 1)  # pixels of a side of a latent's cell

    def values_of(self, picture: Pixels) -> Tensor:
        """(3, height, width) float32 in -1..1, on the autoencoder's device."""
        return torch.tensor(picture, device=self.vae.device).permute(2, 0, 1).float() / 127.5 - 1

    def encode(self, values: Tensor) -> Tensor:
        """The clean latent, float32, that decodes to this picture again, as well as the model can.

        Raises:
            ModelError: there is no encoder, or its numbers overflow.
        """
        if getattr(self.vae, "encoder", None) is None:
            raise ModelError("the model cannot start from a picture: its vae has no encoder")
        encoded = self.vae.encode(values[None].to(self.vae.dtype), return_dict=False)[0]
        # AutoencoderKL gives a distribution; a sample of it would be grainier, and another on each device
        latents: Tensor = encoded if isinstance(encoded, Tensor) else encoded.mean
        self._require_finite(latents)
        return latents[0].float() * float(self.vae.config.scaling_factor)

    def decode(self, latents: Tensor) -> Tensor:
        """Clean latents (count, channels, height, width) as (count, height * scale, width * scale, 3) uint8.

        Raises:
            ModelError: its numbers overflow.
        """
        scaled = latents.to(self.vae.dtype) / self.vae.config.scaling_factor
        pictures: Tensor = self.vae.decode(scaled, return_dict=False)[0]
        self._require_finite(pictures)
        levels = ((pictures.float() / 2 + 0.5).clamp(0, 1) * 255).round()
        return levels.to(torch.uint8).permute(0, 2, 3, 1).contiguous()

    def use_tiles(self) -> bool:
        """Decode in parts from now on, blended where they overlap; False if that is done already, or cannot be."""
        if getattr(self.vae, "use_tiling", True) or not hasattr(self.vae, "enable_tiling"):
            return False
        self.vae.enable_tiling()
        return True

    def _require_finite(self, values: Tensor) -> None:
        if not torch.isfinite(values).all():  # it would be shown as black
            raise ModelError(f"the model's numbers overflow in {self.vae.dtype}; another precision may help")
