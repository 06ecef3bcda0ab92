"""Finds the scene that a prompt asks for. No prompt is refused.

Words that the vocabulary names count first, in any of the languages that `translation` knows. What they leave open is chosen by meaning: the
nearest family, and a colour, mood or style only where a word is clearly near one. A prompt that says nothing at all chooses by its letters, always alike.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache, lru_cache
from typing import TypeVar

import numpy as np

from core.builtin.scenes.attributes import SceneAttributes
from core.builtin.scenes.meaning import nearest_colour, nearest_family, nearest_mood, nearest_style
from core.builtin.scenes.more_words import MORE_COLOUR_WORDS, MORE_FAMILY_WORDS, MORE_MOOD_WORDS, MORE_STYLE_WORDS
from core.builtin.scenes.palette import PAIRABLE
from core.builtin.scenes.shaping import pick
from core.builtin.scenes.vocabulary import (
    BACKDROPS,
    COLOUR_PHRASES,
    FAMILY_PHRASES,
    MOOD_PHRASES,
    NATURAL_COLOURS,
    STYLE_PHRASES,
    SUBJECTS,
    Mood,
    Style,
)
from core.builtin.words.table import word_table
from core.builtin.words.translation import Word, to_english

K = TypeVar("K", bound=str)
Phrase = tuple[str, ...]


class Kind(Enum):
    FAMILY = "family"
    COLOUR = "colour"
    MOOD = "mood"
    STYLE = "style"


@dataclass(frozen=True, slots=True)
class Found:
    """Something that a prompt says, and the words that say it, as they are written there."""

    kind: Kind
    meaning: str
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What the words of a prompt say.

    Attributes:
        subject: its family, or None when no word says one.
        backdrop: another family, behind the subject.
        colours: one or two.
    """

    subject: Found | None = None
    backdrop: Found | None = None
    colours: tuple[Found, ...] = ()
    mood: Found | None = None
    style: Found | None = None


WORD = re.compile(r"[a-z0-9&]+(?:-[a-z0-9]+)*")
DEFAULT_FAMILIES = ("fluid", "nebula", "smoke", "aurora", "mandala", "tunnel", "bokeh", "marble")  # fit any music


def scene_for_prompt(prompt: str, seed: int, family: str | None = None) -> SceneAttributes:
    """The nearest scene: its family, colours, mood and style, as far as the prompt says them.

    What it does not say is chosen by the seed; a prompt that says nothing of a family chooses one by its own letters, so that it
    keeps the family from seed to seed.

    Args:
        prompt: as it was typed.
        seed: of the keyframe; chooses what the prompt leaves open.
        family: one that is asked for by name, whatever the prompt says.

    Raises:
        ValueError: no such family.
    """
    reading = read_prompt(prompt)
    rng = np.random.default_rng([seed % 2**32, _checksum(prompt)])
    named = reading.subject.meaning if reading.subject else _default_family(prompt)
    backdrop = reading.backdrop.meaning if reading.backdrop and family in (None, named) else None
    subject = family or named
    colours = [found.meaning for found in reading.colours] or [pick(rng, NATURAL_COLOURS.get(subject, ("rainbow",)))]
    return SceneAttributes(
        family=subject,
        colour=colours[0],
        second_colour=colours[1] if len(colours) > 1 else None,
        mood=Mood(reading.mood.meaning) if reading.mood else None,
        style=Style(reading.style.meaning) if reading.style else None,
        backdrop=backdrop,
    )


@lru_cache(maxsize=512)
def read_prompt(prompt: str) -> Reading:
    """What a prompt says by its words."""
    words = _english_words(prompt)
    named, rest = _named(words)
    found = named + _by_meaning(words, rest, {each.kind for each in named})
    families = [each for each in found if each.kind is Kind.FAMILY]
    subject, backdrop = _subject_and_backdrop(families) if families else (None, None)
    return Reading(
        subject=subject,
        backdrop=backdrop,
        colours=_colour_pair([each for each in found if each.kind is Kind.COLOUR]),
        mood=next((each for each in found if each.kind is Kind.MOOD), None),
        style=next((each for each in found if each.kind is Kind.STYLE), None),
    )


def describe(prompt: str, family: str | None = None) -> str:
    """For people, what was understood: 'city, blue, neon: from "cyberpunk", "blue", "neon"'.

    Args:
        prompt: as it was typed.
        family: one that is asked for by name, whatever the prompt says.
    """
    reading = read_prompt(prompt)
    said = reading.subject.meaning if reading.subject else None
    subject = family or said or f"{_default_family(prompt)} (no word names a scene)"
    backdrop = reading.backdrop if family in (None, said) else None
    looks = [each for each in (*reading.colours, reading.mood, reading.style) if each]
    parts = [subject, *([f"before {backdrop.meaning}"] if backdrop else []), *(each.meaning for each in looks)]
    used = [each for each in (reading.subject if family in (None, said) else None, backdrop, *looks) if each]
    sources = ", ".join(dict.fromkeys(f'"{word}"' for each in used for word in each.sources))
    return ", ".join(parts) + (f": from {sources}" if sources else "")


