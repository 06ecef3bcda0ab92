"""Names of weights in the original layout, where programs have written them in different ways: here they become one."""

from __future__ import annotations

import re
from typing import Any

from core.diffusion.loading.checkpoint import Weights

UNET_PREFIX = "model.diffusion_model."
CLIP_PREFIX = "cond_stage_model.transformer."
OPEN_CLIP_PREFIX = "cond_stage_model.model."
XL_PREFIXES = ("conditioner.embedders.0.transformer.", "conditioner.embedders.1.model.")
SD2_TEXT_WIDTH = 1024
TEXT_LAYER = f"{UNET_PREFIX}middle_block.1.transformer_blocks.0.attn2.to_k.weight"  # reads the text, in every family
LONE_OPEN_CLIP_PREFIX = "conditioner.embedders.0.model."  # written by the code of XL: SD-Turbo, and the refiner of XL
# Files that descend from NovelAI's leave out a level, as older releases of transformers did.
SHORT_TEXT = re.compile(
    r"(cond_stage_model|conditioner\.embedders\.0)\.transformer\.(embeddings|encoder|final_layer_norm)\."
)


def with_usual_names(weights: Weights) -> Weights:
    """The same weights under the names that most files have for them."""
    is_turbo = text_width(weights) == SD2_TEXT_WIDTH  # of the refiner it is 1280
    return {_usual_name(key, is_turbo=is_turbo): value for key, value in weights.items()}


def text_width(weights: Weights) -> int | None:
    """How wide the text is that a unet reads; None if there is no unet of these families."""
    layer: Any = weights.get(TEXT_LAYER)
    return None if layer is None or layer.ndim != 2 else int(layer.shape[1])


def _usual_name(key: str, *, is_turbo: bool) -> str:
    if is_turbo and key.startswith(LONE_OPEN_CLIP_PREFIX):
        return OPEN_CLIP_PREFIX + key.removeprefix(LONE_OPEN_CLIP_PREFIX)
    return SHORT_TEXT.sub(r"\1.transformer.text_model.\2.", key, count=1)
