"""How well pictures show what their prompts say, by the word of a classifier that has only seen scenes.

The same classifier's figures on real scenes stand beside those of the model: no picture can do better than they.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

from core.builtin.scenes.attributes import SceneAttributes
from core.builtin.scenes.palette import COLOURS
from core.builtin.scenes.prompt import scene_for_prompt
from core.builtin.scenes.render import render_scene
from core.builtin.scenes.vocabulary import FAMILIES
from core.frames.frame import Pixels
from core.training.captions import is_held_out
from core.training.classifier import as_seen
from core.tree.denoiser import Conditioning, Denoiser, Latent, NoiseKey, Sample
from core.tree.planning import start_step
from core.tree.spec import SCENE, PictureStart, RenderSettings

BATCH = 8
TOP = 3
T = TypeVar("T")
Classify = Callable[[Tensor], tuple[Tensor, Tensor]]


@dataclass(frozen=True, slots=True)
class Question:
    """A prompt and a seed to paint it with, and the subject and colour that it asks for, if any."""

    prompt: str
    seed: int
    family: str = ""
    colour: str = ""

    @property
    def scene(self) -> SceneAttributes:
        return SceneAttributes(self.family, self.colour) if self.family else scene_for_prompt(self.prompt, self.seed)


@dataclass(frozen=True, slots=True)
class Rates:
    """Shares of pictures, 0..1.

    Attributes:
        subject: the classifier's first word is the subject that was asked for.
        colour, colour_in_three: the colour is its first word, or among its first three.
        by_subject: the share of each subject.
    """

    count: int
    subject: float
    colour: float
    colour_in_three: float
    by_subject: Mapping[str, float]

    @property
    def standard_error(self) -> float:
        """Of the subject's share."""
        return float(np.sqrt(self.subject * (1 - self.subject) / self.count))

    def failing(self, below: float) -> list[str]:
        """Subjects that are recognised too seldom, worst first."""
        return sorted((name for name, rate in self.by_subject.items() if rate < below), key=self.by_subject.__getitem__)


@dataclass(frozen=True, slots=True)
class Manner:
    """How pictures are painted: strength None is from text alone, else from the prompt's scene."""

    settings: RenderSettings
    guidance: float
    strength: float | None = None


def questions(*, held_out: bool, colours_each: int, seed: int) -> list[Question]:
    """For each subject some colours, at random among the pairs that were held out of training, or among all others."""
    rng = np.random.default_rng(seed)
    asked: list[Question] = []
    for family in FAMILIES:
        pairs = [colour for colour in COLOURS if is_held_out(family, colour) is held_out]
        chosen = rng.permutation(len(pairs))[:colours_each]
        for colour in (pairs[index] for index in chosen):
            asked.append(Question(f"{colour} {family}", 1000 * seed + len(asked), family, colour))
    return asked


def render(asked: Sequence[Question], side: int) -> list[Pixels]:
    """The real scenes that the questions ask for."""
    return [render_scene(each.scene, each.seed, side, side) for each in asked]


def through_autoencoder(denoiser: Denoiser, pictures: Sequence[Pixels], settings: RenderSettings) -> list[Pixels]:
    """Pictures as they come out of the model's autoencoder: the best that it could paint."""
    latents = [denoiser.noised_picture(picture, 0, settings.steps, settings)[-1] for picture in pictures]
    return [decoded for part in _parts(latents) for decoded in denoiser.decode(part)]


def paint(denoiser: Denoiser, asked: Sequence[Question], manner: Manner) -> list[Pixels]:
    """What the model paints for each question."""
    return [picture for part in _parts(asked) for picture in _paint_some(denoiser, part, manner)]


def _paint_some(denoiser: Denoiser, asked: Sequence[Question], manner: Manner) -> list[Pixels]:
    settings = manner.settings
    start = None if manner.strength is None else PictureStart(SCENE, manner.strength)
    first_step = start_step(start, settings.steps)
    latents = [_start(denoiser, each, first_step, settings) for each in asked]  # of one step, so of one batch
    negative = denoiser.encode_negative("")
    conditions = [Conditioning(denoiser.encode(each.prompt), negative, manner.guidance) for each in asked]
    noises = [NoiseKey(each.seed, each.seed, 0.0) for each in asked]
    for step_index in range(first_step, settings.steps):
        rows = zip(latents, conditions, noises, strict=True)
        samples = [Sample(latent, step_index, condition, noise) for latent, condition, noise in rows]
        latents = denoiser.advance(samples, settings.steps)
    return denoiser.decode(latents)


def _start(denoiser: Denoiser, asked: Question, first_step: int, settings: RenderSettings) -> Latent:
    if first_step == 0:
        return denoiser.first_latent(asked.seed, settings)
    scene = render_scene(asked.scene, asked.seed, settings.width, settings.height)
    return denoiser.noised_picture(scene, asked.seed, first_step, settings)[-1]


@torch.inference_mode()
def judge(classify: Classify, pictures: Sequence[Pixels], asked: Sequence[Question]) -> Rates:
    """Let the classifier name what the pictures show."""
    subjects, colours = classify(as_seen(pictures))
    family_of = torch.tensor([FAMILIES.index(each.family) for each in asked])
    colour_of = torch.tensor([COLOURS.index(each.colour) for each in asked])
    is_named = (subjects.argmax(1) == family_of).float()
    ranked = colours.topk(TOP, 1).indices
    by_subject = {name: is_named[family_of == index] for index, name in enumerate(FAMILIES)}
    return Rates(
        count=len(asked),
        subject=is_named.mean().item(),
        colour=(ranked[:, 0] == colour_of).float().mean().item(),
        colour_in_three=(ranked == colour_of[:, None]).any(1).float().mean().item(),
        by_subject={name: named.mean().item() for name, named in by_subject.items() if len(named)},
    )


def report(rows: Mapping[str, Rates]) -> str:
    """A Markdown table."""
    lines = [
        "| pictures | number | subject named | colour named | colour in first three |",
        "| --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {name} | {row.count} | {row.subject:.0%} ± {row.standard_error:.0%} | {row.colour:.0%} "
        f"| {row.colour_in_three:.0%} |"
        for name, row in rows.items()
    ]
    return "\n".join(lines)


def _parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[start : start + BATCH] for start in range(0, len(items), BATCH))
