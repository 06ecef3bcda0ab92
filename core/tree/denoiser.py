"""What the tree asks of a model. The tree only passes latents around: it never computes with them and needs no torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from core.frames.frame import Pixels
from core.tree.canvas import Canvas
from core.tree.spec import RenderSettings

Latent = Any  # a float32 tensor of shape (channels, height, width) in core.diffusion, a number in a fake
Embedding = Mapping[str, Any]  # named tensors, each of which can be mixed linearly


class OutOfMemory(Exception):
    """A batch did not fit; nothing of it was computed."""


@dataclass(frozen=True, slots=True)
class Conditioning:
    """What a branch is drawn towards, and what it is drawn away from."""

    prompt: Embedding
    negative: Embedding
    guidance: float
    canvas: Embedding | None = None  # what is painted on, or the small picture that is enlarged
    is_told: bool = False  # the model takes the guidance itself

    @property
    def evaluations(self) -> int:
        """UNet samples for each step: without guidance, and where it is told, the negative side is not computed."""
        return 2 if self.guidance > 1 and not self.is_told else 1


@dataclass(frozen=True, slots=True)
class NoiseKey:
    """Which noise a stochastic sampler adds to a branch: the noises of both sides at this step, mixed by slerp.

    So neighbouring branches get neighbouring noise, and a keyframe (weight 0 or equal seeds) has that of its own seed in
    every transition. A side that is a graft is such a mix itself.
    """

    left: Noise
    right: Noise
    weight: float


Noise = int | NoiseKey  # a seed, or a mix


@dataclass(frozen=True, slots=True)
class Sample:
    """One branch before one denoising step."""

    latent: Latent
    step_index: int
    conditioning: Conditioning
    noise: NoiseKey


class Denoiser(Protocol):
    """A loaded model with its sampler. Latents are those between two steps, in the sampler's own scale."""

    @property
    def takes_guidance(self) -> bool:
        """Whether it is told the guidance, as models are that were distilled with it: there is no negative side then."""

    def encode(self, prompt: str) -> Embedding: ...

    def encode_negative(self, prompt: str) -> Embedding:
        """For the side that guidance leads away from: where it has no words, what the model was trained with in their place."""

    def weigh(self, prompt: Embedding, weight: float) -> Embedding:
        """An encoded prompt whose words count `weight` times: nothing + weight * (prompt - nothing), number by number.

        nothing is the empty prompt, so that 0 gives exactly that; beyond 1 a model may go away from another. 1 is the prompt
        itself, and asks no text encoder. The result is not scaled back to the mean or the length of the prompt.
        """

    def encode_canvas(self, canvas: Canvas) -> Embedding:
        """What the model has to know of a canvas, of the frame's size, to paint on it.

        Raises:
            ModelError: the model cannot encode pictures.
            OutOfMemory: not even one fits.
        """

    def encode_small(self, picture: Pixels, noise_level: int, settings: RenderSettings) -> Embedding:
        """A small picture of any size that an upscaler makes as large as the frame.

        Raises:
            ModelError: the model is no upscaler, or takes no such noise level.
        """

    def first_latent(self, noise: Noise, settings: RenderSettings) -> Latent:
        """Noise, the same on every device."""

    def noised_picture(self, picture: Pixels, noise: Noise, step_index: int, settings: RenderSettings) -> list[Latent]:
        """x_0 ... x_k of a picture at k = step_index: its clean latent, with the noise of the seed at the level of each step.

        Raises:
            ModelError: the model cannot encode pictures.
            OutOfMemory: not even one fits.
        """

    def advance(self, samples: Sequence[Sample], step_count: int) -> list[Latent]:
        """Each sample after its step of step_count, in one call of the model.

        Raises:
            OutOfMemory: so many do not fit.
        """

    def decode(self, latents: Sequence[Latent]) -> list[Pixels]:
        """Pictures of clean latents: (height, width, 3) uint8 RGB.

        Raises:
            OutOfMemory: so many do not fit.
        """

    def clean_guesses(self, samples: Sequence[Sample], advanced: Sequence[Latent], step_count: int) -> list[Latent]:
        """The clean latents that the model saw behind some samples in a step that took them to `advanced`; costs no call of it."""

    def glance(self, latents: Sequence[Latent]) -> list[Pixels]:
        """Small pictures of clean latents, good enough to compare, at a fraction of the cost of `decode`.

        Raises:
            OutOfMemory: so many do not fit.
        """

    def free_memory(self) -> None:
        """Let go of what is only kept for later; called when memory ends."""

    def mix_latents(self, left: Latent, right: Latent, weight: float) -> Latent: ...

    def mix_embeddings(self, left: Embedding, right: Embedding, weight: float) -> Embedding: ...
