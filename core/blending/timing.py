"""A row of leaves as a film of any length: constant speed means that the picture changes by the same amount in each frame."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from core.frames.frame import Pixels
from core.tree.gaps import OWN, Measure, gaps_along

LEAST_SHARE = 0.1  # of the mean gap: leaves that look alike still pass, in less time


def film_frames(leaves: Sequence[Pixels], count: int, measure: Measure = OWN) -> Iterator[Pixels]:
    """count frames from the first leaf to the last, both among them; between two leaves a mix of them."""
    places = frame_places(
        np.asarray(gaps_along(leaves, measure), np.float64) if len(leaves) > 1 else np.zeros(0), count
    )
    for place in places:
        index = min(int(place), len(leaves) - 2) if len(leaves) > 1 else 0
        yield _mixed(leaves, index, float(place) - index)


def frame_places(gaps: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """Where in the row of leaves each frame lies: 2.5 is between the third and the fourth."""
    if not len(gaps):
        return np.zeros(count)
    widths = np.maximum(gaps, LEAST_SHARE * gaps.mean()) if gaps.any() else np.ones(len(gaps))
    path = np.concatenate([[0.0], np.cumsum(widths)])
    return np.interp(np.linspace(0, path[-1], count), path, np.arange(len(path), dtype=np.float64))


def _mixed(leaves: Sequence[Pixels], index: int, weight: float) -> Pixels:
    if weight == 0:
        return leaves[index]
    left, right = (leaves[each].astype(np.float32) for each in (index, index + 1))
    return np.asarray(np.rint(left + (right - left) * weight), np.uint8)
