"""Cuts parts of pictures to learn from, and varies them: an autoencoder that has only seen scenes must not fail on the next kind."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from core.builtin.scenes.shaping import chance

Picture = NDArray[np.uint8]
Source = Sequence[NDArray[np.uint8]]  # shards of pictures of one shape

SHRUNK, LARGEST = 0.15, 3  # share of crops that are scaled down, and at most so many times
SWAPPED, INVERTED = 0.15, 0.05  # colours
BLENDED, LETTERED, SPLICED = 0.06, 0.06, 0.04  # with another crop, with writing over it, half of it another
FONTS, GLYPHS = 8, (33, 127)


def varied_crop(rng: np.random.Generator, sources: Sequence[Source], side: int) -> Picture:
    """(side, side, 3); each source, that is each shape of pictures, is as likely as the others."""
    crop = _crop(rng, sources, side)
    kind = rng.random()
    if kind < BLENDED:
        return np.asarray(cv2.addWeighted(crop, 0.5, _crop(rng, sources, side), 0.5, 0), np.uint8)
    if kind < BLENDED + LETTERED:
        _write_over(rng, crop)
    elif kind < BLENDED + LETTERED + SPLICED:
        start = int(rng.integers(side // 8, side))
        crop[:, start:] = _crop(rng, sources, side)[:, start:]
    return crop


def _crop(rng: np.random.Generator, sources: Sequence[Source], side: int) -> Picture:
    source = sources[int(rng.integers(len(sources)))]
    shard = source[int(rng.integers(len(source)))]
    picture = shard[int(rng.integers(len(shard)))]
    most = min(LARGEST * side, *picture.shape[:2])
    size = int(rng.integers(side, most + 1)) if chance(rng, SHRUNK) else side
    top, left = (int(rng.integers(0, room - size + 1)) for room in picture.shape[:2])
    cut = picture[top : top + size, left : left + size]
    if size > side:
        cut = np.asarray(cv2.resize(cut, (side, side), interpolation=cv2.INTER_AREA), np.uint8)
    cut = cut[:, ::-1] if chance(rng, 0.5) else cut
    cut = cut[:, :, rng.permutation(3)] if chance(rng, SWAPPED) else cut
    return np.array(255 - cut if chance(rng, INVERTED) else cut, order="C")  # as OpenCV wants it


def _write_over(rng: np.random.Generator, crop: Picture) -> None:
    side = crop.shape[0]
    text = "".join(chr(int(code)) for code in rng.integers(*GLYPHS, 12))
    place = int(rng.integers(-side // 2, side // 2)), int(rng.integers(side // 6, side))
    colour = tuple(int(level) for level in rng.integers(0, 256, 3))
    size, width = float(rng.uniform(0.4, 2.5)), int(rng.integers(1, 6))
    cv2.putText(crop, text, place, int(rng.integers(FONTS)), size, colour, width, cv2.LINE_AA)
