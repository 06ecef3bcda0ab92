from __future__ import annotations

import numpy as np
import pytest

from core.control.errors import InvalidValue
from core.frames.frame import Frame, FrameFormat, FramePool

FORMAT = FrameFormat(32, 16)


@pytest.mark.parametrize(
    ("width", "height", "name"), [(14, 16, "width"), (33, 16, "width"), (32, 17, "height"), (32, 4098, "height")]
)
def test_a_size_that_cameras_do_not_take_is_refused(width: int, height: int, name: str) -> None:
    with pytest.raises(InvalidValue, match=rf"^{name} must be an even number in 16\.\.4096, got"):
        FrameFormat(width, height)


def test_the_shape_is_rows_first() -> None:
    assert FORMAT.shape == (16, 32, 3)


def test_a_lent_frame_is_held_by_the_caller_until_released() -> None:
    pool = FramePool(FORMAT, 1)
    frame = pool.lend()
    assert frame is not None
    assert pool.lend() is None

    frame.release()

    assert pool.lend() is frame


def test_a_frame_comes_back_when_its_last_holder_lets_go() -> None:
    pool = FramePool(FORMAT, 1)
    frame = pool.lend()
    assert frame is not None
    frame.retain().retain()

    frame.release()
    frame.release()
    assert pool.lend() is None
    frame.release()

    assert pool.lend() is frame


def test_frames_of_a_pool_do_not_share_pixels() -> None:
    pool = FramePool(FORMAT, 2)
    first, second = pool.lend(), pool.lend()
    assert first is not None
    assert second is not None

    first.pixels[:] = 9

    assert second.pixels.max() == 0
    assert first.pixels.shape == FORMAT.shape


def test_releasing_too_often_is_a_programming_mistake() -> None:
    frame = Frame(np.zeros(FORMAT.shape, np.uint8))

    with pytest.raises(AssertionError, match="released more often than retained"):
        frame.release()


def test_a_new_frame_has_no_place_in_the_show_yet() -> None:
    assert Frame(np.zeros(FORMAT.shape, np.uint8)).number == -1
