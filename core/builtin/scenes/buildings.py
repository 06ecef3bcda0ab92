"""Scenes of buildings: street, castle, cathedral."""

from __future__ import annotations

import numpy as np

from core.builtin.scenes.canvas import Canvas, Field, Image
from core.builtin.scenes.drawing import add_glow, add_luminary, add_silhouette, add_stars, below, blurred, sky
from core.builtin.scenes.noise import Bank, skyline, texture
from core.builtin.scenes.palette import Palette
from core.builtin.scenes.shapes import Points, filled, placed, points_of
from core.builtin.scenes.shaping import bell, chance, fade, over, pick, radius_of, rotate, smoothstep, tint


def street(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    """Between two rows of houses towards a light, with signs on both sides and their mirror on wet ground."""
    eye = (canvas.across(rng, 0.25), rng.uniform(-0.05, 0.2))
    image = palette.ramp(0.08 + 0.75 * fade(radius_of((canvas.x - eye[0]) * 1.3, canvas.y - eye[1]), 1.9))
    houses = np.zeros_like(image)
    for side in (-1, 1):
        near, depth = 1.0, 0
        while near > 0.03 and depth < 16:
            far = near * rng.uniform(0.66, 0.82)
            _add_front(rng, canvas, houses, palette, eye, (near, far), side)
            near, depth = far, depth + 1
    mist = fade(radius_of((canvas.x - eye[0]) * 1.1, (canvas.y - eye[1]) * 1.2), 3.2)
    is_built = (houses.max(-1) > 0).astype(np.float32)
    image = over(image, houses, is_built * (1 - 0.75 * mist))
    image = image + blurred(np.clip(image - 0.45, 0, 1), 8 * canvas.grain) * 0.8
    return _with_wet_ground(rng, canvas, image, palette, eye)


def _add_front(
    rng: np.random.Generator,
    canvas: Canvas,
    houses: Image,
    palette: Palette,
    eye: tuple[float, float],
    reach: tuple[float, float],
    side: int,
) -> None:
    """One house of a row, from near to far; both are shares of the way from the eye's point to the border."""
    near, far = reach
    wide, tall, foot = 1.25 * canvas.aspect, rng.uniform(1.3, 2.6), 0.9
    x = [eye[0] + side * wide * part for part in (near, far)]
    top, bottom = [eye[1] - tall * part for part in (near, far)], [eye[1] + foot * part for part in (near, far)]
    outline = points_of((x[0], top[0]), (x[1], top[1]), (x[1], bottom[1]), (x[0], bottom[0]))
    columns_here = slice(*sorted(int(np.clip(canvas.column(each), 0, canvas.width)) for each in x))
    front = filled(canvas, outline)[:, columns_here]
    along = 1 / np.maximum((canvas.x[:, columns_here] - eye[0]) * side / wide, 0.02)  # grows evenly with the distance
    up = (canvas.y[:, columns_here] - eye[1]) * along
    rows, columns = np.floor(up * 9), np.floor(along * rng.uniform(5, 9))
    lit = (np.sin(rows * 12.9898 + columns * 78.233 + rng.uniform(0, 9)) * 43758.5) % 1
    pane = smoothstep(0.12, 0.2, (up * 9) % 1) * smoothstep(0.9, 0.8, (up * 9) % 1) * (up < 0.45)
    tone = 0.05 + 0.05 * rng.random() + 0.6 * (lit > 0.72) * pane * lit
    houses[:, columns_here] = over(houses[:, columns_here], palette.ramp(tone) + 0.002, front)
    if near < 0.95 and chance(rng, 0.75):
        middle = (near + far) / 2
        sign_x = eye[0] + side * wide * middle * 0.9
        sign_y, half = (
            eye[1] - rng.uniform(0.25, 0.85) * middle,
            (0.05 * middle + 0.004, rng.uniform(0.1, 0.3) * middle),
        )
        window = canvas.window(sign_x, sign_y, max(half[1], 0.25 * middle) * 2)
        x_here, y_here = canvas.x[window] - sign_x, canvas.y[window] - sign_y
        part = houses[window]
        sign = (np.abs(x_here) < half[0]) & (np.abs(y_here) < half[1])
        bars = 0.5 + 0.5 * np.sign(np.sin(y_here / half[1] * rng.uniform(6, 14)))
        colour = pick(rng, (palette.accent, palette.second_accent, palette.light))
        frame = bell(np.abs(y_here) - half[1], 0.008) + bell(np.abs(x_here) - half[0], 0.006)
        part = over(part, colour * 1.1 + 0.05, sign * (0.35 + 0.65 * np.clip(bars * 0.8 + frame, 0, 1)))
        glow = bell(radius_of(x_here, y_here * 0.6), 0.2 * middle + 0.02)
        houses[window] = part + tint(glow * 0.55, colour) * (part.max(-1, keepdims=True) > 0)


def _with_wet_ground(
    rng: np.random.Generator, canvas: Canvas, image: Image, palette: Palette, eye: tuple[float, float]
) -> Image:
    depth = np.clip(canvas.y - eye[1], 0, 3)
    is_ground = below(canvas, eye[1] + 0.62 * np.abs(canvas.x - eye[0]) / canvas.aspect * 0.9 + 0.012, 0.01)
    shift = (texture(rng, Bank.FINE, canvas.x, canvas.y * 5 / (0.3 + depth), 70) - 0.5) * 0.12 * (0.2 + depth)
    rows = np.clip(((eye[1] - depth * 0.9 + 1) * canvas.pixels_per_unit), 0, canvas.height - 1).astype(np.int32)
    columns = np.clip((canvas.x + shift + canvas.aspect) * canvas.pixels_per_unit, 0, canvas.width - 1).astype(np.int32)
    mirrored = blurred(image, 2.5 * canvas.grain)[rows, columns]
    wet = 0.35 + 0.5 * smoothstep(0.35, 0.6, texture(rng, Bank.CLOUDY, canvas.x, canvas.y * 3, 60))
    ground = palette.dark * 0.6 + mirrored * wet[..., None]
    dashes = smoothstep(0.02, 0.012, np.abs(canvas.x - eye[0]) / np.maximum(depth, 0.02)) * (
        (1 / np.maximum(depth, 0.02) * 0.8) % 1 < 0.5
    )
    return over(image, over(ground, palette.light, dashes * 0.35 * (depth > 0.03)), is_ground)


def castle(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    """Towers on a rock before a great moon, with a few lit windows, and mist below."""
    image = sky(canvas, palette, 0.06, 0.5)
    add_stars(rng, canvas, image, palette, count=90, brightness=0.7)
    x = canvas.across(rng, 0.3)
    moon = (x + rng.uniform(-0.25, 0.25), rng.uniform(-0.4, -0.15))
    add_luminary(canvas, image, moon, rng.uniform(0.34, 0.5), palette.highlight, halo=0.5)
    veil = texture(rng, Bank.CLOUDY, canvas.x * 0.5, canvas.y * 2.5, 80)
    image = over(image, palette.tone(0.3), smoothstep(0.55, 0.9, veil) * 0.55)
    image = add_silhouette(rng, canvas, image, palette.tone(0.22), base=0.5, relief=0.14)
    hill = (
        0.95
        - 0.75 * np.exp(-(((canvas.columns - x) / rng.uniform(0.6, 0.9)) ** 2))
        + skyline(rng, canvas, steepness=1.2, highest=70) * 0.05
    )
    ink = palette.dark * 0.55
    image = over(image, ink, below(canvas, hill[None]))
    towers, windows = _towers(rng, x, top_of_hill=0.27)
    image = over(image, ink, filled(canvas, *towers))
    for window in windows:
        if chance(rng, 0.6):
            image += tint(_window(canvas, window), palette.highlight) * 0.9
            add_glow(canvas, image, window, 0.05, palette.accent * 0.5)
    mist = smoothstep(0.35, 1.0, canvas.y) * texture(rng, Bank.CLOUDY, canvas.x * 0.5, canvas.y * 2, 60)
    for _ in range(int(rng.integers(0, 8))):
        image = over(image, ink, filled(canvas, _bat(rng, (x + rng.normal(0, 0.7), rng.uniform(-0.85, -0.1)))))
    return over(image, palette.tone(0.5), mist * 0.55)


def _towers(rng: np.random.Generator, x: float, top_of_hill: float) -> tuple[list[Points], list[tuple[float, float]]]:
    shapes: list[Points] = []
    windows: list[tuple[float, float]] = []
    for _ in range(int(rng.integers(5, 9))):
        middle, half, tall = (
            x + float(np.clip(rng.normal(0, 0.16), -0.28, 0.28)),
            rng.uniform(0.035, 0.085),
            rng.uniform(0.25, 0.85),
        )
        top, foot = top_of_hill - tall, top_of_hill + 0.25
        shapes.append(
            points_of(
                (middle - half, top), (middle + half, top), (middle + half * 1.15, foot), (middle - half * 1.15, foot)
            )
        )
        if chance(rng, 0.7):
            peak = top - half * rng.uniform(2.2, 4.2)
            shapes.append(
                points_of((middle - half * 1.35, top + 0.005), (middle, peak), (middle + half * 1.35, top + 0.005))
            )
            shapes.append(
                points_of(
                    (middle - 0.004, peak - 0.06),
                    (middle + 0.05, peak - 0.045),
                    (middle + 0.004, peak - 0.03),
                    (middle + 0.004, peak + 0.02),
                    (middle - 0.004, peak + 0.02),
                )
            )
        else:
            for place in np.linspace(-1, 1, 4) * half * 1.05:
                tooth = middle + float(place)
                shapes.append(
                    points_of(
                        (tooth - half * 0.22, top - half * 0.5),
                        (tooth + half * 0.22, top - half * 0.5),
                        (tooth + half * 0.22, top + 0.02),
                        (tooth - half * 0.22, top + 0.02),
                    )
                )
        windows += [(middle, top + 0.09 + 0.13 * floor) for floor in range(int(tall / 0.16))]
    shapes.append(
        points_of(
            (x - 0.27, top_of_hill - 0.08),
            (x + 0.27, top_of_hill - 0.08),
            (x + 0.3, top_of_hill + 0.2),
            (x - 0.3, top_of_hill + 0.2),
        )
    )
    return shapes, windows


def _window(canvas: Canvas, place: tuple[float, float]) -> Field:
    x, y = np.abs(canvas.x - place[0]), canvas.y - place[1]
    return smoothstep(0.014, 0.009, x) * smoothstep(0.03, 0.024, np.abs(y))


def _bat(rng: np.random.Generator, place: tuple[float, float]) -> Points:
    size, lift = rng.uniform(0.02, 0.06), rng.uniform(-0.5, 0.6)
    half = [
        (0.12, -0.12),
        (0.5, -0.35 * lift - 0.2),
        (1.0, -lift * 0.6),
        (0.72, 0.05),
        (0.45, 0.0),
        (0.25, 0.2),
        (0.0, 0.28),
    ]
    wings = points_of((0, 0), *half, *((-x, y) for x, y in reversed(half[:-1])))
    return placed(wings, place, size)


def cathedral(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    """The nave of a gothic church: arches behind arches towards a window, with light that falls in from one side."""
    eye = (canvas.across(rng, 0.12), rng.uniform(0.0, 0.2))
    x, y = canvas.x - eye[0], canvas.y - eye[1]
    image = canvas.blank(palette.dark * 0.6)
    window = _pointed_arch(x / 0.2, (y + 0.12) / 0.42)
    image = over(image, palette.ramp(0.55 + 0.45 * _tracery(rng, x, y)), smoothstep(1.0, 0.97, window))
    image += tint(fade(radius_of(x, y + 0.1), 2.4) * 0.75, palette.light)
    for part in np.geomspace(0.24, 1.9, 7):
        inner = _pointed_arch(x / (0.78 * part), (y + 0.3 * part) / (1.25 * part))
        stone = smoothstep(0.995, 1.005, inner)
        grain = texture(rng, Bank.FINE, canvas.x / part, canvas.y / part, 60)
        rim = (
            bell(inner - 1.0, 0.025 + 0.01 / part) * 0.7
            + 0.28 * bell(inner - 1.09, 0.02)
            + 0.2 * bell(inner - 1.16, 0.015)
        )
        ribs = 0.1 * np.abs(np.sin(inner * 40)) * (inner < 1.25)
        tone = (0.05 + 0.06 * grain + rim * 0.75 + ribs) * (1.1 - 0.42 * min(part, 1.9))
        image = over(image, palette.ramp(np.clip(tone, 0.015, 1)), stone)
    floor = smoothstep(0.0, 0.01, y - 0.3 * (np.abs(x) * 0.7 + 0.26))
    tiles = np.sign(np.sin(x / np.maximum(y, 0.05) * 9) * np.sin(2.2 / np.maximum(y, 0.05)))
    ground = 0.1 + 0.05 * tiles + 0.55 * bell(x, 0.1 + 0.25 * np.clip(y, 0, 2)) * fade(y, 1.0)
    image = over(image, palette.ramp(np.clip(ground, 0, 1)), floor * 0.9)
    return image + _shafts(rng, canvas, palette)


def _pointed_arch(x: Field, y: Field) -> Field:
    """1 on the outline of an arch of two circles on straight walls, below 1 inside; it stands on y = 1, its point is at about -1."""
    result: Field = np.where(y < 0, radius_of(np.abs(x) + 0.55, y * 0.93) / 1.55, np.abs(x))
    return result


def _tracery(rng: np.random.Generator, x: Field, y: Field) -> Field:
    """Bars of a great window: 1 glass, 0 lead."""
    bars = smoothstep(0.006, 0.014, np.abs((x / 0.1 + 0.5) % 1 - 0.5) * 0.1)
    rose = radius_of(x, y + 0.27)
    petals = smoothstep(0.1, 0.25, np.abs(np.cos(np.arctan2(x, y + 0.27) * 4)))
    rings = smoothstep(0.004, 0.01, np.abs(rose - 0.1)) * smoothstep(0.004, 0.01, np.abs(rose - 0.05))
    result: Field = np.where(rose < 0.11, petals * rings, bars) * (0.6 + 0.4 * texture(rng, Bank.CELL_SHADE, x, y, 900))
    return result


def _shafts(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    side, slant = (1 if chance(rng, 0.5) else -1), rng.uniform(0.5, 0.8)
    x, y = rotate(canvas.x * side, canvas.y, slant)
    light = sum(
        bell(x - offset, rng.uniform(0.04, 0.11)) * rng.uniform(0.4, 1) for offset in np.linspace(-0.75, 0.5, 5)
    )
    dust = 0.5 + 0.7 * texture(rng, Bank.CLOUDY, canvas.x, canvas.y, 80)
    along = smoothstep(-1.8, -0.6, y) * smoothstep(1.3, 0.2, y)
    return tint(np.asarray(light, np.float32) * dust * along * 0.42, palette.light)
