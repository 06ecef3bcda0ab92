"""What is done to a finished scene: put before a backdrop, given a style, given a mood."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from core.builtin.scenes.canvas import Canvas, Colour, Image
from core.builtin.scenes.drawing import blurred
from core.builtin.scenes.noise import Bank, texture
from core.builtin.scenes.shaping import pick, radius_of, smoothstep, tint
from core.builtin.scenes.vocabulary import Mood, Style

LUMINANCE: Colour = np.array([0.3, 0.59, 0.11], np.float32)


def put_before(subject: Image, backdrop: Image) -> Image:
    """The bright parts of the subject cover the backdrop, its dark parts let it through."""
    subject, backdrop = np.clip(subject, 0, 1), np.clip(backdrop, 0, 1)
    light = subject.max(2, keepdims=True)
    return backdrop * 0.62 * (1 - 0.6 * smoothstep(0.1, 0.5, light)) + subject - subject * backdrop * 0.3


def apply_style(rng: np.random.Generator, canvas: Canvas, image: Image, style: Style) -> Image:
    return STYLES[style](rng, canvas, image)


def apply_mood(rng: np.random.Generator, canvas: Canvas, image: Image, mood: Mood) -> Image:
    return MOODS[mood](rng, canvas, np.clip(image, 0, 1.3))


def _mirror(rng: np.random.Generator, canvas: Canvas, image: Image) -> Image:
    kind = int(rng.integers(3))
    if kind == 2:
        return _kaleidoscope(rng, canvas, image)
    left = image[:, : (canvas.width + 1) // 2]
    image = np.concatenate([left, left[:, ::-1][:, canvas.width % 2 :]], 1)
    if kind == 1:
        return image
    top = image[: (canvas.height + 1) // 2]
    return np.concatenate([top, top[::-1][canvas.height % 2 :]], 0)


def _kaleidoscope(rng: np.random.Generator, canvas: Canvas, image: Image) -> Image:
    sector = np.pi / 3
    angle = (np.arctan2(canvas.y, canvas.x) + np.pi / 2) % sector
    angle = np.minimum(angle, sector - angle) + rng.uniform(0, 6)
    radius = radius_of(canvas.x, canvas.y) * 0.7
    columns = ((np.cos(angle) * radius + canvas.aspect) * canvas.pixels_per_unit).astype(np.int32) % canvas.width
    rows = ((np.sin(angle) * radius + 1) * canvas.pixels_per_unit).astype(np.int32) % canvas.height
    folded: Image = image[rows, columns]
    return folded


def _pixelate(rng: np.random.Generator, canvas: Canvas, image: Image) -> Image:
    rows = pick(rng, (16, 24, 32))
    columns = max(1, round(rows * canvas.aspect))
    row_of, column_of = (
        np.arange(canvas.height) * rows // canvas.height,
        np.arange(canvas.width) * columns // canvas.width,
    )
    sums = np.add.reduceat(np.clip(image, 0, 1), np.searchsorted(row_of, range(rows)), axis=0)
    sums = np.add.reduceat(sums, np.searchsorted(column_of, range(columns)), axis=1)
    counts = np.bincount(row_of)[:, None] * np.bincount(column_of)[None]
    cells: Image = (sums / counts[..., None]).astype(np.float32)
    return cells[row_of][:, column_of]


def _psychedelic(rng: np.random.Generator, canvas: Canvas, image: Image) -> Image:
    light = image @ LUMINANCE
    hue = light * rng.uniform(1, 2) + texture(rng, Bank.SOFT, canvas.x, canvas.y, 60) * 0.6 + rng.random()
    thirds = np.array([0, 2.1, 4.2], np.float32)
    colours = 0.5 + 0.5 * np.cos(hue[..., None] * 2 * np.pi - thirds)
    strength = 0.25 + 0.75 * np.clip(light * 1.4, 0, 1)
    return np.clip(image, 0, 1) * 0.3 + tint(strength * 0.9, colours)


def _poster(rng: np.random.Generator, canvas: Canvas, image: Image) -> Image:
    tone_count = int(rng.integers(3, 5))
    image = np.clip(image, 0, 1)
    light = image @ LUMINANCE
    tone = np.floor(np.clip(light, 0, 0.999) * tone_count) / (tone_count - 1)
    return image * (tone / (light + 0.08) * 0.95)[..., None]


def _dark(rng: np.random.Generator, canvas: Canvas, image: Image) -> Image:
    result: Image = np.clip(image, 0, 1) ** rng.uniform(1.2, 1.5) * rng.uniform(0.6, 0.75)
    return result


def _bright(rng: np.random.Generator, canvas: Canvas, image: Image) -> Image:
    result: Image = 1 - (1 - np.clip(image, 0, 1)) ** rng.uniform(1.7, 2.3)
    return result


def _neon(rng: np.random.Generator, canvas: Canvas, image: Image) -> Image:
    image = np.clip(_saturated(image, 1.5), 0, 1)
    image = image * image * (3 - 2 * image) * 1.05
    return image + blurred(np.clip(image, 0, 1), 8 * canvas.grain) * 0.55


def _pastel(rng: np.random.Generator, canvas: Canvas, image: Image) -> Image:
    return _saturated(np.clip(image, 0, 1), 0.75) * 0.5 + 0.45


def _vivid(rng: np.random.Generator, canvas: Canvas, image: Image) -> Image:
    result: Image = np.clip(_saturated(image, 1.6), 0, 1) ** 0.92 * 1.1
    return result


def _dreamy(rng: np.random.Generator, canvas: Canvas, image: Image) -> Image:
    image = np.clip(image, 0, 1)
    return 1 - (1 - blurred(image, 11 * canvas.grain) * 0.85) * (1 - image * 0.55)


def _saturated(image: Image, amount: float) -> Image:
    light = (image @ LUMINANCE)[..., None]
    return light + (image - light) * amount


STYLES: dict[Style, Callable[[np.random.Generator, Canvas, Image], Image]] = {
    Style.MIRROR: _mirror,
    Style.PIXEL: _pixelate,
    Style.PSYCHEDELIC: _psychedelic,
    Style.POSTER: _poster,
}
MOODS: dict[Mood, Callable[[np.random.Generator, Canvas, Image], Image]] = {
    Mood.DARK: _dark,
    Mood.BRIGHT: _bright,
    Mood.NEON: _neon,
    Mood.PASTEL: _pastel,
    Mood.VIVID: _vivid,
    Mood.DREAMY: _dreamy,
}
