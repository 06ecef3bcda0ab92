"""A loaded model for scripts."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from core.blending.images import FilePath
from core.builtin.start_picture import find_picture
from core.diffusion.loading.family import Family
from core.diffusion.model import load_model
from core.model_request import ModelRequest, ModelView
from core.tree.build import Grower

logger = logging.getLogger(__name__)


class StableDiffusionHolder:
    """A loaded model, and what its transitions share: embeddings, and keyframes from one transition to the next.

    Args:
        fp_ckpt: "builtin", a diffusers folder, a hub id, or a .safetensors or .ckpt file.
        fp_config: the original yaml of a model in one file; None takes the one of its name beside it, if there is one.
        device: "auto", "cpu", "cuda", "mps", or a torch.device. None is "auto".
        loras: LoRA files that are added to the model, each with its strength: ["style.safetensors:0.8"].
        tiny_vae: a small autoencoder in the place of the model's own: a folder, or a hub id in the local cache.
        precision: "auto", "float32", "float16", "bfloat16".
        attention: "auto", "sdpa", "xformers".
        lpips: gaps are measured by LPIPS: a folder with its weights, or "auto"; None is our own distance.
        sampler: "auto", "ddim", "ddpm", "euler", "euler_ancestral", "lcm", "tcd".

    Raises:
        ModelError: not found, damaged, or not of a kind that is supported.
    """

    def __init__(
        self,
        fp_ckpt: FilePath = "builtin",
        fp_config: FilePath | None = None,
        device: Any = "auto",
        *,
        loras: Sequence[str] = (),
        tiny_vae: FilePath | None = None,
        precision: str = "auto",
        attention: str = "auto",
        sampler: str = "auto",
        lpips: FilePath | None = None,
    ) -> None:
        request = ModelRequest(
            str(fp_ckpt),
            str(device or "auto").removesuffix(":0"),  # the first device is meant by its kind alone
            precision,
            attention,
            sampler=sampler,
            config=str(fp_config or ""),
            loras=tuple(loras),
            tiny_vae=str(tiny_vae or ""),
            lpips=str(lpips or ""),
        )
        model = load_model(request)
        for note in model.notes:
            logger.warning("%s", note)
        self.view: ModelView = model.view
        self.notes = model.notes
        self.grower = Grower(model.denoiser, pictures=find_picture, measure=model.measure)

    @property
    def is_upscaler(self) -> bool:
        return self.view.family == Family.UPSCALER.value
