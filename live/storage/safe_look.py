"""Reads the still picture of the safe look from disk, before the show starts."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from core.control.errors import ConfigError
from core.frames.frame import Pixels


def load_still(path: Path) -> Pixels:
    """An image file of any size as (height, width, 3) uint8 RGB.

    Raises:
        ConfigError: it is missing, or not an image of a kind that is known here.
    """
    try:
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise ConfigError(f"output.still: {path} cannot be read: {error.strerror}") from None
    picture = cv2.imdecode(data, cv2.IMREAD_COLOR) if data.size else None
    if picture is None:
        raise ConfigError(f"output.still: {path} is not an image, or of a kind that is not known here")
    return np.ascontiguousarray(picture[:, :, ::-1], np.uint8)
