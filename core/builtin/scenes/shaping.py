"""The small functions that every scene is made of: edges, glows, mixes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np

from core.builtin.scenes.canvas import Colour, Field, Image

T = TypeVar("T")


def smoothstep(start: float, end: float, value: Field) -> Field:
    """0 before start, 1 after end, smooth between; start may be the larger one."""
    t = np.clip((value - start) / (end - start), 0, 1)
    result: Field = t * t * (3 - 2 * t)
    return result


def bell(distance: Field, width: float | Field) -> Field:
    result: Field = np.exp(-((distance / width) ** 2))
    return result


def fade(distance: Field, rate: float | Field) -> Field:
    """1 up to distance 0, then falling exponentially."""
    result: Field = np.exp(-np.clip(distance, 0, 9) * rate)
    return result


def rotate(x: Field, y: Field, angle: float) -> tuple[Field, Field]:
    cosine, sine = float(np.cos(angle)), float(np.sin(angle))
    return x * cosine - y * sine, x * sine + y * cosine


def radius_of(x: Field, y: Field) -> Field:
    result: Field = np.sqrt(x * x + y * y)
    return result


def folded(angle: Field, count: float) -> Field:
    """The angle within one of count equal sectors, from -half to half a sector."""
    sector = 2 * np.pi / count
    result: Field = angle % sector - sector / 2
    return result


def wave(phase: Field) -> Field:
    """A sine between 0 and 1."""
    result: Field = np.sin(phase) * 0.5 + 0.5
    return result


def tint(field: Field, colour: Colour) -> Image:
    """Light of one colour, as strong as the field; the colour may also be an image."""
    result: Image = field[..., None] * colour
    return result


def over(below: Image, paint: Image | Colour, mask: Field) -> Image:
    """Paint on a picture where the mask is 1."""
    result: Image = below + (paint - below) * mask[..., None]
    return result


def chance(rng: np.random.Generator, probability: float) -> bool:
    return bool(rng.random() < probability)


def pick(rng: np.random.Generator, options: Sequence[T]) -> T:
    return options[int(rng.integers(len(options)))]
