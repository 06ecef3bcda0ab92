"""Draws scenes at random and tells them in words, the way people type prompts: often without the colour, mood or style."""

from __future__ import annotations

from zlib import crc32

import numpy as np

from core.builtin.scenes.attributes import SceneAttributes
from core.builtin.scenes.palette import HUES, PAIRABLE, RAMPS
from core.builtin.scenes.shaping import chance, pick
from core.builtin.scenes.vocabulary import (
    BACKDROPS,
    COLOUR_PHRASES,
    FAMILIES,
    FAMILY_PHRASES,
    MOOD_PHRASES,
    STYLE_PHRASES,
    SUBJECTS,
    Mood,
    Style,
)

JOINTS = ("{} in a {}", "{} over {}", "{} and {}", "{} in front of {}")
HELD_OUT_SHARE = 12  # one pair of subject and colour in so many


def is_held_out(family: str, colour: str) -> bool:
    """Never shown in training, so that the evaluation can ask whether the model composes what it has only seen apart."""
    return crc32(f"{colour} {family}".encode()) % HELD_OUT_SHARE == 0


def random_attributes(rng: np.random.Generator) -> SceneAttributes:
    """A scene for training: any but the pairs that are held out."""
    family = pick(rng, FAMILIES)
    colour, second_colour = _random_colours(rng)
    while is_held_out(family, colour) or (second_colour and is_held_out(family, second_colour)):
        colour, second_colour = _random_colours(rng)
    mood = None if chance(rng, 0.42) else pick(rng, tuple(Mood))
    style = None if chance(rng, 0.8) else pick(rng, tuple(Style))
    backdrop = pick(rng, BACKDROPS) if family in SUBJECTS and chance(rng, 0.35) else None
    return SceneAttributes(family, colour, second_colour, mood, style, backdrop)


def _random_colours(rng: np.random.Generator) -> tuple[str, str | None]:
    kind = rng.random()
    if kind < 0.58:
        return pick(rng, tuple(HUES)), None
    if kind < 0.82:
        first, second = rng.choice(len(PAIRABLE), 2, replace=False)
        return PAIRABLE[first], PAIRABLE[second]
    return pick(rng, tuple(RAMPS)), None


def caption(rng: np.random.Generator, scene: SceneAttributes) -> str:
    """One of the many ways to say what a scene shows; some say only a part of it."""
    subject, colour = _subject(rng, scene), _colour(rng, scene)
    mood = pick(rng, MOOD_PHRASES[scene.mood]) if scene.mood else ""
    style = pick(rng, STYLE_PHRASES[scene.style]) if scene.style else ""
    left_out = rng.random()
    if left_out < 0.07:
        return subject
    if left_out < 0.11:
        return colour if chance(rng, 0.5) else f"{colour} abstract visuals"
    if left_out < 0.2:
        mood = style = ""
    elif left_out < 0.25:
        colour = ""
    return _sentence(rng, subject, colour, mood, style)


def _subject(rng: np.random.Generator, scene: SceneAttributes) -> str:
    subject = pick(rng, FAMILY_PHRASES[scene.family])
    if scene.backdrop is None:
        return subject
    return pick(rng, JOINTS).format(subject, pick(rng, FAMILY_PHRASES[scene.backdrop]))


def _colour(rng: np.random.Generator, scene: SceneAttributes) -> str:
    colour = pick(rng, COLOUR_PHRASES[scene.colour])
    if scene.second_colour is None:
        return colour
    second = pick(rng, COLOUR_PHRASES[scene.second_colour])
    return f"{colour} and {second}" if chance(rng, 0.75) else f"{second} and {colour}"


def _sentence(rng: np.random.Generator, subject: str, colour: str, mood: str, style: str) -> str:
    order = int(rng.integers(7))
    if order == 0:
        return _joined(" ", mood, style, colour, subject)
    if order == 1:
        return _joined(", ", subject, colour, mood, style)
    if order == 2:
        tail = f"in {_joined(' and ', colour, style)}" if colour else style
        return _joined(" ", mood, subject, tail)
    if order == 3:
        return _joined(" ", "a", style, mood, colour, subject)
    if order == 4:
        shown = f"{subject} with {colour} {pick(rng, ('colors', 'light'))}" if colour else subject
        return _joined(", ", shown, mood, style)
    if order == 5:
        parts = [part for part in (colour, subject, mood, style) if part]
        return ", ".join(parts[index] for index in rng.permutation(len(parts)))
    return _joined(", ", _joined(" ", colour, subject), mood, style)


def _joined(separator: str, *parts: str) -> str:
    return separator.join(part for part in parts if part)
