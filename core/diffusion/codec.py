"""Pictures to latents and back, by whatever autoencoder a model has."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor

from core.control.errors import ModelError
from core.diffusion.device import wider_precision
from core.diffusion.tiny_decoder import make_tiny_decoder
from core.frames.frame import Pixels

logger = logging.getLogger(__name__)


class Codec:
    """
    Args:
        vae: AutoencoderKL, AutoencoderTiny or AutoencoderDC of diffusers.
        tell: is told in words when the autoencoder goes on in another precision.

    Raises:
        ModelError: its config says of its latents what cannot be.
    """

    def __init__(self, vae: Any, tell: Callable[[str], None] = logger.warning) -> None:
        self.vae = vae
        self._tell = tell
        self.channels = int(vae.config.latent_channels)
        self.scale = cell_side(vae.config)
        self._mean, self._deviation = _standard_of(vae.config)
        self._scaling = float(vae.config["scaling_factor"])
        self._quick = make_tiny_decoder(vae)

    def values_of(self, picture: Pixels) -> Tensor:
        """(3, height, width) float32 in -1..1, on the autoencoder's device."""
        return torch.tensor(picture, device=self.vae.device).permute(2, 0, 1).float() / 127.5 - 1

    def encode(self, values: Tensor) -> Tensor:
        """The clean latent, float32, that decodes to this picture again, as well as the model can.

        Raises:
            ModelError: there is no encoder, or its numbers overflow in any precision.
        """
        if getattr(self.vae, "encoder", None) is None:
            raise ModelError("the model cannot start from a picture: its vae has no encoder")
        latents = self._within_range(self._encoded, values[None])
        # in the order of the pipelines of diffusers, to the last bit
        return ((latents - self._mean.to(latents)) * self._scaling / self._deviation.to(latents))[0]

    def decode(self, latents: Tensor) -> Tensor:
        """Clean latents (count, channels, height, width) as (count, height * scale, width * scale, 3) uint8.

        Raises:
            ModelError: its numbers overflow in any precision, or did so before.
        """
        own = latents * self._deviation.to(latents) / self._scaling + self._mean.to(latents)
        pictures = self._within_range(self._decoded, own)
        levels = ((pictures / 2 + 0.5).clamp(0, 1) * 255).round()
        return levels.to(torch.uint8).permute(0, 2, 3, 1).contiguous()

    def use_tiles(self) -> bool:
        """Decode in parts from now on, blended where they overlap; False if that is done already, or cannot be."""
        if self._quick is not None:
            return False
        if getattr(self.vae, "use_tiling", True) or not hasattr(self.vae, "enable_tiling"):
            return False
        self.vae.enable_tiling()
        return True

    def _encoded(self, values: Tensor) -> Tensor:
        encoded = self.vae.encode(values, return_dict=False)[0]
        # AutoencoderKL gives a distribution; a sample of it would be grainier, and another on each device
        latents: Tensor = encoded if isinstance(encoded, Tensor) else encoded.mean
        return latents

    def _decoded(self, latents: Tensor) -> Tensor:
        pictures: Tensor = self._quick(latents) if self._quick else self.vae.decode(latents, return_dict=False)[0]
        return pictures

    def _within_range(self, work: Callable[[Tensor], Tensor], given: Tensor) -> Tensor:
        """What the autoencoder makes, float32. Where its numbers overflow it works again, in a precision that reaches further."""
        made = work(given.to(self.vae.dtype))
        while not torch.isfinite(made).all():  # it would be shown as black
            if not torch.isfinite(given).all():
                raise ModelError("the numbers of the model's unet overflow; another precision may help")
            self._widen()
            made = work(given.to(self.vae.dtype))
        return made.float()

    def _widen(self) -> None:
        narrow: torch.dtype = self.vae.dtype
        wide = wider_precision(narrow, self.vae.device)
        if wide is None:
            raise ModelError(f"the numbers of the model's vae overflow in {_name_of(narrow)}: its weights are damaged")
        try:
            self.vae.to(wide)
            self._quick = make_tiny_decoder(self.vae)
        except RuntimeError:  # memory may end half-way
            self.vae.to(narrow)
            raise
        self._tell(f"the numbers of the model's vae overflow in {_name_of(narrow)}: it goes on in {_name_of(wide)}")


def _name_of(precision: torch.dtype) -> str:
    return str(precision).removeprefix("torch.")


def cell_side(config: Mapping[str, Any]) -> int:
    """Pixels of a side of a latent's cell, from the config of an autoencoder."""
    # AutoencoderDC has none in common for its encoder and decoder
    widths = config.get("block_out_channels") or config["encoder_block_out_channels"]
    return int(2 ** (len(widths) - 1))


def _standard_of(config: Mapping[str, Any]) -> tuple[Tensor, Tensor]:
    """What the autoencoder's own latents have in the place of a 0 that the unet sees, and how far they reach from there.

    Beside its scaling_factor a config may have latents_mean and latents_std of each channel (Playground 2.5) or shift_factor
    (Stable Diffusion 3). Shape (1, channels, 1, 1), or with 1 in the place of channels.
    """
    mean, deviation = (_by_channel(config, name) for name in ("latents_mean", "latents_std"))
    shift = config.get("shift_factor") or 0.0
    if (mean is None) != (deviation is None):
        there, missing = ("latents_std", "latents_mean") if mean is None else ("latents_mean", "latents_std")
        raise ModelError(f"the config of the model's vae has {there}, which means nothing without {missing}")
    if mean is None or deviation is None:
        return torch.full((1, 1, 1, 1), float(shift)), torch.ones(1, 1, 1, 1)
    if shift:
        raise ModelError("the config of the model's vae has latents_mean and shift_factor: it must be one of them")
    return mean, deviation


def _by_channel(config: Mapping[str, Any], name: str) -> Tensor | None:
    values, channels = config.get(name), int(config["latent_channels"])
    if values is None:
        return None
    if len(values) != channels:
        raise ModelError(f"the config of the model's vae has {len(values)} values of {name} for {channels} channels")
    return torch.tensor([float(value) for value in values]).reshape(1, channels, 1, 1)
