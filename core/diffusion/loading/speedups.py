"""Switches that make a GPU faster and that cost something: time at loading, memory, or nothing but doubt. None is on by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from core.control.errors import ModelError
from core.diffusion.loading.libraries import in_a_line
from core.diffusion.stable_diffusion import StableDiffusion
from core.diffusion.unet_call import InFewSizes, Recorded
from core.diffusion.upscaler import Upscaler
from core.tree.denoiser import Conditioning, NoiseKey, Sample
from core.tree.spec import RenderSettings

CHANNELS_LAST, COMPILE, CUDA_GRAPHS = "channels_last", "compile", "cuda_graphs"
SPEEDUPS = (CHANNELS_LAST, COMPILE, CUDA_GRAPHS)


def check_speedups(asked: Sequence[str]) -> None:
    """Raises:
    ModelError: one of them is none.
    """
    unknown = [name for name in asked if name not in SPEEDUPS]
    if unknown:
        raise ModelError(f"speedups must be of {', '.join(SPEEDUPS)}, got {unknown[0]!r}")


def speed_up(denoiser: StableDiffusion, asked: Sequence[str]) -> tuple[str, ...]:
    """Switch on what was asked for; returns what should be said of that which cannot be.

    compile takes its minutes here and not in the first transition: the repeated blocks of the unet are compiled for batches of
    any size, since a whole unet takes many times as long. cuda_graphs records each batch size when it first comes.
    """
    notes = []
    if CHANNELS_LAST in asked:
        denoiser.unet.to(memory_format=torch.channels_last)
    if COMPILE in asked:
        notes.append(_compile(denoiser))
    if CUDA_GRAPHS in asked:
        if denoiser.device.type == "cuda":
            denoiser.call_unet = InFewSizes(Recorded(denoiser.call_unet, lambda text: denoiser.tell(text)))
        else:
            notes.append(f"cuda_graphs need a CUDA device, and the model is on {denoiser.device}")
    return tuple(note for note in notes if note)


def _compile(denoiser: StableDiffusion) -> str:
    try:
        denoiser.unet.compile_repeated_blocks(dynamic=True)
        _try_out(denoiser)
    except Exception as error:  # no compiler, no Triton, an operation that it does not know: each has its own exception
        for module in denoiser.unet.modules():
            module._compiled_call_impl = None
        return f"compile cannot be used ({in_a_line(error)})"
    return ""


def _try_out(denoiser: StableDiffusion) -> None:
    """A step of one branch, and of two."""
    settings = RenderSettings(denoiser.native_side, denoiser.native_side, steps=2)
    small: Any = None
    if isinstance(denoiser, Upscaler):
        small = denoiser.encode_small(np.zeros((8, 8, 3), np.uint8), 0, settings)
    prompt = denoiser.encode("")
    sample = Sample(
        denoiser.first_latent(0, settings), 0, Conditioning(prompt, prompt, 1.0, small), NoiseKey(0, 0, 0.0)
    )
    for count in (1, 2):
        denoiser.advance([sample] * count, settings.steps)
