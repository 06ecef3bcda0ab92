"""Prompts as they are written for a stage, none of which needs to name a scene, and the families that a person would accept for each."""

import pytest

from core.builtin.scenes.prompt import describe, read_prompt, scene_for_prompt

ACCEPTABLE = {
    "cyberpunk street in the rain": {"city", "street"},
    "portrait of an old sailor": {"face", "eye"},
    "techno cathedral": {"cathedral", "lasers", "stained glass"},
    "jellyfish ballet": {"jellyfish"},
    "berlin 1989": {"city", "street"},
    "a cat sleeping on a sofa": {"cat", "eye"},
    "ancient egyptian temple": {"pyramid", "mandala", "dunes", "cathedral"},
    "steampunk clockwork": {"gears", "synthwave"},
    "warehouse rave": {"lasers", "crowd"},
    "heartbreak": {"heart", "flower"},
    "bass drop": {"equalizer", "moire", "ridgelines"},
    "winter in norway": {"snowflake", "frost", "aurora"},
    "tiger in the jungle": {"cat", "forest"},
    "molecular biology": {"dna", "stained glass", "honeycomb"},
    "quantum dreams": {"moire", "nebula", "wireframe", "ridgelines"},
    "disco ball": {"disco ball", "lasers"},
    "haunted house": {"castle", "smoke"},
    "samurai at dawn": {"sunset", "blossom"},
    "brutalist architecture": {"city", "cathedral"},
    "cherry trees in kyoto": {"blossom", "forest", "flower"},
    "oil spill": {"fluid"},
    "hot air balloons": {"balloons", "clouds"},
    "spaceship cockpit": {"rocket", "planet", "starfield"},
    "autumn leaves": {"forest"},
    "love": {"heart", "flower"},
    "astronaut floating in space": {"nebula", "planet", "rocket", "starfield"},
    "cathedral of light": {"cathedral", "stained glass"},
    "drum and bass": {"equalizer", "ridgelines"},
    "a lonely man in a desert": {"dunes"},
    "tokyo drift": {"city", "street", "highway"},
    "submarine": {"underwater", "waves"},
    "volcanic eruption at night": {"lava"},
    "wedding dance": {"crowd", "dancer", "lasers"},
    "neural network": {"circuit", "ridgelines", "wireframe"},
    "blood moon": {"planet"},
    "crystal cave": {"crystal"},
    "melting clocks": {"fluid", "gears"},
    "subway station": {"city", "tunnel", "street"},
    "deep house sunrise": {"sunset"},
    "burning car": {"flames", "highway"},
    "garden of eden": {"flower", "forest"},
    "swarm of bees": {"honeycomb"},
    "mermaid": {"underwater", "fish", "waves"},
    "dragon": {"flames"},
    "coral reef": {"underwater", "fish"},
    "cliffs of moher": {"mountains", "waves"},
    "moss": {"forest"},
    "die rote Sonne über dem Meer": {"sunset", "waves"},
    "Sternenhimmel über dem Wald": {"starfield", "forest"},
    "Feuerwerk": {"fireworks"},
    "coucher de soleil sur la ville": {"sunset", "city"},
    "l'éclair bleu": {"lightning"},
    "ciudad de noche": {"city", "street"},
    "fuego y lava": {"flames", "lava"},
    "桜の夜": {"blossom", "flower"},
    "赤い炎": {"flames"},
    "オーロラ": {"aurora"},
    "宇宙": {"nebula", "starfield"},
    "🔥": {"flames"},
    "🌊🌊🌊": {"waves"},
    "👁️": {"eye"},
    "🌋": {"lava", "mountains"},
}


@pytest.mark.parametrize("prompt", ACCEPTABLE)
def test_any_words_find_a_sensible_scene(prompt: str) -> None:
    assert scene_for_prompt(prompt, seed=1).family in ACCEPTABLE[prompt]


@pytest.mark.parametrize(
    "prompt", ["berlin 1989", "portrait of an old sailor", "tiger in the jungle", "submarine", "dragon"]
)
def test_words_that_say_nothing_of_colour_leave_it_free(prompt: str) -> None:
    assert read_prompt(prompt).colours == ()


@pytest.mark.parametrize(
    ("prompt", "colour"),
    [
        ("burgundy velvet", {"red", "purple", "magenta"}),
        ("rote Rosen", {"red"}),
        ("青い海", {"blue"}),
        ("oro líquido", {"gold"}),
    ],
)
def test_colour_is_understood_in_other_words_and_languages(prompt: str, colour: set[str]) -> None:
    assert scene_for_prompt(prompt, seed=1).colour in colour


def test_what_was_understood_is_told_with_the_words_that_said_it() -> None:
    assert describe("die rote Sonne") == 'sunset, red: from "sonne", "rote"'


def test_prompt_that_says_nothing_is_told_as_such() -> None:
    assert describe("xqzt").endswith("(no word names a scene)")


def test_family_asked_for_by_name_wins_and_keeps_the_colour_of_the_words() -> None:
    scene = scene_for_prompt("red mandala in a nebula", seed=1, family="lasers")

    assert (scene.family, scene.colour, scene.backdrop) == ("lasers", "red", None)
    assert describe("red mandala", "lasers") == 'lasers, red: from "red"'


def test_unknown_family_is_refused() -> None:
    with pytest.raises(ValueError, match="family must be one of"):
        scene_for_prompt("red", seed=1, family="lazers")
