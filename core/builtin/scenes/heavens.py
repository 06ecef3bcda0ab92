"""Scenes of the sky: aurora, sunset, clouds, lightning, fireworks."""

from __future__ import annotations

import numpy as np

from core.builtin.scenes.canvas import Canvas, Colour, Field, Image
from core.builtin.scenes.drawing import add_glow, add_silhouette, add_stars, below, blurred, sky
from core.builtin.scenes.noise import Bank, random_offset, skyline, texture, texture_at
from core.builtin.scenes.palette import Palette
from core.builtin.scenes.shaping import bell, chance, fade, over, pick, radius_of, smoothstep, tint


def aurora(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    image = sky(canvas, palette, 0.02, 0.16)
    add_stars(rng, canvas, image, palette, count=200, brightness=0.8)
    for _ in range(int(rng.integers(1, 4))):
        _add_curtain(rng, canvas, image, palette)
    land = palette.dark * 1.2 + 0.01
    image = add_silhouette(rng, canvas, image, land, base=rng.uniform(0.45, 0.75), relief=0.2)
    if chance(rng, 0.35):
        _mirror_in_lake(rng, canvas, image, shore=rng.uniform(0.7, 0.8))
    return image


def _add_curtain(rng: np.random.Generator, canvas: Canvas, image: Image, palette: Palette) -> None:
    foot = rng.uniform(-0.1, 0.45) + skyline(rng, canvas, steepness=1.9, highest=7) * 0.3
    height = rng.uniform(0.35, 0.8)
    above = foot[None] - canvas.y
    streaks = skyline(rng, canvas, steepness=0.7, highest=100) * 0.5 + 0.5
    streaks = np.convolve(np.r_[streaks[-2:], streaks, streaks[:2]], np.full(5, 0.2), "valid").astype(np.float32)
    light = smoothstep(-0.05, 0.03, above) * fade(above, 2.4 / height) * (0.35 + 0.9 * streaks[None])
    light = light * (0.5 + 0.5 * texture(rng, Bank.SOFT, canvas.x, canvas.y * 0.3, 80))
    part = np.clip(above / height, 0, 1)
    image += tint(light * (1 - part) * 1.15, palette.accent) + tint(light * part * 1.15, palette.second_accent)
    image += tint(bell(above, 0.05) * streaks[None] * 0.25, palette.highlight)


def _mirror_in_lake(rng: np.random.Generator, canvas: Canvas, image: Image, shore: float) -> None:
    row = canvas.row(shore)
    ripples = texture(rng, Bank.FINE, canvas.x[row:], canvas.y[row:] * 6, 60)
    reflection = image[2 * row - canvas.height : row][::-1]
    image[row:] = reflection * 0.55 * (0.7 + 0.5 * ripples[..., None])


def sunset(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    horizon = rng.uniform(0, 0.4)
    sun_x, sun_y, size = canvas.across(rng, 0.5), horizon - rng.uniform(0, 0.5), rng.uniform(0.13, 0.34)
    distance = radius_of(canvas.x - sun_x, canvas.y - sun_y)
    haze = fade(distance, rng.uniform(1.2, 2.4))
    veils = (texture(rng, Bank.CLOUDY, canvas.x * 0.6, canvas.y * 2.6, 110) - 0.5) * smoothstep(horizon, -0.6, canvas.y)
    image = palette.ramp(0.18 + 0.42 * smoothstep(-1.2, horizon, canvas.y) + 0.4 * haze + 0.34 * veils)
    image = over(image, palette.highlight * 1.05, smoothstep(size, size - 0.025, distance))
    depth = np.clip(canvas.y - horizon, 0, 2)
    ripples = texture(rng, Bank.FINE, canvas.x * 0.35, canvas.y * 5 / (0.3 + depth), 70)
    glitter = bell(canvas.x - sun_x, 0.1 + depth * 0.5) * smoothstep(0.3, 0.75, ripples)
    water = palette.ramp(0.1 + 0.25 * fade(depth, 2.2) + 0.12 * ripples + 0.6 * glitter * fade(depth, 0.8))
    return over(image, water, below(canvas, horizon))


def clouds(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    nearness = 1 / (0.5 + 0.75 * (canvas.y * 0.5 + 0.5)) if chance(rng, 0.5) else np.ones_like(canvas.y)
    scale, offset = rng.uniform(60, 110), random_offset(rng)
    x, y = canvas.x * nearness, canvas.y * 1.6 * nearness
    shade = texture(rng, Bank.SOFT, x, y, scale)
    x = x + 0.25 * shade
    mass = texture_at(Bank.CLOUDY, x, y, scale, offset)
    toward_light = texture_at(Bank.CLOUDY, x + 0.05, y - 0.09, scale, offset)
    light = np.clip(0.55 + (mass - toward_light) * 2.2, 0, 1)
    cover = smoothstep(0.38, 0.75, mass * 0.8 + shade * 0.2)
    image = over(sky(canvas, palette, 0.28, 0.62), palette.ramp(0.5 + 0.5 * light), cover)
    if chance(rng, 0.4):
        distance = radius_of(canvas.x - canvas.across(rng, 0.7), canvas.y - rng.uniform(-0.8, 0.2))
        image += tint(fade(distance, 3) * 0.45, palette.highlight)
    return image


def lightning(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    shade = texture(rng, Bank.SOFT, canvas.x, canvas.y, 70)
    storm = texture(rng, Bank.CLOUDY, canvas.x + 0.3 * shade, canvas.y * 1.4, 80)
    image = palette.ramp(0.04 + 0.48 * storm * smoothstep(0.8, -1, canvas.y) * shade)
    bolts = np.zeros_like(canvas.x)
    flash = np.zeros_like(canvas.x)
    for _ in range(int(rng.integers(1, 4))):
        x = canvas.across(rng, 0.7)
        start = (x, rng.uniform(-1.04, -0.6))
        _add_bolt(rng, canvas, bolts, start, heading=rng.normal(0, 0.25), length=rng.uniform(1.4, 2.2), light=1.0)
        flash += np.exp(-((canvas.x - x) ** 2) * 1.5 - (canvas.y + 0.5) ** 2 * 1.2)
    glow = blurred(bolts, 4 * canvas.grain)
    wide = blurred(np.clip(glow * 2, 0, 1), 14 * canvas.grain)
    image += palette.ramp(0.75 * storm) * (flash * 0.45)[..., None]
    image += tint(glow * 1.1 + wide * 0.9, palette.accent) + tint(bolts * 1.1 + glow * 0.6, palette.highlight)
    return add_silhouette(rng, canvas, image, palette.dark * 0.5, base=0.85, relief=0.07)


def _add_bolt(
    rng: np.random.Generator,
    canvas: Canvas,
    bolts: Field,
    start: tuple[float, float],
    *,
    heading: float,
    length: float,
    light: float,
    depth: int = 0,
) -> None:
    """A jagged line downwards, with up to two generations of weaker branches."""
    stride = 0.04
    count = int(length / stride) + 1
    steps = np.stack(
        [np.sin(heading) * stride + rng.normal(0, stride / 2, count), np.full(count, np.cos(heading) * stride)], 1
    )
    joints = np.cumsum(np.vstack([start, steps]), axis=0)
    for index in np.nonzero(rng.random(count) < 0.09)[0] if depth < 2 else ():
        _add_bolt(
            rng,
            canvas,
            bolts,
            (float(joints[index, 0]), float(joints[index, 1])),
            heading=heading + pick(rng, (-1, 1)) * rng.uniform(0.4, 1),
            length=length * (1 - index / count) * rng.uniform(0.3, 0.6),
            light=light * 0.55,
            depth=depth + 1,
        )
    _draw_line(canvas, bolts, joints, light, thickness=max(1, 2 - depth) * canvas.grain)


def _draw_line(canvas: Canvas, field: Field, joints: Field, light: float, thickness: int) -> None:
    at = np.linspace(0, len(joints) - 1, (len(joints) - 1) * int(0.08 * canvas.pixels_per_unit + 2))
    x = np.interp(at, np.arange(len(joints)), joints[:, 0])
    y = np.interp(at, np.arange(len(joints)), joints[:, 1])
    columns = ((x + canvas.aspect) * canvas.pixels_per_unit).astype(np.int32)
    rows = ((y + 1) * canvas.pixels_per_unit).astype(np.int32)
    for down in range(thickness):
        for across in range(thickness):
            row, column = rows + down, columns + across
            is_inside = (row >= 0) & (row < canvas.height) & (column >= 0) & (column < canvas.width)
            np.maximum.at(field, (row[is_inside], column[is_inside]), np.float32(light))


def fireworks(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    image = sky(canvas, palette, 0.02, 0.14)
    add_stars(rng, canvas, image, palette, count=50, brightness=0.4)
    tones = (palette.accent, palette.second_accent, palette.highlight, palette.light)
    for _ in range(round(rng.integers(2, 6) * canvas.aspect)):
        centre = (canvas.across(rng, 0.76), rng.uniform(-0.76, 0.3))
        _add_burst(rng, canvas, image, centre, pick(rng, tones), palette.highlight)
    image += blurred(np.clip(image, 0, 1), 3 * canvas.grain) * 1.1
    return add_silhouette(rng, canvas, image, palette.dark * 0.4, base=0.88, relief=0.06, steepness=1.0)


def _add_burst(
    rng: np.random.Generator, canvas: Canvas, image: Image, centre: tuple[float, float], colour: Colour, tip: Colour
) -> None:
    """Sparks flying apart and falling a little; each track is drawn as points that brighten outwards."""
    count, reach = int(rng.integers(30, 70)), rng.uniform(0.24, 0.68)
    angle, speed = rng.random(count) * 2 * np.pi, np.sqrt(rng.random(count)) * 0.6 + 0.4
    time = np.linspace(0.15, 1, 34 * canvas.grain)[:, None]
    x = centre[0] + np.cos(angle) * speed * reach * time
    y = centre[1] + np.sin(angle) * speed * reach * time + time**2 * reach * 0.22
    columns = ((x + canvas.aspect) * canvas.pixels_per_unit).astype(np.int32)
    rows = ((y + 1) * canvas.pixels_per_unit).astype(np.int32)
    is_inside = (rows > 0) & (rows < canvas.height - 1) & (columns > 0) & (columns < canvas.width - 1)
    light = np.broadcast_to(time**1.5, x.shape)[is_inside].astype(np.float32)
    np.add.at(image, (rows[is_inside], columns[is_inside]), light[:, None] * colour * 0.5)
    ends = is_inside[-1]
    for down in (-1, 0, 1):
        for across in (-1, 0, 1):
            strength = 0.8 if down == across == 0 else 0.3
            image[rows[-1][ends] + down, columns[-1][ends] + across] += tip * strength
    add_glow(canvas, image, centre, reach * 0.5, colour * 0.22)
