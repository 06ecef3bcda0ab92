"""A loaded model for scripts."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from inspect import signature
from typing import Any

from core.blending.images import FilePath
from core.blending.plain import whole
from core.blending.settable import Settable
from core.builtin.start_picture import find_picture
from core.control.errors import InvalidValue
from core.diffusion.device import use_threads
from core.diffusion.loading.family import Family
from core.diffusion.model import load_model
from core.model_request import ModelRequest, ModelView
from core.tree.build import Grower

logger = logging.getLogger(__name__)


class StableDiffusionHolder(Settable):
    """A loaded model, and what its transitions share: embeddings, and keyframes from one transition to the next.

    Args:
        fp_ckpt: "builtin", a diffusers folder, a hub id, or a .safetensors or .ckpt file.
        fp_config: the original yaml of a model in one file; None takes the one of its name beside it, if there is one.
        device: "auto", "cpu", "cuda", "mps", one of several GPUs as "cuda:1", or a torch.device. None is "auto".
        loras: LoRA files that are added to the model, each with its strength: ["style.safetensors:0.8"].
        tiny_vae: a small autoencoder in the place of the model's own: a folder, or a hub id in the local cache.
        precision: "auto", "float32", "float16", "bfloat16".
        attention: "auto", "sdpa", "xformers".
        lpips: gaps are measured by LPIPS: a folder with its weights, or "auto"; None is our own distance.
        sampler: "auto", "ddim", "ddpm", "euler", "euler_ancestral", "lcm", "tcd".
        threads: CPU threads of torch and OpenCV, for all of this process; None leaves them as they are.

    Raises:
        ModelError: not found, damaged, or not of a kind that is supported.
    """

    view: ModelView
    notes: tuple[str, ...]
    grower: Grower

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
        threads: int | None = None,
    ) -> None:
        if threads is not None:
            use_threads(_checked_threads(threads))
        request = ModelRequest(
            str(fp_ckpt),
            str(device or "auto"),
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
        self.view = model.view
        self.notes = model.notes
        self.grower = Grower(model.denoiser, pictures=find_picture, measure=model.measure)

    @property
    def is_upscaler(self) -> bool:
        return self.view.family == Family.UPSCALER.value

    @classmethod
    def _how_to_set(cls, name: str) -> str:
        if name in signature(cls.__init__).parameters:
            return f"give {name}= when you make a holder"
        return "sizes, prompts, seeds and steps are set on LatentBlending"


def _checked_threads(threads: int) -> int:
    number = whole("threads", threads)
    if number < 1:
        raise InvalidValue(f"threads must be 1 or more, got {threads}; None leaves them as they are")
    return number
