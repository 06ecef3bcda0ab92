"""The family, colour, mood or style that words are nearest to in meaning, where they are near enough."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import TypeVar

import numpy as np

from core.builtin.scenes.more_words import MORE_COLOUR_WORDS, MORE_FAMILY_WORDS, MORE_MOOD_WORDS, MORE_STYLE_WORDS
from core.builtin.scenes.vocabulary import COLOUR_PHRASES, FAMILY_PHRASES, MOOD_PHRASES, STYLE_PHRASES
from core.builtin.words.table import Vector, unit, word_table

K = TypeVar("K", bound=str)

NEAR_FAMILY = 0.25  # cosine. 'chess board' has .33, 'zombie apocalypse' .31, words that say nothing ('untitled', 'version two') hardly any
NEAR_COLOUR = 0.5  # of a single word: nearer means that it says a colour ('burgundy'), farther only that it has one
NEAR_LOOK = 0.55  # mood and style, of a single word
LEAST_SHARE = 0.5  # of the word that says most; words below are not named as the reason
LEAST_WEIGHT = 0.15  # length of a vector; 'the' and its like have less and say nothing by themselves
CLOSEST = 2  # phrases of a family that count beside its middle: a family is several things ("sea", "ship")


@dataclass(frozen=True, slots=True)
class Near:
    """What was found, and the words that it was found by."""

    meaning: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Prototypes:
    """Attributes:
    names: what is chosen among.
    phrases: unit vectors of the phrases of each, shape (phrases, dimensions).
    middles: their means, shape (names, dimensions), of length 1.
    """

    names: tuple[str, ...]
    phrases: tuple[Vector, ...]
    middles: Vector

    def cosines(self, vector: Vector) -> Vector:
        """How near a unit vector is to each: half its middle, half its closest phrases. Shape (names,)."""
        closest = [np.sort(phrases @ vector)[-CLOSEST:].mean() for phrases in self.phrases]
        result: Vector = (self.middles @ vector + np.asarray(closest, np.float32)) / 2
        return result


def nearest_family(words: tuple[str, ...]) -> Near | None:
    """By the sum of the words: a family is what the prompt is about."""
    prototypes = _families()
    vectors = [word_table().vector(word) for word in words]
    total = np.sum(vectors, axis=0) if vectors else np.zeros(1, np.float32)
    if np.linalg.norm(total) < LEAST_WEIGHT:
        return None
    cosines = prototypes.cosines(unit(total))
    best = int(cosines.argmax())
    if cosines[best] < NEAR_FAMILY:
        return None
    shares = [float(vector @ prototypes.middles[best]) for vector in vectors]
    reasons = [word for word, share in zip(words, shares, strict=True) if share >= LEAST_SHARE * max(shares)]
    return Near(prototypes.names[best], tuple(reasons))


def nearest_colour(words: tuple[str, ...]) -> Near | None:
    return _nearest_of_one_word(words, _colours(), NEAR_COLOUR)


def nearest_mood(words: tuple[str, ...]) -> Near | None:
    return _nearest_of_one_word(words, _moods(), NEAR_LOOK)


def nearest_style(words: tuple[str, ...]) -> Near | None:
    return _nearest_of_one_word(words, _styles(), NEAR_LOOK)


def _nearest_of_one_word(words: Iterable[str], prototypes: _Prototypes, least: float) -> Near | None:
    best: tuple[float, Near] | None = None
    for word in words:
        vector = word_table().vector(word)
        if np.linalg.norm(vector) < LEAST_WEIGHT:
            continue
        cosines = prototypes.cosines(unit(vector))
        cosine, index = float(cosines.max()), int(cosines.argmax())
        if cosine >= least and (best is None or cosine > best[0]):
            best = (cosine, Near(prototypes.names[index], (word,)))
    return best[1] if best else None


def _prototypes(*sources: Mapping[K, tuple[str, ...]]) -> _Prototypes:
    table = word_table()
    names = tuple(sources[0])
    phrases = []
    for name in names:
        vectors = [table.vector(phrase) for source in sources for phrase in source.get(name, ())]
        known = [vector for vector in vectors if np.linalg.norm(vector) >= LEAST_WEIGHT]
        assert known, f"no phrase of {name!r} is known to the table of words"
        phrases.append(unit(np.stack(known)))
    middles = unit(np.stack([of_name.mean(0) for of_name in phrases]))
    return _Prototypes(names, tuple(phrases), middles)


@cache
def _families() -> _Prototypes:
    return _prototypes(FAMILY_PHRASES, MORE_FAMILY_WORDS)


@cache
def _colours() -> _Prototypes:
    return _prototypes(COLOUR_PHRASES, MORE_COLOUR_WORDS)


@cache
def _moods() -> _Prototypes:
    return _prototypes(MOOD_PHRASES, MORE_MOOD_WORDS)


@cache
def _styles() -> _Prototypes:
    return _prototypes(STYLE_PHRASES, MORE_STYLE_WORDS)
