"""Things that several scenes share: stars, glows, discs, skies, silhouettes, blur."""

from __future__ import annotations

import numpy as np

from core.builtin.scenes.canvas import REFERENCE_HEIGHT, Canvas, Colour, Field, Image
from core.builtin.scenes.noise import skyline
from core.builtin.scenes.palette import Palette
from core.builtin.scenes.shaping import bell, fade, over, radius_of, smoothstep, tint

EDGE = 0.012  # softness of a silhouette's edge
PIXEL = 2 / REFERENCE_HEIGHT  # what a pixel of the reference height is in units


def sky(canvas: Canvas, palette: Palette, top: float, bottom: float, horizon: float = 1.0) -> Image:
    """A gradient from tone top to tone bottom, which is reached at the horizon."""
    return palette.ramp(top + (bottom - top) * (canvas.y + 1) / (horizon + 1))


def add_stars(
    rng: np.random.Generator, canvas: Canvas, image: Image, palette: Palette, *, count: int, brightness: float = 1.0
) -> None:
    """Small crosses of light; count is for a square picture."""
    count = round(count * canvas.aspect)
    columns = rng.integers(2, canvas.width - 2, count)
    rows = rng.integers(2, canvas.height - 2, count)
    strength = (rng.random(count) ** 3 * brightness).astype(np.float32)[:, None]
    light = np.where(rng.random((count, 1)) < 0.6, 1.0, palette.light[None]).astype(np.float32) * strength
    image[rows, columns] += light
    for down, across in ((0, 1), (0, -1), (1, 0), (-1, 0)):
        image[rows + down, columns + across] += light * 0.35


def add_glow(canvas: Canvas, image: Image, centre: tuple[float, float], radius: float, colour: Colour) -> None:
    """A soft round light."""
    window = canvas.window(*centre, radius * 3)
    distance = radius_of(canvas.x[window] - centre[0], canvas.y[window] - centre[1])
    image[window] += tint(bell(distance, radius), colour)


def add_bead(canvas: Canvas, image: Image, centre: tuple[float, float], radius: float, colour: Colour) -> None:
    """A round light with a rim, as an out-of-focus lens shows it."""
    window = canvas.window(*centre, radius * 1.1)
    distance = radius_of(canvas.x[window] - centre[0], canvas.y[window] - centre[1]) / radius
    softness = min(1.0, 2 * PIXEL / radius)
    strength = smoothstep(1, 1 - softness, distance) * (0.55 + 0.45 * smoothstep(0.6, 1, distance))
    image[window] += tint(strength, colour)


def add_sparks(
    rng: np.random.Generator,
    canvas: Canvas,
    image: Image,
    *,
    count: int,
    sizes: tuple[float, float],
    colour: Colour,
    strength: tuple[float, float],
) -> None:
    """Small lights all over; sizes in pixels of the reference height, count for a square picture."""
    for _ in range(round(count * canvas.aspect)):
        centre = (canvas.across(rng), rng.uniform(-1, 1))
        add_glow(canvas, image, centre, rng.uniform(*sizes) * PIXEL, colour * rng.uniform(*strength))


def add_luminary(
    canvas: Canvas, image: Image, centre: tuple[float, float], radius: float, light: Colour, *, halo: float
) -> None:
    """A sun or moon: a disc and the light around it."""
    distance = radius_of(canvas.x - centre[0], canvas.y - centre[1])
    image += tint(smoothstep(radius, radius - 0.018, distance) * 0.6 + fade(distance, 3) * halo, light)


def below(canvas: Canvas, line: Field | float, softness: float = EDGE) -> Field:
    """1 below a line given by its y at each column, 0 above."""
    return smoothstep(0, softness, canvas.y - line)


def add_silhouette(
    rng: np.random.Generator,
    canvas: Canvas,
    image: Image,
    colour: Colour,
    *,
    base: float,
    relief: float,
    steepness: float = 1.5,
) -> Image:
    """Dark land before a picture; returns the new picture."""
    line = base + skyline(rng, canvas, steepness=steepness, highest=60) * relief
    return over(image, colour, below(canvas, line[None]))


def blurred(image: Image, radius: float) -> Image:
    """Three box blurs, close to a Gaussian of this standard deviation; radius in pixels, borders held."""
    reach = max(1, round(radius))  # three boxes of width 2 r + 1 have the variance r * (r + 1)
    for axis in (0, 1):
        for _ in range(3):
            image = _box_blurred(image, reach, axis)
    return image


def _box_blurred(image: Image, reach: int, axis: int) -> Image:
    padding = [(0, 0)] * image.ndim
    padding[axis] = (reach + 1, reach)
    sums = np.cumsum(np.pad(image, padding, mode="edge"), axis=axis, dtype=np.float64)
    width = 2 * reach + 1
    ahead = np.take(sums, range(width, sums.shape[axis]), axis=axis)
    behind = np.take(sums, range(sums.shape[axis] - width), axis=axis)
    return ((ahead - behind) / width).astype(np.float32)
