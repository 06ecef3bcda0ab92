from __future__ import annotations

import numpy as np
import pytest

from core.frames.frame import FrameFormat, Pixels
from live.playback.compositor import Compositor, Fit

OUTPUT = FrameFormat(160, 90)


def plain(grey: int, width: int = 64, height: int = 64) -> Pixels:
    return np.full((height, width, 3), grey, np.uint8)


def target_picture(compositor: Compositor) -> Pixels:
    return compositor.picture.copy()


@pytest.mark.parametrize(("weight", "grey"), [(0.0, 40), (0.25, 80), (0.5, 120), (1.0, 200)])
def test_mix_lies_between_the_leaves(weight: float, grey: int) -> None:
    compositor = Compositor(OUTPUT)

    compositor.mix(plain(40), plain(200), weight)

    assert np.all(np.abs(target_picture(compositor).astype(int) - grey) <= 1)


def test_crop_fills_the_output_with_the_middle_of_the_leaf() -> None:
    leaf = plain(0)
    leaf[14:50] = 200  # the 64 x 36 middle that a 16:9 output sees
    compositor = Compositor(OUTPUT, Fit.CROP)

    compositor.mix(leaf, leaf, 0.0)

    assert int(target_picture(compositor)[5:-5].min()) >= 195


def test_letterbox_shows_the_whole_leaf_between_black_bars() -> None:
    compositor = Compositor(OUTPUT, Fit.LETTERBOX)

    compositor.mix(plain(200), plain(200), 0.0)
    picture = target_picture(compositor)

    assert int(picture[:, :34].max()) == 0
    assert int(picture[:, 36:124].min()) == 200
    assert int(picture[:, 126:].max()) == 0


def test_stretch_leaves_no_bar() -> None:
    compositor = Compositor(OUTPUT, Fit.STRETCH)

    compositor.mix(plain(200), plain(200), 0.0)

    assert int(target_picture(compositor).min()) == 200


def greys_of_mixes(compositor: Compositor, leaf: Pixels, count: int) -> list[int]:
    greys = []
    for _ in range(count):
        compositor.mix(leaf, leaf, 0.0)
        greys.append(int(compositor.picture[45, 80, 0]))
    return greys


def test_dissolve_comes_in_over_the_last_picture_in_even_steps() -> None:
    compositor = Compositor(OUTPUT)
    compositor.mix(plain(40), plain(40), 0.0)

    compositor.dissolve(4)

    assert greys_of_mixes(compositor, plain(200), 6) == [80, 120, 160, 200, 200, 200]


def test_dissolve_that_begins_in_another_starts_from_the_picture_of_then() -> None:
    compositor = Compositor(OUTPUT)
    compositor.mix(plain(40), plain(40), 0.0)
    compositor.dissolve(4)
    greys_of_mixes(compositor, plain(200), 2)

    compositor.dissolve(2)

    assert greys_of_mixes(compositor, plain(60), 2) == [90, 60]


def test_dissolve_of_no_mixes_is_a_hard_cut_also_in_the_middle_of_another() -> None:
    compositor = Compositor(OUTPUT)
    compositor.mix(plain(40), plain(40), 0.0)
    compositor.dissolve(4)
    greys_of_mixes(compositor, plain(200), 1)

    compositor.dissolve(0)

    assert greys_of_mixes(compositor, plain(200), 1) == [200]


def test_test_card_moves_so_that_a_frozen_output_can_be_told() -> None:
    compositor = Compositor(OUTPUT)
    compositor.show_test_card(0.0, ("latentdeck",))
    first = target_picture(compositor)

    compositor.show_test_card(2.0, ("latentdeck",))

    assert not np.array_equal(first, target_picture(compositor))
