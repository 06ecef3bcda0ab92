"""Scenes that one travels to: bridge, pyramid, hot air balloons."""

from __future__ import annotations

import numpy as np

from core.builtin.scenes.canvas import Canvas, Field, Image
from core.builtin.scenes.drawing import add_glow, add_luminary, add_silhouette, add_stars, below, sky
from core.builtin.scenes.noise import Bank, skyline, texture
from core.builtin.scenes.palette import Palette
from core.builtin.scenes.shapes import Points, curve, filled, placed, points_of, stroked
from core.builtin.scenes.shaping import bell, chance, fade, over, pick, smoothstep, tint


def bridge(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    """A suspension bridge over water at dusk, with lights along its cables and their mirror."""
    water = rng.uniform(0.3, 0.5)
    image = sky(canvas, palette, 0.12, 0.85, water)
    add_luminary(
        canvas,
        image,
        (canvas.across(rng, 0.6), water - rng.uniform(0.1, 0.5)),
        rng.uniform(0.1, 0.2),
        palette.highlight,
        halo=0.45,
    )
    clouds = texture(rng, Bank.CLOUDY, canvas.x * 0.6, canvas.y * 3, 90)
    image = over(image, palette.tone(0.42), smoothstep(0.5, 0.9, clouds) * 0.5 * smoothstep(water, -1, canvas.y))
    image = add_silhouette(rng, canvas, image, palette.tone(0.3), base=water - 0.02, relief=0.08)
    middle, span = canvas.across(rng, 0.2), rng.uniform(0.8, 1.1) * canvas.aspect * 0.62
    deck, top = water - rng.uniform(0.16, 0.24), rng.uniform(-0.75, -0.5)
    ink = palette.dark * 0.7
    masks, lamps = _bridge_lines(canvas, (middle, span), (deck, top, water))
    image = over(image, ink, masks)
    for x, y in lamps:
        add_glow(canvas, image, (x, y), 0.012, palette.highlight * 0.9)
        add_glow(canvas, image, (x, y), 0.05, palette.accent * 0.25)
    return _mirrored(rng, canvas, image, palette, water)


def _bridge_lines(
    canvas: Canvas, across: tuple[float, float], heights: tuple[float, float, float]
) -> tuple[Field, list[tuple[float, float]]]:
    (middle, span), (deck, top, water) = across, heights
    towers: list[Points] = []
    for x in (middle - span, middle + span):
        towers += [_upright(x + leg, 0.02, top, water + 0.02) for leg in (-0.045, 0.045)]
        towers += [_upright(x, 0.06, beam, beam + 0.03) for beam in np.linspace(top + 0.05, deck, 4)]
    places = np.linspace(-3.0, 3.0, 121)
    sag = (
        top
        + (deck - 0.05 - top) * (1 - places**2) * (np.abs(places) <= 1)
        + (deck - top) * np.clip(np.abs(places) - 1, 0, 1.2) / 1.2 * (np.abs(places) > 1)
    )
    line = np.stack([middle + places * span, np.minimum(sag, deck)], 1)
    hangers = [points_of((x, y), (x, deck)) for x, y in line[::2]]
    lamps = [(float(x), float(y)) for x, y in line[::2]]
    road = points_of(
        (-canvas.aspect - 1, deck),
        (canvas.aspect + 1, deck),
        (canvas.aspect + 1, deck + 0.045),
        (-canvas.aspect - 1, deck + 0.045),
    )
    lines: Field = np.maximum(stroked(canvas, [line], 0.014), stroked(canvas, hangers, 0.004))
    ink: Field = np.maximum(filled(canvas, road, *towers), lines)
    return ink, lamps


def _upright(middle: float, half: float, top: float, bottom: float) -> Points:
    return points_of((middle - half, top), (middle + half, top), (middle + half, bottom), (middle - half, bottom))


def _mirrored(rng: np.random.Generator, canvas: Canvas, image: Image, palette: Palette, water: float) -> Image:
    depth = np.clip(canvas.y - water, 0, 2)
    waves = (texture(rng, Bank.FINE, canvas.x * 0.5, canvas.y * 6 / (0.25 + depth), 70) - 0.5) * (0.02 + 0.2 * depth)
    rows = np.clip((water - depth * 1.1 + waves + 1) * canvas.pixels_per_unit, 0, canvas.row(water) - 1).astype(
        np.int32
    )
    columns = np.arange(canvas.width)[None].repeat(canvas.height, 0)
    mirrored = image[rows, columns] * (0.72 - 0.25 * depth)[..., None] + palette.dark * 0.5
    return over(image, mirrored, below(canvas, water, 0.006))


def pyramid(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    """Great pyramids in the sand, lit from one side; a beam of light or a star may stand on the largest."""
    horizon = rng.uniform(0.3, 0.5)
    image = sky(canvas, palette, 0.1, 0.75, horizon)
    add_stars(rng, canvas, image, palette, count=130, brightness=0.9)
    light = 1 if chance(rng, 0.5) else -1
    add_luminary(
        canvas,
        image,
        (light * rng.uniform(0.5, 0.9) * canvas.aspect, rng.uniform(-0.6, 0.1)),
        0.13,
        palette.highlight,
        halo=0.4,
    )
    main = canvas.across(rng, 0.2)
    peaks = [
        (main + light * rng.uniform(0.9, 1.4), 0.42),
        (main - light * rng.uniform(0.7, 1.2), 0.58),
        (main, rng.uniform(0.95, 1.2)),
    ]
    for x, tall in peaks:
        image = _with_pyramid(rng, canvas, image, palette, (x, horizon), tall, light)
    if chance(rng, 0.55):
        top = horizon - peaks[-1][1]
        beam = bell(canvas.x - main, 0.02 + 0.03 * np.clip(top - canvas.y, 0, 2)) * (canvas.y < top)
        image += tint(beam * 0.9, palette.light)
        add_glow(canvas, image, (main, top), 0.13, palette.highlight * 0.9)
    sand = texture(rng, Bank.SOFT, canvas.x, canvas.y * 4, 50)
    depth = canvas.y - horizon - skyline(rng, canvas, steepness=2.0, highest=9)[None] * 0.03
    ripples = 0.5 + 0.5 * np.sin((canvas.y * 60 + sand * 14) / (0.4 + np.clip(depth, 0, 1)))
    tone = 0.5 * fade(depth, 1.1) * (0.6 + 0.4 * sand) + 0.08 * ripples
    return over(image, palette.ramp(np.clip(tone, 0.05, 1)), smoothstep(0, 0.012, depth))


def _with_pyramid(
    rng: np.random.Generator,
    canvas: Canvas,
    image: Image,
    palette: Palette,
    foot: tuple[float, float],
    tall: float,
    light: int,
) -> Image:
    (x, ground), half = foot, tall * 0.86
    edge = x - light * half * rng.uniform(0.1, 0.3)
    top = (x, ground - tall)
    lit = filled(canvas, points_of(top, (x + light * half, ground + 0.05), (edge, ground + 0.05)))
    dim = filled(canvas, points_of(top, (x - light * half, ground + 0.05), (edge, ground + 0.05)))
    courses = np.floor((canvas.y - top[1]) / tall * 34)
    stones = np.floor((canvas.x - x) / tall * 30 + courses * 0.5)
    rough = (np.sin(courses * 12.9 + stones * 78.2) * 43758.5) % 1
    joint = smoothstep(0.12, 0.02, ((canvas.y - top[1]) / tall * 34) % 1)
    tone = 0.62 + 0.14 * rough - 0.2 * joint
    image = over(image, palette.ramp(0.2 * tone), dim)
    return over(image, palette.ramp(np.clip(tone * (0.75 + 0.3 * fade(canvas.y - top[1], 1)), 0, 1)), lit)


def balloons(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    """Hot air balloons over mountains in the mist of dawn."""
    image = sky(canvas, palette, 0.3, 0.92)
    clouds = texture(rng, Bank.CLOUDY, canvas.x * 0.6, canvas.y * 2.6, 90)
    image = over(image, palette.tone(0.95), smoothstep(0.5, 0.9, clouds) * 0.4)
    add_luminary(
        canvas,
        image,
        (canvas.across(rng, 0.6), rng.uniform(0.1, 0.4)),
        rng.uniform(0.13, 0.2),
        palette.highlight,
        halo=0.4,
    )
    for nearness in (0.0, 0.5):
        image = add_silhouette(
            rng, canvas, image, palette.tone(0.5 - 0.3 * nearness), base=0.6 + 0.22 * nearness, relief=0.16
        )
        image = over(image, palette.tone(0.8), smoothstep(0.4, 1.1, canvas.y) * 0.4)
    for nearness in (0.0, 0.4, 1.0):
        for _ in range(round((3.2 - 2.2 * nearness) * canvas.aspect) if nearness < 1 else int(rng.integers(1, 3))):
            size = (0.07 + 0.29 * nearness) * rng.uniform(0.8, 1.15)
            place = (canvas.across(rng, 0.8), rng.uniform(-0.7, 0.25) * (1 - 0.5 * nearness))
            image = _with_balloon(rng, canvas, image, palette, place, size, 0.35 * (1 - nearness))
    return image


def _with_balloon(
    rng: np.random.Generator,
    canvas: Canvas,
    image: Image,
    palette: Palette,
    place: tuple[float, float],
    size: float,
    haze: float,
) -> Image:
    outline = curve(
        points_of(
            (0, -1),
            (0.62, -0.78),
            (0.95, -0.2),
            (0.78, 0.38),
            (0.36, 0.92),
            (0.2, 1.12),
            (-0.2, 1.12),
            (-0.36, 0.92),
            (-0.78, 0.38),
            (-0.95, -0.2),
            (-0.62, -0.78),
        )
    )
    mask = filled(canvas, placed(outline, place, size))
    x, y = (canvas.x - place[0]) / size, (canvas.y - place[1]) / size
    girth = np.sqrt(np.clip(1 - np.clip(y * 0.98, -1, 1) ** 2, 0.04, 1)) * np.where(y > 0, 1 - 0.2 * y, 0.98)
    around = np.arcsin(np.clip(x / girth, -1, 1))
    stripes, rings = int(rng.integers(5, 10)), int(rng.integers(0, 4))
    pattern = np.sin(around * stripes + rng.uniform(0, 3)) * (np.sin(y * rings * 3) if rings else 1.0)
    light = np.clip(0.55 + 0.45 * np.cos(around + 0.7) - 0.15 * y, 0.2, 1.1)
    seam = np.abs(np.sin(around * stripes * 2)) ** 0.25
    colours = np.where(
        (pattern > 0)[..., None], palette.accent, pick(rng, (palette.highlight, palette.deep, palette.second_accent))
    )
    paint = colours * (light * (0.75 + 0.25 * seam))[..., None]
    image = over(image, paint + (palette.tone(0.85) - paint) * haze, mask)
    basket = placed(points_of((-0.14, 1.45), (0.14, 1.45), (0.11, 1.68), (-0.11, 1.68)), place, size)
    ropes = [
        placed(
            np.array([(side * 0.2, 1.1), (side * 0.215, 1.1), (side * 0.135, 1.46), (side * 0.12, 1.46)]), place, size
        )
        for side in (-1, 1)
    ]
    return over(image, palette.tone(0.12 + haze), filled(canvas, basket, *ropes))
