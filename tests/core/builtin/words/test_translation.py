import pytest

from core.builtin.words.table import word_table
from core.builtin.words.translation import to_english


def english(prompt: str) -> list[str]:
    return [word.english for word in to_english(prompt, word_table().is_common)]


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        pytest.param("die rote Sonne über dem Meer", ["red", "sun", "sea"], id="German, inflected"),
        pytest.param("Goldstern", ["gold", "star"], id="a German compound"),
        pytest.param("grüne WÄLDER", ["green", "forest"], id="umlauts, capitals"),
        pytest.param("l'éclair bleu", ["lightning", "blue"], id="an elided article"),
        pytest.param("l\u2019éclair", ["lightning"], id="a curly apostrophe"),
        pytest.param("luna roja", ["moon", "red"], id="Spanish, gender"),
        pytest.param("赤い龍 東京", ["red", "dragon", "tokyo"], id="Japanese without spaces"),
        pytest.param("🔥", ["fire"], id="an emoji"),
        pytest.param("❤️ in space", ["heart", "in", "space"], id="an emoji with a variation selector"),
        pytest.param("die hard", ["die", "hard"], id="English that looks German"),
        pytest.param("rose", ["rose"], id="a word that languages share"),
        pytest.param("xqzt!", ["xqzt"], id="no language"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_prompt_is_put_into_english(prompt: str, expected: list[str]) -> None:
    assert english(prompt) == expected


def test_translation_remembers_what_was_written() -> None:
    words = to_english("rote Sonne", word_table().is_common)

    assert [word.written for word in words] == ["rote", "sonne"]
