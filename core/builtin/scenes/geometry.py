"""Scenes of plain geometry: cubes, facets, wire frames, mazes, fine curves, a helix, a heart."""

from __future__ import annotations

import numpy as np

from core.builtin.scenes.canvas import Canvas, Colour, Field, Image
from core.builtin.scenes.drawing import add_glow, add_luminary, add_sparks, add_stars, blurred, sky
from core.builtin.scenes.noise import Bank, texture
from core.builtin.scenes.palette import Palette
from core.builtin.scenes.shapes import Points, filled, paint_line, paint_polygon, points_of, stroked
from core.builtin.scenes.shaping import bell, chance, fade, over, pick, radius_of, rotate, smoothstep, tint

TURN = 2 * np.pi
ISOMETRIC = np.array([np.cos(np.pi / 6), np.sin(np.pi / 6)])  # how far a step along one axis goes across and down


def cubes(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    """A field of columns of different height, seen from above at equal angles; some shine."""
    image = np.ascontiguousarray(canvas.blank(palette.dark).astype(np.float32))
    side = rng.uniform(0.11, 0.19)
    reach = int(1.6 * (canvas.aspect + 1) / side) + 2
    waves, phase, heading = rng.uniform(0.5, 1.6), rng.uniform(0, TURN), rng.uniform(0, TURN)
    for row in range(-reach, reach + 1):  # from the back to the front
        for column in range(-reach + abs(row) % 2, reach + 1, 2):
            x, y = column * ISOMETRIC[0] * side, row * ISOMETRIC[1] * side
            if abs(x) > canvas.aspect + side or not -1 - side < y < 2.1:
                continue
            swell = np.sin((x * np.cos(heading) + y * np.sin(heading)) * 2 * waves + phase)
            height = side * (1.2 + 1.1 * swell + rng.uniform(-0.5, 0.5))
            _add_column(rng, canvas, image, palette, (x, y - height), side)
    return image * (1 - 0.35 * smoothstep(0.2, 1.4, np.abs(canvas.y))[..., None])


def _add_column(
    rng: np.random.Generator, canvas: Canvas, image: Image, palette: Palette, top: tuple[float, float], side: float
) -> None:
    across, down = ISOMETRIC * side
    x, y = top
    deep = 3.0 * side
    shade = rng.uniform(0.8, 1.1)
    is_lit = chance(rng, 0.07)
    lid: Colour = palette.highlight if is_lit else palette.tone(0.62 * shade + 0.1)
    left = points_of((x - across, y), (x, y + down), (x, y + down + deep), (x - across, y + deep))
    right = points_of((x + across, y), (x, y + down), (x, y + down + deep), (x + across, y + deep))
    paint_polygon(canvas, image, left, palette.tone(0.34 * shade) if not is_lit else palette.accent)
    paint_polygon(canvas, image, right, palette.tone(0.14 * shade) if not is_lit else palette.accent * 0.6)
    paint_polygon(canvas, image, points_of((x, y - down), (x + across, y), (x, y + down), (x - across, y)), lid)
    edge = points_of((x - across, y), (x, y + down), (x + across, y))
    paint_line(canvas, image, edge, np.minimum(lid * 1.25 + 0.02, 1.2), 0.006)


def low_poly(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    """Mountains of flat facets under a low light, by a lake of mist."""
    image = sky(canvas, palette, 0.18, 0.78, horizon=0.3)
    sun = (canvas.across(rng, 0.5), rng.uniform(-0.55, -0.1))
    add_luminary(canvas, image, sun, rng.uniform(0.12, 0.26), palette.highlight, halo=0.4)
    image = np.ascontiguousarray(image.astype(np.float32))
    light = np.array([np.sign(sun[0]) * 0.8 + 0.1, -0.5, 0.45])
    for nearness in (0.0, 0.5, 1.0):
        _add_facets(rng, canvas, image, palette, nearness, light / np.linalg.norm(light))
        mist = smoothstep(0.05 + 0.5 * nearness, 0.7 + 0.4 * nearness, canvas.y) * 0.5 * (1 - nearness)
        image = np.ascontiguousarray(over(image, palette.tone(0.7), mist).astype(np.float32))
    return image


def _add_facets(
    rng: np.random.Generator, canvas: Canvas, image: Image, palette: Palette, nearness: float, light: Colour
) -> None:
    """A range as a strip of triangles, row by row from its crest to the lower border."""
    columns, rows = round((16 - 5 * nearness) * canvas.aspect) + 3, 7
    across = np.linspace(-1.15, 1.15, columns) * canvas.aspect
    peaks = np.abs(np.sin(across * rng.uniform(0.9, 1.7) + rng.uniform(0, TURN))) + rng.uniform(-0.25, 0.25, columns)
    crest = 0.15 + 0.55 * nearness - peaks * (0.62 - 0.2 * nearness)
    part = np.linspace(0, 1, rows)[:, None] ** 0.8
    x = across + rng.uniform(-0.35, 0.35, (rows, columns)) * (across[1] - across[0]) * (part > 0)
    y = crest * (1 - part) + 1.25 * part + rng.uniform(-0.05, 0.05, (rows, columns)) * (part > 0)
    z = rng.uniform(0, 0.32, (rows, columns))
    corners = np.stack([x, y, z], -1)
    for row in range(rows - 1):
        for column in range(columns - 1):
            a, b = corners[row, column], corners[row, column + 1]
            c, d = corners[row + 1, column], corners[row + 1, column + 1]
            for triangle in ((a, b, c), (b, d, c)):
                normal = np.cross(triangle[1] - triangle[0], triangle[2] - triangle[0])
                facing = abs(normal @ light) / (np.linalg.norm(normal) + 1e-9)
                signed = 0.5 + 0.5 * np.sign(normal[2]) * (normal @ light) / (np.linalg.norm(normal) + 1e-9)
                tone = (0.5 * (1 - nearness) + 0.04) + (0.5 - 0.18 * (1 - nearness)) * (0.4 * facing + 0.6 * signed) * (
                    1 - 0.35 * part[row, 0]
                )
                paint_polygon(canvas, image, np.asarray(triangle)[:, :2], palette.tone(float(tone)))


def wireframe(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    """Lines of light over a land or around a globe; what lies behind is hidden."""
    image = sky(canvas, palette, 0.02, 0.3, horizon=0.2)
    add_stars(rng, canvas, image, palette, count=70, brightness=0.6)
    if chance(rng, 0.6):
        return _wire_land(rng, canvas, image, palette)
    return _wire_globe(rng, canvas, image, palette)


def _wire_land(rng: np.random.Generator, canvas: Canvas, image: Image, palette: Palette) -> Image:
    """Rows from far to near; each hides what is behind it."""
    horizon = rng.uniform(-0.25, 0.05)
    image += tint(fade(np.abs(canvas.y - horizon), 5) * 0.5, palette.accent)
    lines = np.zeros_like(image)
    valley = rng.uniform(-0.3, 0.3) * canvas.aspect
    columns, rows = round(30 * canvas.aspect), 26
    aside = np.linspace(-9, 9, columns) * canvas.aspect
    relief = _relief(rng, columns, rows)
    before: Points | None = None
    for row, near in enumerate(np.geomspace(0.06, 1.35, rows)):
        rise = relief[row] * np.clip(np.abs(aside) - 1.3, 0, 7) * 0.8
        line = np.stack([valley + aside * near, horizon + (1.0 - rise) * near], 1)
        body = filled(canvas, np.vstack([line, [(line[-1, 0], 3), (line[0, 0], 3)]]))
        lines *= (1 - body)[..., None]
        image = over(image, palette.dark * 0.5, body)
        light = palette.accent * min(1.0, 0.35 + near)
        spokes = [np.stack([before[index], line[index]]) for index in range(columns)] if before is not None else []
        lines += tint(stroked(canvas, [line, *spokes], 0.003 + 0.006 * near), light)
        before = line
    return image + np.clip(lines, 0, 1) + blurred(np.clip(lines, 0, 1), 5 * canvas.grain) * 0.9


def _relief(rng: np.random.Generator, columns: int, rows: int) -> Field:
    """Heights of 0..1, smooth over some columns and rows."""
    rough = rng.random((rows + 8, columns + 8))
    kernel = np.array([1, 2, 3, 2, 1]) / 9
    for axis in (0, 1):
        rough = np.apply_along_axis(np.convolve, axis, rough, kernel, "same")
    rough = rough[4:-4, 4:-4]
    result: Field = (rough - rough.min()) / (np.ptp(rough) + 1e-9)
    return result


def _wire_globe(rng: np.random.Generator, canvas: Canvas, image: Image, palette: Palette) -> Image:
    centre, size = np.array([canvas.across(rng, 0.25), rng.uniform(-0.1, 0.1)]), rng.uniform(0.62, 0.8)
    spin, tilt = rng.uniform(0, TURN), rng.uniform(-0.6, 0.6)
    front: list[Points] = []
    back: list[Points] = []
    along = np.linspace(0, TURN, 97)
    circles = [(np.full_like(along, height), along) for height in np.linspace(-1.3, 1.3, 12)]
    circles += [(along, np.full_like(along, length)) for length in np.linspace(0, np.pi, 13)]
    for latitude, longitude in circles:
        bump = 1 + 0.06 * np.sin(longitude * 5 + spin) * np.cos(latitude * 4)
        x, y, z = (
            bump * np.cos(latitude) * np.cos(longitude + spin),
            bump * np.sin(latitude),
            bump * np.cos(latitude) * np.sin(longitude + spin),
        )
        y, z = y * np.cos(tilt) - z * np.sin(tilt), y * np.sin(tilt) + z * np.cos(tilt)
        points = np.stack([x, y], 1) * size + centre
        for index in range(len(points) - 1):
            (front if z[index] > 0 else back).append(points[index : index + 2])
    image += tint(fade(radius_of(canvas.x - centre[0], canvas.y - centre[1]) - size, 4) * 0.25, palette.accent)
    lines = tint(stroked(canvas, back, 0.004) * 0.22, palette.second_accent) + tint(
        stroked(canvas, front, 0.007), palette.accent
    )
    orbit = np.stack([np.cos(along) * 1.5, np.sin(along) * 0.32 + np.cos(along) * tilt], 1)
    ring = stroked(canvas, [orbit * size + centre], 0.005)
    lines += tint(ring * 0.8, palette.light)
    return image + lines + blurred(lines, 6 * canvas.grain) * 1.1


def maze(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    """Round tubes that wind over and under each other: quarter circles in tiles, turned by chance (Truchet 1704, Smith 1987)."""
    tiles = rng.uniform(2.0, 4.2)
    x, y = rotate(canvas.x, canvas.y, rng.uniform(0, TURN))
    x, y = x * tiles + rng.uniform(0, 9), y * tiles + rng.uniform(0, 9)
    column, row = np.floor(x).astype(np.int32), np.floor(y).astype(np.int32)
    turns = rng.random((64, 64)) < 0.5
    u, v = x - column, y - row
    side = np.where(turns[row & 63, column & 63], 1.0, -1.0).astype(
        np.float32
    )  # which pair of corners the tubes wind around
    u = np.where(side > 0, u, 1 - u)
    is_first = radius_of(u, v) < radius_of(1 - u, 1 - v)
    from_x, from_y = np.where(is_first, u, u - 1), np.where(is_first, v, v - 1)
    radius = radius_of(from_x, from_y)
    tube = rng.uniform(0.13, 0.2)  # two of a tile would touch at 0.207
    across = (radius - 0.5) / tube  # -1 at the inner wall, 1 at the outer
    bulge = np.sqrt(np.clip(1 - across**2, 0, 1))
    toward_light = across * (from_x * side * -0.55 + from_y * -0.65) / radius + bulge * 0.55
    ground = palette.ramp(0.04 + 0.1 * texture(rng, Bank.SOFT, canvas.x, canvas.y, 60))
    colour = texture(rng, Bank.SOFT, canvas.x, canvas.y, 70)
    lit = 0.06 + 0.62 * np.clip(toward_light, 0, 1) * (0.55 + 0.6 * colour) + 0.45 * np.clip(toward_light, 0, 1) ** 14
    distance, across = radius - 0.5, np.abs(across)
    image = ground * (1 - 0.75 * smoothstep(1.7, 0.9, across))[..., None]
    image = over(image, palette.ramp(np.clip(lit, 0, 1)), smoothstep(1.0, 0.94, across))
    if chance(rng, 0.5):
        image += tint(bell(distance, 0.02) * 0.8, palette.accent)
    return image


def spirograph(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    """Nests of fine curves, as a wheel draws them that rolls in a ring, glowing where they cross."""
    image = palette.ramp(0.02 + 0.1 * fade(radius_of(canvas.x, canvas.y), 1.2))
    light = np.zeros_like(image)
    petals, rounds = pick(rng, ((5, 2), (7, 2), (7, 3), (8, 3), (9, 4), (11, 4), (12, 5), (13, 5)))
    angle = TURN * np.linspace(0, rounds, 400 * rounds)
    swing, spread, twist = rng.uniform(0.25, 0.6), rng.uniform(0.3, 0.65), rng.uniform(0.2, 0.9) * TURN / petals
    strands = int(rng.integers(12, 22))
    for strand in range(strands):
        part = strand / strands
        radius = (0.95 - spread * part) * (1 - swing + swing * np.cos(angle * petals / rounds))
        turned = angle + twist * part
        colour = palette.accent + (palette.second_accent - palette.accent) * part
        line = np.stack([radius * np.cos(turned), radius * np.sin(turned)], 1)
        light += tint(
            stroked(canvas, [line], 0.003) * (0.75 if strand % 5 == 0 else 0.4),
            palette.light if strand % 5 == 0 else colour,
        )
    light = np.clip(light, 0, 1.4)
    return image + light + blurred(np.clip(light, 0, 1), 6 * canvas.grain) * 0.8


def dna(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    """A double helix that goes through the picture; what is nearer is brighter and larger."""
    image = palette.ramp(0.03 + 0.2 * texture(rng, Bank.SOFT, canvas.x, canvas.y, 50))
    add_sparks(rng, canvas, image, count=16, sizes=(3, 14), colour=palette.deep, strength=(0.4, 1.0))
    slant, size, pitch = rng.uniform(-0.9, 0.9), rng.uniform(0.28, 0.46), rng.uniform(2.6, 4.4)
    along = np.linspace(-2.4, 2.4, 150) * max(1.0, canvas.aspect * 0.75)
    phase = along * pitch + rng.uniform(0, TURN)
    direction = np.array([np.cos(slant), np.sin(slant)])
    aside = np.array([-direction[1], direction[0]])
    middle = along[:, None] * direction
    beads = []
    for strand in (0, np.pi):
        places = middle + (np.sin(phase + strand) * size)[:, None] * aside
        beads += [(float(z), place, strand) for z, place in zip(np.cos(phase + strand), places, strict=True)]
    for index in range(0, len(along), 5):
        ends = [middle[index] + np.sin(phase[index] + strand) * size * aside for strand in (0, np.pi)]
        strength = 0.35 + 0.3 * abs(np.sin(phase[index]))
        image += tint(stroked(canvas, [np.asarray(ends)], 0.018) * strength, palette.light)
    for z, place, strand in sorted(beads, key=lambda bead: bead[0]):
        _add_bead(canvas, image, place, 0.05 * (1 + 0.35 * z), palette, 0.35 + 0.32 * (z + 1), is_first=strand == 0)
    return image


def _add_bead(
    canvas: Canvas, image: Image, place: Points, radius: float, palette: Palette, strength: float, *, is_first: bool
) -> None:
    """A lit ball that covers what is behind it."""
    window = canvas.window(float(place[0]), float(place[1]), radius * 1.2)
    x, y = (canvas.x[window] - place[0]) / radius, (canvas.y[window] - place[1]) / radius
    distance = radius_of(x, y)
    light = (
        np.clip(0.35 - 0.45 * x - 0.55 * y, 0.06, 1) * strength
        + 0.7 * bell(radius_of(x + 0.35, y + 0.4), 0.25) * strength
    )
    colour = palette.accent if is_first else palette.second_accent
    image[window] = over(
        image[window], tint(light, colour) + tint(light**3 * 0.6, palette.highlight), smoothstep(1, 0.85, distance)
    )


def heart(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    """Neon lines in the shape of a heart, one in the other, with light on the haze around them; or a heart of glass."""
    size = rng.uniform(0.6, 0.8)
    centre = (canvas.across(rng, 0.2), rng.uniform(-0.06, 0.06))
    x, y = (canvas.x - centre[0]) / size, (canvas.y - centre[1]) / size
    around = _heart_size(x, y)
    haze = texture(rng, Bank.CLOUDY, canvas.x, canvas.y, 70)
    image = palette.ramp(0.02 + 0.14 * haze)
    for index in range(count := int(rng.integers(2, 6))):
        distance = np.abs(around - 1 + index * 0.17)
        strength = 1 - 0.6 * index / count
        image += tint(bell(distance, 0.014) * strength, palette.highlight) + tint(
            bell(distance, 0.05) * strength, palette.accent
        )
        image += tint(fade(distance, 6) * 0.2 * strength * (0.5 + haze), palette.accent)
    if chance(rng, 0.5):
        facets = texture(rng, Bank.CELL_SHADE, x, y, 640)
        inside = smoothstep(0.86, 0.8, around) if count < 3 else smoothstep(1.0, 0.96, around)
        image = over(image, palette.ramp(0.15 + 0.65 * facets * (0.6 + 0.4 * fade(y + 0.6, 1))), inside * 0.85)
    beats = np.abs(np.sin((around - 1) * rng.uniform(4, 7))) ** 24 * (around > 1.15)
    image += tint(beats * fade(around - 1, 1.3) * 0.4, palette.second_accent)
    add_sparks(rng, canvas, image, count=14, sizes=(0.8, 2.4), colour=palette.light, strength=(0.4, 1.0))
    if chance(rng, 0.4):
        add_glow(canvas, image, centre, size * 0.35, pick(rng, (palette.accent, palette.second_accent)) * 0.5)
    return image


def _heart_size(x: Field, y: Field) -> Field:
    """1 on the outline, about 0 in the middle, growing evenly outwards."""
    up = -(y + 0.08)
    angle_free = up - np.sqrt(np.abs(x) + 0.02) * 0.62 + 0.08
    result: Field = np.sqrt(x * x * 0.92 + angle_free * angle_free * 1.35)
    return result
