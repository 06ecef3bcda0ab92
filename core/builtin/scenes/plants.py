"""Scenes of plants: mushrooms, blossom, palms."""

from __future__ import annotations

import numpy as np

from core.builtin.scenes.canvas import Canvas, Field, Image
from core.builtin.scenes.drawing import (
    add_luminary,
    add_sparks,
    below,
    sky,
)
from core.builtin.scenes.noise import Bank, skyline, texture
from core.builtin.scenes.palette import Palette
from core.builtin.scenes.shapes import Points, curve, filled, placed, points_of, stroked
from core.builtin.scenes.shaping import bell, chance, fade, over, pick, radius_of, rotate, smoothstep, tint

TURN = 2 * np.pi


def mushrooms(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    """Mushrooms that glow on the ground of a wood, with spores in the air."""
    image = palette.ramp(0.03 + 0.12 * texture(rng, Bank.SOFT, canvas.x, canvas.y, 55) * smoothstep(1, -0.6, canvas.y))
    for _ in range(round(9 * canvas.aspect)):
        x, width = canvas.across(rng), rng.uniform(0.02, 0.07)
        image = over(
            image,
            palette.tone(0.08),
            smoothstep(width, width - 0.015, np.abs(canvas.x - x - 0.04 * np.sin(canvas.y * 2))) * 0.8,
        )
    add_sparks(rng, canvas, image, count=40, sizes=(0.6, 2.2), colour=palette.light, strength=(0.3, 1.0))
    for nearness in (0.25, 0.6, 1.0):
        for _ in range(round((7 - 4 * nearness) * canvas.aspect)):
            foot = (canvas.across(rng, 0.95), 0.62 + 0.36 * nearness + rng.uniform(-0.05, 0.08))
            image = _with_mushroom(rng, canvas, image, palette, foot, rng.uniform(0.16, 0.3) * (0.4 + 0.9 * nearness))
        ground = 0.68 + 0.33 * nearness + skyline(rng, canvas, steepness=1.1, highest=60) * 0.03
        moss = texture(rng, Bank.FINE, canvas.x, canvas.y * 2, 120)
        image = over(image, palette.ramp(0.03 + 0.1 * moss), below(canvas, ground[None], 0.02))
    return image


def _with_mushroom(
    rng: np.random.Generator, canvas: Canvas, image: Image, palette: Palette, foot: tuple[float, float], size: float
) -> Image:
    tall = size * rng.uniform(1.5, 2.6)
    window = canvas.window(foot[0], foot[1] - tall / 2, tall * 0.5 + size * 2.2)
    x, y = (canvas.x[window] - foot[0]) / size, (canvas.y[window] - (foot[1] - tall)) / size
    x = x - 0.12 * np.sin(y * rng.uniform(0.6, 1.4)) * rng.uniform(-1, 1)
    part = image[window]
    part = part + tint(bell(radius_of(x, y * 0.8), 0.85) * 0.35, palette.accent)
    stem = smoothstep(0.03, 0, np.abs(x) - (0.13 + 0.05 * (y - 0.8).clip(0) ** 2)) * (y > 0.0)
    part = over(part, palette.ramp(0.55 + 0.3 * fade(y, 1.2) - 0.5 * np.abs(x) * 2), stem)
    under = smoothstep(1.0, 0.92, radius_of(x, y / 0.2)) * (y > -0.05)
    gills = 0.65 + 0.35 * np.abs(np.sin(np.arctan2(x, y + 0.9) * 34))
    part = over(part, palette.ramp(0.95 * gills * (1 - 0.25 * np.abs(x))), under)
    roundness = rng.uniform(0.75, 1.1)
    cap = radius_of(x, y / roundness)
    dots = smoothstep(0.33, 0.25, texture(rng, Bank.CELL_CENTRE, x, y * 1.3, 230 + 60 * rng.random()))
    tone = 0.32 + 0.3 * (1 - cap) + 0.3 * bell(radius_of(x + 0.35, y + 0.45), 0.3)
    mask = smoothstep(1.0, 0.965, cap) * smoothstep(0.09, 0.03, y + 0.05 * np.abs(x) ** 2)
    part = over(part, palette.ramp(tone + 0.35 * dots), mask)
    image[window] = part + tint(bell(cap - 1, 0.06) * (y < 0.05) * 0.25, palette.light)
    return image


def blossom(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    """Branches of a cherry tree before a pale moon, with petals in the wind."""
    image = sky(canvas, palette, 0.3, 0.75) if chance(rng, 0.5) else sky(canvas, palette, 0.08, 0.4)
    add_luminary(
        canvas,
        image,
        (canvas.across(rng, 0.4), rng.uniform(-0.4, 0.1)),
        rng.uniform(0.28, 0.42),
        palette.highlight,
        halo=0.3,
    )
    side = 1 if chance(rng, 0.5) else -1
    buds: list[tuple[float, float]] = []
    wood: list[tuple[Points, float]] = []
    root = np.array([side * (canvas.aspect + 0.05), rng.uniform(-0.1, 0.7)])
    _grow(
        rng,
        wood,
        buds,
        root,
        heading=np.pi if side > 0 else 0.0,
        length=rng.uniform(1.5, 2.2) * canvas.aspect / 1.6,
        width=0.07,
    )
    for width in sorted({width for _, width in wood}):
        image = over(image, palette.dark * 0.9, stroked(canvas, [line for line, each in wood if each == width], width))
    buds = [buds[index] for index in rng.permutation(len(buds))[: round(130 * canvas.aspect)]]
    far = buds[::3]
    for group, size, tone in ((far, 0.035, 0.55), (buds, 0.052, 0.8)):
        for bud in group:
            _add_flower(
                rng,
                canvas,
                image,
                palette,
                (bud[0] + rng.normal(0, 0.03), bud[1] + rng.normal(0, 0.03)),
                size * rng.uniform(0.7, 1.25),
                tone,
            )
    petals = [
        placed(
            curve(points_of((0, -1), (0.6, -0.2), (0, 1), (-0.6, -0.2))),
            (canvas.across(rng), rng.uniform(-1, 1)),
            rng.uniform(0.008, 0.024),
            angle=rng.uniform(0, TURN),
        )
        for _ in range(round(30 * canvas.aspect))
    ]
    return over(image, palette.tone(0.85), filled(canvas, *petals) * 0.9)


def _grow(
    rng: np.random.Generator,
    wood: list[tuple[Points, float]],
    buds: list[tuple[float, float]],
    start: Points,
    *,
    heading: float,
    length: float,
    width: float,
) -> None:
    """A crooked branch with thinner ones on it, down to twigs with buds."""
    steps = max(4, round(length / 0.13))
    bends = np.cumsum(rng.normal(0, 0.23, steps)) + heading
    line = start + np.cumsum(np.stack([np.cos(bends), np.sin(bends)], 1), 0) * length / steps
    line = np.vstack([start, line])
    middle = len(line) // 2
    wood.append((curve(line[: middle + 1], is_closed=False), width))
    wood.append((curve(line[middle:], is_closed=False), width * 0.65))
    for index in range(1, len(line)):
        if width > 0.012 and chance(rng, 0.55):
            turn = pick(rng, (-1, 1)) * rng.uniform(0.4, 1.0)
            _grow(
                rng,
                wood,
                buds,
                line[index],
                heading=float(bends[index - 1]) + turn,
                length=length * rng.uniform(0.25, 0.5),
                width=width * 0.5,
            )
        if width < 0.03:
            buds.append((float(line[index, 0]), float(line[index, 1])))


def _add_flower(
    rng: np.random.Generator,
    canvas: Canvas,
    image: Image,
    palette: Palette,
    place: tuple[float, float],
    size: float,
    tone: float,
) -> None:
    window = canvas.window(*place, size * 1.2)
    x, y = rotate(canvas.x[window] - place[0], canvas.y[window] - place[1], rng.uniform(0, TURN))
    x, y = x / size, y / size * rng.uniform(1.0, 1.5)
    radius, angle = radius_of(x, y), np.arctan2(y, x)
    petal = 0.6 + 0.4 * np.abs(np.cos(angle * 2.5)) ** 0.6
    colour = palette.ramp(np.clip(tone + 0.2 * radius - 0.12 * np.abs(np.sin(angle * 2.5)), 0, 1))
    part = over(image[window], colour, smoothstep(1.0, 0.85, radius / petal))
    image[window] = over(part, palette.accent * 0.7, smoothstep(0.22, 0.12, radius) * 0.8)


def palms(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    """Palm trees before a low sun over the sea."""
    horizon = rng.uniform(0.45, 0.65)
    image = sky(canvas, palette, 0.14, 0.9, horizon)
    sun = (canvas.across(rng, 0.3), horizon - rng.uniform(0.08, 0.5))
    add_luminary(canvas, image, sun, rng.uniform(0.3, 0.48), palette.highlight, halo=0.4)
    depth = np.clip(canvas.y - horizon, 0, 2)
    ripples = texture(rng, Bank.FINE, canvas.x * 0.3, canvas.y * 6 / (0.3 + depth), 70)
    glitter = bell(canvas.x - sun[0], 0.2 + depth) * smoothstep(0.35, 0.7, ripples)
    sea = palette.ramp(0.16 + 0.16 * ripples + 0.65 * glitter)
    image = over(image, sea, below(canvas, horizon, 0.006))
    ink = palette.dark * 0.5
    shore = 0.86 + skyline(rng, canvas, steepness=1.8, highest=12) * 0.07
    image = over(image, ink, below(canvas, shore[None]))
    for _ in range(round(rng.integers(2, 5) * canvas.aspect / 1.4)):
        foot = (canvas.across(rng, 0.9), 0.92)
        image = over(image, ink, _palm(rng, canvas, foot, rng.uniform(0.9, 1.5)))
    return image


def _palm(rng: np.random.Generator, canvas: Canvas, foot: tuple[float, float], tall: float) -> Field:
    lean = rng.uniform(-0.35, 0.35)
    t = np.linspace(0, 1, 12)
    trunk = np.stack([foot[0] + lean * t**1.8, foot[1] - tall * t], 1)
    half = (0.024 * (1 - 0.5 * t) + 0.012 * (t < 0.1))[:, None] * np.array([1.0, 0.0])
    shapes = [np.vstack([trunk - half, (trunk + half)[::-1]])]
    crown = trunk[-1]
    for angle in np.linspace(-0.5, np.pi + 0.5, 11) + rng.uniform(-0.1, 0.1, 11):
        shapes += _frond(rng, crown, float(angle), tall * rng.uniform(0.32, 0.44))
    return filled(canvas, *shapes)


def _frond(rng: np.random.Generator, root: Points, angle: float, long: float) -> list[Points]:
    """A leaf that bends down, with its leaflets along it."""
    t = np.linspace(0, 1, 16)
    droop = long * 0.75 * t**2.2
    x, y = root[0] + np.cos(angle) * long * t, root[1] - np.sin(angle) * long * t * 0.8 + droop
    leaflets = []
    for index in range(1, len(t)):
        size = long * 0.3 * np.sin(np.pi * (0.12 + 0.86 * t[index])) + 0.01
        along = np.array([x[index] - x[index - 1], y[index] - y[index - 1]])
        along /= np.linalg.norm(along) + 1e-9
        base, width = np.array([x[index], y[index]]), long * 0.03
        for side in (-1, 1):
            tip = (
                base
                + along * size * 0.6
                + np.array([side * -along[1], side * along[0]]) * size * 0.55
                + np.array([0, size * 0.45])
            )
            leaflets.append(np.vstack([base - along * width, tip, base + along * width]))
    rib = np.stack([x, y], 1)
    thick = np.array([0.0, 0.006])
    return [*leaflets, np.vstack([rib - thick, (rib + thick)[::-1]])]
