from __future__ import annotations

import json
import re
import shutil
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from core.control.errors import ModelError
from core.diffusion.loading.tokenizer import CLIP_TOKENIZER, CLIP_VOCABULARY_SIZE, check_fit, has_words, load_tokenizer
from core.diffusion.model import load_model
from core.model_request import ModelRequest
from tests.core.diffusion.tiny_pipelines import save_tokenizer

START, END = 49406, 49407
PROMPTS = (
    "a photo of a cat",
    "Gold mandala, 8k, trending on artstation",
    "l'été à Paris, une façade; Übergröße straße",
    "красное море, северное сияние",
    "赤い海と金の曼荼羅",
    "بحر أحمر हिन्दी",
    "🌊🔥 sea of fire 👨‍👩‍👧",
    "it's we're they've i'm you'll he'd",
    "  spaces\t and\nnewlines  1234567890 3.14 ",
    "a:b;c|d (word:1.2) [x] {y} <lora:z:0.8> !!! ...",
    "",
    "x" * 90,
)


@pytest.fixture(scope="module")
def clip() -> Any:
    return load_tokenizer(CLIP_TOKENIZER)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_tokenizer(tmp_path / "tokenizer")
    return tmp_path / "tokenizer"


class OriginalBpe:
    """The algorithm of openai/CLIP, word by word: always the pair of neighbours that was learned first becomes one."""

    def __init__(self) -> None:
        lines = (CLIP_TOKENIZER / "merges.txt").read_text(encoding="utf-8").splitlines()[1:]
        merges = [tuple(line.split()) for line in lines]
        plain = [*range(33, 127), *range(161, 173), *range(174, 256)]
        others = [byte for byte in range(256) if byte not in plain]
        self.letters = {byte: chr(byte) for byte in plain} | {byte: chr(256 + i) for i, byte in enumerate(others)}
        letters = list(self.letters.values())
        words = [*letters, *(f"{letter}</w>" for letter in letters), *map("".join, merges)]
        self.tokens = {word: number for number, word in enumerate([*words, "<|startoftext|>", "<|endoftext|>"])}
        self.ranks = {pair: number for number, pair in enumerate(merges)}

    def encode(self, text: str) -> list[int]:
        pattern = r"'s|'t|'re|'ve|'m|'ll|'d|[^\W\d_]+|\d|(?:[^\s\w]|_)+"
        return [token for word in re.findall(pattern, text.lower()) for token in self._tokens_of(word)]

    def _tokens_of(self, word: str) -> list[int]:
        pieces = [self.letters[byte] for byte in word.encode()]
        pieces[-1] += "</w>"
        while len(pieces) > 1:
            pair = min(pairwise(pieces), key=lambda each: self.ranks.get(each, len(self.ranks)))
            if pair not in self.ranks:
                break
            merged: list[str] = []
            for piece in pieces:
                merged.append(piece)
                if tuple(merged[-2:]) == pair:
                    merged[-2:] = ["".join(pair)]
            pieces = merged
        return [self.tokens[piece] for piece in pieces]


def test_the_vocabulary_that_ships_is_numbered_as_the_original_code_does() -> None:
    vocabulary = json.loads((CLIP_TOKENIZER / "vocab.json").read_text(encoding="utf-8"))

    assert vocabulary == OriginalBpe().tokens
    assert len(vocabulary) == CLIP_VOCABULARY_SIZE


@pytest.mark.parametrize("prompt", PROMPTS)
def test_clips_tokenizer_reads_as_the_original_algorithm_does(clip: Any, prompt: str) -> None:
    assert clip(prompt).input_ids == [START, *OriginalBpe().encode(prompt), END]


@pytest.mark.parametrize(
    ("prompt", "tokens"),
    [
        ("a photo of a cat", [320, 1125, 539, 320, 2368]),
        ("red sea", [736, 2102]),
        ("jekyll", [49405]),
    ],
)
def test_clips_tokenizer_gives_the_published_tokens(clip: Any, prompt: str, tokens: list[int]) -> None:
    assert clip(prompt).input_ids == [START, *tokens, END]
    assert clip.model_max_length == 77


def test_its_licence_ships_with_it() -> None:
    assert "Copyright (c) 2021 OpenAI" in (CLIP_TOKENIZER / "LICENSE").read_text()


@pytest.mark.parametrize("gone", [("vocab.json",), ("merges.txt",), ("vocab.json", "merges.txt")], ids=" ".join)
def test_a_tokenizer_without_words_is_refused(sd1_folder: Path, tmp_path: Path, gone: tuple[str, ...]) -> None:
    folder = Path(shutil.copytree(sd1_folder, tmp_path / "model"))
    for name in gone:
        (folder / "tokenizer" / name).unlink()

    assert not has_words(folder / "tokenizer")
    with pytest.raises(ModelError, match=r"tokenizer has no words: it must hold vocab\.json and merges\.txt, or tok"):
        load_model(ModelRequest(str(folder), device="cpu"))


@pytest.mark.parametrize(
    ("vocabulary", "reason"),
    [
        ("", "cannot be loaded"),
        ("{}", "has no words but"),
        ('{"<|startoftext|>": 0, "<|endoftext|>": 1}', r"has no words but <\|endoftext\|>, <\|startoftext\|>"),
    ],
    ids=["empty file", "no words", "no words but the two of every text"],
)
def test_a_tokenizer_whose_files_are_empty_is_refused(folder: Path, vocabulary: str, reason: str) -> None:
    (folder / "vocab.json").write_text(vocabulary)

    with pytest.raises(ModelError, match=reason):
        load_tokenizer(folder)


def test_clips_words_without_all_of_their_merges_are_refused(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(CLIP_TOKENIZER, tmp_path / "tokenizer"))
    lines = (folder / "merges.txt").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "merges.txt").write_text("".join(lines[:-5]), encoding="utf-8")

    with pytest.raises(ModelError, match="is cut off: it has the words of CLIP, but not all of the merges"):
        load_tokenizer(folder)


@pytest.mark.parametrize(
    ("known", "reason"),
    [
        ((53, 16), "has 54 words and its text encoder 53: it belongs to"),
        ((54, 15), r"to 15 tokens, .* model_max_length in its .* is 16"),
    ],
    ids=["words", "length"],
)
def test_a_tokenizer_that_says_what_its_text_encoder_cannot_read_is_refused(
    folder: Path, known: tuple[int, int], reason: str
) -> None:
    with pytest.raises(ModelError, match=reason):
        check_fit(folder, load_tokenizer(folder), *known)


def test_a_folder_whose_tokenizer_lacks_its_config_is_refused(sd1_folder: Path, tmp_path: Path) -> None:
    folder = Path(shutil.copytree(sd1_folder, tmp_path / "model"))
    (folder / "tokenizer" / "tokenizer_config.json").unlink()

    with pytest.raises(ModelError, match=r"must limit a text to 16 tokens, .* model_max_length .* is missing"):
        load_model(ModelRequest(str(folder), device="cpu"))
