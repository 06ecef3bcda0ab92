"""Scenes without a place: tunnel, mandala, glass, marble, honeycomb, interference, op art, tiles."""

from __future__ import annotations

import numpy as np

from core.builtin.scenes.canvas import Canvas, Field, Image
from core.builtin.scenes.noise import Bank, random_offset, texture, texture_at
from core.builtin.scenes.palette import Palette
from core.builtin.scenes.shaping import (
    bell,
    chance,
    fade,
    folded,
    over,
    pick,
    radius_of,
    rotate,
    smoothstep,
    tint,
    wave,
)

TURN = 2 * np.pi


def tunnel(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    x, y = canvas.x - rng.normal(0, 0.15), canvas.y - rng.normal(0, 0.15)
    angle = np.arctan2(y, x)
    radius = _tunnel_section(rng, x, y, angle) + 0.004
    depth = rng.uniform(0.5, 1.2) / radius
    twist = rng.uniform(-0.2, 0.2) if chance(rng, 0.6) else 0.0
    around = angle / TURN + twist * np.log(radius)
    tone = _tunnel_wall(rng, depth, around)
    image: Image = palette.ramp(tone) * (0.08 + np.clip(radius * 1.7, 0, 1))[..., None]
    image += tint(fade(radius, rng.uniform(7, 14)) * rng.uniform(0, 1.1), palette.highlight)
    return image


def _tunnel_section(rng: np.random.Generator, x: Field, y: Field, angle: Field) -> Field:
    """Distance from the middle of a round, square or many-sided tunnel."""
    shape = int(rng.integers(4))
    if shape == 0:
        return radius_of(x, y)
    if shape == 1:
        return np.maximum(np.abs(x), np.abs(y))
    side_count = pick(rng, (3, 6, 8))
    result: Field = radius_of(x, y) * np.cos(folded(angle + rng.uniform(0, 6), side_count))
    return result


def _tunnel_wall(rng: np.random.Generator, depth: Field, around: Field) -> Field:
    kind, sectors = int(rng.integers(3)), pick(rng, (6, 8, 12, 16))
    if kind == 0:
        is_light = (np.sin(depth * rng.uniform(4, 9)) > 0) ^ (np.sin(around * np.pi * sectors) > 0)
        return np.where(is_light, np.float32(0.9), np.float32(0.15))
    if kind == 1:
        rings, rails = bell(depth * 1.2 % 1 - 0.5, 0.158), bell(around * sectors % 1 - 0.5, 0.105)
        return 0.12 + 0.85 * rings + 0.4 * rails
    return texture(rng, Bank.CLOUDY, around * 8, depth, 60) * 0.9 + 0.25 * (np.sin(depth * 6) > 0.6)


def mandala(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    sectors = pick(rng, (5, 6, 8, 10, 12, 16))
    radius = radius_of(canvas.x, canvas.y)
    angle = np.abs(folded(np.arctan2(canvas.y, canvas.x) + rng.uniform(0, TURN), sectors))
    x, y = radius * np.cos(angle), radius * np.sin(angle)
    layer_count = int(rng.integers(2, 5))
    layers = [_mandala_layer(rng, x, y, radius, angle * sectors) for _ in range(layer_count)]
    tone = sum(layers, np.zeros_like(radius)) / np.sqrt(layer_count) * 0.36 + 0.5
    image = palette.ramp(smoothstep(0, 1, tone) * 0.95)
    image += tint(bell(np.abs(tone - 0.5), 1 / 22) * rng.uniform(0, 0.4), palette.highlight)
    if chance(rng, 0.6):
        image = image * smoothstep(1.05, 0.8, radius)[..., None] + palette.dark * 0.3
    return image + tint(bell(radius, rng.uniform(0.105, 0.16)) * 0.8, palette.highlight)


def _mandala_layer(rng: np.random.Generator, x: Field, y: Field, radius: Field, turn: Field) -> Field:
    density, kind = rng.uniform(6, 26), int(rng.integers(4))
    layer: Field
    if kind == 0:
        layer = np.sin(density * radius + 3 * np.cos(turn) * rng.uniform(0.3, 1))
    elif kind == 1:
        layer = np.sin(density * x * 1.2 + rng.random() * 6) * np.sin(density * y * 1.2)
    elif kind == 2:
        layer = np.cos(density * radius_of(x - rng.uniform(0.2, 0.9), y - rng.uniform(0, 0.3)) * 1.5)
    else:
        layer = texture(rng, Bank.SOFT, x, y, 130) * 2 - 1
    return layer


def stained_glass(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    scale = rng.uniform(110, 260)
    x, y = rotate(canvas.x, canvas.y, rng.uniform(0, TURN))
    if chance(rng, 0.4):
        bulge = 0.6 + 0.5 * radius_of(x, y)
        x, y = x * bulge, y * bulge
    offset = random_offset(rng)
    edge, shade, centre = (
        texture_at(bank, x, y, scale, offset) for bank in (Bank.CELL_EDGE, Bank.CELL_SHADE, Bank.CELL_CENTRE)
    )
    glass = 0.85 + 0.3 * texture(rng, Bank.FINE, x, y, 150)
    pane = palette.ramp(0.3 + 0.65 * shade) * ((1.25 - 0.5 * centre) * glass)[..., None]
    return pane * smoothstep(0.05, 0.11, edge)[..., None] + palette.dark * 0.4


def marble(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    x, y = rotate(canvas.x, canvas.y, rng.uniform(0, TURN))
    unrest, drift = texture(rng, Bank.CLOUDY, x, y, 60), texture(rng, Bank.SOFT, x, y, 60)
    if chance(rng, 0.5):
        return _agate(rng, palette, x, y, (unrest - 0.5) * rng.uniform(0.25, 0.6) + (drift - 0.5) * 0.5)
    phase = x * rng.uniform(1, 3) + (unrest - 0.5) * rng.uniform(4, 8) + drift * 2
    veins = 1 - np.abs(np.sin(phase * np.pi * 0.6))
    cracks = texture(rng, Bank.RIDGES, x + 0.3 * unrest, y + 0.3 * drift, 70) ** 8
    tone = veins**4 * 0.7 + cracks * 0.6 + 0.15 * unrest
    return palette.ramp(1 - tone * 0.85 if chance(rng, 0.5) else 0.06 + tone * 0.9)


def _agate(rng: np.random.Generator, palette: Palette, x: Field, y: Field, unrest: Field) -> Image:
    distance = radius_of(x - rng.normal(0, 0.5), y - rng.normal(0, 0.5)) * rng.uniform(0.6, 1.2) + unrest
    bands, zones = wave(distance * rng.uniform(14, 34)), wave(distance * 5 + 2)
    image = palette.ramp(0.12 + 0.5 * bands * zones + 0.38 * zones)
    return image + tint(bell(np.sin(distance * 17), 0.12) * 0.25, palette.highlight)


def honeycomb(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    density = rng.uniform(4, 9)
    x, y = rotate(canvas.x, canvas.y, rng.uniform(0, np.pi / 3) if chance(rng, 0.4) else 0.0)
    if chance(rng, 0.3):
        bulge = 0.7 + 0.4 * (x * x + y * y)
        x, y = x * bulge, y * bulge
    edge, centre_x, centre_y = _hexagons(x * density, y * density)
    grain = np.sin(centre_x * 127.1 + centre_y * 311.7) * 43758.5 % 1  # a hash: one random value a cell
    shade = texture(rng, Bank.SOFT, centre_x / density, centre_y / density, 90) * 0.7 + 0.3 * grain
    if chance(rng, 0.5):
        image = palette.ramp((0.08 + 0.8 * shade) * smoothstep(0.03, 0.06, edge)) * (0.7 + 1.2 * edge)[..., None]
        return image + tint(bell(edge - 0.07, 0.02) * 0.12, palette.highlight)
    return palette.ramp(fade(edge, 16) * (0.35 + 0.65 * shade) + shade**4 * 0.5)


def _hexagons(x: Field, y: Field) -> tuple[Field, Field, Field]:
    """Distance to the edge of the hexagon around each point, and that hexagon's centre; their width is 1.

    A hexagonal grid is two rectangular ones; each point belongs to the nearer centre of the two.
    """
    height = 3**0.5
    first_x, first_y = x % 1 - 0.5, y % height - height / 2
    second_x, second_y = (x - 0.5) % 1 - 0.5, (y - height / 2) % height - height / 2
    is_first = first_x**2 + first_y**2 < second_x**2 + second_y**2
    inner_x, inner_y = np.where(is_first, first_x, second_x), np.where(is_first, first_y, second_y)
    edge = 0.5 - np.maximum(np.abs(inner_x), np.abs(inner_x) * 0.5 + np.abs(inner_y) * height / 2)
    return edge, np.round(x - inner_x, 3), np.round(y - inner_y, 3)


def moire(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    source_count, density = int(rng.integers(2, 5)), rng.uniform(14, 38)
    swing = np.zeros_like(canvas.x)
    for _ in range(source_count):
        distance = radius_of(canvas.x - canvas.across(rng), canvas.y - rng.uniform(-1, 1))
        swing += np.sin(distance * density + rng.random() * 6) / source_count
    tone = pick(rng, (swing * 0.5 + 0.5, bell(swing, 0.22), smoothstep(-0.15, 0.15, swing) * 0.85 + 0.05))
    dimmed = 1.1 - 0.35 * radius_of(canvas.x / canvas.aspect, canvas.y)
    return palette.ramp(tone * 0.97) * dimmed[..., None]


def op_art(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    x, y = rotate(canvas.x, canvas.y, rng.uniform(0, TURN))
    kind, density = int(rng.integers(4)), rng.uniform(7, 18)
    if kind == 0:
        phase = x * density + np.sin(y * rng.uniform(2, 6) + rng.uniform(0, 6)) * rng.uniform(0.8, 2.5)
    elif kind == 1:
        phase = radius_of(x, y) * density * 1.2 + np.arctan2(y, x) / TURN * int(rng.integers(1, 6)) * 2
    elif kind == 2:
        phase = x * density * 0.6 + texture(rng, Bank.SOFT, x, y, 45) * rng.uniform(4, 9)
    else:
        return _bulging_checkers(rng, canvas, palette, x, y, density)
    is_light = smoothstep(-0.12, 0.12, np.sin(phase * np.pi))
    stripe = palette.ramp(0.55 + 0.4 * np.sin(y * 2 + phase * 0.15))
    image = over(canvas.blank(palette.tone(0.05)), stripe, is_light)
    image *= (0.75 + 0.25 * np.cos(phase * np.pi))[..., None]
    return image


def _bulging_checkers(
    rng: np.random.Generator, canvas: Canvas, palette: Palette, x: Field, y: Field, density: float
) -> Image:
    from_x, from_y = x - rng.uniform(-0.4, 0.4), y - rng.uniform(-0.4, 0.4)
    bulge = bell(radius_of(from_x, from_y), 0.5) * 0.75
    u, v = (x - bulge * from_x) * density, (y - bulge * from_y) * density
    is_light = smoothstep(-0.12, 0.12, np.sin(u * np.pi) * np.sin(v * np.pi))
    light = palette.light + (palette.highlight - palette.light) * 0.3
    return over(canvas.blank(palette.tone(0.04)), light, is_light)


def mosaic(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    rows = pick(rng, (8, 12, 16, 24))
    columns = round(rows * canvas.aspect)
    x, y = np.meshgrid(
        ((np.arange(columns) + 0.5) / columns * 2 - 1).astype(np.float32) * canvas.aspect,
        ((np.arange(rows) + 0.5) / rows * 2 - 1).astype(np.float32),
    )
    shade = np.clip(_tile_shades(rng, x, y) * 0.8 + 0.2 * rng.random(x.shape), 0, 1)
    across, down = np.arange(canvas.width) * columns / canvas.width, np.arange(canvas.height) * rows / canvas.height
    tiles = palette.ramp(0.1 + 0.88 * shade)[down.astype(int)][:, across.astype(int)]
    in_x, in_y = (across % 1).astype(np.float32)[None], (down % 1).astype(np.float32)[:, None]
    edge = np.minimum(np.minimum(in_x, 1 - in_x), np.minimum(in_y, 1 - in_y))
    bevel = 1.1 - 0.125 * (in_x + in_y)
    return over(canvas.blank(palette.dark * 0.5), tiles * bevel[..., None], smoothstep(0.02, 0.09, edge))


def _tile_shades(rng: np.random.Generator, x: Field, y: Field) -> Field:
    kind = int(rng.integers(3))
    if kind == 0:
        return texture(rng, Bank.SOFT, x, y, 60)
    if kind == 1:
        return wave(radius_of(x - rng.uniform(-0.5, 0.5), y - rng.uniform(-0.5, 0.5)) * rng.uniform(5, 10))
    return rng.random(x.shape).astype(np.float32)
