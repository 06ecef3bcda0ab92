"""The kinds of models that are supported: how their folders name themselves, and what is in them."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum

Components = Mapping[str, tuple[str, ...]]  # the classes that a part may have, by its name

_COMMON: Components = {
    "unet": ("UNet2DConditionModel",),
    "vae": ("AutoencoderKL", "AutoencoderTiny", "AutoencoderDC"),
    "text_encoder": ("CLIPTextModel",),
    "tokenizer": ("CLIPTokenizer", "CLIPTokenizerFast"),
}
_SECOND: Components = {
    "text_encoder_2": ("CLIPTextModelWithProjection",),
    "tokenizer_2": ("CLIPTokenizer", "CLIPTokenizerFast"),
}
SUPPORTED = (
    "Stable Diffusion 1.x and 2.x, Stable Diffusion XL, their Turbo, inpainting and latent consistency models, "
    "and the x4 upscaler"
)


class Family(Enum):
    STABLE_DIFFUSION = "Stable Diffusion"
    XL = "Stable Diffusion XL"
    UPSCALER = "Stable Diffusion x4 upscaler"

    @property
    def components(self) -> Components:
        return {**_COMMON, **_SECOND} if self is Family.XL else _COMMON

    @property
    def networks(self) -> tuple[str, ...]:
        return tuple(part for part in self.components if not part.startswith("tokenizer"))

    @property
    def text_encoders(self) -> tuple[str, ...]:
        return tuple(part for part in self.components if part.startswith("text_encoder"))

    @property
    def tokenizers(self) -> tuple[str, ...]:
        return tuple(part for part in self.components if part.startswith("tokenizer"))


PIPELINES: Mapping[str, Family] = {
    "StableDiffusionPipeline": Family.STABLE_DIFFUSION,
    "StableDiffusionImg2ImgPipeline": Family.STABLE_DIFFUSION,
    "StableDiffusionInpaintPipeline": Family.STABLE_DIFFUSION,
    "LatentConsistencyModelPipeline": Family.STABLE_DIFFUSION,
    "LatentConsistencyModelImg2ImgPipeline": Family.STABLE_DIFFUSION,
    "StableDiffusionXLPipeline": Family.XL,
    "StableDiffusionXLImg2ImgPipeline": Family.XL,
    "StableDiffusionXLInpaintPipeline": Family.XL,
    "StableDiffusionUpscalePipeline": Family.UPSCALER,
}
