"""Scenes of animals: butterfly, birds, fish, wolf, cat."""

from __future__ import annotations

import numpy as np

from core.builtin.scenes.canvas import Canvas, Field, Image
from core.builtin.scenes.drawing import (
    add_luminary,
    add_silhouette,
    add_sparks,
    add_stars,
    below,
    blurred,
    sky,
)
from core.builtin.scenes.noise import Bank, skyline, texture
from core.builtin.scenes.palette import Palette
from core.builtin.scenes.shapes import Points, curve, filled, placed, points_of, stroked
from core.builtin.scenes.shaping import bell, chance, fade, over, radius_of, rotate, smoothstep, tint

TURN = 2 * np.pi


def butterfly(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    """One great butterfly with veined wings, or several small ones."""
    image = palette.ramp(0.03 + 0.24 * texture(rng, Bank.SOFT, canvas.x, canvas.y, 55))
    add_sparks(rng, canvas, image, count=16, sizes=(1, 7), colour=palette.deep, strength=(0.4, 1.0))
    if chance(rng, 0.6):
        return _with_butterfly(
            rng, canvas, image, palette, (canvas.across(rng, 0.2), rng.uniform(-0.1, 0.1)), rng.uniform(0.8, 0.95)
        )
    for _ in range(round(rng.integers(3, 6) * canvas.aspect)):
        image = _with_butterfly(
            rng, canvas, image, palette, (canvas.across(rng, 0.85), rng.uniform(-0.8, 0.8)), rng.uniform(0.22, 0.42)
        )
    return image


def _with_butterfly(
    rng: np.random.Generator, canvas: Canvas, image: Image, palette: Palette, centre: tuple[float, float], size: float
) -> Image:
    window = canvas.window(*centre, size * 1.3)
    x, y = rotate(canvas.x[window] - centre[0], canvas.y[window] - centre[1], rng.uniform(-0.7, 0.7))
    x, y = np.abs(x) / size, y / size
    part = image[window]
    hem, veins = rng.uniform(0.7, 0.85), int(rng.integers(7, 12))
    for angle, long, wide, root in ((0.78, 0.82, 1.05, 0.08), (-0.6, 1.22, 1.3, -0.02)):  # hind wing, fore wing
        away, bearing = radius_of(x, y - root), np.arctan2(y - root, x) - angle
        lobe = np.cos(np.clip(bearing * wide * 1.25, -np.pi / 2, np.pi / 2))
        edge = long * np.clip(lobe, 0, 1) ** 0.6 * (1 + 0.025 * np.cos(bearing * veins * 2.2))
        inside = away / np.maximum(edge, 1e-3)
        vein = np.abs(np.sin(bearing * veins)) * away
        spots = bell(inside - 0.9, 0.03) * (np.sin(bearing * veins * 2) > 0.2)
        tone = 0.9 - 0.45 * inside + 0.1 * np.cos(inside * 9)
        tone = np.where(inside > hem, 0.12 + 0.75 * spots, tone) * (0.55 + 0.45 * smoothstep(0.0, 0.03, vein))
        colour = palette.ramp(np.clip(tone, 0, 1)) + tint(smoothstep(0.5, 0.1, inside) * 0.35, palette.second_accent)
        part = over(part, colour, smoothstep(1.0, 0.975, inside))
        part = part + tint(fade(inside - 1, 7) * (inside > 1) * 0.1, palette.accent)
    body = smoothstep(1.0, 0.8, radius_of(x / 0.045, (y - 0.08) / 0.36))
    part = over(part, palette.dark * 0.6, body)
    feelers = bell(x - 0.16 * np.clip(-0.22 - y, 0, 1) ** 0.7 * 2.2, 0.01) * (y < -0.24) * (y > -0.56)
    image[window] = over(part, palette.tone(0.4), feelers)
    return image


def birds(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    """A flock before a great sun: near ones large and dark, far ones small and pale."""
    image = sky(canvas, palette, 0.35, 0.92)
    clouds = texture(rng, Bank.CLOUDY, canvas.x * 0.6, canvas.y * 2.4, 90)
    image = over(image, palette.tone(0.5), smoothstep(0.5, 0.9, clouds) * 0.45)
    add_luminary(
        canvas,
        image,
        (canvas.across(rng, 0.4), rng.uniform(-0.1, 0.35)),
        rng.uniform(0.28, 0.45),
        palette.highlight,
        halo=0.4,
    )
    heading, middle = rng.uniform(-0.5, 0.5), (canvas.across(rng, 0.3), rng.uniform(-0.4, 0.0))
    for nearness in (0.15, 0.45, 1.0):
        flock = []
        for _ in range(round((46 - 38 * nearness) * canvas.aspect)):
            place = (
                middle[0] + rng.normal(0, 0.75) * canvas.aspect,
                middle[1] + rng.normal(0, 0.34) + rng.normal(0, 0.1),
            )
            flock.append(
                _bird(rng, place, (0.02 + 0.12 * nearness) * rng.uniform(0.7, 1.3), heading + rng.normal(0, 0.15))
            )
        image = over(image, palette.tone(0.5 * (1 - nearness) + 0.02), filled(canvas, *flock))
    return add_silhouette(rng, canvas, image, palette.dark * 0.6, base=0.88, relief=0.09, steepness=1.2)


def _bird(rng: np.random.Generator, place: tuple[float, float], size: float, heading: float) -> Points:
    """Seen from the side and behind; the wings are anywhere in their beat."""
    lift = rng.uniform(-0.55, 0.75)
    right = [
        (0.1, -0.1),
        (0.45, -0.28 - 0.5 * lift),
        (0.8, -0.2 - 0.75 * lift),
        (1.15, 0.02 - 0.6 * lift),
        (0.8, -0.08 - 0.5 * lift),
        (0.4, 0.02 - 0.2 * lift),
        (0.14, 0.1),
    ]
    left = [(-x * 0.92, y * 0.95) for x, y in reversed(right)]
    body = [(0.05, 0.34), (0.0, 0.4), (-0.05, 0.34)]
    return placed(curve(points_of((0, -0.24), *right, *body, *left)), place, size, angle=heading)


def fish(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    """A school that turns in a ring of light under water, or koi seen from above."""
    depth = 0.5 - canvas.y * 0.5
    image = palette.ramp(0.04 + 0.4 * depth**1.6)
    rays = texture(
        rng,
        Bank.SOFT,
        np.arctan2(canvas.x - canvas.across(rng, 0.3), canvas.y + 1.8) * 2.4,
        np.zeros_like(canvas.x),
        130,
    )
    image += tint(smoothstep(0.5, 0.9, rays) * depth * 0.4, palette.light)
    add_sparks(rng, canvas, image, count=30, sizes=(0.5, 1.6), colour=palette.light, strength=(0.2, 0.6))
    middle, ring = (canvas.across(rng, 0.25), rng.uniform(-0.15, 0.15)), rng.uniform(0.4, 0.7)
    turn = 1 if chance(rng, 0.5) else -1
    for nearness in (0.2, 0.55, 1.0):
        school, fins = [], []
        for _ in range(round((70 - 56 * nearness) * canvas.aspect)):
            angle, away = rng.uniform(0, TURN), ring * rng.normal(1, 0.28) * (0.75 + 0.45 * nearness)
            place = (middle[0] + np.cos(angle) * away * 1.6, middle[1] + np.sin(angle) * away * 0.75)
            heading = float(np.arctan2(np.cos(angle) * 0.75, -np.sin(angle) * 1.6)) + (0 if turn > 0 else np.pi)
            body, tail = _fish(
                rng, place, (0.035 + 0.1 * nearness) * rng.uniform(0.8, 1.25), heading + rng.normal(0, 0.15)
            )
            school.append(body)
            fins.append(tail)
        mask, tails = filled(canvas, *school), filled(canvas, *fins)
        scales = 0.5 + 0.5 * texture(rng, Bank.FINE, canvas.x, canvas.y, 170)
        top_light = smoothstep(0.6, -0.8, canvas.y) * 0.35
        image = over(image, palette.ramp(0.2 + 0.3 * nearness + top_light * 0.5), tails * 0.85)
        image = over(image, palette.ramp(0.22 + 0.42 * nearness * scales + top_light), mask)
        image += tint(
            np.clip(mask - blurred(mask[..., None], 1.2 * canvas.grain)[..., 0], 0, 1) * 0.45 * nearness,
            palette.highlight,
        )
    return image


def _fish(rng: np.random.Generator, place: tuple[float, float], size: float, heading: float) -> tuple[Points, Points]:
    """Body and tail; it swims to the right before it is turned."""
    bend = rng.uniform(-0.25, 0.25)
    spine = np.linspace(-1, 1, 9)
    lift = bend * (spine - 0.3) ** 2
    fat = 0.24 * np.clip(1 - np.abs(spine - 0.25) ** 1.9, 0, 1) ** 0.7 + 0.025
    outline = np.vstack([np.stack([spine, lift - fat], 1), np.stack([spine, lift + fat], 1)[::-1]])
    tail_y = lift[0]
    tail = points_of(
        (-0.85, tail_y), (-1.5, tail_y - 0.5 + bend), (-1.22, tail_y + bend * 0.5), (-1.5, tail_y + 0.5 + bend)
    )
    return placed(curve(outline), place, size, angle=heading), placed(tail, place, size, angle=heading)


def wolf(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    """It howls on a rock before the moon, over woods in mist."""
    image = sky(canvas, palette, 0.08, 0.62)
    add_stars(rng, canvas, image, palette, count=110, brightness=0.8)
    x, is_left = canvas.across(rng, 0.3), chance(rng, 0.5)
    add_luminary(
        canvas,
        image,
        (x + rng.uniform(-0.1, 0.1), rng.uniform(-0.3, -0.12)),
        rng.uniform(0.5, 0.64),
        palette.highlight,
        halo=0.4,
    )
    craters = texture(rng, Bank.CLOUDY, canvas.x, canvas.y, 110)
    image = image * (0.86 + 0.14 * craters)[..., None]
    for nearness in (0.0, 0.5):
        image = add_silhouette(
            rng, canvas, image, palette.tone(0.4 - 0.45 * nearness), base=0.42 + 0.3 * nearness, relief=0.14
        )
        image = over(image, palette.tone(0.6), smoothstep(0.35, 1.0, canvas.y) * 0.28)
    ink = palette.dark * 0.45
    rock = (
        0.47 + 0.9 * (np.abs(canvas.columns - x) / 1.1) ** 1.6 + skyline(rng, canvas, steepness=1.1, highest=60) * 0.035
    )
    image = over(image, ink, below(canvas, rock[None]))
    shape = placed(_howling_wolf(), (x, 0.1), rng.uniform(0.5, 0.58), is_mirrored=is_left)
    mask = filled(canvas, shape)
    rim = np.clip(mask - np.roll(mask, (canvas.grain, canvas.grain * (1 if is_left else -1)), (0, 1)), 0, 1)
    return over(image, ink, mask) + tint(rim * 0.5, palette.light)


def _howling_wolf() -> Points:
    """Sitting, its head thrown back to the right; from the nose along the throat."""
    return curve(
        points_of(
            *(
                (0.5, -1.0),
                (0.44, -0.87),
                (0.38, -0.76),
                (0.34, -0.6),
                (0.38, -0.38),
                (0.34, -0.12),
                (0.3, 0.16),
                (0.33, 0.44),
            ),
            *(
                (0.35, 0.62),
                (0.44, 0.7),
                (0.28, 0.72),
                (0.2, 0.66),
                (0.18, 0.4),
                (0.1, 0.28),
                (0.04, 0.5),
                (0.1, 0.66),
                (0.16, 0.72),
            ),
            *(
                (-0.06, 0.73),
                (-0.2, 0.72),
                (-0.42, 0.74),
                (-0.66, 0.72),
                (-0.8, 0.6),
                (-0.66, 0.62),
                (-0.5, 0.58),
                (-0.46, 0.36),
            ),
            *(
                (-0.4, 0.08),
                (-0.26, -0.2),
                (-0.1, -0.42),
                (0.0, -0.56),
                (0.02, -0.7),
                (0.0, -0.86),
                (0.1, -0.76),
                (0.2, -0.8),
            ),
            *((0.3, -0.88), (0.4, -0.99), (0.47, -1.05)),
        )
    )


def cat(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    """The face of a great cat in the dark: two eyes that shine, stripes, whiskers."""
    centre, size = (canvas.across(rng, 0.15), rng.uniform(0.08, 0.16)), rng.uniform(0.74, 0.84)
    x, y = (canvas.x - centre[0]) / size, (canvas.y - centre[1]) / size
    side = np.abs(x)
    image = palette.ramp(0.02 + 0.14 * texture(rng, Bank.SOFT, canvas.x, canvas.y, 55))
    ears = filled(
        canvas,
        *(
            placed(
                curve(points_of((0.38, -0.66), (0.62, -1.12), (0.8, -1.1), (0.9, -0.55), (0.75, -0.3))),
                centre,
                size,
                is_mirrored=flip,
            )
            for flip in (False, True)
        ),
    )
    head = radius_of(x / (1.02 - 0.1 * y), (y + 0.02) / 0.95)
    fur = texture(rng, Bank.FINE, np.arctan2(y, x) * 3.2, radius_of(x, y) * 0.7, 120)
    light = 0.14 + 0.3 * fade(radius_of(side - 0.32, y - 0.3), 2.2) + 0.16 * smoothstep(0.2, -0.8, y) + 0.2 * fur
    stripes = _stripes(rng, side, y)
    tone = np.clip(light * (1 - 0.72 * stripes * smoothstep(0.2, 0.7, fur + 0.3)), 0.02, 0.9)
    image = over(image, palette.ramp(0.12 + 0.3 * fur), ears * 0.9)
    image = over(image, palette.ramp(tone), smoothstep(1.02, 0.93, head + 0.08 * (fur - 0.5)))
    muzzle = bell(radius_of((side - 0.16) * 1.1, y - 0.47), 0.17)
    image += tint(muzzle * 0.22 * (0.5 + fur), palette.light)
    nose = filled(
        canvas,
        placed(curve(points_of((0, 0.42), (0.14, 0.27), (0.1, 0.24), (-0.1, 0.24), (-0.14, 0.27))), centre, size),
    )
    image = over(image, palette.tone(0.3), nose)
    mouth = bell(y - 0.52 - 0.08 * np.sin(np.clip(side * 9, 0, np.pi)), 0.014) * (side < 0.33) + bell(x, 0.01) * (
        y > 0.4
    ) * (y < 0.54)
    image = image * (1 - 0.85 * np.clip(mouth, 0, 1))[..., None]
    hairs = [
        placed(
            curve(points_of((0.2, 0.44 + 0.05 * k), (0.6, 0.36 + 0.09 * k), (1.15, 0.36 + 0.17 * k)), is_closed=False),
            centre,
            size,
            is_mirrored=flip,
        )
        for k in range(-1, 3)
        for flip in (False, True)
    ]
    image += tint(stroked(canvas, hairs, 0.004) * 0.5, palette.light)
    return _with_eyes(canvas, image, palette, side, y)


def _stripes(rng: np.random.Generator, side: Field, y: Field) -> Field:
    wobble = texture(rng, Bank.SOFT, side, y, 120) - 0.5
    brow = np.sin((y * 1.6 + side * 0.5 - side**2 * 0.8 + 0.5 * wobble) * 18) * smoothstep(-0.28, -0.42, y)
    cheek = np.sin((side * 0.5 - y * 1.3 + side * y * 0.9 + 0.5 * wobble) * 17) * smoothstep(0.5, 0.68, side)
    return smoothstep(0.25, 0.6, np.maximum(brow, cheek))


def _with_eyes(canvas: Canvas, image: Image, palette: Palette, side: Field, y: Field) -> Image:
    x, down = side - 0.38, y + 0.12 - (side - 0.38) * -0.28
    almond = radius_of(x / 0.19, down / 0.105)
    image = image * (1 - 0.9 * smoothstep(1.45, 1.1, almond))[..., None]
    iris = radius_of(x, down) / 0.15
    tone = 0.95 - 0.35 * iris + 0.08 * np.sin(np.arctan2(down, x) * 28)
    image = over(
        image,
        palette.ramp(np.clip(tone, 0, 1)) + tint(0.25 * (1 - iris).clip(0), palette.accent),
        smoothstep(1.0, 0.9, almond),
    )
    image = over(
        image,
        palette.dark * 0.1,
        smoothstep(1.0, 0.75, radius_of(x / 0.03, down / 0.095)) * smoothstep(1.0, 0.9, almond),
    )
    image += tint(bell(radius_of(x + 0.045, down + 0.04), 0.02), palette.highlight)
    glow = blurred((smoothstep(1.0, 0.8, almond))[..., None], 12 * canvas.grain)[..., 0]
    return image + tint(glow * 0.4, palette.accent)
