from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.frames.thumbnail import WIDTH, thumbnail


@pytest.mark.parametrize(
    ("width", "height", "size"),
    [
        pytest.param(1280, 720, (WIDTH, 180), id="large is made small"),
        pytest.param(256, 144, (256, 144), id="small stays as it is"),
        pytest.param(4096, 2, (WIDTH, 1), id="flat keeps a line"),
    ],
)
def test_a_thumbnail_is_a_jpeg_of_the_same_shape(width: int, height: int, size: tuple[int, int]) -> None:
    picture = np.full((height, width, 3), (200, 40, 20), np.uint8)

    decoded = cv2.imdecode(np.frombuffer(thumbnail(picture), np.uint8), cv2.IMREAD_COLOR)

    assert decoded is not None
    assert decoded.shape[1::-1] == size
    assert np.abs(decoded[0, 0, ::-1].astype(int) - (200, 40, 20)).max() < 8
