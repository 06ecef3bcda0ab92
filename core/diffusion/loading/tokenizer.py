"""Loads CLIP tokenizers, and refuses one that would read every prompt alike. The vocabulary of CLIP itself ships with the project."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from core.control.errors import ModelError
from core.diffusion.loading import libraries

# Of bpe_simple_vocab_16e6.txt.gz in openai/CLIP (sha256 924691ac288e5440...): the merges are its lines 2 to 48,895, and the
# words are numbered as its simple_tokenizer.py does: bytes, bytes that end a word, what each merge makes, start and end.
CLIP_TOKENIZER = Path(__file__).parent / "clip_tokenizer"
CLIP_VOCABULARY_SIZE = 49408  # of every published Stable Diffusion
LAST_WORD, LAST_WORD_TOKEN = (
    "jekyll",
    49405,
)  # takes the last of CLIP's merges, so it falls to pieces if any was cut off
FILES = (("tokenizer.json",), ("vocab.json", "merges.txt"))  # either will do


def has_words(folder: Path) -> bool:
    """Whether the files are there that hold a tokenizer's words."""
    return any(all((folder / name).is_file() for name in names) for names in FILES)


def load_tokenizer(folder: Path) -> Any:
    """The tokenizer of a folder.

    Raises:
        ModelError: missing, damaged, or without words.
    """
    if not has_words(folder):  # transformers would load it and read every prompt as the same unknown word
        raise ModelError(
            f"{folder} has no words: it must hold vocab.json and merges.txt, or tokenizer.json; "
            "perhaps its download broke off"
        )
    try:
        tokenizer = libraries.transformers().CLIPTokenizer.from_pretrained(folder, local_files_only=True)
    except Exception as error:  # damaged: each kind of fault has its own exception
        raise ModelError(f"{folder} cannot be loaded: {libraries.in_a_line(error)}") from error
    _check_words(folder, tokenizer)
    return tokenizer


def check_fit(folder: Path, tokenizer: Any, word_count: int, longest: int) -> None:
    """Refuse a tokenizer that says what its text encoder cannot read.

    Args:
        folder: of the tokenizer.
        tokenizer: as `load_tokenizer` gives it.
        word_count: that the text encoder knows.
        longest: tokens of its longest text.

    Raises:
        ModelError: it has more words, or its texts are longer.
    """
    if len(tokenizer) > word_count:
        raise ModelError(
            f"{folder} has {len(tokenizer)} words and its text encoder {word_count}: it belongs to another model"
        )
    length = tokenizer.model_max_length
    if length > longest:
        raise ModelError(
            f"{folder} must limit a text to {longest} tokens, as its text encoder does: "
            f"model_max_length in its tokenizer_config.json is {'missing' if length > 10**9 else length}"
        )


def _check_words(folder: Path, tokenizer: Any) -> None:
    if len(tokenizer) <= len(set(tokenizer.all_special_ids)):
        raise ModelError(f"{folder} has no words but {', '.join(sorted(set(tokenizer.all_special_tokens)))}")
    is_clip = len(tokenizer) == CLIP_VOCABULARY_SIZE
    if is_clip and tokenizer(LAST_WORD, add_special_tokens=False).input_ids != [LAST_WORD_TOKEN]:
        raise ModelError(f"{folder} is cut off: it has the words of CLIP, but not all of the merges that make them")
