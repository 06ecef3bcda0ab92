"""Shapes with an outline: polygons, smooth closed curves, lines; as masks on a canvas, 0 outside and 1 inside, with soft edges."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from core.builtin.scenes.canvas import Canvas, Field

Points: TypeAlias = NDArray[np.floating[Any]]  # (count, 2): x and y in the units of the canvas

SHIFT = 4  # binary digits behind the point that OpenCV draws with
CURVE_STEPS = 12  # points that a curve has between two that are given


def points_of(*pairs: Sequence[float]) -> Points:
    return np.asarray(pairs, np.float64)


def curve(points: Points, *, is_closed: bool = True) -> Points:
    """A smooth line through all points (Catmull and Rom 1974)."""
    before, after, beyond = (np.roll(points, by, axis=0) for by in (1, -1, -2))
    if not is_closed:
        before[0] = points[0]
        after[-1] = beyond[-1] = points[-1]
        beyond[-2] = points[-1]
    t = (np.arange(CURVE_STEPS) / CURVE_STEPS)[:, None, None]
    smooth = 0.5 * (
        2 * points
        + (after - before) * t
        + (2 * before - 5 * points + 4 * after - beyond) * t**2
        + (3 * points - before - 3 * after + beyond) * t**3
    )
    along = smooth.swapaxes(0, 1).reshape(-1, 2)
    return along if is_closed else np.vstack([along[: -CURVE_STEPS + 1], points[-1:]])


def placed(
    points: Points, centre: Sequence[float], size: float, *, angle: float = 0, is_mirrored: bool = False
) -> Points:
    """A shape drawn around (0, 0), put where it belongs; the angle turns it clockwise."""
    x, y = points.T
    x = -x if is_mirrored else x
    turned = np.stack([x * np.cos(angle) - y * np.sin(angle), x * np.sin(angle) + y * np.cos(angle)], 1)
    result: Points = turned * size + np.asarray(centre)
    return result


def filled(canvas: Canvas, *outlines: Points) -> Field:
    """What lies inside any of the outlines."""
    mask = np.zeros((canvas.height, canvas.width), np.uint8)
    for outline in outlines:
        cv2.fillPoly(mask, [_pixels(canvas, outline)], 255, cv2.LINE_AA, SHIFT)
    return mask.astype(np.float32) / 255


def stroked(canvas: Canvas, lines: Iterable[Points], width: float, *, is_closed: bool = False) -> Field:
    """Lines of one width, in units; never thinner than a pixel."""
    mask = np.zeros((canvas.height, canvas.width), np.uint8)
    thickness = max(1, round(width * canvas.pixels_per_unit))
    for line in lines:
        cv2.polylines(mask, [_pixels(canvas, line)], is_closed, 255, thickness, cv2.LINE_AA, SHIFT)
    return mask.astype(np.float32) / 255


def paint_polygon(canvas: Canvas, image: NDArray[Any], outline: Points, colour: NDArray[Any]) -> None:
    """One polygon of a plain colour, into the picture itself; much faster than a mask where there are hundreds."""
    cv2.fillPoly(image, [_pixels(canvas, outline)], [float(part) for part in colour], cv2.LINE_8, SHIFT)


def paint_line(canvas: Canvas, image: NDArray[Any], line: Points, colour: NDArray[Any], width: float) -> None:
    """One line of a plain colour, into the picture itself."""
    thickness = max(1, round(width * canvas.pixels_per_unit))
    cv2.polylines(
        image, [_pixels(canvas, line)], False, [float(part) for part in colour], thickness, cv2.LINE_AA, SHIFT
    )


def _pixels(canvas: Canvas, points: Points) -> NDArray[np.int32]:
    across = (points[:, 0] + canvas.aspect) * canvas.pixels_per_unit - 0.5
    down = (points[:, 1] + 1) * canvas.pixels_per_unit - 0.5
    inside = np.clip(np.stack([across, down], 1), -30_000, 30_000)  # far outside, OpenCV's integers would run over
    result: NDArray[np.int32] = np.round(inside * 2**SHIFT).astype(np.int32)
    return result
