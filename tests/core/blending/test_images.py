from __future__ import annotations

import numpy as np

from core.blending.images import image_file
from core.tree.pictures import read_image


def test_a_picture_with_transparency_is_put_on_black() -> None:
    rgba = np.full((8, 16, 4), (200, 100, 50, 128), np.uint8)

    assert read_image(image_file(rgba))[0, 0].tolist() == [100, 50, 25]
