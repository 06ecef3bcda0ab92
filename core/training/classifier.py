"""Names the subject and the colours of a picture: the judge of what the model paints, trained on the scenes alone.

It never sees a picture of the model. It sees each scene softened by a random amount, because the decoder is a little soft and
the question is what a picture shows, not how sharp it is.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from core.builtin.scenes.attributes import SceneAttributes
from core.builtin.scenes.palette import COLOURS
from core.builtin.scenes.vocabulary import FAMILIES

SIDE = 64  # pixels of what it looks at
WIDTHS = (32, 64, 128, 192)
SOFTEST, LEAST_SOFTNESS = (
    1.2,
    0.3,
)  # standard deviations of the blur, in pixels of SIDE; below the least it changes nothing
NOISE = 0.05  # most noise, of a range of 2
LEAST_SCALE = 0.8  # of the side that a crop keeps


class SceneClassifier(nn.Module):
    """From pictures, (count, 3, SIDE, SIDE) in -1..1, to logits of FAMILIES and of COLOURS."""

    def __init__(self) -> None:
        super().__init__()
        stages: list[nn.Module] = []
        channels = 3
        for width in WIDTHS:
            stages += [nn.Conv2d(channels, width, 3, stride=2, padding=1), nn.GroupNorm(8, width), nn.SiLU()]
            stages += [_Residual(width)]
            channels = width
        self.stages = nn.Sequential(*stages)
        self.head = nn.Linear(2 * channels, len(FAMILIES) + len(COLOURS))

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        features = self.stages(pictures).flatten(2)
        answers = self.head(torch.cat([features.mean(2), features.amax(2)], 1))
        return answers[:, : len(FAMILIES)], answers[:, len(FAMILIES) :]


class _Residual(nn.Module):
    def __init__(self, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1),
            nn.GroupNorm(8, width),
            nn.SiLU(),
            nn.Conv2d(width, width, 3, padding=1),
        )

    def forward(self, features: Tensor) -> Tensor:
        changed: Tensor = features + self.layers(features)
        return changed


@dataclass(frozen=True, slots=True, eq=False)
class Exhibits:
    """Pictures to learn from, all SIDE high, with what they show."""

    pictures: Sequence[NDArray[np.uint8]]
    scenes: Sequence[SceneAttributes]


def shrunk(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A picture made SIDE pixels high, its shape kept."""
    height, width = picture.shape[:2]
    size = (max(SIDE, round(width * SIDE / height)), SIDE)
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)


def as_seen(pictures: Sequence[NDArray[np.uint8]]) -> Tensor:
    """The middle of each picture as the classifier takes it."""
    seen = []
    for picture in pictures:
        small = shrunk(picture)
        left = (small.shape[1] - SIDE) // 2
        seen.append(small[:, left : left + SIDE])
    return _to_pixels(np.stack(seen))


def classifier_loss(
    classifier: SceneClassifier, exhibits: Exhibits, *, seed: int, batch_size: int
) -> Callable[[int], Tensor]:
    """The loss of each step: pictures cropped, mirrored, softened and grained at random."""
    families = torch.tensor([FAMILIES.index(scene.family) for scene in exhibits.scenes])
    colours = torch.stack([_colour_marks(scene) for scene in exhibits.scenes])

    def loss_at(step_index: int) -> Tensor:
        rng = np.random.default_rng([seed, step_index])
        indices = rng.integers(0, len(exhibits.scenes), batch_size)
        pictures = _to_pixels(np.stack([_varied(rng, exhibits.pictures[index]) for index in indices]))
        pictures += torch.from_numpy(rng.standard_normal(pictures.shape, np.float32)) * float(rng.uniform(0, NOISE))
        subject, colour = classifier(pictures)
        colour_loss = binary_cross_entropy_with_logits(colour, colours[indices], reduction="none").sum(1).mean()
        return cross_entropy(subject, families[indices]) + 0.3 * colour_loss

    return loss_at


def _varied(rng: np.random.Generator, picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    side = int(rng.integers(round(SIDE * LEAST_SCALE), SIDE + 1))
    top, left = (int(rng.integers(0, room - side + 1)) for room in picture.shape[:2])
    cut = cv2.resize(picture[top : top + side, left : left + side], (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    softness = rng.uniform(0, SOFTEST)
    if softness > LEAST_SOFTNESS:
        cut = cv2.GaussianBlur(cut, (0, 0), softness)
    return np.asarray(cut[:, ::-1] if rng.random() < 0.5 else cut, np.uint8)


def _colour_marks(scene: SceneAttributes) -> Tensor:
    shown = (scene.colour, scene.second_colour)
    return torch.tensor([float(colour in shown) for colour in COLOURS])


def _to_pixels(pictures: NDArray[np.uint8]) -> Tensor:
    return torch.from_numpy(np.ascontiguousarray(pictures)).permute(0, 3, 1, 2).float() / 127.5 - 1