def caption_of(prompt: str) -> str:
    """What a prompt asks for, in words that the built-in text encoder was taught; '' for an empty prompt."""
    if not prompt.strip():
        return ""
    reading = read_prompt(prompt)
    colours = " and ".join(COLOUR_PHRASES[each.meaning][0] for each in reading.colours)
    mood = MOOD_PHRASES[Mood(reading.mood.meaning)][0] if reading.mood else ""
    style = STYLE_PHRASES[Style(reading.style.meaning)][0] if reading.style else ""
    subject = FAMILY_PHRASES[reading.subject.meaning if reading.subject else _default_family(prompt)][0]
    backdrop = f"in front of {FAMILY_PHRASES[reading.backdrop.meaning][0]}" if reading.backdrop else ""
    return " ".join(part for part in (mood, style, colours, subject, backdrop) if part)


def _subject_and_backdrop(families: list[Found]) -> tuple[Found, Found | None]:
    """The first subject that can stand before another family of the prompt, else its first family alone."""
    for subject in families:
        for backdrop in families:
            if subject.meaning in SUBJECTS and backdrop.meaning in BACKDROPS and subject.meaning != backdrop.meaning:
                return subject, backdrop
    return families[0], None


def _colour_pair(colours: list[Found]) -> tuple[Found, ...]:
    """Two plain colours make a pair; of others the first counts."""
    distinct = list({each.meaning: each for each in reversed(colours)}.values())[::-1]
    plain = [each for each in distinct if each.meaning in PAIRABLE]
    if len(plain) >= 2 and distinct[0].meaning in PAIRABLE:
        return tuple(plain[:2])
    return tuple(distinct[:1])


def _checksum(prompt: str) -> int:
    """Of the letters and signs alone, so that case and punctuation change nothing."""
    return zlib.crc32(" ".join(re.findall(r"\w+|[^\w\s]", unicodedata.normalize("NFC", prompt).lower())).encode())


def _default_family(prompt: str) -> str:
    return DEFAULT_FAMILIES[_checksum(prompt) % len(DEFAULT_FAMILIES)]


def _english_words(prompt: str) -> list[Word]:
    """One word each; a translation of several words is as many, all written alike."""
    phrases = to_english(prompt, _is_english)
    return [Word(word, phrase.written) for phrase in phrases for word in _words(phrase.english)]


def _is_english(word: str) -> bool:
    return word_table().is_common(word) or bool(_meanings((word,)))


def _words(text: str) -> Phrase:
    return tuple(WORD.findall(text.lower()))


def _named(words: list[Word]) -> tuple[list[Found], list[Word]]:
    """What the vocabulary names, in the order of the prompt, and the words that it does not know.

    Of overlapping phrases the longest counts, for all kinds: "sunset colors" is no sunset.
    """
    found: list[Found] = []
    rest: list[Word] = []
    longest = max(len(phrase) for table in _phrases().values() for phrase in table)
    start = 0
    while start < len(words):
        for length in range(min(longest, len(words) - start), 0, -1):
            taken = words[start : start + length]
            meanings = _meanings(tuple(word.english for word in taken))
            if meanings:
                break
        sources = tuple(dict.fromkeys(word.written for word in taken))
        found += [Found(kind, meaning, (" ".join(sources),)) for kind, meaning in meanings.items()]
        rest += [] if meanings else [words[start]]
        start += length if meanings else 1
    return found, rest


def _meanings(words: Phrase) -> dict[Kind, str]:
    """What a phrase, or its singular, means in each kind that knows it."""
    last = words[-1]
    singulars = (last, last.removesuffix("s"), last.removesuffix("es"), last.removesuffix("ies") + "y")
    meanings: dict[Kind, str] = {}
    for kind, table in _phrases().items():
        known = [table[*words[:-1], single] for single in singulars if (*words[:-1], single) in table]
        if known:
            meanings[kind] = known[0]
    return meanings


def _by_meaning(words: list[Word], rest: list[Word], named: set[Kind]) -> list[Found]:
    """What words are near to, for the kinds that nothing names: those that no phrase has taken, and for the family at last all of them."""
    near = {
        Kind.FAMILY: nearest_family(_english(rest)) or nearest_family(_english(words)),
        Kind.COLOUR: nearest_colour(_english(rest)),
        Kind.MOOD: nearest_mood(_english(rest)),
        Kind.STYLE: nearest_style(_english(rest)),
    }
    written = {word.english: word.written for word in reversed(words)}
    return [
        Found(kind, each.meaning, tuple(written[word] for word in each.words))
        for kind, each in near.items()
        if each is not None and kind not in named
    ]


def _english(words: list[Word]) -> Phrase:
    return tuple(word.english for word in words)


@cache
def _phrases() -> dict[Kind, dict[Phrase, str]]:
    return {
        Kind.FAMILY: _table(FAMILY_PHRASES, MORE_FAMILY_WORDS),
        Kind.COLOUR: _table(COLOUR_PHRASES, MORE_COLOUR_WORDS),
        Kind.MOOD: _table(MOOD_PHRASES, MORE_MOOD_WORDS),
        Kind.STYLE: _table(STYLE_PHRASES, MORE_STYLE_WORDS),
    }


def _table(*sources: Mapping[K, tuple[str, ...]]) -> dict[Phrase, str]:
    """Phrases to what they mean; an earlier source wins."""
    table: dict[Phrase, str] = {}
    for source in sources:
        for meaning, phrases in source.items():
            for phrase in phrases:
                table.setdefault(_words(phrase), meaning)
    return table
