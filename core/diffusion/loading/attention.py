"""Which kernels compute attention: torch's own SDPA, or xformers where it is asked for and can be used."""

from __future__ import annotations

from typing import Any

from core.control.errors import ModelError
from core.diffusion.loading import libraries
from core.diffusion.loading.libraries import in_a_line

ATTENTIONS = ("auto", "sdpa", "xformers")


def check_attention(asked: str) -> None:
    """Raises:
    ModelError: no such attention.
    """
    if asked not in ATTENTIONS:
        raise ModelError(f"attention must be one of {', '.join(ATTENTIONS)}, got {asked!r}")


def use_attention(unet: Any, asked: str) -> str:
    """Switch xformers on where it was asked for; returns why not, if it cannot be. SDPA is what diffusers takes itself."""
    if asked != "xformers":
        return ""
    try:
        unet.enable_xformers_memory_efficient_attention()
    except Exception as error:  # not installed, no operators for this torch or device: each says so in its own way
        unet.set_attn_processor(libraries.diffusers().models.attention_processor.AttnProcessor2_0())
        return f"xformers cannot be used ({in_a_line(error)}); attention is torch's own SDPA"
    return ""
