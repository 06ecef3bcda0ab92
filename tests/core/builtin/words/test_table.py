from pathlib import Path

import numpy as np
import pytest

from core.builtin.words.table import WordTable, unit, word_table, write_table

WORDS = ("the", "fire", "ship")
VECTORS = np.array([[1, 0], [0, 2], [3, 3]], np.float32)


@pytest.fixture
def table(tmp_path: Path) -> WordTable:
    write_table(tmp_path / "table.npz", WORDS, VECTORS)
    with np.load(tmp_path / "table.npz") as file:
        return WordTable(file["words"].tobytes().decode().split("\n"), file["vectors"], file["scale"])


def test_vectors_are_kept_to_half_a_step(table: WordTable) -> None:
    kept = unit(table.vector("ship"))

    assert kept == pytest.approx(unit(VECTORS[2]), abs=3 / 127)


@pytest.mark.parametrize("text", ["fires", "firing", "fired"])
def test_word_is_known_by_its_stem(table: WordTable, text: str) -> None:
    assert table.vector(text) == pytest.approx(table.vector("fire"))


def test_word_made_of_two_has_the_meaning_of_both(table: WordTable) -> None:
    assert table.vector("fireship") == pytest.approx(table.vector("fire") + table.vector("ship"))


def test_unknown_words_say_nothing(table: WordTable) -> None:
    assert not table.vector("xqzt 12").any()


def test_frequent_words_say_little() -> None:
    shipped = word_table()

    assert np.linalg.norm(shipped.vector("the")) < 0.1 * np.linalg.norm(shipped.vector("castle"))


def test_shipped_table_knows_what_is_near() -> None:
    shipped = word_table()
    wolf, dog, piano = (unit(shipped.vector(word)) for word in ("wolf", "dog", "piano"))

    assert wolf @ dog > wolf @ piano + 0.2
