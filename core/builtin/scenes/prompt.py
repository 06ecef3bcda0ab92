"""Finds the scene that a prompt asks for, by its words. No prompt is refused: unknown words choose by themselves, always alike."""

from __future__ import annotations

import re
import zlib
from collections.abc import Mapping
from enum import Enum
from functools import cache
from typing import TypeVar

import numpy as np

from core.builtin.scenes.attributes import SceneAttributes
from core.builtin.scenes.palette import PAIRABLE
from core.builtin.scenes.shaping import pick
from core.builtin.scenes.vocabulary import (
    BACKDROPS,
    COLOUR_PHRASES,
    FAMILY_PHRASES,
    MOOD_PHRASES,
    MORE_COLOUR_WORDS,
    MORE_FAMILY_WORDS,
    MORE_MOOD_WORDS,
    MORE_STYLE_WORDS,
    NATURAL_COLOURS,
    STYLE_PHRASES,
    SUBJECTS,
    Mood,
    Style,
)

K = TypeVar("K", bound=str)
Words = tuple[str, ...]


class Kind(Enum):
    FAMILY = "family"
    COLOUR = "colour"
    MOOD = "mood"
    STYLE = "style"


WORD = re.compile(r"[a-z0-9&]+(?:-[a-z0-9]+)*")
DEFAULT_FAMILIES = ("fluid", "nebula", "smoke", "aurora", "mandala", "tunnel", "bokeh", "marble")  # fit any music


def scene_for_prompt(prompt: str, seed: int) -> SceneAttributes:
    """The nearest scene: its family, colours, mood and style, as far as the prompt names them.

    What it does not name is chosen by the seed; a prompt that names no family chooses one by its own letters, so
    that it keeps the family from seed to seed.
    """
    words = _words(prompt)
    named = _named(words)
    rng = np.random.default_rng([seed % 2**32, zlib.crc32(" ".join(words).encode())])
    family, backdrop = _subject_and_backdrop(named[Kind.FAMILY] or [_default_family(words)])
    colour, second = _colour_pair(named[Kind.COLOUR] or [pick(rng, NATURAL_COLOURS[family])])
    return SceneAttributes(
        family=family,
        colour=colour,
        second_colour=second,
        mood=next((Mood(mood) for mood in named[Kind.MOOD]), None),
        style=next((Style(style) for style in named[Kind.STYLE]), None),
        backdrop=backdrop,
    )


def _subject_and_backdrop(families: list[str]) -> tuple[str, str | None]:
    """The first subject that can stand before another family of the prompt, else its first family alone."""
    for subject in families:
        for backdrop in families:
            if subject in SUBJECTS and backdrop in BACKDROPS and subject != backdrop:
                return subject, backdrop
    return families[0], None


def _colour_pair(colours: list[str]) -> tuple[str, str | None]:
    """Two plain colours make a pair; of others the first counts."""
    plain = [colour for colour in colours if colour in PAIRABLE]
    if len(plain) >= 2 and colours[0] in PAIRABLE:
        return plain[0], plain[1]
    return colours[0], None


def _default_family(words: Words) -> str:
    return DEFAULT_FAMILIES[zlib.crc32(" ".join(words).encode()) % len(DEFAULT_FAMILIES)]


def _words(text: str) -> Words:
    return tuple(WORD.findall(text.lower()))


def _named(words: Words) -> dict[Kind, list[str]]:
    """What the words name, each kind in their order, without repeats.

    Of overlapping phrases the longest counts, for all kinds: "sunset colors" is no sunset.
    """
    named: dict[Kind, list[str]] = {kind: [] for kind in Kind}
    longest = max(len(phrase) for table in _phrases().values() for phrase in table)
    start = 0
    while start < len(words):
        for length in range(min(longest, len(words) - start), 0, -1):
            meanings = _meanings(words[start : start + length])
            if meanings:
                break
        for kind, meaning in meanings.items():
            if meaning not in named[kind]:
                named[kind].append(meaning)
        start += length
    return named


def _meanings(words: Words) -> dict[Kind, str]:
    """What a phrase, or its singular, means in each kind that knows it."""
    last = words[-1]
    singulars = (last, last.removesuffix("s"), last.removesuffix("es"), last.removesuffix("ies") + "y")
    meanings: dict[Kind, str] = {}
    for kind, table in _phrases().items():
        known = [table[*words[:-1], single] for single in singulars if (*words[:-1], single) in table]
        if known:
            meanings[kind] = known[0]
    return meanings


@cache
def _phrases() -> dict[Kind, dict[Words, str]]:
    return {
        Kind.FAMILY: _table(FAMILY_PHRASES, MORE_FAMILY_WORDS),
        Kind.COLOUR: _table(COLOUR_PHRASES, MORE_COLOUR_WORDS),
        Kind.MOOD: _table(MOOD_PHRASES, MORE_MOOD_WORDS),
        Kind.STYLE: _table(STYLE_PHRASES, MORE_STYLE_WORDS),
    }


def _table(*sources: Mapping[K, tuple[str, ...]]) -> dict[Words, str]:
    """Phrases to what they mean; an earlier source wins."""
    table: dict[Words, str] = {}
    for source in sources:
        for meaning, phrases in source.items():
            for phrase in phrases:
                table.setdefault(_words(phrase), meaning)
    return table
