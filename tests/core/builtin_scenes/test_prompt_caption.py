import pytest

from core.builtin.scenes.prompt import caption_of


@pytest.mark.parametrize(
    ("prompt", "caption"),
    [
        ("neon blue tunnel", "neon blue tunnel"),
        ("BERLIN 1989", "city skyline"),
        ("東京の夜", "dark city skyline"),
        ("kalte Schneeflocke", "icy snowflake"),
        ("  ", ""),
    ],
)
def test_a_prompt_is_put_into_words_that_the_text_encoder_was_taught(prompt: str, caption: str) -> None:
    assert caption_of(prompt) == caption


def test_a_prompt_that_says_nothing_is_always_put_alike() -> None:
    assert caption_of("brzlfjk") == caption_of("Brzlfjk!") != ""
