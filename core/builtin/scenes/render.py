"""Paints a scene: the same attributes, seed and size always give the same picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.builtin.scenes import (
    animals,
    buildings,
    geometry,
    heavens,
    land,
    landmarks,
    light,
    living,
    machines,
    patterns,
    people,
    plants,
    signals,
    space,
    water,
)
from core.builtin.scenes.attributes import SceneAttributes
from core.builtin.scenes.canvas import Canvas, Image, make_canvas
from core.builtin.scenes.finish import apply_mood, apply_style, put_before
from core.builtin.scenes.palette import Palette

Painter: TypeAlias = Callable[[np.random.Generator, Canvas, Palette], Image]

SMALLEST_SIDE = 32  # below, stars and windows of houses have no place

PAINTERS: dict[str, Painter] = {
    "nebula": space.nebula,
    "galaxy": space.galaxy,
    "starfield": space.starfield,
    "flames": light.flames,
    "lava": land.lava,
    "waves": water.waves,
    "underwater": water.underwater,
    "aurora": heavens.aurora,
    "sunset": heavens.sunset,
    "mountains": land.mountains,
    "dunes": land.dunes,
    "city": land.city,
    "synthwave": land.synthwave,
    "tunnel": patterns.tunnel,
    "mandala": patterns.mandala,
    "stained glass": patterns.stained_glass,
    "marble": patterns.marble,
    "snowflake": water.snowflake,
    "frost": water.frost,
    "bokeh": light.bokeh,
    "smoke": light.smoke,
    "jellyfish": living.jellyfish,
    "flower": living.flower,
    "eye": living.eye,
    "planet": space.planet,
    "lightning": heavens.lightning,
    "honeycomb": patterns.honeycomb,
    "moire": patterns.moire,
    "op art": patterns.op_art,
    "peacock": living.peacock,
    "clouds": heavens.clouds,
    "forest": land.forest,
    "mosaic": patterns.mosaic,
    "fluid": water.fluid,
    "lasers": light.lasers,
    "ridgelines": light.ridgelines,
    "fireworks": heavens.fireworks,
    "crystal": living.crystal,
    "gears": machines.gears,
    "robot": machines.robot,
    "circuit": machines.circuit,
    "highway": machines.highway,
    "rocket": machines.rocket,
    "vinyl": machines.vinyl,
    "cubes": geometry.cubes,
    "low poly": geometry.low_poly,
    "wireframe": geometry.wireframe,
    "maze": geometry.maze,
    "spirograph": geometry.spirograph,
    "dna": geometry.dna,
    "heart": geometry.heart,
    "glitch": signals.glitch,
    "code rain": signals.code_rain,
    "equalizer": signals.equalizer,
    "disco ball": signals.disco_ball,
    "crowd": people.crowd,
    "dancer": people.dancer,
    "face": people.face,
    "skull": people.skull,
    "street": buildings.street,
    "castle": buildings.castle,
    "cathedral": buildings.cathedral,
    "bridge": landmarks.bridge,
    "pyramid": landmarks.pyramid,
    "palms": plants.palms,
    "butterfly": animals.butterfly,
    "birds": animals.birds,
    "fish": animals.fish,
    "wolf": animals.wolf,
    "cat": animals.cat,
    "mushrooms": plants.mushrooms,
    "blossom": plants.blossom,
    "balloons": landmarks.balloons,
}


def render_scene(attributes: SceneAttributes, seed: int, width: int, height: int) -> NDArray[np.uint8]:
    """A picture of shape (height, width, 3), RGB.

    A wide picture shows more of the scene, nothing is stretched.

    Raises:
        ValueError: a side below the smallest, or a negative seed.
    """
    if min(width, height) < SMALLEST_SIDE:
        raise ValueError(f"width and height must be at least {SMALLEST_SIDE}, got {width}x{height}")
    rng = np.random.default_rng(seed)
    canvas = make_canvas(width, height)
    palette = Palette(rng, attributes.colour, attributes.second_colour)
    image = PAINTERS[attributes.family](rng, canvas, palette)
    if attributes.backdrop:
        image = put_before(image, PAINTERS[attributes.backdrop](rng, canvas, palette))
    if attributes.style:
        image = apply_style(rng, canvas, image, attributes.style)
    if attributes.mood:
        image = apply_mood(rng, canvas, image, attributes.mood)
    return (np.clip(image, 0, 1) * 255 + 0.5).astype(np.uint8)
