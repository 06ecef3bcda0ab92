import numpy as np
import pytest

from core.builtin.scenes.attributes import SceneAttributes
from core.builtin.scenes.prompt import scene_for_prompt
from core.builtin.scenes.vocabulary import FAMILIES, Mood, Style
from core.training.captions import caption, random_attributes


def test_random_scenes_cover_all_families() -> None:
    rng = np.random.default_rng(0)

    assert {random_attributes(rng).family for _ in range(2000)} == set(FAMILIES)


def test_captions_of_one_scene_differ() -> None:
    rng = np.random.default_rng(0)
    scene = SceneAttributes("jellyfish", "pink", None, Mood.NEON, Style.MIRROR, "nebula")

    assert len({caption(rng, scene) for _ in range(100)}) > 60


@pytest.mark.parametrize("seed", range(5))
def test_captions_lead_back_to_a_family_of_their_scene(seed: int) -> None:
    rng = np.random.default_rng(seed)
    scene = SceneAttributes("flower", "gold", mood=Mood.DARK)
    captions = [caption(rng, scene) for _ in range(200)]

    found = [scene_for_prompt(text, seed=0).family == "flower" for text in captions]

    assert np.mean(found) > 0.9  # a few captions say no more than the colour
