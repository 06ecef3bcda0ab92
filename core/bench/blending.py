"""Whether a picture between two others is one of its own, or only the two laid over each other.

A double exposure can be written as a * left + b * right + c, with one a, b and c for the whole picture. What part of its variance the
best such cross-fade explains is R²: 1 for a double exposure, low where the forms themselves have changed.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8] | NDArray[np.float32]  # (height, width, 3), 0..255


def explained_by_crossfade(left: Picture, right: Picture, between: Picture) -> float:
    """R² of the best cross-fade, 0..1; 1 for a picture of one colour, which any fade can be."""
    fade = np.stack([left.ravel(), right.ravel(), np.ones(left.size)], axis=1).astype(np.float64)
    wanted = between.ravel().astype(np.float64)
    spread = np.square(wanted - wanted.mean()).sum()
    if spread == 0:
        return 1.0
    # by the normal equations: a least squares over all pixels would need hundreds of megabytes
    weights = np.linalg.lstsq(fade.T @ fade, fade.T @ wanted, rcond=None)[0]
    return float(1 - np.square(wanted - fade @ weights).sum() / spread)


def sharpness(picture: Picture) -> float:
    """Mean squared Laplacian of the brightness, at the size of the picture."""
    grey = cv2.cvtColor(np.asarray(picture, np.float32), cv2.COLOR_RGB2GRAY)
    return float(np.square(cv2.Laplacian(grey, cv2.CV_32F)).mean())


def sharpness_between(left: Picture, right: Picture, between: Picture) -> float:
    """Of a picture between two others, by the mean of theirs; 1 where all three are flat."""
    ends = (sharpness(left) + sharpness(right)) / 2
    return sharpness(between) / ends if ends else 1.0


def at_share(frames: Sequence[Picture], share: float) -> Picture:
    """The frame at a share, 0..1, of a transition as it is played."""
    return frames[round(share * (len(frames) - 1))]
