"""Scenes of single things: jellyfish, flower, eye, crystals, peacock feathers."""

from __future__ import annotations

import numpy as np

from core.builtin.scenes.canvas import Canvas, Field, Image
from core.builtin.scenes.drawing import EDGE, PIXEL, add_glow, add_sparks
from core.builtin.scenes.noise import Bank, texture
from core.builtin.scenes.palette import WHITE, Palette
from core.builtin.scenes.shaping import bell, chance, fade, over, radius_of, rotate, smoothstep, tint

TURN = 2 * np.pi


def jellyfish(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    depth = 0.32 * (0.5 - canvas.y * 0.5) * texture(rng, Bank.SOFT, canvas.x, canvas.y, 40)
    image = palette.ramp(0.02 + depth)
    if chance(rng, 0.55):
        _add_jellyfish(
            rng, canvas, image, palette, (rng.normal(0, 0.12), rng.normal(-0.25, 0.1)), rng.uniform(0.38, 0.62)
        )
    else:
        for _ in range(round(rng.integers(2, 4) * canvas.aspect)):
            centre = (canvas.across(rng, 0.65), rng.uniform(-0.65, 0.65) - 0.2)
            _add_jellyfish(rng, canvas, image, palette, centre, rng.uniform(0.2, 0.36))
    count = int(rng.integers(0, 30))
    add_sparks(rng, canvas, image, count=count, sizes=(0.6, 1.5), colour=palette.light, strength=(0.4, 0.4))
    return image


def _add_jellyfish(
    rng: np.random.Generator, canvas: Canvas, image: Image, palette: Palette, centre: tuple[float, float], size: float
) -> None:
    x, y = rotate(canvas.x - centre[0], canvas.y - centre[1], rng.uniform(-0.5, 0.5))
    x, y = x / size, y / size
    radius = radius_of(x, y / rng.uniform(0.7, 1.0))
    hem = 0.12 * np.cos(x * rng.uniform(9, 14)) + 0.15
    bell_mask = smoothstep(1, 0.96, radius) * smoothstep(hem + 0.03, hem - 0.03, y)
    ribs = np.abs(np.cos(np.arctan2(x, 0.5 - y) * rng.uniform(5, 9))) ** 6
    light = bell_mask * (0.22 + 0.3 * radius**2 + 0.28 * ribs)
    light += bell(radius - 0.96, 0.07) * smoothstep(hem + 0.04, hem - 0.02, y) * 0.65
    light += bell(y - hem, 0.05) * (np.abs(x) < 0.97) * 0.55
    light = np.clip(light + _tentacles(rng, x, y, hem), 0, 1.4)
    image += palette.ramp(0.3 + 0.6 * light) * (light * 0.95)[..., None]
    image += tint(fade(radius - 1, 4) * 0.16 * (y < 1), palette.accent)


def _tentacles(rng: np.random.Generator, x: Field, y: Field, hem: Field) -> Field:
    light = np.zeros_like(x)
    below_hem = np.clip(y - hem, 0, 9)
    count = int(rng.integers(6, 11))
    for index in range(count):
        root, length = -0.8 + 1.6 * (index + 0.5) / count, rng.uniform(1.2, 2.6)
        swing = np.sin(below_hem * rng.uniform(2, 4.5) + rng.uniform(0, 6)) * 0.1 * below_hem
        width, strength = (0.022, 0.7) if index % 2 else (0.06, 0.55)
        width_here = width * (1 + 0.3 * np.sin(below_hem * 9 + index))
        light += bell(x - root * (1 - 0.12 * below_hem) - swing, width_here) * fade(below_hem, 2.2 / length) * strength
    return light * (y > hem)


def flower(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    image = palette.ramp(0.03 + 0.2 * texture(rng, Bank.SOFT, canvas.x, canvas.y, 60))
    if chance(rng, 0.65):
        return _with_flower(rng, canvas, image, palette, (rng.normal(0, 0.1), rng.normal(0, 0.1)), rng.uniform(0.65, 1))
    for _ in range(round(rng.integers(3, 7) * canvas.aspect)):
        centre = (canvas.across(rng, 0.8), rng.uniform(-0.8, 0.8))
        image = _with_flower(rng, canvas, image, palette, centre, rng.uniform(0.25, 0.5))
    return image


def _with_flower(
    rng: np.random.Generator, canvas: Canvas, image: Image, palette: Palette, centre: tuple[float, float], size: float
) -> Image:
    x, y = rotate(canvas.x - centre[0], canvas.y - centre[1], rng.uniform(0, TURN))
    radius, angle = radius_of(x, y) / size, np.arctan2(y, x)
    petal_count, layer_count = int(rng.integers(4, 10)), int(rng.integers(2, 5))
    pointedness = rng.uniform(0.35, 1.1)
    for layer in range(layer_count):
        turned = angle + layer * np.pi / petal_count * (1 if chance(rng, 0.8) else 0.6)
        petal = np.abs(np.cos(turned * petal_count / 2)) ** pointedness
        part = radius / ((1 - layer * 0.8 / layer_count) * (0.35 + 0.65 * petal))  # 1 at the petal's edge
        vein = 0.06 * (0.5 + 0.5 * np.sin(np.sin(turned * petal_count) * 6))
        tone = 0.9 - 0.5 * part if layer % 2 else 0.28 + 0.55 * part**1.5 - 0.12 * layer / layer_count
        shade = (0.55 + 0.45 * smoothstep(0, 0.5, petal))[..., None]
        image = over(image, palette.ramp(np.clip(tone + vein, 0.1, 1)) * shade, smoothstep(1, 0.95, part) * 0.98)
        image = image * (1 - fade(part - 1, 14) * (part > 1) * 0.25)[..., None]  # the shadow beside the petal
    seeds = palette.ramp(0.7 + 0.3 * np.sin(radius * 90) * np.sin(angle * 21))
    return over(image, seeds, smoothstep(0.17, 0.13, radius))


def eye(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    centre, size = (rng.normal(0, 0.08), rng.normal(0, 0.08)), rng.uniform(0.55, 0.85)
    x, y = canvas.x - centre[0], canvas.y - centre[1]
    radius, angle = radius_of(x, y) / size, np.arctan2(y, x)
    image = _iris(rng, palette, radius, angle)
    has_lids = chance(rng, 0.55)
    white = palette.highlight + (WHITE - palette.highlight) * 0.3
    around = tint(0.75 - 0.2 * radius, white) if has_lids else canvas.blank(palette.dark * 0.6)
    image = over(image, around, smoothstep(0.98, 1.03, radius))
    if has_lids:
        image = _with_lids(rng, canvas, image, palette)
    direction = -1 - 0.8 * rng.random()
    gleam = (centre[0] + float(np.cos(direction)) * size * 0.3, centre[1] - size * 0.3)
    add_glow(canvas, image, gleam, rng.uniform(4, 11) * PIXEL, WHITE * 0.9)
    return image


def _iris(rng: np.random.Generator, palette: Palette, radius: Field, angle: Field) -> Image:
    pupil = rng.uniform(0.22, 0.42)
    cosine, sine = np.cos(angle), np.sin(angle)
    fibres = texture(rng, Bank.FINE, cosine * 1.5 + radius * 0.15, sine * 1.5 + radius * 0.1, 160)
    patches = texture(rng, Bank.CLOUDY, cosine * 2, sine * 2 + radius * 0.5, 90)
    outward = np.clip((radius - pupil) / (1 - pupil), 0, 1)
    tone = 0.25 + 0.6 * fibres * (0.6 + 0.4 * outward) + 0.3 * bell(outward - 0.15, 0.2) * patches
    shade = (smoothstep(1, 0.88, radius) * 0.9 + 0.1) * smoothstep(pupil - 0.02, pupil + 0.05, radius)
    return palette.ramp(tone) * shade[..., None]


def _with_lids(rng: np.random.Generator, canvas: Canvas, image: Image, palette: Palette) -> Image:
    opening = rng.uniform(0.55, 0.85)
    upper, lower = -opening * (1 - np.clip(canvas.x, -1, 1) ** 2 * 0.8), opening * 0.75 * (1 - canvas.x**2 * 0.85)
    inside = np.minimum(canvas.y - upper, lower - canvas.y)
    skin = palette.ramp(0.22 + 0.1 * texture(rng, Bank.CLOUDY, canvas.x, canvas.y, 80))
    skin = skin * (0.55 + 0.5 * fade(np.abs(inside), 7))[..., None]
    shadowed = image * (0.4 + 0.6 * smoothstep(0, 0.3, inside))[..., None]
    image = over(skin, shadowed, smoothstep(0, 0.03, inside))
    return image * (1 - 0.8 * bell(inside, 0.025))[..., None]


def crystal(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    image = palette.ramp(0.05 + 0.15 * texture(rng, Bank.SOFT, canvas.x, canvas.y, 50))
    root = (rng.normal(0, 0.2), rng.uniform(0.5, 1.1))
    angles = rng.uniform(-1.3, 1.3, int(rng.integers(9, 22)))
    for angle in angles:
        image = _with_prism(rng, canvas, image, palette, root, float(angle))
    distance = radius_of(canvas.x - root[0], canvas.y - root[1])
    return image + tint(fade(distance, 2.2) * 0.3, palette.accent)


def _with_prism(
    rng: np.random.Generator, canvas: Canvas, image: Image, palette: Palette, root: tuple[float, float], angle: float
) -> Image:
    """One crystal of three facets that grows from the root."""
    length, width = rng.uniform(0.7, 1.7) * (1 - 0.3 * abs(angle)), rng.uniform(0.06, 0.17)
    x, y = rotate(canvas.x - root[0], root[1] - canvas.y, angle)
    tip = np.clip((length - y) / (width * 2.2), 0, 1)
    half = width * tip * np.clip(0.6 + y * 0.4, 0.3, 1)
    mask = smoothstep(EDGE, -EDGE, np.abs(x) - half) * (y > 0) * (tip > 0.06)
    facet = np.where(x < half * -0.15, 0.35, np.where(x < half * 0.4, 0.8, 0.55))
    tone = facet + 0.15 * texture(rng, Bank.CLOUDY, x, y, 90) - 0.2 * fade(y, 2.5)
    edges = fade(np.abs(np.abs(x) - half), 70) * 0.3 + fade(np.abs(x + half * 0.15), 90) * 0.3
    return over(image, palette.ramp(tone * 0.85 + edges), mask)


def peacock(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    image = canvas.blank(palette.dark)
    across_count = int(rng.integers(3, 6))
    width = 2.2 / across_count
    column_count = int((2 * canvas.aspect + 0.4) / width) + 2
    for row in range(int(across_count * 1.6) + 2):
        for column in range(column_count):
            x = -canvas.aspect - 0.2 + width * (column + 0.5 * (row % 2))
            _add_feather(canvas, image, palette, (x, -1.25 + row * width * 0.62), width * 0.95)
    return image


def _add_feather(canvas: Canvas, image: Image, palette: Palette, centre: tuple[float, float], size: float) -> None:
    window = canvas.window(*centre, size)
    x, y = (canvas.x[window] - centre[0]) / size, (canvas.y[window] - centre[1]) / size
    if x.size == 0:
        return
    radius = radius_of(x * 1.118, y)
    barbs = np.sin(np.arctan2(x, 0.01 - y) * 28 + radius * 3) * 0.5 + 0.5
    feather = palette.ramp((0.2 + 0.35 * barbs * (0.5 + radius * 0.5)) * 0.8)
    from_eye = radius_of(x, (y - 0.12) * 0.866)
    for ring, tone in ((0.52, 0.62), (0.4, 0.9), (0.29, 0.35), (0.17, 0.06)):
        feather = over(feather, tint(0.8 + 0.15 * barbs, palette.tone(tone)), smoothstep(ring, ring - 0.05, from_eye))
    feather = feather * (0.55 + 0.5 * smoothstep(1, 0.6, radius))[..., None]
    image[window] = over(image[window], feather, smoothstep(1, 0.93, radius))
