from __future__ import annotations

import pytest

from core.prompt_tags import LISTED, in_words, plain_words, tags_in


@pytest.mark.parametrize(
    ("prompt", "plain", "tags"),
    [
        ("<lora:blue_ocean:0.8> gold mandala", "gold mandala", ("<lora:blue_ocean:0.8>",)),
        ("gold, <lyco:a:1:0.5>, mandala", "gold, mandala", ("<lyco:a:1:0.5>",)),
        ("(gold:1.2) mandala", "gold mandala", ("(gold:1.2)",)),
        ("((gold:1.2) leaf:0.8)", "gold leaf", ("(gold:1.2)", "(gold leaf:0.8)")),
        ("(((gold))) mandala", "(gold) mandala", ("((gold))",)),
        ("(a:1) and (b:2)", "a and b", ("(a:1)", "(b:2)")),
        ("(red sea : .5)", "red sea", ("(red sea : .5)",)),
        ("<lora:x:1>", "", ("<lora:x:1>",)),
    ],
)
def test_tags_are_taken_out_and_words_stay(prompt: str, plain: str, tags: tuple[str, ...]) -> None:
    assert (plain_words(prompt), tags_in(prompt)) == (plain, tags)


@pytest.mark.parametrize(
    "prompt",
    [
        "gold mandala",
        "gold,  mandala ,",
        "a film (16:9)",
        "clock (at 10:30)",
        "I <3 you",
        "(gold)",
        "a: b",
        ")(",
        "((a",
    ],
)
def test_a_prompt_without_tags_stays_as_it_is(prompt: str) -> None:
    assert (plain_words(prompt), tags_in(prompt)) == (prompt, ())


def test_marks_that_nobody_sees_are_not_painted_and_joiners_are() -> None:
    assert plain_words("\u200fwa\u00adve \u2067sea\u2069") == "wave sea"
    assert plain_words("\u06cc\u200c\u062e") == "\u06cc\u200c\u062e"


def test_a_setlist_full_of_tags_is_told_of_in_a_sentence() -> None:
    told = in_words([(number, ("(gold:1.2)",)) for number in range(1, LISTED + 3)])

    assert told.startswith("tags of other programs are not painted: cue 1 '(gold:1.2)'; cue 2")
    assert "and 2 more cues" in told
