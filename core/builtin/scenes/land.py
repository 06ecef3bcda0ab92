"""Scenes of land: mountains, dunes, forest, city, the neon grid, lava."""

from __future__ import annotations

import numpy as np

from core.builtin.scenes.canvas import Canvas, Field, Image
from core.builtin.scenes.drawing import EDGE, add_luminary, add_stars, below, sky
from core.builtin.scenes.noise import Bank, skyline, texture
from core.builtin.scenes.palette import Palette
from core.builtin.scenes.shaping import bell, chance, fade, over, pick, radius_of, rotate, smoothstep, tint


def mountains(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    image = sky(canvas, palette, 0.55, 0.98) if chance(rng, 0.7) else sky(canvas, palette, 0.15, 0.8)
    if chance(rng, 0.6):
        sun = (canvas.across(rng, 0.6), rng.uniform(-0.7, -0.2))
        add_luminary(canvas, image, sun, 0.13, palette.highlight, halo=0.35)
    layer_count = int(rng.integers(4, 8))
    for nearness in np.linspace(0, 1, layer_count):
        base = -0.35 + 1.15 * nearness + rng.uniform(-0.06, 0.06)
        ridge = skyline(rng, canvas, steepness=1.25 + 0.4 * (1 - nearness), highest=70)
        depth = canvas.y - (base + ridge * (0.32 - 0.12 * nearness))[None]
        mist = 0.26 * (1 - fade(depth, 2.6)) * (1 - nearness * 0.5)
        image = over(image, palette.ramp(0.05 + 0.62 * (1 - nearness) + mist), smoothstep(0, EDGE, depth))
    return image


def dunes(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    image = sky(canvas, palette, 0.5, 0.95)
    if chance(rng, 0.5):
        sun = (canvas.across(rng, 0.6), rng.uniform(-0.75, -0.4))
        add_luminary(canvas, image, sun, 0.14, palette.highlight, halo=0.25)
    layer_count = int(rng.integers(3, 6))
    for index in range(layer_count):
        image = _with_dune(rng, canvas, image, palette, nearness=(index + 0.5) / layer_count)
    return image


def _with_dune(rng: np.random.Generator, canvas: Canvas, image: Image, palette: Palette, nearness: float) -> Image:
    swell = np.sin(canvas.columns * rng.uniform(1.2, 3.2) + rng.uniform(0, 6)) * rng.uniform(0.12, 0.3) * 0.7
    crest = -0.3 + 1.05 * nearness + swell + skyline(rng, canvas, steepness=2.4, highest=6) * 0.08
    depth = canvas.y - crest[None]
    slope = np.gradient(crest) * canvas.pixels_per_unit
    lit = smoothstep(-1.1, 1.1, slope)[None]
    slanted = canvas.x + depth * rng.uniform(0.4, 1.2)
    sand = texture(rng, Bank.SOFT, slanted, depth * 0.5, 45)
    ripples = np.sin(depth * rng.uniform(45, 75) + slanted * 9 + sand * 8) * 0.5 + 0.5
    tone = 0.14 + 0.52 * smoothstep(0.35, 0.65, 0.55 * lit + 0.45 * sand) + 0.1 * (1 - nearness)
    tone = (tone + 0.1 * ripples * np.clip(depth * 2, 0, 1)) * (0.75 + 0.45 * fade(depth, 2))
    return over(image, palette.ramp(tone * 0.95), smoothstep(0, EDGE, depth))


def forest(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    image = sky(canvas, palette, 0.75, 0.35) if chance(rng, 0.5) else sky(canvas, palette, 0.3, 0.85)
    distance = radius_of(canvas.x - canvas.across(rng, 0.5), canvas.y - rng.uniform(-0.5, 0.2))
    image += tint(fade(distance, 2.6) * 0.4, palette.highlight)
    trees = _pines if chance(rng, 0.6) else _trunks
    for nearness in np.linspace(0, 1, 4):
        count = round((26 - 14 * nearness) * canvas.aspect)
        ground = 0.55 + 0.4 * nearness + skyline(rng, canvas, steepness=1.5, highest=20) * 0.08
        mask = np.maximum(trees(rng, canvas, count, nearness), smoothstep(0, 0.05, canvas.y - ground[None]))
        image = over(image, palette.tone(0.48 * (1 - nearness) + 0.03), mask)
        image = over(image, palette.tone(0.7), smoothstep(-0.2, 1, canvas.y) * 0.22 * (1 - nearness))
    return image


def _pines(rng: np.random.Generator, canvas: Canvas, count: int, nearness: float) -> Field:
    mask = np.zeros_like(canvas.x)
    for _ in range(count):
        x, height = canvas.across(rng, 1.1), rng.uniform(0.5, 1) * (0.55 + 0.75 * nearness)
        part = (
            canvas.y - (0.55 + 0.5 * nearness + 0.1 * rng.random() - height)
        ) / height  # 0 at the tip, 1 at the foot
        tiers = 0.6 + 0.4 * ((part * 7 + rng.random()) % 1 * 0.9 + 0.1)
        branches = height * 0.28 * part * tiers
        mask = np.maximum(mask, smoothstep(EDGE, -EDGE, np.abs(canvas.x - x) - branches) * (part > 0))
    return mask


def _trunks(rng: np.random.Generator, canvas: Canvas, count: int, nearness: float) -> Field:
    mask = np.zeros_like(canvas.x)
    for _ in range(int(count * 0.6)):
        x, width = canvas.across(rng), (0.008 + 0.035 * nearness) * rng.uniform(0.6, 1.3)
        bend = 0.03 * np.sin(canvas.y * 2 + x * 9)
        side = np.abs(canvas.x - x - bend) - width * (1 + 0.25 * canvas.y)
        mask = np.maximum(mask, smoothstep(0.008, -0.008, side))
    return mask


def city(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    horizon = rng.uniform(0.45, 0.95)
    image = sky(canvas, palette, 0.05, 0.55, horizon)
    add_stars(rng, canvas, image, palette, count=60, brightness=0.5)
    if chance(rng, 0.5):
        moon = (canvas.across(rng, 0.7), rng.uniform(-0.75, -0.3))
        add_luminary(canvas, image, moon, rng.uniform(0.1, 0.25), palette.highlight, halo=0.18)
    street = canvas.row(horizon)
    for layer in range(3):
        left = -int(rng.integers(0, 10)) * canvas.grain
        while left < canvas.width:
            width = int(rng.integers(10, 34)) * canvas.grain
            part = (rng.random() ** 1.5 * 0.52 + 0.12) * (1.25 - 0.3 * layer) * 0.85
            roof = max(0, street - int(part * canvas.height))
            _add_house(rng, canvas, image[roof:street, max(0, left) : left + width], palette, layer)
            left += width + int(rng.integers(0, 5)) * canvas.grain
    if street < canvas.height:
        _mirror_in_water(rng, canvas, image, palette, street)
    return image


def _add_house(rng: np.random.Generator, canvas: Canvas, front: Image, palette: Palette, layer: int) -> None:
    """Paint one house into its part of the picture; the layer in the back has no lights."""
    front[:] = palette.tone(0.2 - 0.07 * layer)
    window_width, window_height = (size * canvas.grain for size in pick(rng, ((3, 4), (4, 5))))
    rows, columns = front.shape[0] // window_height, front.shape[1] // window_width
    if layer == 0 or rows == 0 or columns == 0:
        return
    is_lit = rng.random((rows, columns)) < rng.uniform(0.15, 0.6)
    light = (is_lit * rng.uniform(0.4, 1.1, (rows, columns))).astype(np.float32)
    pane = np.zeros((window_height, window_width), np.float32)
    pane[canvas.grain : -canvas.grain, canvas.grain :] = 1
    colour = pick(rng, (palette.highlight, palette.light, palette.accent, palette.second_accent))
    front[: rows * window_height, : columns * window_width] += tint(np.kron(light, pane), colour)


def _mirror_in_water(rng: np.random.Generator, canvas: Canvas, image: Image, palette: Palette, shore: int) -> None:
    depth = min(canvas.height - shore, shore)
    ripples = texture(rng, Bank.FINE, canvas.x, canvas.y * 5, 50)[shore : shore + depth]
    reflection = image[shore - depth : shore][::-1]
    image[shore : shore + depth] = reflection * 0.6 * (0.4 + ripples[..., None]) + palette.dark


def synthwave(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    horizon = rng.uniform(-0.05, 0.25)
    sun_x, sun_y, size = rng.uniform(-0.15, 0.15), horizon - rng.uniform(0.15, 0.4), rng.uniform(0.28, 0.5)
    image = sky(canvas, palette, 0.04, 0.5, horizon)
    add_stars(rng, canvas, image, palette, count=80, brightness=0.7)
    distance = radius_of(canvas.x - sun_x, canvas.y - sun_y)
    down = (canvas.y - (sun_y - size)) / (2 * size)
    disc = smoothstep(size, size - 0.02, distance)
    if chance(rng, 0.75):
        disc = disc * (1 - smoothstep(0, 0.02, np.sin(down * rng.uniform(38, 55)) - 1.3 + down * 1.9))  # stripes
    top = (palette.light + palette.highlight) / 2
    image = over(image, tint(down, palette.second_accent) + tint(1 - down, top), disc)
    image += tint(fade(distance - size, 5) * 0.3, palette.second_accent)
    if chance(rng, 0.6):
        ridge = horizon - np.abs(skyline(rng, canvas, steepness=1.3, highest=40)) * 0.22
        image = over(image, palette.dark, below(canvas, ridge[None]))
        image += tint(fade(np.abs(canvas.y - ridge[None]), 90) * 0.8, palette.accent)
    return over(image, _grid_floor(rng, canvas, palette, horizon, sun_x), below(canvas, horizon, 0.008))


def _grid_floor(rng: np.random.Generator, canvas: Canvas, palette: Palette, horizon: float, middle: float) -> Image:
    """Glowing lines on a plane in perspective: 1 / depth is the distance from the eye."""
    depth = np.clip(canvas.y - horizon, 0.004, 3)
    away = rng.uniform(0.5, 0.9) / depth + rng.random()
    aside = (canvas.x - middle) / depth * rng.uniform(1, 1.8)
    lengthwise = bell(np.abs((aside + 0.5) % 1 - 0.5), 0.0165 / depth)
    crosswise = bell(np.abs((away + 0.5) % 1 - 0.5), np.clip(0.018 / depth**1.6, 0.02, 0.6))
    lines = np.clip(lengthwise + crosswise, 0, 1) * smoothstep(0, 0.1, canvas.y - horizon + 0.03)
    return palette.dark * 1.1 + tint(lines * 1.1 + fade(depth, 6) * 0.5, palette.accent)


def lava(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    scale = rng.uniform(150, 300)
    x, y = rotate(canvas.x, canvas.y, rng.uniform(0, 2 * np.pi))
    y = y * rng.uniform(1, 2.5) if chance(rng, 0.4) else y
    bend = texture(rng, Bank.SOFT, x, y, 90)
    if chance(rng, 0.5):
        cracks = texture(rng, Bank.RIDGES, x + 0.25 * bend, y + 0.2 * bend, scale)
    else:
        cracks = 1 - np.clip(texture(rng, Bank.CELL_EDGE, x + 0.25 * bend, y + 0.2 * bend, scale) * 1.6, 0, 1)
    heat = texture(rng, Bank.SOFT, x, y, 70)
    glow = smoothstep(0.72, 1, cracks) * (0.25 + 0.8 * heat) + 0.34 * smoothstep(0.3, 1, cracks) * heat
    rock = texture(rng, Bank.FINE, x, y, scale * 1.8)
    return palette.ramp(glow) + tint(rock * 0.13, palette.deep + 0.04)
