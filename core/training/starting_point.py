"""The parts of a model that was trained before, to go on from: any diffusers folder that this training wrote."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.diffusion.loading import libraries


def load_tokenizer(folder: Path) -> Any:
    return libraries.transformers().CLIPTokenizer.from_pretrained(folder / "tokenizer")


def load_text_encoder(folder: Path) -> Any:
    """Whole and in eval mode: its embeddings are what the denoiser knows, so it is not trained on."""
    return libraries.transformers().CLIPTextModel.from_pretrained(folder / "text_encoder").float().eval()


def load_denoiser(folder: Path) -> Any:
    return libraries.diffusers().UNet2DConditionModel.from_pretrained(folder / "unet").float()
