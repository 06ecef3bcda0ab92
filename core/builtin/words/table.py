"""Which words are near which others in meaning: a table of word vectors, made once from a sentence model (core/training/words.py).

A phrase is the sum of its words, rare words counting more. That finds what a whole sentence model finds in most short prompts,
with numpy alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Vector: TypeAlias = NDArray[np.floating[Any]]  # (dimensions,), float32

TABLE = Path(__file__).with_name("table.npz")
COMMON_RANKS = (
    400  # the weight of a word is 1 / (1 + COMMON_RANKS / rank): 'the' .002, 'city' .6, 'castle' .9 (Arora 2017)
)
SUFFIXES = (
    *(
        ("ies", "y"),
        ("es", ""),
        ("s", ""),
        ("ing", ""),
        ("ing", "e"),
        ("ed", ""),
        ("ed", "e"),
        ("er", ""),
        ("ly", ""),
        ("y", ""),
    ),
)
COMMON_WORDS = 8000
LEAST_PART = 3  # letters of what is left of a word


class WordTable:
    """Vectors by word.

    Attributes:
        words: the most frequent first.
    """

    def __init__(self, words: Iterable[str], vectors: NDArray[np.int8], scale: Vector) -> None:
        """vectors: (words, dimensions); scale: (dimensions,), what one step of a dimension is worth."""
        self.words = tuple(words)
        self._index = {word: index for index, word in enumerate(self.words)}
        self._vectors = vectors
        self._scale = scale
        assert vectors.shape == (len(self.words), len(scale)), "a vector for each word"

    def is_common(self, word: str) -> bool:
        """Whether a word is plainly English; the rarer part of the table has names and foreign words ('nacht', 'rouge')."""
        return self._index.get(word, COMMON_WORDS) < COMMON_WORDS

    def vector(self, text: str) -> Vector:
        """Of a word or phrase, lower case; zeros when no word of it is known. Its length says how much it says."""
        total = np.zeros(len(self._scale), np.float32)
        for word in re.findall(r"[a-z]+", text):
            for part in self._parts(word):
                index = self._index[part]
                total += self._vectors[index] * self._scale / (1 + COMMON_RANKS / (index + 1))
        return total

    def _parts(self, word: str) -> tuple[str, ...]:
        """Known words that a word is made of: itself, its stem, two in one ('starship'), or its beginning."""
        if word in self._index:
            return (word,)
        for ending, replacement in SUFFIXES:
            stem = word.removesuffix(ending) + replacement
            if word.endswith(ending) and len(stem) >= LEAST_PART and stem in self._index:
                return (stem,)
        for cut in range(len(word) - LEAST_PART, LEAST_PART - 1, -1):
            if word[:cut] in self._index and word[cut:] in self._index:
                return word[:cut], word[cut:]
        return ()


def unit(vector: Vector) -> Vector:
    """The vector with length 1; zeros stay zeros. Shape (..., dimensions)."""
    length = np.linalg.norm(vector, axis=-1, keepdims=True)
    result: Vector = np.divide(vector, length, out=np.zeros_like(vector), where=length > 0)
    return result


def write_table(path: Path, words: Iterable[str], vectors: Vector) -> None:
    """Keep vectors of shape (words, dimensions) in a byte a number."""
    scale = np.abs(vectors).max(0) / 127
    steps = np.round(vectors / scale).astype(np.int8)
    spelled = np.frombuffer("\n".join(words).encode(), np.uint8)
    np.savez_compressed(path, words=spelled, vectors=steps, scale=scale.astype(np.float32))


@cache
def word_table() -> WordTable:
    """The table that ships; read once a process (some 40 ms)."""
    with np.load(TABLE) as file:
        return WordTable(file["words"].tobytes().decode().split("\n"), file["vectors"], file["scale"])
