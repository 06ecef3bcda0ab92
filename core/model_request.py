"""Which model is wanted, and what is known of it once it is loaded."""

from __future__ import annotations

import re
from dataclasses import dataclass

DEVICES = "auto, cpu, cuda, mps, or one of several GPUs as in cuda:1"  # what a device may be called
DEVICE = re.compile(r"auto|(?P<kind>cpu|cuda|mps)(:(?P<index>\d{1,3}))?")
BUILTIN = "builtin"  # ModelRequest.source and ModelView.name of the model that ships


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """Which model to load and how.

    Attributes:
        source: a diffusers folder, a .safetensors or .ckpt file, a hub id, or "builtin".
        device: "auto", "cpu", "cuda", "mps", or one of several GPUs: "cuda:1".
        precision: "auto", "float32", "float16", "bfloat16".
        attention: "auto", "sdpa", "xformers".
        threads: CPU threads of the process that loads it for its show; 0 leaves one core to playback.
        sampler: "auto" for the model's own, "ddim", "ddpm", "euler", "euler_ancestral", "lcm", "tcd", or the name of a scheduler
            class of diffusers.
        config: the original yaml of a model in one file; empty takes the one of its name beside it, if there is one.
        loras: LoRA files that are added to it, each with its strength behind a colon: "style.safetensors:0.8".
        speedups: "channels_last", "compile", "cuda_graphs", for GPUs.
        lpips: gaps are measured by LPIPS: a folder with its weights, or "auto"; empty for our own distance.
        tiny_vae: a small autoencoder (AutoencoderTiny) in the place of its own: a folder, or a hub id in the local cache.
    """

    source: str
    device: str = "auto"
    precision: str = "auto"
    attention: str = "auto"
    threads: int = 0
    sampler: str = "auto"
    config: str = ""
    loras: tuple[str, ...] = ()
    tiny_vae: str = ""
    speedups: tuple[str, ...] = ()
    lpips: str = ""


@dataclass(frozen=True, slots=True)
class ModelView:
    """What the host needs to know of a loaded model: its defaults, and what sizes it takes (multiples of size_step).

    Attributes:
        depth: where branches leave their parents, as the parameter of that name: what a share of the steps means depends on how
            a family's noise falls from step to step.
        strength: how much of a scene or start picture is painted anew, as the parameter of that name.
    """

    name: str
    family: str
    device: str
    width: int
    height: int
    size_step: int
    steps: int
    guidance: float
    depth: float = 0.5
    strength: float = 0.25
