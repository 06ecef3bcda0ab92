"""The parts of a model that was trained before, to go on from: any diffusers folder that this training wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch

from core.diffusion.loading import libraries
from core.training.linear_codec import PATCH, LinearCodec


def load_tokenizer(folder: Path) -> Any:
    return libraries.transformers().CLIPTokenizer.from_pretrained(folder / "tokenizer")


def load_text_encoder(folder: Path) -> Any:
    """Whole and in eval mode: its embeddings are what the denoiser knows, so it is not trained on."""
    return libraries.transformers().CLIPTextModel.from_pretrained(folder / "text_encoder").float().eval()


def load_autoencoder(folder: Path) -> Any:
    return libraries.diffusers().AutoencoderDC.from_pretrained(folder / "vae").float().eval()


def load_denoiser(folder: Path) -> Any:
    return libraries.diffusers().UNet2DConditionModel.from_pretrained(folder / "unet").float()


@torch.inference_mode()
def codec_of(autoencoder: Any) -> LinearCodec:
    """The codec that a linear encoder holds, found by encoding black and every single pixel of a patch.

    Of the mean only the part that latents can show comes back; encoding needs no more.
    """
    entries = PATCH * PATCH * 3
    probes = torch.eye(entries).reshape(entries, PATCH, PATCH, 3).permute(0, 3, 1, 2)
    of_zero = autoencoder.encode(torch.zeros_like(probes[:1]), return_dict=False)[0].flatten(1).numpy()
    encoding = autoencoder.encode(probes, return_dict=False)[0].flatten(1).numpy() - of_zero
    decoding = np.linalg.pinv(encoding).astype(np.float32)
    return LinearCodec(mean=(-of_zero @ decoding)[0], encoding=encoding, decoding=decoding)
