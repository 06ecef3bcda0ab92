"""Text encoders as the original code wrote them into a model in one file: of CLIP, or of OpenCLIP with names of its own."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from typing import Any

from core.diffusion.loading import libraries
from core.diffusion.loading.checkpoint import Weights

HEAD_WIDTH = 64  # of every CLIP text encoder
SKIPPED_LAYERS = {"penultimate": 1}  # Stable Diffusion 2 stops before the last layer, so that it is not needed


@dataclass(frozen=True, slots=True)
class OriginalText:
    """Where a text encoder is in a file; its shape can be read off its weights, but for its activation and what is not used.

    Attributes:
        prefix: of its names.
        is_open_clip: its names are those of OpenCLIP.
        used: "last" or "penultimate", the last of its layers that the model was trained with.
        has_projection: what the whole prompt says is used too.
    """

    prefix: str
    is_open_clip: bool
    used: str = "last"
    has_projection: bool = False

    @property
    def filler(self) -> str | None:
        """What a text is filled up with; None is the end of a text."""
        return "!" if self.is_open_clip else None

    def token_count(self, weights: Weights) -> int:
        return int(self._shape(weights)["max_position_embeddings"])

    def word_count(self, weights: Weights) -> int:
        return int(self._shape(weights)["vocab_size"])

    def make(self, weights: Weights) -> tuple[Any, Weights]:
        """The encoder with random weights, and its own under the names that it has for them."""
        library, utils = libraries.transformers(), importlib.import_module("diffusers.loaders.single_file_utils")
        class_name = "CLIPTextModelWithProjection" if self.has_projection else "CLIPTextModel"
        encoder = getattr(library, class_name)(library.CLIPTextConfig(**self._config(weights)))
        if self.is_open_clip:
            converted = utils.convert_open_clip_checkpoint(encoder, weights, prefix=self.prefix)
        else:
            converted = utils.convert_ldm_clip_checkpoint(weights)
        if not any(key.startswith("text_model.") for key in encoder.state_dict()):  # in newer ones of transformers
            converted = {key.removeprefix("text_model."): value for key, value in converted.items()}
        return encoder, converted

    def _config(self, weights: Weights) -> dict[str, Any]:
        if not self.is_open_clip:
            layers, feed_forward, activation = f"{self.prefix}text_model.encoder.layers.", "mlp.fc1", "quick_gelu"
        else:
            layers, feed_forward, activation = f"{self.prefix}transformer.resblocks.", "mlp.c_fc", "gelu"
        shape = {
            **self._shape(weights),
            "num_hidden_layers": _count_layers(weights, layers) - SKIPPED_LAYERS.get(self.used, 0),
            "intermediate_size": len(weights[f"{layers}0.{feed_forward}.weight"]),
            "hidden_act": activation,
        }
        if self.has_projection:
            shape["projection_dim"] = weights[f"{self.prefix}text_projection"].shape[1]
        return shape

    def _shape(self, weights: Weights) -> dict[str, Any]:
        if self.is_open_clip:
            tokens, positions = f"{self.prefix}token_embedding.weight", f"{self.prefix}positional_embedding"
        else:
            embeddings = f"{self.prefix}text_model.embeddings"
            tokens, positions = f"{embeddings}.token_embedding.weight", f"{embeddings}.position_embedding.weight"
        vocabulary, width = weights[tokens].shape
        return {
            "vocab_size": vocabulary,
            "hidden_size": width,
            "num_attention_heads": width // HEAD_WIDTH,
            "max_position_embeddings": len(weights[positions]),
            "bos_token_id": vocabulary - 2,
            "eos_token_id": vocabulary - 1,
        }


def _count_layers(weights: Weights, prefix: str) -> int:
    return 1 + max(int(key.removeprefix(prefix).partition(".")[0]) for key in weights if key.startswith(prefix))
