"""A model whose latents are numbers: a step moves a latent towards the conditioning, by hand to follow."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from core.frames.frame import Pixels
from core.tree.canvas import Canvas
from core.tree.denoiser import Embedding, Noise, OutOfMemory, Sample
from core.tree.spec import KeyframeSpec, PictureStart, RenderSettings, TransitionSpec, TreeShape


@dataclass
class FakeDenoiser:
    """first latent = seed; one step = latent / 2 + length of the prompt * guidance + step + noise weight / 10 + grey of the canvas.

    Attributes:
        memory: the largest batch that fits.
        shortages: calls of the model, counted from 0 with those that failed, at which nothing fits.
        before_call: called at the start of each call of the model, with how many there were before.
    """

    memory: int = 1000
    before_call: Callable[[int], None] = lambda count: None
    encoded: list[str] = field(default_factory=list)
    negatives: list[str] = field(default_factory=list)
    canvases: list[Canvas] = field(default_factory=list)
    takes_guidance: bool = False
    freed: int = 0
    tries: int = 0
    shortages: set[int] = field(default_factory=set)
    calls: list[int] = field(default_factory=list)
    decoded: list[list[float]] = field(default_factory=list)
    guessed: list[list[int]] = field(default_factory=list)
    size: tuple[int, int] = (32, 16)

    def encode(self, prompt: str) -> Embedding:
        self.encoded.append(prompt)
        return {"length": float(len(prompt))}

    def encode_negative(self, prompt: str) -> Embedding:
        self.negatives.append(prompt)
        return {"length": float(len(prompt))}

    def weigh(self, prompt: Embedding, weight: float) -> Embedding:
        return {"length": prompt["length"] * weight}

    def encode_canvas(self, canvas: Canvas) -> Embedding:
        self.canvases.append(canvas)
        return {"grey": float(canvas.picture.mean())}

    def encode_small(self, picture: Pixels, noise_level: int, settings: RenderSettings) -> Embedding:
        return {"grey": float(picture.mean()) + noise_level}

    def first_latent(self, noise: Noise, settings: RenderSettings) -> float:
        return fake_noise(noise)

    def noised_picture(self, picture: Pixels, noise: Noise, step_index: int, settings: RenderSettings) -> list[float]:
        return [
            fake_noised(int(picture[0, 0, 0]), fake_noise(noise), index / settings.steps)
            for index in range(step_index + 1)
        ]

    def advance(self, samples: Sequence[Sample], step_count: int) -> list[float]:
        self.before_call(len(self.calls))
        self.tries += 1
        self._fit(len(samples) if self.tries - 1 not in self.shortages else self.memory + 1)
        self.calls.append(len(samples))
        return [fake_step(sample) for sample in samples]

    def decode(self, latents: Sequence[float]) -> list[Pixels]:
        self._fit(len(latents))
        self.decoded.append(list(latents))
        width, height = self.size
        return [np.full((height, width, 3), round(latent) % 256, np.uint8) for latent in latents]

    def clean_guesses(self, samples: Sequence[Sample], advanced: Sequence[float], step_count: int) -> list[float]:
        self.guessed.append([sample.step_index for sample in samples])
        return [fake_end(sample, latent, step_count) for sample, latent in zip(samples, advanced, strict=True)]

    def glance(self, latents: Sequence[float]) -> list[Pixels]:
        self._fit(len(latents))
        return [np.full((8, 16, 3), round(latent) % 256, np.uint8) for latent in latents]

    def free_memory(self) -> None:
        self.freed += 1

    def mix_latents(self, left: float, right: float, weight: float) -> float:
        return left + (right - left) * weight

    def mix_embeddings(self, left: Embedding, right: Embedding, weight: float) -> Embedding:
        return {name: left[name] + (right[name] - left[name]) * weight for name in left}

    def _fit(self, count: int) -> None:
        if count > self.memory:
            raise OutOfMemory(f"{count} do not fit")


def fake_noise(noise: Noise) -> float:
    """The seed, or between those of both sides."""
    if isinstance(noise, int):
        return float(noise)
    left, right = fake_noise(noise.left), fake_noise(noise.right)
    return left + (right - left) * noise.weight


def fake_noised(grey: int, seed: float, share: float) -> float:
    """A picture of this grey with noise: less and less, as the share of the steps that are done grows to 1."""
    return grey * share + seed * (1 - share)


def fake_step(sample: Sample) -> float:
    conditioning = sample.conditioning
    drift = float(conditioning.prompt["length"] - conditioning.negative["length"]) * conditioning.guidance
    grey = float(conditioning.canvas["grey"]) if conditioning.canvas else 0.0
    return float(sample.latent) / 2 + drift + sample.step_index + sample.noise.weight / 10 + grey


def fake_end(sample: Sample, latent: float, step_count: int) -> float:
    """Where a sample gets to whose step has led to this latent: this model sees it without a fault."""
    for step_index in range(sample.step_index + 1, step_count):
        latent = fake_step(replace(sample, latent=latent, step_index=step_index))
    return latent


class GreyPictures:
    """A source of plain pictures: the name of each is its grey. Notes whose picture was asked for."""

    def __init__(self) -> None:
        self.asked: list[KeyframeSpec] = []

    def __call__(self, keyframe: KeyframeSpec, settings: RenderSettings) -> Pixels:
        self.asked.append(keyframe)
        assert keyframe.start is not None
        return np.full((settings.height, settings.width, 3), int(keyframe.start.source), np.uint8)


def transition(
    left: str = "sea",
    right: str = "desert",
    *,
    seeds: tuple[int, int] = (40, 200),
    guidances: tuple[float, float] = (2.0, 4.0),
    rounds: tuple[tuple[int, ...], ...] = ((3,), (4,)),
    steps: int = 4,
    depth: float = 0.5,
    starts: tuple[PictureStart | None, PictureStart | None] = (None, None),
) -> TransitionSpec:
    return TransitionSpec(
        KeyframeSpec(left, "", seeds[0], guidances[0], starts[0]),
        KeyframeSpec(right, "", seeds[1], guidances[1], starts[1]),
        RenderSettings(32, 16, steps),
        TreeShape(depth, rounds),
    )
