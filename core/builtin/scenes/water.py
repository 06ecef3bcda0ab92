"""Scenes of liquids: waves, the view under water, flowing paint, and what freezes: frost, snowflakes."""

from __future__ import annotations

import numpy as np

from core.builtin.scenes.canvas import Canvas, Field, Image
from core.builtin.scenes.drawing import add_sparks, sky
from core.builtin.scenes.noise import Bank, profile, skyline, texture
from core.builtin.scenes.palette import Palette
from core.builtin.scenes.shaping import bell, fade, folded, over, radius_of, rotate, smoothstep, tint, wave

TURN = 2 * np.pi


def waves(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    horizon = rng.uniform(-0.5, 0)
    image = sky(canvas, palette, 0.35, 1.0, horizon)
    wave_count, base = int(rng.integers(5, 9)), horizon
    for index in range(wave_count):
        nearness = (index + 1) / wave_count
        image = _with_wave(rng, canvas, image, palette, base, nearness)
        base += (1.2 - horizon) / wave_count * (0.5 + nearness * 0.8) * 0.9
    return image


def _with_wave(
    rng: np.random.Generator, canvas: Canvas, image: Image, palette: Palette, base: float, nearness: float
) -> Image:
    phase = canvas.columns * rng.uniform(1.6, 4) / (0.3 + nearness) + rng.random() * 6
    phase = phase + skyline(rng, canvas, steepness=1.9, highest=8) * 0.9
    crests = (1 - np.abs(np.sin(phase))) ** 1.6 * (0.02 + 0.2 * nearness) * rng.uniform(0.5, 1.2)
    top = base + skyline(rng, canvas, steepness=1.8, highest=10) * (0.03 + 0.1 * nearness) - crests
    depth = canvas.y - top[None]
    swirl = texture(rng, Bank.CLOUDY, canvas.x, canvas.y * 2.5 / (0.4 + nearness), 120 / (0.5 + nearness))
    foam = fade(depth, 28 - 14 * nearness) * (0.25 + 0.6 * swirl) * 0.8
    body = palette.ramp(0.14 + 0.42 * fade(depth, 3) * (0.5 + 0.5 * swirl) + 0.1 * swirl)
    return over(image, body + tint(foam, palette.highlight), smoothstep(0, 0.012, depth))


def underwater(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    x, y = canvas.x - canvas.across(rng, 0.6), canvas.y + rng.uniform(1.15, 1.6)  # seen from the sun above
    angle = np.arctan2(x, y)
    beams = profile(rng, 1024, steepness=1.0, lowest=8, highest=90) * 0.5 + 0.5
    beam = beams[np.clip((angle / np.pi + 0.5) * 1023, 0, 1023).astype(np.int32)]
    height = 0.5 - canvas.y * 0.5
    light = smoothstep(0.35, 0.95, beam) * np.exp((height - 1) * 1.4 - np.abs(angle))
    surface = texture(rng, Bank.RIDGES, canvas.x / (1.3 + canvas.y * 0.25), canvas.y * 2.2, 100)
    caustics = surface**5 * smoothstep(-0.1, -1, canvas.y)
    image = palette.ramp(0.1 + 0.5 * height**1.4 + 0.42 * light + 0.3 * caustics)
    ground = skyline(rng, canvas, steepness=1.7, highest=20) * 0.15 + rng.uniform(0.65, 1.1)
    sand = palette.ramp(0.05 + 0.12 * texture(rng, Bank.CLOUDY, canvas.x, canvas.y, 70) + 0.05 * light)
    image = over(image, sand, smoothstep(0, 0.05, canvas.y - ground[None]))
    count = int(rng.integers(5, 45))
    add_sparks(rng, canvas, image, count=count, sizes=(0.6, 2.2), colour=palette.highlight, strength=(0.15, 0.7))
    return image


def fluid(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    """Domain warping, twice, lit from the upper left."""
    scale = rng.uniform(75, 140)
    x, y = rotate(canvas.x, canvas.y, rng.uniform(0, TURN))
    shade = texture(rng, Bank.SOFT, x, y, scale)
    x, y = x + (shade - 0.5) * 2.2, y + (texture(rng, Bank.SOFT, x, y, scale) - 0.5) * 2.2
    across, down = texture(rng, Bank.SOFT, x, y, scale), texture(rng, Bank.SOFT, x, y, scale)
    height = texture(rng, Bank.SOFT, x + 1.5 * across, y + 1.5 * down, scale)
    image = palette.ramp(0.12 + 0.85 * wave(height * TURN * rng.uniform(1.2, 3.2) + shade * 4))
    slope = (np.gradient(height, axis=1) - np.gradient(height, axis=0)) * canvas.height * 0.05
    light = np.clip(0.5 + slope * 0.9, 0, 1.4)
    return image * (0.55 + 0.6 * light[..., None]) + tint(np.clip(light - 0.95, 0, 1) * 1.2, palette.highlight)


def frost(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    x, y = rotate(canvas.x, canvas.y, rng.uniform(0, TURN))
    shade, drift = texture(rng, Bank.SOFT, x, y, 110), texture(rng, Bank.SOFT, x, y, 110)
    scale, warp = rng.uniform(170, 300), rng.uniform(0.15, 0.6)
    u, v = x + warp * (shade - 0.5), y + warp * (drift - 0.5)
    branches = texture(rng, Bank.RIDGES, u, v, scale) ** 3
    twigs = texture(rng, Bank.RIDGES, u, v, scale * 2.1) ** 4
    grains = texture(rng, Bank.FINE, u * 1.5, v, scale * 1.6)
    from_middle = radius_of(canvas.x / canvas.aspect, canvas.y) + 0.5 * (shade - 0.5)
    cover = smoothstep(rng.uniform(0, 0.35), 1.25, from_middle)  # a window freezes from its borders
    needles = np.abs(np.sin((x * np.cos(shade * 3) + y * np.sin(shade * 3)) * rng.uniform(18, 34))) ** 8
    tone = 0.08 + 0.25 * shade * (1 - cover) + 0.22 * branches * (1 - cover)
    tone += cover * (0.5 * branches + 0.4 * twigs + 0.28 * grains + 0.12 * needles)
    return palette.ramp(tone) + tint((twigs * cover) ** 2 * 0.7, palette.highlight)


def snowflake(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    image = palette.ramp(0.05 + 0.22 * texture(rng, Bank.SOFT, canvas.x, canvas.y, 60))
    _add_flake(rng, canvas, image, palette, (rng.normal(0, 0.12), rng.normal(0, 0.12)), rng.uniform(0.6, 0.95), 1.0)
    for _ in range(round(rng.integers(0, 4) * canvas.aspect)):
        centre = (canvas.across(rng, 0.9), rng.uniform(-0.9, 0.9))
        _add_flake(rng, canvas, image, palette, centre, rng.uniform(0.2, 0.45), 0.55)
    return image


def _add_flake(
    rng: np.random.Generator,
    canvas: Canvas,
    image: Image,
    palette: Palette,
    centre: tuple[float, float],
    size: float,
    light: float,
) -> None:
    x, y = rotate(canvas.x - centre[0], canvas.y - centre[1], rng.uniform(0, TURN))
    x, y = x / size, y / size
    radius = radius_of(x, y)
    angle = np.abs(folded(np.arctan2(y, x), 6))
    along, aside = radius * np.cos(angle), radius * np.sin(angle)
    distance = _distance_to_arm(rng, along, aside)
    lines = (bell(distance, 0.022) + fade(distance, 14) * 0.35) * smoothstep(1.15, 0.95, radius)
    image += tint(lines * light, palette.light * 0.5 + palette.highlight * 0.6)
    image += tint(fade(radius, 3) * 0.25, palette.accent)


def _distance_to_arm(rng: np.random.Generator, along: Field, aside: Field) -> Field:
    """From each point of a half sector to the arm, its twigs at 60 degrees and the inner hexagon."""
    distance = aside + np.clip(along - 1, 0, 9)
    for _ in range(int(rng.integers(3, 6))):
        root = rng.uniform(0.15, 0.85)
        length = rng.uniform(0.15, 0.5) * (1.1 - root * 0.7)
        twig_along, twig_aside = rotate(along - root, aside, -np.pi / 3)
        outside = np.clip(twig_along - length, 0, 9) + np.clip(-twig_along, 0, 9)
        distance = np.minimum(distance, np.abs(twig_aside) + outside)
    hexagon: Field = np.abs(along - rng.uniform(0.12, 0.35)) + 0.004
    return np.minimum(distance, hexagon)
