"""Scenes of machines: gears, robot, circuit board, light trails of cars, rocket, record."""

from __future__ import annotations

import numpy as np

from core.builtin.scenes.canvas import Canvas, Colour, Field, Image
from core.builtin.scenes.drawing import add_glow, add_sparks, add_stars, below, blurred, sky
from core.builtin.scenes.noise import Bank, skyline, texture
from core.builtin.scenes.palette import Palette
from core.builtin.scenes.shapes import Points, curve, filled, placed, points_of, stroked
from core.builtin.scenes.shaping import bell, chance, fade, folded, over, pick, radius_of, smoothstep, tint

TURN = 2 * np.pi


def gears(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    """Two layers of wheels, the front ones sharp and lit from one side."""
    light = (rng.uniform(-1, 1), -1.0)
    image = palette.ramp(0.05 + 0.2 * fade(radius_of(canvas.x - light[0], canvas.y - light[1]), 0.9))
    for layer in range(2):
        count = round((7 if layer == 0 else 4) * canvas.aspect)
        for _ in range(count):
            centre = (canvas.across(rng, 1.05), rng.uniform(-1.0, 1.0))
            size = rng.uniform(0.16, 0.38) if layer == 0 else rng.uniform(0.28, 0.68)
            _add_gear(rng, canvas, image, palette, centre, size, nearness=layer)
        if layer == 0:
            image = blurred(image, 2.5 * canvas.grain) * 0.55
    return image


def _add_gear(
    rng: np.random.Generator,
    canvas: Canvas,
    image: Image,
    palette: Palette,
    centre: tuple[float, float],
    size: float,
    *,
    nearness: int,
) -> None:
    window = canvas.window(*centre, size * 1.35)
    x, y = (canvas.x[window] - centre[0]) / size, (canvas.y[window] - centre[1]) / size
    radius, angle = radius_of(x, y), np.arctan2(y, x) + rng.uniform(0, TURN)
    teeth = max(9, round(size * 46))
    rim = 0.93 + 0.075 * np.clip(np.sin(angle * teeth) * 2.2, -1, 1)
    soft = 0.012 / size
    body = smoothstep(rim, rim - soft, radius)
    spoke_count, spoke = int(rng.integers(4, 8)), rng.uniform(0.09, 0.15)
    is_hole = (radius > 0.34) & (radius < 0.74)
    spokes = np.abs(np.sin(folded(angle, spoke_count))) * radius
    body = body * (1 - is_hole * smoothstep(spoke, spoke + soft, spokes)) * smoothstep(0.12, 0.12 + soft, radius)
    shine = 0.5 + 0.5 * np.cos(2 * (angle - rng.uniform(0, TURN)))  # brushed metal shines in two sectors
    brushed = texture(rng, Bank.FINE, radius * 4, angle * 0.02, 120)
    rings = bell(radius - 0.8, 0.025) + bell(radius - 0.3, 0.025) + bell(radius - 0.86, 0.012)
    tone = 0.2 + 0.42 * shine**2 + 0.14 * brushed - 0.25 * rings
    tone += 0.4 * bell(radius - rim + 0.02, 0.018) * (y < 0.2)  # light on the upper edge of the teeth
    shadow = smoothstep(1.16, 0.9, radius_of(x - 0.06, y - 0.1))
    shaded = image[window] * (1 - 0.55 * shadow)[..., None]
    image[window] = over(shaded, palette.ramp(np.clip(tone, 0.03, 1) * (0.6 if nearness == 0 else 1.0)), body)


def robot(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    """A head and shoulders that look at us, with a visor that shines; lit from behind."""
    centre = (rng.normal(0, 0.12) * canvas.aspect, rng.uniform(-0.15, 0.0))
    x, y = canvas.x - centre[0], canvas.y - centre[1]
    haze = texture(rng, Bank.CLOUDY, canvas.x, canvas.y, 70)
    image = palette.ramp(0.04 + 0.5 * fade(radius_of(x, y + 0.1), 1.5) * (0.5 + 0.7 * haze))
    if chance(rng, 0.6):
        for offset in np.linspace(-1.4, 1.4, 7) * canvas.aspect:
            image += tint(bell(canvas.x - float(offset), 0.012) * 0.5 * haze, palette.accent)
    image = _with_robot_body(canvas, image, palette, x, y)
    return _with_robot_head(rng, canvas, image, palette, x, y)


def _with_robot_body(canvas: Canvas, image: Image, palette: Palette, x: Field, y: Field) -> Image:
    neck = smoothstep(0.19, 0.18, np.abs(x)) * (y > 0.4) * (y < 0.9)
    ribs = 0.5 + 0.5 * np.sin(y * 75)
    image = over(image, palette.ramp(0.08 + 0.22 * ribs * (1 - np.abs(x) * 4)), neck)
    top = 0.72 + 0.55 * np.abs(x) ** 2.2
    shoulders = smoothstep(0, 0.012, y - top)
    rim = bell(y - top - 0.012, 0.02)
    plates = bell(np.abs(x) - 0.38, 0.008) + bell(y - top - 0.16, 0.008)
    tone = 0.1 + 0.12 * fade(y - top, 3) + 0.5 * rim - 0.08 * plates
    image = over(image, palette.ramp(np.clip(tone, 0, 1)), shoulders)
    return image + tint(
        bell(radius_of(x, y - 0.98), 0.06) * 0.9 + bell(radius_of(x, y - 0.98), 0.2) * 0.3, palette.accent
    )


def _with_robot_head(
    rng: np.random.Generator, canvas: Canvas, image: Image, palette: Palette, x: Field, y: Field
) -> Image:
    roundness = rng.uniform(2.6, 4.5)
    wide = 0.44 - 0.1 * smoothstep(0, 0.55, y)
    inside = (np.abs(x) / wide) ** roundness + (np.abs(y) / 0.56) ** roundness
    head = smoothstep(1.02, 0.97, inside)
    for side in (-1, 1):
        ear = radius_of((x - side * 0.47) * 1.6, y)
        image = over(image, palette.ramp(0.12 + 0.5 * bell(ear - 0.13, 0.02)), smoothstep(0.16, 0.15, ear))
    shape = np.sqrt(np.clip(1 - (x / 0.5) ** 2, 0, 1))
    seams = bell(x, 0.006) * (y < -0.2) + bell(np.abs(x) - 0.3, 0.006) * (y > 0.22) + bell(y - 0.22, 0.006)
    tone = (
        0.1 + 0.22 * shape * smoothstep(0.6, -0.6, y) + 0.55 * bell(inside - 1, 0.09) * smoothstep(0.3, -0.3, y * x * 8)
    )
    image = over(image, palette.ramp(np.clip(tone - 0.1 * seams, 0, 1)), head)
    visor_y, visor_h = rng.uniform(-0.12, -0.02), rng.uniform(0.06, 0.15)
    visor = smoothstep(1.05, 0.95, (np.abs(x) / 0.36) ** 6 + (np.abs(y - visor_y) / visor_h) ** 4)
    image = over(image, palette.dark * 0.3, visor)
    if chance(rng, 0.5):
        eyes = sum(bell(radius_of(x - side * 0.17, y - visor_y), 0.055) for side in (-1, 1))
        image += tint(np.asarray(eyes) * 1.5, palette.highlight) + tint(
            blurred(np.asarray(eyes)[..., None], 9 * canvas.grain)[..., 0], palette.accent
        )
    else:
        scan = visor * (0.55 + 0.45 * np.sin(y * 150)) * bell(x - rng.uniform(-0.15, 0.15), 0.3)
        image += tint(scan * 1.3, palette.highlight) + tint(
            blurred(scan[..., None], 12 * canvas.grain)[..., 0] * 1.2, palette.accent
        )
    grille = (np.abs(x) < 0.16) * (y > 0.3) * (y < 0.46) * (np.sin(x * 110) > 0.2)
    return over(image, palette.ramp(np.full_like(x, 0.55)), grille.astype(np.float32) * head * 0.8)


def circuit(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    """Traces that turn by half right angles, around a chip, with pulses of light on them."""
    grid = rng.uniform(0.05, 0.075)
    image = palette.ramp(0.05 + 0.1 * texture(rng, Bank.SOFT, canvas.x, canvas.y, 60))
    chip = (canvas.across(rng, 0.3), rng.uniform(-0.25, 0.25), rng.uniform(0.24, 0.36))
    lines, ends = _traces(rng, canvas, grid, chip)
    copper = stroked(canvas, lines, grid * 0.2)
    image = over(image, palette.ramp(np.full_like(copper, 0.34)), copper)
    for end in ends:
        add_glow(canvas, image, (float(end[0]), float(end[1])), grid * 0.3, palette.light * 0.8)
    glow = stroked(canvas, [line for line in lines if chance(rng, 0.33)], grid * 0.13)
    flow = texture(rng, Bank.SOFT, canvas.x, canvas.y, 160)
    pulse = glow * smoothstep(0.35, 0.75, flow)
    image += tint(pulse, palette.light) + tint(
        blurred(pulse[..., None], 5 * canvas.grain)[..., 0] * 1.6, palette.accent
    )
    return _with_chip(rng, canvas, image, palette, chip)


def _traces(
    rng: np.random.Generator, canvas: Canvas, grid: float, chip: tuple[float, float, float]
) -> tuple[list[Points], list[Points]]:
    """Lines from the four sides of the chip and from anywhere, and where they end."""
    lines: list[Points] = []
    steps = np.array([(1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1)])
    starts: list[tuple[float, float, int]] = []
    for place in np.arange(-chip[2] + grid, chip[2], grid):
        starts += [(chip[0] + place, chip[1] + side * chip[2], 2 if side > 0 else 6) for side in (-1, 1)]
        starts += [(chip[0] + side * chip[2], chip[1] + place, 0 if side > 0 else 4) for side in (-1, 1)]
    for _ in range(round(26 * canvas.aspect)):
        starts.append((canvas.across(rng, 1.0), rng.uniform(-1, 1), int(rng.integers(0, 4)) * 2))
    for x, y, heading in starts:
        line = [np.array([x, y])]
        for _ in range(int(rng.integers(3, 8))):
            line.append(line[-1] + steps[heading % 8] * grid * int(rng.integers(1, 7)))
            heading += int(rng.integers(-1, 2))
        lines.append(np.asarray(line))
    return lines, [line[-1] for line in lines]


def _with_chip(
    rng: np.random.Generator, canvas: Canvas, image: Image, palette: Palette, chip: tuple[float, float, float]
) -> Image:
    x, y = np.abs(canvas.x - chip[0]), np.abs(canvas.y - chip[1])
    side = np.maximum(x, y)
    body = smoothstep(chip[2] * 0.92, chip[2] * 0.92 - 0.008, side)
    tone = 0.06 + 0.1 * texture(rng, Bank.FINE, canvas.x, canvas.y, 90) + 0.6 * bell(side - chip[2] * 0.86, 0.008)
    image = over(image, palette.ramp(tone), body)
    core = bell(side - chip[2] * 0.4, 0.012) + fade(side, 5) * 0.35
    return image + tint(core * body, palette.accent) + tint(bell(side, chip[2] * 0.16) * 0.9, palette.highlight)


def highway(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    """Lights of cars, long exposed: they come on one side and go on the other."""
    vanishing = (canvas.across(rng, 0.35), rng.uniform(-0.3, 0.05))
    image = sky(canvas, palette, 0.03, 0.42, vanishing[1])
    add_stars(rng, canvas, image, palette, count=50, brightness=0.5)
    image += tint(
        fade(radius_of(canvas.x - vanishing[0], (canvas.y - vanishing[1]) * 2), 2.2) * 0.4, palette.second_accent
    )
    ridge = vanishing[1] - np.abs(skyline(rng, canvas, steepness=1.0, highest=60)) * 0.2 - 0.01
    image = over(image, palette.dark * 0.5, below(canvas, ridge[None]) * (canvas.y < vanishing[1] + 0.03))
    road = below(canvas, vanishing[1], 0.02)
    image = over(image, palette.ramp(0.04 + 0.1 * texture(rng, Bank.FINE, canvas.x * 2, canvas.y * 6, 60)), road)
    bend = rng.uniform(-1.4, 1.4)
    light = np.zeros_like(image)
    for side, colour in ((-1, palette.highlight), (1, palette.accent)):
        for _ in range(int(rng.integers(14, 24))):
            lane = side * rng.uniform(0.25, 2.6) * max(1.0, canvas.aspect * 0.7)
            light += _trail(rng, canvas, vanishing, lane, bend) * (colour * rng.uniform(0.3, 1.0))
    glow = blurred(light, 7 * canvas.grain)
    return image + light + glow * 0.9 + np.clip(blurred(glow, 20 * canvas.grain), 0, 1) * road[..., None] * 0.5


def _trail(rng: np.random.Generator, canvas: Canvas, vanishing: tuple[float, float], lane: float, bend: float) -> Image:
    """One line on the plane of the road, thick where it is near: drawn as a narrow band."""
    nearness = np.geomspace(0.004, 1.4, 70)
    height, gauge = rng.uniform(0.0, 0.14), rng.uniform(0.004, 0.014)
    middle = vanishing[0] + lane * nearness + bend * 0.5 * np.sqrt(nearness) * (1 - nearness).clip(0)
    down = vanishing[1] + (1.25 - vanishing[1]) * nearness * (1 - height)
    left, right = middle - gauge * nearness - 0.0008, middle + gauge * nearness + 0.0008
    outline = np.vstack([np.stack([left, down], 1), np.stack([right, down], 1)[::-1]])
    mask: Image = filled(canvas, outline)[..., None]
    return mask


def rocket(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    """A rocket that climbs from the rim of a planet, on its own light."""
    image = palette.ramp(0.03 + 0.16 * texture(rng, Bank.SOFT, canvas.x, canvas.y, 55))
    add_stars(rng, canvas, image, palette, count=260, brightness=1.0)
    image = _with_planet_rim(rng, canvas, image, palette)
    angle = rng.uniform(-0.6, 0.6)
    size = rng.uniform(0.34, 0.55)
    centre = (canvas.across(rng, 0.3), rng.uniform(-0.35, -0.1))
    x, y = (canvas.x - centre[0]) / size, (canvas.y - centre[1]) / size
    x, y = x * np.cos(angle) + y * np.sin(angle), -x * np.sin(angle) + y * np.cos(angle)
    image += _exhaust(rng, palette, x, y)
    return _with_hull(canvas, image, palette, centre, size, angle, (x, y))


def _with_planet_rim(rng: np.random.Generator, canvas: Canvas, image: Image, palette: Palette) -> Image:
    centre, size = (canvas.across(rng, 0.4), rng.uniform(2.6, 3.4)), rng.uniform(1.9, 2.4)
    distance = radius_of(canvas.x - centre[0], canvas.y - centre[1]) - size
    ground = texture(rng, Bank.CLOUDY, canvas.x, canvas.y * 2, 90)
    lit = fade(-distance, 3.0)
    image = over(image, palette.ramp(0.05 + 0.5 * lit * (0.35 + 0.65 * ground)), smoothstep(0.004, -0.004, distance))
    return image + tint(fade(distance, 9) * (distance > 0) * 0.7 + bell(distance, 0.02) * 0.7, palette.accent)


def _exhaust(rng: np.random.Generator, palette: Palette, x: Field, y: Field) -> Image:
    """In the units of the rocket; its engine is at (0, 1)."""
    after = np.clip(y - 0.98, 0, 20)
    turbulence = texture(rng, Bank.CLOUDY, x * 0.6, y * 0.25, 90) - 0.5
    plume = bell(x + turbulence * 0.25 * after, 0.1 + 0.16 * after) * (y > 0.98)
    core = bell(x, 0.07 + 0.02 * after) * fade(after, 1.5) * (y > 0.98)
    return palette.ramp(0.9 * plume * fade(after, 0.45)) * plume[..., None] + tint(core * 1.6, palette.highlight)


def _with_hull(
    canvas: Canvas,
    image: Image,
    palette: Palette,
    centre: tuple[float, float],
    size: float,
    angle: float,
    own: tuple[Field, Field],
) -> Image:
    half = [(0.0, -1.25), (0.1, -1.0), (0.2, -0.6), (0.25, -0.1), (0.24, 0.4), (0.2, 0.8), (0.15, 1.0)]
    hull = curve(points_of(*half, *((-x, y) for x, y in reversed(half[1:]))))
    fin = points_of((0.2, 0.35), (0.55, 0.95), (0.52, 1.2), (0.15, 0.95))
    x, y = own
    for side in (False, True):
        mask = filled(canvas, placed(fin, centre, size, angle=angle, is_mirrored=side))
        image = over(image, palette.ramp(0.25 + 0.3 * np.clip(1 - y, 0, 1) + 0.1 * (x < 0)), mask)
    round_light = np.clip(0.5 - x * 2.0, 0.04, 1.0)
    bands = smoothstep(0.03, 0.02, np.abs(y + 0.72)) + smoothstep(0.03, 0.02, np.abs(y - 0.55))
    tone = 0.15 + 0.8 * round_light * (0.75 + 0.25 * np.cos(x * 9)) - 0.35 * bands
    image = over(image, palette.ramp(tone), filled(canvas, placed(hull, centre, size, angle=angle)))
    window = radius_of(x, y + 0.35)
    image = over(image, palette.dark * 0.6, smoothstep(0.125, 0.115, window))
    image = over(image, palette.accent * 1.1, smoothstep(0.09, 0.08, window) * (0.4 + 0.6 * (x + y < -0.33)))
    return image + tint(bell(radius_of(x, y - 1.02), 0.3) * 0.5, palette.light)


def vinyl(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    """A record that turns, seen at a slant, with light in its grooves and an arm on it."""
    tilt, size = rng.uniform(0.6, 1.0), rng.uniform(0.95, 1.3)
    centre = (canvas.across(rng, 0.25), rng.uniform(-0.1, 0.25))
    x, y = (canvas.x - centre[0]) / size, (canvas.y - centre[1]) / size / tilt
    radius, angle = radius_of(x, y), np.arctan2(y, x)
    image = palette.ramp(0.05 + 0.25 * fade(radius, 1.0) * texture(rng, Bank.SOFT, canvas.x, canvas.y, 50))
    add_sparks(rng, canvas, image, count=10, sizes=(2, 8), colour=palette.deep, strength=(0.5, 0.9))
    image = image * (1 - 0.7 * smoothstep(1.15, 0.95, radius_of(x, y - 0.08)))[..., None]
    grooves = texture(rng, Bank.FINE, radius, np.zeros_like(radius), 420)
    turn = rng.uniform(0, TURN)
    sheen = np.cos(angle - turn) ** 18 + 0.6 * np.cos(angle - turn - 0.9) ** 30
    tracks = smoothstep(0.012, 0.004, np.abs((radius * 7) % 1 - 0.5) / 7)
    tone = 0.04 + 0.1 * grooves + sheen * (0.35 + 0.5 * grooves) - 0.04 * tracks
    disc = smoothstep(1.0, 1.0 - 0.008, radius)
    image = over(image, palette.ramp(np.clip(tone, 0, 1)), disc)
    image += tint(bell(radius - 0.99, 0.008) * 0.5 * (sheen + 0.2), palette.light)
    return _with_label(
        rng, canvas, image, palette, radius, angle, (centre[0] + size * 1.02, centre[1] - size * tilt * 0.9)
    )


def _with_label(
    rng: np.random.Generator,
    canvas: Canvas,
    image: Image,
    palette: Palette,
    radius: Field,
    angle: Field,
    pivot: tuple[float, float],
) -> Image:
    rays = np.sin(angle * int(rng.integers(3, 9)) + radius * rng.uniform(0, 25)) > 0
    image = over(image, palette.accent, smoothstep(0.36, 0.35, radius))
    second: Colour = pick(rng, (palette.second_accent, palette.highlight, palette.deep))
    image = over(image, second, rays * smoothstep(0.33, 0.32, radius) * (radius > 0.1))
    image = over(image, palette.dark * 0.3, smoothstep(0.035, 0.028, radius))
    needle = (pivot[0] - 0.55, pivot[1] + 0.85)
    arm = curve(points_of(pivot, (pivot[0] - 0.06, pivot[1] + 0.5), needle), is_closed=False)
    shadow = blurred(stroked(canvas, [arm + np.array([0.02, 0.05])], 0.035)[..., None], 4 * canvas.grain)[..., 0]
    image = image * (1 - 0.6 * shadow)[..., None]
    image = over(image, palette.tone(0.75), stroked(canvas, [arm], 0.026))
    image += tint(stroked(canvas, [arm - np.array([0.004, 0.004])], 0.006) * 0.5, palette.highlight)
    head = placed(points_of((-0.035, -0.06), (0.035, -0.06), (0.03, 0.07), (-0.03, 0.07)), needle, 1.0, angle=0.5)
    return over(image, palette.tone(0.5), filled(canvas, head))
