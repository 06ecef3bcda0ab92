"""How different two pictures look: a perceptual distance of our own, on small pictures and without a network.

A picture is turned once into its signature, a vector in which the plain L1 distance is the measure. So it is symmetric, zero for
equal pictures, never longer by a detour (a metric), and many pairs are measured in one subtraction. Another `Measure` may take
its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any, Protocol

import cv2
import numpy as np
from numpy.typing import NDArray

from core.frames.frame import Pixels

Picture = Pixels | NDArray[np.float32]  # (height, width, 3), RGB, 0..255 as bytes or float32, of any size
Signature = NDArray[np.float32]  # one dimension; its length depends on the shape of the picture
Plane = NDArray[np.float32]

SHORT_SIDE = 64  # pixels; finer detail is film grain at the speed of a show
LEVELS = 4  # 64, 32, 16 and 8 pixels: from texture to layout
# Shares of the measure, so that between two unlike pictures light, colour, edges and texture each count for about a quarter.
LIGHT, COLOUR, EDGES, TEXTURE = 0.4, 0.2, 1.2, 0.4
FLAT = 0.1  # lightness, 0..1: contrast below it is not blown up to that of a busy place


class Measure(Protocol):
    """How gaps are measured. Places and pace add gaps up, so they must be lengths: a square would favour the wide ones."""

    def signatures_of(self, pictures: Sequence[Picture]) -> list[Signature]:
        """One for each picture; those of pictures of the same shape can be compared."""

    def gap_between(self, left: Signature, right: Signature) -> float:
        """0 for equal pictures, below about 1 for others."""


class OwnMeasure:
    """The distance of this module."""

    def signatures_of(self, pictures: Sequence[Picture]) -> list[Signature]:
        return [signature_of(picture) for picture in pictures]

    def gap_between(self, left: Signature, right: Signature) -> float:
        return gap_between(left, right)


OWN = OwnMeasure()


def signature_of(picture: Picture) -> Signature:
    """What is compared of a picture, in about 0.6 ms.

    Returns:
        A vector for `gap_between`; comparable with those of pictures of the same shape.
    """
    lab = cv2.cvtColor(shrink(picture).astype(np.float32) / 255, cv2.COLOR_RGB2Lab) / 100
    planes: list[Plane] = []
    for level in range(LEVELS):
        if level:
            lab = cv2.pyrDown(lab)
        planes += _describe(lab)
    values = np.concatenate([plane.ravel() for plane in planes])
    return np.asarray(values / LEVELS, np.float32)


def gap_between(left: Signature, right: Signature) -> float:
    """How different two pictures look: 0 for equal ones, about 0.1 for a small change, 0.4 for black against white; seldom above 0.6."""
    return float(measure_gaps(left[None], right[None])[0])


def measure_gaps(left: NDArray[np.float32], right: NDArray[np.float32]) -> NDArray[np.float32]:
    """The gaps of many pairs at once: signatures of shape (N, length) on both sides, gaps of shape (N,)."""
    if left.shape != right.shape:
        raise ValueError(f"pictures of different shapes cannot be compared: {left.shape} and {right.shape}")
    return np.asarray(np.abs(left - right).sum(axis=1), np.float32)


def gaps_along(pictures: Sequence[Picture], measure: Measure = OWN) -> NDArray[np.float32]:
    """The gaps between neighbours in a row of pictures: one fewer than pictures."""
    signatures = measure.signatures_of(pictures)
    return np.array([measure.gap_between(left, right) for left, right in pairwise(signatures)], np.float32)


def shrink(picture: Picture) -> Any:
    """A picture as small as it is compared: its short side has SHORT_SIDE pixels, or fewer as it is."""
    height, width = picture.shape[:2]
    scale = SHORT_SIDE / min(height, width)
    if scale >= 1:
        return picture
    size = (max(SHORT_SIDE, round(width * scale)), max(SHORT_SIDE, round(height * scale)))
    return cv2.resize(picture, size, interpolation=cv2.INTER_AREA)


def _describe(lab: Any) -> list[Plane]:
    """The weighted planes of one level, each divided by its number of pixels so that their L1 distance is a mean."""
    light, red_green, yellow_blue = (np.ascontiguousarray(lab[:, :, index]) for index in range(3))
    mean = cv2.blur(light, (5, 5))
    detail = light - mean
    # the blur runs its sums along, and what is left of them in a black corner may be just below zero
    contrast = np.sqrt(np.maximum(cv2.blur(detail * detail, (5, 5)), 0))
    weighted: tuple[tuple[float, Plane], ...] = (
        (LIGHT, light),
        (COLOUR, red_green),
        (COLOUR, yellow_blue),
        (EDGES, cv2.Sobel(light, cv2.CV_32F, 1, 0, scale=0.25)),
        (EDGES, cv2.Sobel(light, cv2.CV_32F, 0, 1, scale=0.25)),
        (TEXTURE, detail / (contrast + FLAT)),
    )
    return [plane * np.float32(weight / light.size) for weight, plane in weighted]
