"""Puts a prompt into the English words that the vocabulary knows: German, French, Spanish and Japanese by a dictionary, emoji by their
Unicode names.

English wins: a word of several languages is translated only when the rest of the prompt is foreign ("die" is German in "die Sonne").
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

DICTIONARY = Path(__file__).with_name("dictionary.tsv")
LANGUAGES = ("german", "french", "spanish")  # with spaces between words; Japanese is read character by character
CURLY_APOSTROPHE = "\u2019"
TOKEN = re.compile(r"[^\W_]+(?:['\u2019-][^\W_]+)*|[^\w\s]")
LEAST_STEM = 3  # letters of a word that endings or other words may be taken off
ENDINGS = ("innen", "en", "er", "es", "em", "e", "n", "s", "x")
NOTHING_WORDS = {  # what the languages say between the words that matter; enough to know the language by
    "german": "der die das den dem des ein eine einen einem einer und oder im in am an auf über unter mit ohne von vom zum zur aus bei für ist nicht",
    "french": "le la les l un une des du de d et ou au aux dans sur sous avec sans par pour est en à chez",
    "spanish": "el la los las un una unos unas y o de del al en con sin por para sobre bajo es",
}
VARIATION_SELECTORS = {0xFE0E, 0xFE0F}
EMOJI_NOISE = {
    *(
        "face",
        "symbol",
        "sign",
        "with",
        "selector",
        "modifier",
        "fitzpatrick",
        "type",
        "black",
        "white",
        "heavy",
        "and",
        "of",
        "the",
    ),
}
EMOJI_BY_NAME = {"smiling": "happy face", "pile of poo": "brown spiral", "see-no-evil monkey": "monkey"}


@dataclass(frozen=True, slots=True)
class Word:
    """An English word or phrase, and what stands for it in the prompt."""

    english: str
    written: str


def to_english(prompt: str, is_english: Callable[[str], bool]) -> list[Word]:
    """The words of a prompt in their order; those that no dictionary knows stay as they are, lower case.

    Args:
        prompt: as it was typed.
        is_english: whether a lower-case word is plainly English.
    """
    tokens = TOKEN.findall(unicodedata.normalize("NFC", prompt).lower())
    language = _language(tokens, is_english)
    words: list[Word] = []
    for token in tokens:
        words.extend(_translated(token, language, is_english))
    return words


def _translated(token: str, language: str | None, is_english: Callable[[str], bool]) -> list[Word]:
    if not token[0].isalnum():
        return _of_symbol(token)
    if _is_japanese(token):
        return _of_japanese(token)
    if language is not None:
        if token in _nothing_words(language):
            return []
        found = _of_language(token, language)
        if found:
            return found
    elif not token.isascii() and not is_english(token):
        for each in LANGUAGES:
            if found := _of_language(token, each):
                return found
    return [Word(token, token)]


def _language(tokens: list[str], is_english: Callable[[str], bool]) -> str | None:
    """The language that knows more of the words than English does, or None for English."""
    known: Counter[str] = Counter()
    for token in tokens:
        known["english"] += is_english(token)
        for language in LANGUAGES:
            known[language] += token in _nothing_words(language) or bool(_of_language(token, language))
    best = max(LANGUAGES, key=lambda language: known[language])
    return best if known[best] > known["english"] else None


def _of_language(token: str, language: str) -> list[Word]:
    """A word, its stem, what stands behind an elided article, or the parts of a German compound."""
    table = _tables()[language]
    bare = _plain(token)
    for form in (bare, bare.partition("'")[2]):
        for stem in _stems(form):
            if stem in table:
                return [Word(table[stem], token)]
    return _of_compound(bare, token) if language == "german" else []


def _of_compound(bare: str, written: str) -> list[Word]:
    table = _tables()["german"]
    for cut in range(len(bare) - LEAST_STEM, LEAST_STEM - 1, -1):
        heads = [stem for stem in _stems(bare[:cut]) if stem in table]
        tails = [stem for stem in _stems(bare[cut:]) if stem in table]
        if heads and tails:
            return [Word(table[heads[0]], written), Word(table[tails[0]], written)]
    return []


def _stems(word: str) -> list[str]:
    if not word:
        return []
    shorter = [word.removesuffix(ending) for ending in ENDINGS if word.endswith(ending)]
    other_gender = [word[:-1] + "o"] if word.endswith("a") else []
    return [word, *(stem for stem in (*shorter, *other_gender) if len(stem) >= LEAST_STEM)]


def _of_japanese(token: str) -> list[Word]:
    """The longest entries, from left to right; there are no spaces to go by."""
    table = _tables()["japanese"]
    longest = max(map(len, table))
    words: list[Word] = []
    start = 0
    while start < len(token):
        pieces = (token[start : start + length] for length in range(longest, 0, -1))
        piece = next((piece for piece in pieces if piece in table), None)
        if piece is not None:
            words.append(Word(table[piece], piece))
        start += len(piece) if piece else 1
    return words


def _of_symbol(symbol: str) -> list[Word]:
    """An emoji by its Unicode name; punctuation and joiners say nothing."""
    if ord(symbol) in VARIATION_SELECTORS or unicodedata.category(symbol) not in ("So", "Sm"):
        return []
    name = unicodedata.name(symbol, "").lower()
    name = next((meaning for key, meaning in EMOJI_BY_NAME.items() if name.startswith(key)), name)
    return [Word(word, symbol) for word in re.findall(r"[a-z]+", name) if word not in EMOJI_NOISE]


def _is_japanese(token: str) -> bool:
    """Kana, the long-vowel mark or Chinese characters; a Chinese prompt finds the signs that both languages share."""
    return any("\u3040" <= sign <= "\u30ff" or "\u4e00" <= sign <= "\u9fff" for sign in token)


def _plain(text: str) -> str:
    """Without accents, ß as ss, œ as oe, the typewriter's apostrophe."""
    text = text.replace("ß", "ss").replace("œ", "oe").replace(CURLY_APOSTROPHE, "'")
    return "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign))


@cache
def _nothing_words(language: str) -> frozenset[str]:
    return frozenset(NOTHING_WORDS[language].split())


@cache
def _tables() -> dict[str, dict[str, str]]:
    """By language: a plain foreign word to English. The first line that has a word wins."""
    header, *lines = DICTIONARY.read_text(encoding="utf-8").splitlines()
    languages = header.split("\t")[1:]
    tables: dict[str, dict[str, str]] = {language: {} for language in languages}
    for line in lines:
        english, *cells = line.split("\t")
        for language, cell in zip(languages, cells, strict=True):
            for entry in cell.split("/"):
                tables[language].setdefault(entry if language == "japanese" else _plain(entry), english)
    return tables
