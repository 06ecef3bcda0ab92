"""Stable Diffusion XL: two text encoders side by side, what a whole prompt says in one vector, and the size of the picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from core.diffusion.memory import memory_faults_named
from core.diffusion.sampler import Sampler
from core.diffusion.stable_diffusion import TEXT, Row, StableDiffusion, tokens_of
from core.diffusion.unet_call import Told
from core.tree.denoiser import Embedding

POOLED = "pooled"  # (width,), what the second text encoder makes of the whole prompt


class StableDiffusionXL(StableDiffusion):
    """
    Args:
        text_encoders, tokenizers: two of each; the second encoder has a projection.
        is_empty_zero: the model was trained with zeros, and not with an empty text, where there is no negative prompt.
    """

    def __init__(
        self,
        unet: Any,
        vae: Any,
        text_encoders: Sequence[Any],
        tokenizers: Sequence[Any],
        sampler: Sampler,
        *,
        is_empty_zero: bool = True,
    ) -> None:
        super().__init__(unet, vae, text_encoders[0], tokenizers[0], sampler)
        self._encoders = tuple(zip(text_encoders, tokenizers, strict=True))
        self._is_empty_zero = is_empty_zero

    @torch.inference_mode()
    @memory_faults_named()
    def encode(self, prompt: str) -> Embedding:
        outputs = [
            encoder(tokens_of(tokenizer, prompt).input_ids.to(self.device), output_hidden_states=True)
            for encoder, tokenizer in self._encoders
        ]
        # the layer before the last: the last one was trained for the whole prompt, not for its words
        text = torch.cat([output.hidden_states[-2][0] for output in outputs], dim=-1).float()
        pooled = outputs[-1].text_embeds[0].float()
        return {TEXT: text, POOLED: pooled}

    @torch.inference_mode()
    def encode_negative(self, prompt: str) -> Embedding:
        """Zeros where there are no words, as in the pipeline of diffusers; an empty prompt on the other side is an empty text."""
        text = self.encode(prompt)
        if prompt or not self._is_empty_zero:
            return text
        return {name: torch.zeros_like(part) for name, part in text.items()}

    def _told(self, rows: Sequence[Row]) -> Told:
        pooled = torch.stack([row.embedding[POOLED] for row in rows])
        # Of a picture of this size that was never cut, which is what the model paints best: its size before, where it was
        # cut, its size; height first. All of a tree have one size, so that there is nothing to mix.
        height, width = (self.latent_scale * side for side in rows[0].sample.latent.shape[1:])
        sizes = torch.tensor([height, width, 0, 0, height, width], device=self.device, dtype=torch.float32)
        told = {"text_embeds": pooled, "time_ids": sizes.expand(len(rows), -1)}
        return {**super()._told(rows), "added_cond_kwargs": told}
