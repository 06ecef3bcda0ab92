import pytest

from core.builtin.scenes.attributes import SceneAttributes
from core.builtin.scenes.prompt import DEFAULT_FAMILIES, scene_for_prompt
from core.builtin.scenes.vocabulary import FAMILY_PHRASES, NATURAL_COLOURS, Mood, Style


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        pytest.param("neon blue tunnel", SceneAttributes("tunnel", "blue", mood=Mood.NEON), id="plain words"),
        pytest.param("Golden MANDALAS!", SceneAttributes("mandala", "gold"), id="capitals, plural, punctuation"),
        pytest.param("galaxies, violet", SceneAttributes("galaxy", "purple"), id="plural in -ies"),
        pytest.param("teal and orange clouds", SceneAttributes("clouds", "teal", "orange"), id="two colours"),
        pytest.param("red rainbow liquid", SceneAttributes("fluid", "red"), id="a ramp has no pair"),
        pytest.param(
            "pink jellyfish in a nebula",
            SceneAttributes("jellyfish", "pink", backdrop="nebula"),
            id="subject and backdrop",
        ),
        pytest.param(
            "green forest, fireworks",
            SceneAttributes("fireworks", "green", backdrop="forest"),
            id="backdrop named first",
        ),
        pytest.param(
            "trippy red eye, pixel art", SceneAttributes("eye", "red", style=Style.PSYCHEDELIC), id="first style counts"
        ),
        pytest.param("black and white op art stripes", SceneAttributes("op art", "black and white"), id="long phrase"),
        pytest.param(
            "sunset colors city", SceneAttributes("city", "sunset", None), id="a colour that is also a family"
        ),
    ],
)
def test_prompt_names_its_scene(prompt: str, expected: SceneAttributes) -> None:
    assert scene_for_prompt(prompt, seed=1) == expected


@pytest.mark.parametrize("family", FAMILY_PHRASES)
def test_every_trained_phrase_finds_its_family(family: str) -> None:
    found = {phrase: scene_for_prompt(phrase, seed=0).family for phrase in FAMILY_PHRASES[family]}

    assert found == dict.fromkeys(FAMILY_PHRASES[family], family)


@pytest.mark.parametrize("prompt", ["", "zorblax qwerty", "12 34", "дождь", "!?"])
def test_unknown_words_choose_one_family_for_all_seeds(prompt: str) -> None:
    families = {scene_for_prompt(prompt, seed).family for seed in range(20)}

    assert len(families) == 1
    assert families <= set(DEFAULT_FAMILIES)


def test_colour_that_is_not_named_is_natural_and_changes_with_the_seed() -> None:
    colours = {scene_for_prompt("ocean waves", seed).colour for seed in range(40)}

    assert colours == set(NATURAL_COLOURS["waves"])


def test_same_prompt_and_seed_give_the_same_scene() -> None:
    assert scene_for_prompt("aurora over a lake", 7) == scene_for_prompt("aurora over a lake", 7)
