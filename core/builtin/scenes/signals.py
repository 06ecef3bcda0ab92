"""Scenes of signals and clubs: glitch, code rain, equalizer, disco ball."""

from __future__ import annotations

import numpy as np

from core.builtin.scenes.canvas import Canvas, Field, Image
from core.builtin.scenes.drawing import add_glow, add_sparks, blurred
from core.builtin.scenes.heavens import sunset
from core.builtin.scenes.land import city, mountains
from core.builtin.scenes.living import eye
from core.builtin.scenes.noise import Bank, profile, texture
from core.builtin.scenes.palette import Palette
from core.builtin.scenes.patterns import tunnel
from core.builtin.scenes.shaping import bell, chance, fade, over, pick, radius_of, rotate, smoothstep, tint

GLYPH = (7, 5)  # rows and columns of dots


def glitch(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    """A picture that a broken cable tears: shifted strips and colours, repeated blocks, bars, scan lines."""
    image = np.clip(pick(rng, (eye, city, sunset, mountains, tunnel))(rng, canvas, palette), 0, 1)
    shift = _strip_shifts(rng, canvas)
    columns = (np.arange(canvas.width)[None] + shift[:, None]) % canvas.width
    apart = round(rng.uniform(0.008, 0.03) * canvas.width)
    rows = np.arange(canvas.height)[:, None]
    torn = np.stack(
        [image[rows, (columns + by) % canvas.width, index] for index, by in enumerate((-apart, 0, apart))], -1
    )
    torn = _with_blocks(rng, canvas, torn, palette)
    for _ in range(int(rng.integers(1, 4))):
        y, thick = rng.uniform(-1, 1), rng.uniform(0.01, 0.06)
        snow = rng.random((canvas.height, max(1, canvas.width // (2 * canvas.grain)))).repeat(2 * canvas.grain, 1)
        band = (np.abs(canvas.y - y) < thick) * np.pad(snow, ((0, 0), (0, canvas.width)))[:, : canvas.width]
        torn = over(torn, palette.highlight, band * 0.8)
    lines = 0.82 + 0.18 * np.cos(canvas.y * 256 * np.pi / 2)
    return torn * lines[..., None] + tint(fade(np.abs((canvas.y + 1) / 2 - rng.random()), 9) * 0.12, palette.accent)


def _strip_shifts(rng: np.random.Generator, canvas: Canvas) -> Field:
    """How many columns each row is moved: mostly none, some strips far."""
    shift = np.zeros(canvas.height)
    for _ in range(int(rng.integers(9, 20))):
        top = int(rng.integers(0, canvas.height))
        height = int(canvas.height * rng.uniform(0.01, 0.09))
        shift[top : top + height] += rng.normal(0, 0.08) * canvas.width
    tear = profile(rng, canvas.height, steepness=0.8) * canvas.width * 0.006
    result: Field = np.round(shift + tear * (np.abs(shift) > 0)).astype(np.int64)
    return result


def _with_blocks(rng: np.random.Generator, canvas: Canvas, image: Image, palette: Palette) -> Image:
    """Squares of the codec that show another place, or one colour."""
    side = max(8, canvas.height // 22)
    for _ in range(round(26 * canvas.aspect)):
        row, column = (int(rng.integers(0, size // side + 1)) * side for size in (canvas.height, canvas.width))
        tall, wide = side * int(rng.integers(1, 3)), side * int(rng.integers(1, 9))
        target = image[row : row + tall, column : column + wide]
        if chance(rng, 0.3):
            target[:] = target * 0.3 + pick(rng, (palette.accent, palette.second_accent, palette.highlight)) * 0.7
        elif target.shape[1] > 1:
            target[:] = target[:, :1] if chance(rng, 0.5) else target[:, ::-1] * 1.25
    return image


def code_rain(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    """Columns of signs that fall, bright at their head; far ones are small and out of focus."""
    image = canvas.blank(palette.dark * 0.4)
    for height, strength, blur in ((0.06, 0.35, 1.2), (0.1, 0.75, 0.0), (0.19, 1.0, 0.0)):
        layer = _rain(rng, canvas, palette, height * rng.uniform(0.9, 1.15), part=0.75 if height < 0.15 else 0.25)
        layer = blurred(layer, blur * canvas.grain) if blur else layer
        image = image * (1 - 0.5 * np.clip(layer.max(-1, keepdims=True), 0, 1)) + layer * strength
    return image + blurred(np.clip(image, 0, 1), 6 * canvas.grain) * 0.7


def _rain(rng: np.random.Generator, canvas: Canvas, palette: Palette, size: float, part: float) -> Image:
    """One layer. size: height of a sign; part: how many of the columns fall."""
    cell_h = max(GLYPH[0] + 2, round(size * canvas.pixels_per_unit))
    cell_w = max(GLYPH[1] + 1, round(cell_h * 0.72))
    rows, columns = -(-canvas.height // cell_h), -(-canvas.width // cell_w)
    head = np.where(rng.random(columns) < part, rng.uniform(0, 1.6, columns) * rows, -9)
    behind = head[None] - np.arange(rows)[:, None]
    length = rng.uniform(0.25, 0.9, columns)[None] * rows
    light = np.where(behind >= 0, np.clip(1 - behind / length, 0, 1) ** 1.3, 0) * rng.uniform(0.55, 1, (rows, columns))
    is_head = (behind >= 0) & (behind < 1)
    sheet = _glyphs(rng, rows * columns, cell_h, cell_w).reshape(rows, columns, cell_h, cell_w)
    strength = sheet * light[..., None, None]
    tone = np.where(is_head, 1.0, 0.62)[..., None, None] * np.ones_like(sheet)
    flat = (
        each.swapaxes(1, 2).reshape(rows * cell_h, columns * cell_w)[: canvas.height, : canvas.width]
        for each in (strength, tone)
    )
    lit, tones = flat
    return palette.ramp(tones.astype(np.float32)) * lit[..., None].astype(np.float32)


def _glyphs(rng: np.random.Generator, count: int, height: int, width: int) -> Field:
    """Signs of no alphabet: strokes on a grid of dots. Shape (count, height, width), 0..1."""
    kinds = 60
    dots = np.zeros((kinds, *GLYPH), np.float32)
    for dot in dots:
        for _ in range(int(rng.integers(2, 5))):
            if chance(rng, 0.5):
                row, start = int(rng.integers(0, GLYPH[0])), int(rng.integers(0, 3))
                dot[row, start : start + int(rng.integers(2, 5))] = 1
            else:
                column, start = int(rng.integers(0, GLYPH[1])), int(rng.integers(0, 4))
                dot[start : start + int(rng.integers(3, 7)), column] = 1
    rows = np.arange(height) * (GLYPH[0] + 2) // height - 1
    columns = np.arange(width) * (GLYPH[1] + 1) // width
    padded = np.pad(dots, ((0, 0), (1, 2), (0, 1)))
    large = padded[:, rows + 1][:, :, columns]
    result: Field = large[rng.integers(0, kinds, count)]
    return result


def equalizer(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    """The spectrum of a sound: bars of segments over a mirror, or rays around a disc."""
    return _radial_bars(rng, canvas, palette) if chance(rng, 0.35) else _standing_bars(rng, canvas, palette)


def _levels(rng: np.random.Generator, count: int) -> Field:
    """Loud in the bass, with peaks: 0.06..1."""
    rough = np.abs(profile(rng, count, steepness=0.6, highest=count / 2)) * 0.7
    slow = np.abs(profile(rng, count, steepness=1.4, highest=6)) * 0.6
    result: Field = np.clip(0.08 + rough + slow * np.linspace(1.2, 0.6, count), 0.06, 1)
    return result


def _standing_bars(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    floor, count = rng.uniform(0.3, 0.62), round(rng.uniform(12, 26) * canvas.aspect)
    levels = _levels(rng, count) * (floor + 0.85)
    place = (canvas.x / canvas.aspect + 1) / 2 * count
    index = np.clip(place.astype(np.int32), 0, count - 1)
    gap = smoothstep(0.5, 0.44, np.abs(place - index - 0.5) + 0.06)
    is_below = canvas.y > floor
    height = np.abs(canvas.y - floor)
    segment = 0.058
    slit = smoothstep(0.1, 0.2, (height / segment) % 1) if chance(rng, 0.7) else np.ones_like(height)
    lit = (height < np.ceil(levels[index] / segment) * segment) * gap * slit
    peak = bell(height - levels[index] - 0.07, 0.012) * gap
    image = palette.ramp(0.03 + 0.14 * fade(height, 2.5))
    ripples = 0.5 + 0.5 * texture(rng, Bank.FINE, canvas.x, canvas.y * 8, 60)
    mirror = np.where(is_below, 0.32 * ripples * fade(height, 1.6), 1)
    bars: Image = palette.ramp(0.4 + 0.6 * height / (floor + 0.9)) * (lit * mirror)[..., None]
    bars += tint(peak * mirror, palette.highlight)
    return image * 0.8 + bars + blurred(bars, 8 * canvas.grain) * 0.7


def _radial_bars(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    count, inner = int(rng.integers(60, 120)), rng.uniform(0.3, 0.42)
    levels = _levels(rng, count // 2)
    levels = np.concatenate([levels, levels[::-1]]) * (0.95 - inner)
    x, y = rotate(canvas.x, canvas.y, np.pi / 2)
    radius, place = radius_of(x, y), (np.arctan2(y, x) / (2 * np.pi) + 0.5) * len(levels)
    index = np.clip(place.astype(np.int32), 0, len(levels) - 1)
    gap = smoothstep(0.42, 0.34, np.abs(place - index - 0.5))
    lit = smoothstep(0.01, 0, radius - inner - levels[index]) * (radius > inner) * gap
    image = palette.ramp(0.03 + 0.2 * fade(radius, 1.8) * texture(rng, Bank.SOFT, canvas.x, canvas.y, 60))
    bars = palette.ramp(0.45 + 0.6 * (radius - inner) / (1 - inner)) * lit[..., None]
    bars += tint(bell(radius - inner + 0.03, 0.012), palette.light)
    bars += tint(smoothstep(inner - 0.06, inner - 0.3, radius) * 0.25, palette.accent)
    return image + bars + blurred(bars, 8 * canvas.grain) * 0.9


def disco_ball(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    """A ball of mirrors, with its spots on the walls and beams through the haze."""
    centre, size = (canvas.across(rng, 0.3), rng.uniform(-0.3, -0.02)), rng.uniform(0.4, 0.58)
    x, y = (canvas.x - centre[0]) / size, (canvas.y - centre[1]) / size
    radius, angle = radius_of(x, y), np.arctan2(y, x)
    haze = texture(rng, Bank.CLOUDY, canvas.x, canvas.y, 70)
    image = palette.ramp(0.03 + 0.16 * haze * fade(radius - 1, 0.4))
    for _ in range(round(60 * canvas.aspect)):
        spot = (canvas.across(rng), rng.uniform(-1, 1))
        add_glow(
            canvas,
            image,
            spot,
            rng.uniform(0.012, 0.035),
            pick(rng, (palette.accent, palette.second_accent, palette.light)) * rng.uniform(0.2, 0.7),
        )
    rays = np.zeros_like(x)
    for heading in rng.uniform(-np.pi, np.pi, 11):
        away = np.abs((angle - float(heading) + np.pi) % (2 * np.pi) - np.pi)
        rays += bell(away, rng.uniform(0.015, 0.05)) * rng.uniform(0.3, 1)
    image += tint(rays * fade(radius - 1, 0.5) * (0.3 + 0.9 * haze) * 0.6, palette.accent)
    cord = smoothstep(0.02, 0.01, np.abs(x)) * (y < -0.95)
    image = over(image, palette.tone(0.3), cord)
    return _with_mirrors(rng, canvas, image, palette, x, y)


def _with_mirrors(
    rng: np.random.Generator, canvas: Canvas, image: Image, palette: Palette, x: Field, y: Field
) -> Image:
    """Facets in rings of equal height; each shows one place of a bright room."""
    depth = np.sqrt(np.clip(1 - x * x - y * y, 0, 1))
    rings, across = 22, 44
    latitude = np.arcsin(np.clip(y, -1, 1)) / np.pi * rings
    ring = np.floor(latitude).astype(np.int32)
    in_ring = np.maximum(1, np.round(across * np.cos((ring + 0.5) / rings * np.pi)))
    longitude = (np.arctan2(x, depth + 1e-6) / (2 * np.pi) + rng.random()) * in_ring
    tile = np.floor(longitude).astype(np.int32)
    luck = rng.random((64, 128)).astype(np.float32)[ring & 63, tile & 127]
    joint = np.minimum(np.abs(latitude - ring - 0.5), np.abs(longitude - tile - 0.5))
    edge = smoothstep(0.5, 0.42, np.maximum(np.abs(latitude - ring - 0.5), np.abs(longitude - tile - 0.5)))
    shade = np.clip(0.25 + 0.75 * (depth * 0.7 - x * 0.35 - y * 0.45), 0.05, 1)
    tone = shade * (0.15 + 0.7 * luck) + 0.15 * joint
    ball = palette.ramp(np.clip(tone, 0, 1)) * (0.25 + 0.75 * edge)[..., None]
    flash = (luck > 0.93) * edge * shade
    ball += tint(flash * 0.9, palette.highlight)
    image = over(image, ball, smoothstep(1.0, 0.985, radius_of(x, y)))
    image += blurred(tint(flash * (radius_of(x, y) < 1) * 1.6, palette.light), 5 * canvas.grain)
    add_sparks(rng, canvas, image, count=6, sizes=(1, 2.5), colour=palette.highlight, strength=(0.6, 1))
    return image
