import subprocess
import sys

import numpy as np
import pytest

from core.builtin.scenes.attributes import SceneAttributes
from core.builtin.scenes.render import PAINTERS, render_scene
from core.builtin.scenes.vocabulary import FAMILIES, Mood, Style
from core.control.scene_names import SCENE_NAMES

EYE_WITHOUT_LIDS = 0  # a seed


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("size", [(96, 96), (112, 64), (64, 97)], ids=["square", "wide", "tall"])
def test_every_family_fills_any_shape(family: str, size: tuple[int, int]) -> None:
    width, height = size

    pictures = np.stack([render_scene(SceneAttributes(family, "blue"), seed, width, height) for seed in range(3)])

    assert pictures.shape == (3, height, width, 3)
    assert pictures.dtype == np.uint8
    assert pictures.std() > 4, "flat"


def test_every_family_has_a_painter() -> None:
    assert tuple(PAINTERS) == FAMILIES == SCENE_NAMES


@pytest.mark.parametrize("mood", [None, *Mood])
@pytest.mark.parametrize("style", [None, *Style])
def test_moods_and_styles_keep_the_shape_and_change_the_picture(mood: Mood | None, style: Style | None) -> None:
    plain = render_scene(SceneAttributes("clouds", "teal"), 4, 113, 65)

    finished = render_scene(SceneAttributes("clouds", "teal", mood=mood, style=style), 4, 113, 65)

    assert finished.shape == plain.shape
    assert (finished != plain).any() == (mood is not None or style is not None)


def test_same_seed_gives_the_same_picture_and_another_seed_another() -> None:
    scene = SceneAttributes("jellyfish", "magenta", "cyan", Mood.NEON, None, "nebula")

    first, again, other = (render_scene(scene, seed, 96, 64) for seed in (5, 5, 6))

    assert (first == again).all()
    assert (first != other).any()


@pytest.mark.parametrize(("colour", "channel"), [("red", 0), ("green", 1), ("blue", 2)])
@pytest.mark.parametrize("family", ["nebula", "flower", "tunnel", "waves", "moire"])
def test_colour_of_the_scene_is_the_colour_of_the_picture(family: str, colour: str, channel: int) -> None:
    picture = render_scene(SceneAttributes(family, colour), 3, 96, 96)

    assert picture.mean((0, 1)).argmax() == channel


def test_wide_picture_shows_round_things_round() -> None:
    picture = render_scene(SceneAttributes("eye", "blue"), EYE_WITHOUT_LIDS, 448, 256).max(2) > 60
    rows, columns = np.nonzero(picture)

    height, width = np.ptp(rows) + 1, np.ptp(columns) + 1

    assert width / height == pytest.approx(1, abs=0.1)


def test_scenes_need_no_torch() -> None:
    code = "import sys; import core.builtin.scenes.render, core.builtin.scenes.prompt; sys.exit('torch' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_picture_that_is_too_small_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 32, got 256x16"):
        render_scene(SceneAttributes("city", "blue"), 1, 256, 16)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        pytest.param(("dragon", "blue"), "family must be one of", id="family"),
        pytest.param(("city", "mauve"), "colour must be one of", id="colour"),
        pytest.param(("city", "fire", "blue"), "colour beside a second colour", id="ramp in a pair"),
        pytest.param(("city", "red", None, None, None, "nebula"), "family before a backdrop", id="no subject"),
        pytest.param(("flower", "red", None, None, None, "eye"), "backdrop must be one of", id="backdrop"),
    ],
)
def test_scene_that_no_painter_knows_is_refused(fields: tuple[str, ...], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SceneAttributes(*fields)  # type: ignore[arg-type]
