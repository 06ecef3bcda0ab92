"""Scenes of light and smoke: flames, smoke, bokeh, lasers, waveform lines."""

from __future__ import annotations

import numpy as np

from core.builtin.scenes.canvas import Canvas, Image
from core.builtin.scenes.drawing import PIXEL, add_bead, add_silhouette, add_sparks
from core.builtin.scenes.noise import Bank, skyline, texture
from core.builtin.scenes.palette import Palette
from core.builtin.scenes.shaping import bell, chance, fade, over, pick, radius_of, rotate, smoothstep, tint


def flames(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    height, scale = rng.uniform(0.5, 1.2), rng.uniform(90, 150)
    sway = texture(rng, Bank.SOFT, canvas.x, canvas.y, 110)
    tongues = texture(rng, Bank.CLOUDY, canvas.x + 0.35 * (sway - 0.5), canvas.y * 0.45 + 0.15 * sway, scale)
    licks = texture(rng, Bank.FINE, canvas.x + 0.3 * (sway - 0.5), canvas.y * 0.4, scale * 1.4)
    above = (1 - canvas.y) * 0.5
    hearth = bell(canvas.x - rng.uniform(-0.4, 0.4), rng.uniform(0.5, 1.6) * canvas.aspect)
    unrest = skyline(rng, canvas, steepness=1.3, highest=14)[None] * 0.22 * (1 - above)
    heat = 1.15 - above * 1.7 / height / (0.45 + 0.75 * hearth) + unrest + (tongues - 0.5) * 1.5 + (licks - 0.5) * 0.55
    heat = np.clip(heat * (0.62 + 0.45 * licks) * (0.8 + 0.3 * tongues), 0, 1)
    image = palette.ramp(heat**1.35 * 0.9 + 0.12 * np.clip(heat - 0.75, 0, 1))
    count = int(rng.integers(5, 40))
    add_sparks(rng, canvas, image, count=count, sizes=(0.7, 1.4), colour=palette.light, strength=(0.9, 0.9))
    return image


def smoke(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    scale, warp = rng.uniform(90, 160), rng.uniform(0.8, 1.76)
    x, y = rotate(canvas.x, canvas.y, rng.uniform(0, 2 * np.pi))
    shade, drift = texture(rng, Bank.SOFT, x, y, scale), texture(rng, Bank.SOFT, x, y, scale)
    x, y = x + warp * (shade - 0.5), y + warp * (drift - 0.5)
    curl = texture(rng, Bank.SOFT, x, y, scale * 1.5)
    veil = texture(rng, Bank.CLOUDY, x + 0.5 * curl, y - 0.4 * curl, scale * 0.8)
    wisps = 1 - np.abs(2 * veil - 1)
    room = smoothstep(1.5, 0.2, radius_of(canvas.x / canvas.aspect, canvas.y * 0.77))
    density = wisps**1.8 * 0.8 * smoothstep(0.1, 0.7, curl) + 0.4 * veil * (0.3 + 0.7 * curl)
    image = palette.ramp(np.clip(density * room * 1.15, 0, 0.97))
    return image + tint(wisps**7 * room * 0.3 * shade, palette.second_accent)


def bokeh(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    image = palette.ramp(0.03 + 0.22 * texture(rng, Bank.SOFT, canvas.x, canvas.y, 50))
    count, size = round(rng.integers(14, 45) * canvas.aspect), rng.uniform(8, 26) * PIXEL
    street = rng.uniform(-0.3, 0.3) if chance(rng, 0.4) else None
    for _ in range(count):
        y = rng.uniform(-1, 1) if street is None else street + rng.normal(0, 0.28)
        light = palette.tone(rng.uniform(0.4, 1)) * rng.uniform(0.3, 0.95)
        add_bead(canvas, image, (canvas.across(rng), y), size * rng.uniform(0.4, 1.15), light)
    add_sparks(rng, canvas, image, count=8, sizes=(1, 2.5), colour=palette.highlight, strength=(0.8, 0.8))
    return image


def lasers(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    air = texture(rng, Bank.CLOUDY, canvas.x, canvas.y, 60) * texture(rng, Bank.SOFT, canvas.x, canvas.y, 50)
    image = palette.ramp(0.02 + 0.16 * air)
    haze = 0.45 + 0.7 * texture(rng, Bank.CLOUDY, canvas.x, canvas.y, 90)
    for _ in range(round(rng.integers(1, 4) * canvas.aspect)):
        _add_fan(rng, canvas, image, palette, haze)
    if chance(rng, 0.5):
        image = add_silhouette(rng, canvas, image, palette.dark * 0.4, base=0.9, relief=0.05, steepness=1.1)
    return image


def _add_fan(rng: np.random.Generator, canvas: Canvas, image: Image, palette: Palette, haze: Image) -> None:
    """Beams from one lamp at the top or at the bottom."""
    is_above = chance(rng, 0.5)
    lamp_y = rng.uniform(-1.15, -0.9) if is_above else rng.uniform(0.75, 1.1)
    x, y = canvas.x - canvas.across(rng, 0.9), (canvas.y - lamp_y) * (1 if is_above else -1)
    angle, radius = np.arctan2(x, y), radius_of(x, y)
    spread, heading, width = rng.uniform(0.25, 0.8), rng.uniform(-0.4, 0.4), rng.uniform(0.006, 0.02)
    beams = np.zeros_like(angle)
    for direction in np.linspace(heading - spread, heading + spread, int(rng.integers(3, 9))):
        distance = np.abs(angle - float(direction))
        beams += bell(distance, width) + 0.22 * fade(distance, 0.35 / width)
    colour = pick(rng, (palette.accent, palette.second_accent, palette.light))
    image += tint(beams * fade(radius, 0.55) * haze * (y > 0) * 0.9, colour)
    image += tint(bell(radius, 0.105) * 0.9, palette.highlight)


def ridgelines(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    image = canvas.blank(palette.dark * 0.5)
    swell = bell(canvas.columns, rng.uniform(0.3, 0.6) * canvas.aspect)
    for nearness in np.linspace(0, 1, int(rng.integers(14, 30))):
        fine = np.abs(skyline(rng, canvas, steepness=0.9, highest=26)) * 0.3
        coarse = np.abs(skyline(rng, canvas, steepness=1.3, highest=8)) * 0.1
        line = -0.79 + 1.65 * nearness - (fine + coarse) * swell
        depth = canvas.y - line[None]
        image = over(image, palette.dark * 0.35, (depth > 0) * np.float32(0.97))
        glow = bell(depth, 0.012) + fade(np.abs(depth), 30) * 0.25
        image += tint(glow, palette.tone(0.45 + 0.5 * nearness))
    return image
