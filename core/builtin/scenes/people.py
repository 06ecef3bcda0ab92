"""Scenes of people: crowd, dancer, face, skull."""

from __future__ import annotations

import numpy as np

from core.builtin.scenes.canvas import Canvas, Field, Image
from core.builtin.scenes.drawing import add_glow, add_sparks, blurred
from core.builtin.scenes.noise import Bank, texture
from core.builtin.scenes.palette import Palette
from core.builtin.scenes.shapes import Points, curve, filled, points_of
from core.builtin.scenes.shaping import bell, chance, fade, over, pick, radius_of, smoothstep, tint

TURN = 2 * np.pi


def crowd(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    """Heads and raised arms before a stage that shines, in rows that grow darker."""
    image = _stage_light(rng, canvas, palette)
    for nearness in (0.0, 0.35, 0.7, 1.0):
        people = []
        size = 0.09 + 0.13 * nearness
        floor = 0.36 + 0.62 * nearness
        for place in np.arange(-canvas.aspect - size, canvas.aspect + size, size * 1.15):
            people += _person(
                rng,
                (float(place) + rng.normal(0, size * 0.25), floor + rng.normal(0, size * 0.35)),
                size * rng.uniform(0.85, 1.15),
            )
        mask = filled(canvas, *people)
        mask = np.maximum(mask, smoothstep(0, 0.02, canvas.y - floor - size * 2.2))
        image = over(image, palette.tone(0.17 * (1 - nearness)) * 0.9, mask)
        rim = np.clip(mask - np.roll(mask, 2 * canvas.grain, 0), 0, 1) * (1 - 0.6 * nearness)
        image += tint(rim * 0.5, palette.light)
        haze = smoothstep(0.0, 0.9, canvas.y) * 0.2 * (1 - nearness)
        image = over(image, palette.accent * 0.5, haze)
    return image


def _stage_light(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    haze = texture(rng, Bank.CLOUDY, canvas.x, canvas.y, 70)
    middle = canvas.across(rng, 0.2)
    image = palette.ramp(
        0.05 + 0.75 * fade(radius_of((canvas.x - middle) * 0.8, (canvas.y - 0.25) * 1.5), 1.7) * (0.55 + 0.6 * haze)
    )
    for _ in range(round(7 * canvas.aspect)):
        lamp = canvas.across(rng, 0.9)
        heading, width = rng.uniform(-0.75, 0.75), rng.uniform(0.03, 0.1)
        x, y = canvas.x - lamp, canvas.y + 1.05
        beam = bell(np.arctan2(x, y) - heading, width) * (y > 0) * fade(y, 0.55)
        image += tint(
            beam * (0.35 + 0.8 * haze) * 0.75, pick(rng, (palette.accent, palette.second_accent, palette.light))
        )
        add_glow(canvas, image, (lamp, -0.98), 0.06, palette.highlight)
    if chance(rng, 0.5):
        add_sparks(rng, canvas, image, count=50, sizes=(0.5, 1.8), colour=palette.light, strength=(0.4, 1.2))
    return image


def _person(rng: np.random.Generator, neck: tuple[float, float], size: float) -> list[Points]:
    """Seen from behind, down to where the next row hides it: head, shoulders, and often one or two arms in the air."""
    x, y = neck
    turn = np.linspace(0, TURN, 18, endpoint=False)
    head = np.stack(
        [x + np.cos(turn) * size * 0.34 + rng.normal(0, size * 0.05), y - size * 0.42 + np.sin(turn) * size * 0.43], 1
    )
    trunk = curve(
        points_of(
            (x, y - size * 0.1),
            (x + size * 0.55, y + size * 0.18),
            (x + size * 0.72, y + size * 1.2),
            (x + size * 0.6, y + size * 3),
            (x - size * 0.6, y + size * 3),
            (x - size * 0.72, y + size * 1.2),
            (x - size * 0.55, y + size * 0.18),
        )
    )
    shapes = [head, trunk]
    for side in (-1, 1):
        if chance(rng, 0.42):
            shapes += _raised_arm(rng, (x + side * size * 0.55, y + size * 0.3), size, side)
    if chance(rng, 0.3):  # hair
        shapes.append(
            curve(
                points_of(
                    (x - size * 0.38, y - size * 0.5),
                    (x, y - size * 0.95),
                    (x + size * 0.38, y - size * 0.5),
                    (x + size * 0.45, y + size * 0.2),
                    (x - size * 0.45, y + size * 0.2),
                )
            )
        )
    return shapes


def _raised_arm(rng: np.random.Generator, shoulder: tuple[float, float], size: float, side: int) -> list[Points]:
    upper, lower = rng.uniform(0.1, 0.9) * side, rng.uniform(-0.7, 0.25) * side
    elbow = (shoulder[0] + np.sin(upper) * size * 0.95, shoulder[1] - np.cos(upper) * size * 0.95)
    hand = (elbow[0] + np.sin(lower) * size * 0.95, elbow[1] - np.cos(lower) * size * 0.95)
    shapes = [_limb(shoulder, elbow, size * 0.17, size * 0.13), _limb(elbow, hand, size * 0.13, size * 0.09)]
    turn = np.linspace(0, TURN, 10, endpoint=False)
    shapes.append(np.stack([hand[0] + np.cos(turn) * size * 0.12, hand[1] + np.sin(turn) * size * 0.13], 1))
    for spread in (-0.5, 0.0, 0.5) if chance(rng, 0.5) else ():
        finger = (hand[0] + np.sin(lower + spread) * size * 0.3, hand[1] - np.cos(lower + spread) * size * 0.3)
        shapes.append(_limb(hand, finger, size * 0.06, size * 0.04))
    return shapes


def _limb(start: tuple[float, float], end: tuple[float, float], wide: float, narrow: float) -> Points:
    along = np.array(end) - np.array(start)
    aside = np.array([-along[1], along[0]]) / (np.linalg.norm(along) + 1e-9)
    first, last = np.array(start), np.array(end)
    return np.stack([first + aside * wide, last + aside * narrow, last - aside * narrow, first - aside * wide])


def dancer(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    """Figures in mid-dance against a wall of light, with their mirror on the floor."""
    floor = rng.uniform(0.66, 0.76)
    haze = texture(rng, Bank.CLOUDY, canvas.x, canvas.y, 70)
    middle = canvas.across(rng, 0.15)
    glow = fade(radius_of((canvas.x - middle) * 0.75, canvas.y + 0.05), 1.25)
    image = palette.ramp(0.06 + 0.85 * glow * (0.6 + 0.5 * haze))
    if chance(rng, 0.5):
        ring = radius_of(canvas.x - middle, canvas.y + 0.1)
        image += tint(
            bell(ring - rng.uniform(0.6, 0.75), 0.03) * 0.9 + bell(ring - 0.68, 0.12) * 0.3, palette.highlight
        )
    else:
        image += tint(
            smoothstep(0.75, 1.0, np.sin(canvas.x * rng.uniform(9, 16)) * 0.5 + 0.5) * 0.4 * haze, palette.light
        )
    count = int(rng.integers(1, 4)) if canvas.aspect > 1.2 else 1
    figures = []
    for index in range(count):
        x = middle + (index - (count - 1) / 2) * 0.8 + rng.normal(0, 0.05)
        figures += _figure(rng, (x, floor), rng.uniform(0.9, 1.05) if count == 1 else rng.uniform(0.74, 0.92))
    mask = filled(canvas, *figures)
    rim = np.clip(blurred(mask[..., None], 1.5 * canvas.grain)[..., 0] - mask, 0, 1)
    image = over(image, palette.dark * 0.4, mask) + tint(rim * 1.1, palette.highlight)
    depth = np.clip(canvas.y - floor, 0, 1)
    rows = np.clip((floor - depth * 1.3 + 1) * canvas.pixels_per_unit, 0, canvas.height - 1).astype(np.int32)
    mirrored = blurred(image, 2 * canvas.grain)[rows, np.arange(canvas.width)[None]]
    return over(
        image, mirrored * (0.45 * fade(depth, 2.0))[..., None] + palette.dark, smoothstep(0, 0.01, canvas.y - floor)
    )


def _figure(rng: np.random.Generator, foot: tuple[float, float], tall: float) -> list[Points]:
    """A dancer from joints and limbs; the feet stand near foot."""
    side = 1 if chance(rng, 0.5) else -1

    def joint(start: tuple[float, float], angle: float, length: float) -> tuple[float, float]:
        return (start[0] + np.sin(angle) * length * tall * side, start[1] + np.cos(angle) * length * tall)

    hip = (foot[0], foot[1] - tall * rng.uniform(0.66, 0.72))
    lean = rng.uniform(-0.25, 0.25)
    chest = joint(hip, np.pi + lean, 0.34)
    neck = joint(chest, np.pi + lean * 0.6, 0.12)
    head = joint(neck, np.pi + rng.uniform(-0.5, 0.5), 0.11)
    shapes = [
        _limb(hip, chest, 0.085 * tall, 0.1 * tall),
        _limb(chest, neck, 0.115 * tall, 0.03 * tall),
        _limb(neck, head, 0.035 * tall, 0.03 * tall),
    ]
    turn = np.linspace(0, TURN, 20, endpoint=False)
    shapes.append(np.stack([head[0] + np.cos(turn) * 0.072 * tall, head[1] + np.sin(turn) * 0.09 * tall], 1))
    for angle, bend in (
        (rng.uniform(-0.25, 0.1), rng.uniform(-0.25, 0.05)),
        (rng.uniform(0.3, 1.25), rng.uniform(-1.4, -0.2)),
    ):  # legs
        knee = joint(hip, angle, 0.38)
        ankle = joint(knee, angle + bend, 0.36)
        toe = joint(ankle, angle + bend + 0.9, 0.1)
        shapes += [
            _limb(hip, knee, 0.085 * tall, 0.055 * tall),
            _limb(knee, ankle, 0.055 * tall, 0.03 * tall),
            _limb(ankle, toe, 0.032 * tall, 0.018 * tall),
        ]
        shapes += [np.stack([knee[0] + np.cos(turn) * 0.055 * tall, knee[1] + np.sin(turn) * 0.055 * tall], 1)]
    for angle in (rng.uniform(1.7, 3.0), -rng.uniform(1.2, 2.9)):  # arms
        shoulder = (chest[0] + np.sign(np.sin(angle)) * side * 0.085 * tall, chest[1] - 0.03 * tall)
        elbow = joint(shoulder, angle, 0.24)
        wrist = joint(elbow, angle + rng.uniform(-0.9, 0.9), 0.23)
        tip = joint(wrist, angle + rng.uniform(-0.6, 0.6), 0.09)
        shapes += [
            _limb(shoulder, elbow, 0.042 * tall, 0.034 * tall),
            _limb(elbow, wrist, 0.034 * tall, 0.022 * tall),
            _limb(wrist, tip, 0.024 * tall, 0.01 * tall),
        ]
    if chance(rng, 0.45):  # hair that flies
        ends = [joint(head, np.pi + rng.uniform(0.8, 1.8), rng.uniform(0.12, 0.24)) for _ in range(3)]
        shapes += [np.array([(head[0], head[1] - 0.07 * tall), end, (head[0], head[1] + 0.05 * tall)]) for end in ends]
    if chance(rng, 0.4):  # a skirt
        hem = [joint(hip, angle, 0.3) for angle in (-0.8, -0.3, 0.3, 0.95)]
        shapes.append(np.array([joint(hip, np.pi, 0.08), *hem]))
    return shapes


def face(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    """A head like a statue's, turned to us out of the dark, lit from one side."""
    x, y, size = _place_of_head(rng, canvas)
    image = palette.ramp(0.03 + 0.16 * texture(rng, Bank.CLOUDY, canvas.x, canvas.y, 55))
    side = np.abs(x)
    outline = radius_of(x / (0.69 - 0.2 * smoothstep(0.0, 1.0, y)), (y - 0.02) / 0.98)
    dome = np.sqrt(np.clip(1 - outline**2, 0, 1)) * 0.75
    nose = 0.2 * bell(x, 0.07 + 0.09 * smoothstep(-0.1, 0.3, y)) * smoothstep(-0.3, 0.28, y) * smoothstep(0.36, 0.27, y)
    nose += 0.05 * bell(radius_of(side - 0.1, y - 0.27), 0.06)
    brow = 0.1 * bell(y + 0.24 - 0.08 * side + side**2 * 0.25, 0.07) * bell(side - 0.3, 0.26)
    sockets = -0.16 * bell(radius_of((side - 0.29) / 1.5, y + 0.09), 0.125)
    lids = 0.085 * bell(radius_of((side - 0.29) / 1.35, y + 0.075), 0.085)
    cheeks = 0.07 * bell(radius_of(side - 0.4, y - 0.2), 0.22)
    lips = (
        0.08 * bell(radius_of(x / 2.0, y - 0.53), 0.06)
        + 0.095 * bell(radius_of(x / 1.7, y - 0.63), 0.065)
        - 0.09 * bell(y - 0.575 - 0.02 * np.cos(x * 14), 0.016) * (side < 0.2)
    )
    chin = 0.09 * bell(radius_of(x, y - 0.84), 0.14) - 0.05 * bell(y - 0.72, 0.05) * bell(x, 0.2)
    height = dome + nose + brow + sockets + lids + cheeks + lips + chin
    lit = _relief(canvas, height, size, (1 if chance(rng, 0.5) else -1) * rng.uniform(0.5, 0.95))
    lash = bell(y + 0.055 - (side - 0.29) ** 2 * 1.6, 0.012) * bell(side - 0.29, 0.13)
    eyebrow = bell(y + 0.25 - 0.06 * side + (side - 0.1) ** 2 * 0.35, 0.024) * bell(side - 0.3, 0.19)
    tone = np.clip(lit * (1 - 0.75 * lash) * (1 - 0.45 * eyebrow), 0.02, 1)
    neck = smoothstep(0.36, 0.3, side - 0.12 * np.clip(y - 1.0, 0, 2)) * (y > 0.6)
    image = over(image, palette.ramp(np.clip(0.22 * lit + 0.04, 0, 1)), neck)
    image = over(image, palette.ramp(tone), smoothstep(1.0, 0.975, outline))
    if chance(rng, 0.5):
        lines = np.abs(np.sin(height * rng.uniform(34, 60)))
        image += tint(smoothstep(0.93, 1.0, lines) * smoothstep(1.0, 0.95, outline) * 0.5, palette.accent)
    return image + tint(fade(outline - 1, 4) * (outline > 1) * 0.14, palette.accent)


def skull(rng: np.random.Generator, canvas: Canvas, palette: Palette) -> Image:
    """A skull that looks at us, its eyes dark or glowing."""
    x, y, size = _place_of_head(rng, canvas)
    y = y + 0.06
    image = palette.ramp(0.03 + 0.16 * texture(rng, Bank.CLOUDY, canvas.x, canvas.y, 55))
    side = np.abs(x)
    cranium = radius_of(x / 0.74, (y + 0.24) / 0.72)
    jaw = np.maximum(side / (0.5 - 0.16 * smoothstep(0.35, 1.0, y)), np.abs(y - 0.52) / 0.46)
    outline = np.minimum(cranium, jaw)
    dome = np.sqrt(np.clip(1 - cranium**2, 0, 1)) * 0.7
    lower = np.sqrt(np.clip(1 - (side / 0.56) ** 2, 0, 1)) * 0.42 * smoothstep(0.02, 0.3, y)
    cheekbones = 0.12 * bell(radius_of((side - 0.47) / 1.3, y - 0.17), 0.13)
    brow = 0.07 * bell(y + 0.18 - side * 0.1, 0.07) * bell(side - 0.3, 0.3)
    hollow = -0.16 * bell(radius_of((side - 0.5), (y - 0.5) / 1.4), 0.12)
    teeth_zone = smoothstep(0.3, 0.27, side) * smoothstep(0.5, 0.53, y) * smoothstep(0.84, 0.81, y)
    columns = np.abs(np.sin(side * 34)) ** 0.5
    teeth = 0.05 * columns * teeth_zone
    height = np.maximum(dome, lower) + cheekbones + brow + hollow + teeth
    lit = _relief(canvas, height, size, (1 if chance(rng, 0.5) else -1) * rng.uniform(0.4, 0.9))
    sockets = smoothstep(
        1.05, 0.9, radius_of((side - 0.29 - 0.04 * y) / 0.215, (y + 0.02 - (side - 0.29) * 0.14) / 0.2) ** 1.15
    )
    hole = smoothstep(1.1, 0.9, radius_of(side / (0.05 + 0.09 * smoothstep(0.12, 0.36, y)), (y - 0.29) / 0.13))
    gaps = bell(y - 0.67 - 0.04 * side, 0.014) * (side < 0.31) + (1 - columns) ** 3 * teeth_zone
    cracks = smoothstep(0.93, 0.99, texture(rng, Bank.RIDGES, x, y, 120)) * (y < -0.25) * 0.5
    dark = np.clip(np.maximum.reduce([sockets, hole, np.clip(gaps, 0, 1) * 0.85, cracks]), 0, 1)
    image = over(image, palette.ramp(np.clip(lit * (1 - 0.96 * dark), 0.012, 1)), smoothstep(1.0, 0.975, outline))
    image += tint(fade(outline - 1, 4) * (outline > 1) * 0.14, palette.accent)
    if chance(rng, 0.6):
        ember = bell(radius_of(side - 0.29, y), 0.07)
        image += tint(ember * 1.2, palette.highlight) + tint(bell(radius_of(side - 0.29, y), 0.2) * 0.6, palette.accent)
    return image


def _place_of_head(rng: np.random.Generator, canvas: Canvas) -> tuple[Field, Field, float]:
    """Coordinates in which a head is about 2 high, and how large one of them is."""
    size, tilt = rng.uniform(0.82, 0.92), rng.normal(0, 0.07)
    x, y = (canvas.x - canvas.across(rng, 0.22)) / size, (canvas.y - rng.uniform(-0.03, 0.08)) / size
    return x * np.cos(tilt) + y * np.sin(tilt), y * np.cos(tilt) - x * np.sin(tilt), size


def _relief(canvas: Canvas, height: Field, size: float, light_x: float) -> Field:
    """How a surface shines that is so high, under a strong light from one side and a weak one from the other: 0..1 and a little above."""
    per_unit = canvas.pixels_per_unit * size
    down, across = np.gradient(height, 1 / per_unit)
    length = np.sqrt(1 + across**2 + down**2)
    main = np.clip((0.35 - across * light_x - down * 0.45) / length, 0, 1)
    back = np.clip((across * light_x * 0.9 - 0.35) / length, 0, 1)
    result: Field = 0.03 + 0.62 * main + 0.3 * back + 0.25 * main**8
    return result
