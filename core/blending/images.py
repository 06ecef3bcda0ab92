"""Pictures as scripts have them, in a file or in memory, as files: a keyframe knows its picture by its path."""

from __future__ import annotations

from pathlib import Path
from tempfile import gettempdir
from typing import Any

import numpy as np

from core.control.errors import InvalidValue
from core.frames.image import over_black
from core.frames.picture_store import PictureStore

FilePath = str | Path


def image_file(image: FilePath | Any) -> Path:
    """A file as it is; a picture of the caller's memory as one that is named by what it holds."""
    if isinstance(image, str | Path):
        return Path(image).expanduser()
    pixels = np.asarray(image)
    if pixels.ndim != 3 or pixels.shape[2] not in (3, 4) or pixels.dtype != np.uint8:
        raise InvalidValue(f"an image must be (height, width, 3) uint8 RGB, or RGBA, got {pixels.shape} {pixels.dtype}")
    pixels = over_black(pixels) if pixels.shape[2] == 4 else pixels
    return PictureStore(Path(gettempdir()) / "latentdeck", max_files=None).keep_pixels(pixels)


def mask_file(mask: FilePath | Any) -> Path:
    """The same for a mask, which may also be (height, width)."""
    if not isinstance(mask, str | Path):
        mask = np.asarray(mask)
        mask = np.repeat(mask[:, :, None], 3, axis=2) if mask.ndim == 2 else mask
    return image_file(mask)
