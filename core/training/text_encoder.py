"""The small text encoder of the built-in model: made for the words of the scenes, trained alone to name what a caption says.

It is trained before the denoiser and then stays as it is: so colours follow the prompt after minutes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from core.builtin.scenes.attributes import SceneAttributes
from core.builtin.scenes.palette import COLOURS
from core.builtin.scenes.vocabulary import (
    COLOUR_PHRASES,
    FAMILIES,
    FAMILY_PHRASES,
    MOOD_PHRASES,
    STYLE_PHRASES,
    Mood,
    Style,
)
from core.diffusion.loading import libraries
from core.training.captions import caption, random_attributes

TOKENS = 24  # of a prompt, with start and end
WIDTH, LAYERS, HEADS = 192, 3, 4
MORE_WORDS = (
    "a an the in with and over of front colors color light abstract visuals on at by for to from under through like "
    "style image video background glowing beautiful very"
)
NONE = 0  # index of "no mood", "no style", "no backdrop"
SIZES = (len(FAMILIES) + 1, len(FAMILIES) + 1, len(Mood) + 1, len(Style) + 1)  # what is to be named, besides colours
Pair = tuple[str, str]


def make_tokenizer(folder: Path) -> Any:
    """Write a CLIP tokenizer whose pieces are the words of the scenes, and load it.

    Words that it does not know fall apart into pieces of known ones, and at last into letters.
    """
    folder.mkdir(parents=True, exist_ok=True)
    vocabulary, merges = _word_pieces(_known_words())
    tokens = {piece: index for index, piece in enumerate([*vocabulary, "<|startoftext|>", "<|endoftext|>"])}
    (folder / "vocab.json").write_text(json.dumps(tokens), encoding="utf-8")
    lines = ["#version: 0.2", *(" ".join(pair) for pair in merges)]
    (folder / "merges.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    kind = libraries.transformers().CLIPTokenizer
    tokenizer = kind.from_pretrained(folder, model_max_length=TOKENS)
    tokenizer.save_pretrained(folder)
    return tokenizer


def make_text_encoder(tokenizer: Any) -> Any:
    transformers = libraries.transformers()
    config = transformers.CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=WIDTH,
        intermediate_size=4 * WIDTH,
        projection_dim=WIDTH,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        max_position_embeddings=TOKENS,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        hidden_act="gelu",
    )
    return transformers.CLIPTextModel(config)


def tokenize(tokenizer: Any, captions: list[str]) -> Tensor:
    """Token ids, (captions, 24), int64."""
    tokens: Tensor = tokenizer(
        captions, padding="max_length", truncation=True, max_length=TOKENS, return_tensors="pt"
    ).input_ids
    return tokens


class SceneReader(nn.Module):
    """The text encoder with two heads that name the scene: one from the pooled state, one from the mean of all
    states, so that every token comes to carry its meaning."""

    def __init__(self, text_encoder: nn.Module) -> None:
        super().__init__()
        self.text_encoder = text_encoder
        answers = sum(SIZES) + len(COLOURS)
        self.pooled_head, self.mean_head = nn.Linear(WIDTH, answers), nn.Linear(WIDTH, answers)

    def forward(self, tokens: Tensor) -> tuple[Tensor, Tensor]:
        output = self.text_encoder(input_ids=tokens)
        return self.pooled_head(output.pooler_output), self.mean_head(output.last_hidden_state.mean(1))


def reader_loss(reader: SceneReader, tokenizer: Any, *, seed: int, batch_size: int) -> Callable[[int], Tensor]:
    device = next(reader.parameters()).device

    def loss_at(step_index: int) -> Tensor:
        rng = np.random.default_rng([seed, step_index])
        scenes = [random_attributes(rng) for _ in range(batch_size)]
        captions = [caption(rng, scene) for scene in scenes]
        named = torch.tensor([_named(*pair) for pair in zip(scenes, captions, strict=True)], device=device)
        colours = torch.tensor([_colours(*pair) for pair in zip(scenes, captions, strict=True)], device=device)
        answers = reader(tokenize(tokenizer, captions).to(device))
        return answer_loss(answers[0], named, colours) + answer_loss(answers[1], named, colours)

    return loss_at


def answer_loss(answers: Tensor, named: Tensor, colours: Tensor) -> Tensor:
    parts = torch.split(answers, [*SIZES, len(COLOURS)], 1)
    loss = 0.5 * binary_cross_entropy_with_logits(parts[-1], colours, reduction="none").sum(1).mean()
    for index, part in enumerate(parts[:-1]):
        loss = loss + cross_entropy(part, named[:, index])
    return loss


def _named(scene: SceneAttributes, text: str) -> list[int]:
    """Family, backdrop, mood and style as far as the caption says them, as indices; 0 is "not said"."""
    is_told = _says(text, FAMILY_PHRASES[scene.family])
    return [
        1 + FAMILIES.index(scene.family) if is_told else NONE,
        1 + FAMILIES.index(scene.backdrop) if is_told and scene.backdrop else NONE,
        1 + list(Mood).index(scene.mood) if scene.mood and _says(text, MOOD_PHRASES[scene.mood]) else NONE,
        1 + list(Style).index(scene.style) if scene.style and _says(text, STYLE_PHRASES[scene.style]) else NONE,
    ]


def _colours(scene: SceneAttributes, text: str) -> list[float]:
    shown = [colour for colour in (scene.colour, scene.second_colour) if colour and _says(text, COLOUR_PHRASES[colour])]
    return [float(colour in shown) for colour in COLOURS]


def _says(text: str, phrases: Iterable[str]) -> bool:
    return any(re.search(rf"\b{re.escape(phrase)}\b", text) for phrase in phrases)


def _known_words() -> list[str]:
    """All words of captions, shortest first, so that long words are built from short ones."""
    tables = (FAMILY_PHRASES, COLOUR_PHRASES, MOOD_PHRASES, STYLE_PHRASES)
    phrases = [phrase for table in tables for options in table.values() for phrase in options]
    words = {word for phrase in [*phrases, *COLOURS, MORE_WORDS] for word in re.findall("[a-z]+", phrase)}
    return sorted(words, key=lambda word: (len(word), word))


def _word_pieces(words: list[str]) -> tuple[list[str], list[Pair]]:
    """Vocabulary and merges of a byte-pair encoding that joins each word from left to right."""
    letters = list(_byte_letters().values())
    vocabulary = dict.fromkeys([*letters, *(letter + "</w>" for letter in letters)])
    ranks: dict[Pair, int] = {}
    for word in words:
        pieces = _apply_merges([*word[:-1], word[-1] + "</w>"], ranks)
        while len(pieces) > 1:
            ranks.setdefault((pieces[0], pieces[1]), len(ranks))
            vocabulary[pieces[0] + pieces[1]] = None
            pieces = _apply_merges([*word[:-1], word[-1] + "</w>"], ranks)
    return list(vocabulary), list(ranks)


def _apply_merges(pieces: list[str], ranks: dict[Pair, int]) -> list[str]:
    while len(pieces) > 1:
        pairs = list(pairwise(pieces))
        best = min(pairs, key=lambda pair: ranks.get(pair, len(ranks)))
        if best not in ranks:
            break
        index = pairs.index(best)
        pieces = [*pieces[:index], best[0] + best[1], *pieces[index + 2 :]]
    return pieces


def _byte_letters() -> dict[int, str]:
    """The printable letter that stands for each byte in CLIP's encoding."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    rest = [byte for byte in range(256) if byte not in printable]
    return {byte: chr(byte) for byte in printable} | {byte: chr(256 + index) for index, byte in enumerate(rest)}
