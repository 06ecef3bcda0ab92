"""The picture that the remote shows is the one that the scenes draw: a new kind of scene needs a new file."""

from pathlib import Path

import cv2
import numpy as np

from live.generate.scene_menu import FILE, menu

NOISE = 6  # of 255, of the JPEG on the mean


def test_picture_menu_of_the_remote_is_up_to_date() -> None:
    shipped = cv2.cvtColor(cv2.imread(str(Path(__file__).parents[3] / FILE)), cv2.COLOR_BGR2RGB)
    drawn = menu()

    assert shipped.shape == drawn.shape
    assert np.abs(shipped.astype(int) - drawn).mean() < NOISE
