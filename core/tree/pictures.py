"""Finds the picture that a keyframe starts from: the scene of its prompt, or an image file made to fit the frame."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np

from core.control.errors import InvalidValue
from core.frames.frame import Pixels
from core.frames.image import check_image, decode_image
from core.tree.spec import KeyframeSpec, RenderSettings

PictureSource = Callable[[KeyframeSpec, RenderSettings], Pixels]


def picture_of_file(keyframe: KeyframeSpec, settings: RenderSettings) -> Pixels:
    """The picture of a keyframe that starts from an image file, made to fit the frame.

    Raises:
        InvalidValue: the file is no image that can be read.
    """
    assert keyframe.start is not None, "a keyframe without a start has no picture"
    return fit(read_image(Path(keyframe.start.source)), settings.width, settings.height)


def read_image(path: Path) -> Pixels:
    """An image file as `decode_image` gives it; its path may begin with ~.

    Raises:
        InvalidValue: not there, not readable, too large, damaged, or not an image.
    """
    with _open(path) as file:
        return decode_image(file, f"picture {path}")


def check_picture(path: Path) -> None:
    """Raises InvalidValue where `read_image` would; makes no picture."""
    with _open(path) as file:
        check_image(file, f"picture {path}")


def _open(path: Path) -> BinaryIO:
    try:
        return path.expanduser().open("rb")
    except OSError as error:
        raise InvalidValue(f"picture {path} cannot be read: {error.strerror}") from error
    except (ValueError, RuntimeError) as error:  # a character that no path can have, or ~ of nobody
        raise InvalidValue(f"picture {str(path)!r} cannot be read: {error}") from error


def fit(picture: Pixels, width: int, height: int) -> Pixels:
    """Cut a picture around its middle to the shape of the frame, and scale what is left to its size."""
    rows, columns = picture.shape[:2]
    kept_columns = max(1, min(columns, round(rows * width / height)))
    kept_rows = max(1, min(rows, round(columns * height / width)))
    top, left = (rows - kept_rows) // 2, (columns - kept_columns) // 2
    kept = picture[top : top + kept_rows, left : left + kept_columns]
    way = cv2.INTER_AREA if kept_columns > width else cv2.INTER_CUBIC  # area shows no steps only where it shrinks
    return np.asarray(cv2.resize(kept, (width, height), interpolation=way), np.uint8)
