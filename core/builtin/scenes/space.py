"""Scenes of the universe: nebula, galaxy, stars, planets."""

from __future__ import annotations

import numpy as np

from core.builtin.scenes.canvas import Canvas, Field, Image
from core.builtin.scenes.drawing import PIXEL, add_glow, add_sparks, add_stars
from core.builtin.scenes.noise import Bank, profile, random_offset, texture, texture_at
from core.builtin.scenes.palette import Palette
from core.builtin.scenes.shaping import bell, chance, fade, over, pick, radius_of, rotate, smoothstep, tint

TURN = 2 * np.pi


def nebula(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    scale, warp = rng.uniform(60, 150), rng.uniform(0.1, 0.4)
    x, y = rotate(canvas.x, canvas.y, rng.uniform(0, TURN))
    shade, drift = texture(rng, Bank.SOFT, x, y, scale), texture(rng, Bank.SOFT, x, y, scale)
    gas = texture(rng, Bank.CLOUDY, x + warp * (shade - 0.5) * 3, y + warp * (drift - 0.5) * 3, scale * 1.2)
    dust = texture(rng, Bank.FINE, x + warp * shade, y + warp * drift, scale * 1.3)
    from_heart = radius_of(canvas.x - rng.normal(0, 0.4), canvas.y - rng.normal(0, 0.4))
    heart = bell(from_heart, rng.uniform(0.7, 1.1))
    density = smoothstep(0.25, 1.05, (gas * 0.75 + dust * 0.25) * 0.8 + heart * 0.4) * (0.55 + 0.5 * heart)
    image = palette.ramp(density * 1.05) * (0.5 + 0.7 * shade[..., None])
    image += tint(smoothstep(0.5, 1, drift) * smoothstep(0.3, 0.9, gas) * 0.35, palette.second_accent)
    add_stars(rng, canvas, image, palette, count=int(rng.integers(80, 350)))
    count = int(rng.integers(1, 6))
    add_sparks(rng, canvas, image, count=count, sizes=(1.2, 3), colour=palette.highlight, strength=(0.9, 0.9))
    return image


def galaxy(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    x, y = rotate(canvas.x - rng.normal(0, 0.16), canvas.y - rng.normal(0, 0.16), rng.uniform(0, TURN))
    y = y / rng.uniform(0.4, 1.0)  # seen from the side
    radius, angle = (radius_of(x, y) + 1e-3) / rng.uniform(0.8, 1.15), np.arctan2(y, x)
    arm_count = 2 if chance(rng, 0.7) else 3
    winding = rng.uniform(2.2, 4.2) * pick(rng, (-1, 1))
    unrest = (texture(rng, Bank.CLOUDY, x, y, 170) - 0.5) * 2.5
    arm = np.cos(arm_count * (angle - winding * np.log(radius)) + unrest) * 0.5 + 0.5
    clumps = 0.45 + 0.9 * texture(rng, Bank.FINE, x, y, 250)
    image = palette.ramp(np.clip((arm**1.6 * 0.95 + 0.12) * bell(radius, 0.65) * clumps * 1.1, 0, 0.93))
    image += tint(bell(radius, 0.19), palette.highlight) + tint(fade(radius, 4) * 0.35, palette.second_accent)
    add_stars(rng, canvas, image, palette, count=int(rng.integers(80, 250)))
    has_star = rng.random(radius.shape) < 0.012 * arm * fade(radius, 2) * 3
    return image + tint(has_star * np.float32(0.7), palette.highlight)


def starfield(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    image = canvas.blank(palette.dark * 0.5)
    if chance(rng, 0.55):
        _add_star_streaks(rng, canvas, image, palette)
    else:
        _add_milky_band(rng, canvas, image, palette)
    return image


def _add_star_streaks(rng: np.random.Generator, canvas: Canvas, image: Image, palette: Palette) -> None:
    """Stars passing at speed: the angle around the vanishing point is cut into rays, each with its own streak."""
    x, y = canvas.x - rng.normal(0, 0.2), canvas.y - rng.normal(0, 0.2)
    radius = radius_of(x, y)
    ray_count = int(rng.integers(120, 260))
    place = (np.arctan2(y, x) / TURN + 0.5) * ray_count
    ray = place.astype(np.int32) % ray_count
    from_middle = np.abs(place % 1 - 0.5) * 2
    start, speed, light = rng.random(ray_count), rng.uniform(0.3, 1, ray_count), rng.random(ray_count) ** 2
    colours = palette.ramp(0.5 + 0.5 * rng.random(ray_count))
    along = (np.log(radius + 0.02) * speed[ray] * 1.2 + start[ray]) % 1
    streak = smoothstep(0.35, 1, along) ** 2 * light[ray] * smoothstep(1, 0.1, from_middle)
    image += tint(streak * np.clip(radius * 1.6, 0, 1.3) * 1.7, colours[ray])
    image += tint(fade(radius, 7) * 0.5, palette.light)


def _add_milky_band(rng: np.random.Generator, canvas: Canvas, image: Image, palette: Palette) -> None:
    x, y = rotate(canvas.x, canvas.y, rng.uniform(0, TURN))
    band = bell(y + 0.2 * x * x, 0.35) * texture(rng, Bank.CLOUDY, x, y, 160)
    image += palette.ramp(band * 0.7) * 0.8
    add_stars(rng, canvas, image, palette, count=600, brightness=1.1)
    for _ in range(round(rng.integers(6, 22) * canvas.aspect)):
        centre, size = (canvas.across(rng), rng.uniform(-1, 1)), rng.uniform(0.8, 2.4)
        colour = pick(rng, (palette.highlight, palette.accent))
        add_glow(canvas, image, centre, size * PIXEL, colour * 1.1)
        add_glow(canvas, image, centre, size * PIXEL * 4, colour * 0.18)
        if size > 1.8:
            _add_rays(canvas, image, centre, size * PIXEL, colour * 0.8)


def _add_rays(canvas: Canvas, image: Image, centre: tuple[float, float], size: float, colour: Field) -> None:
    """The cross of light around a bright star."""
    window = canvas.window(*centre, size * 7)
    across, down = np.abs(canvas.x[window] - centre[0]), np.abs(canvas.y[window] - centre[1])
    horizontal = fade(across, 0.45 / size) * (down < PIXEL / 2)
    vertical = fade(down, 0.45 / size) * (across < PIXEL / 2)
    image[window] += tint(horizontal + vertical, colour)


def planet(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    image = palette.ramp(0.3 * texture(rng, Bank.CLOUDY, canvas.x, canvas.y, 80) ** 2) * 0.8 + palette.dark * 0.4
    add_stars(rng, canvas, image, palette, count=220)
    is_moon = chance(rng, 0.3)
    size, tilt = rng.uniform(0.38, 0.7), rng.uniform(-0.6, 0.6)
    x, y = rotate((canvas.x - rng.normal(0, 0.16)) / size, (canvas.y - rng.normal(0, 0.16)) / size, tilt)
    radius = radius_of(x, y)
    depth = np.sqrt(np.clip(1 - radius**2, 0, 1))
    sun = rng.uniform(0, TURN)
    sun_x, sun_y = float(np.cos(sun)) * 0.75, float(np.sin(sun)) * 0.6 - 0.2
    light = np.clip(x * sun_x + y * sun_y + depth * 0.55, 0, 1.2)
    draw = _moon_surface if is_moon else _banded_surface if chance(rng, 0.6) else _continents
    surface = palette.ramp(np.clip(draw(rng, x / (1 + depth), y / (1 + depth)), 0.05, 1))
    image = over(image, surface * (light * 1.15 + 0.03)[..., None], smoothstep(1, 0.975, radius))
    image += tint(fade(np.abs(radius - 1), 16) * np.clip(0.3 + x * sun_x, 0, 1) * 0.6, palette.accent)
    return image if is_moon or chance(rng, 0.3) else _with_rings(rng, image, palette, x, y)


def _moon_surface(rng: np.random.Generator, x: Field, y: Field) -> Field:
    crater = texture_at(Bank.CELL_CENTRE, x * 1.2, y * 1.2, 190, random_offset(rng))
    rim = 0.2 * bell(crater - 0.32, 0.06) - 0.25 * bell(crater, 0.25)
    surface: Field = 0.45 + 0.35 * texture(rng, Bank.CLOUDY, x, y, 160) + rim
    return surface


def _banded_surface(rng: np.random.Generator, x: Field, y: Field) -> Field:
    swirl = texture(rng, Bank.CLOUDY, x, y, 90)
    bands = profile(rng, 512, steepness=1.1, highest=30)
    latitude = np.clip(y * 0.5 + 0.5 + 0.06 * (swirl - 0.5), 0, 1)
    return 0.5 + 0.42 * bands[(latitude * 511).astype(np.int32)] + 0.12 * swirl


def _continents(rng: np.random.Generator, x: Field, y: Field) -> Field:
    land = smoothstep(0.4, 0.65, texture(rng, Bank.CLOUDY, x * 1.3, y * 1.3, 120))
    return 0.2 + 0.75 * land + 0.15 * texture(rng, Bank.FINE, x, y, 150)


def _with_rings(rng: np.random.Generator, image: Image, palette: Palette, x: Field, y: Field) -> Image:
    radius = radius_of(x, y / rng.uniform(0.14, 0.4))
    grooves = profile(rng, 256, steepness=0.9, highest=60) * 0.5 + 0.5
    groove = grooves[(np.clip((radius - 1.2) / 0.9, 0, 1) * 255).astype(np.int32)]
    ring = smoothstep(1.25, 1.32, radius) * smoothstep(2.05, 1.95, radius) * (0.25 + 0.75 * groove)
    ring = np.where((y < 0) & (x * x + y * y < 1), 0, ring)  # the far part passes behind the planet
    return image * (1 - ring[..., None] * 0.75) + palette.ramp(0.55 + 0.4 * groove) * (ring * 0.9)[..., None]
