"""Reads the still picture of the safe look from disk, before the show starts."""

from __future__ import annotations

from pathlib import Path

from core.control.errors import ConfigError, InvalidValue
from core.frames.frame import Pixels
from core.tree.pictures import read_image


def load_still(path: Path) -> Pixels:
    """An image file of any size as (height, width, 3) uint8 RGB.

    Raises:
        ConfigError: it is missing, or not an image of a kind that is known here.
    """
    try:
        return read_image(path)
    except InvalidValue as error:
        raise ConfigError(f"output.still: {error}") from None
