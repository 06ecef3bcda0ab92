"""Perceptual time: where a transition is at each moment, so that equal times change the picture equally much.

Pure arithmetic on places and gaps; both ends stay where they are.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise

STEADY = 0.1  # share of the pace that goes by place alone: leaves that look alike are passed quickly, not skipped


@dataclass(frozen=True, slots=True)
class Pace:
    """A rising polyline from moment to place, both 0..1. Moments and places rise together; the first is 0, the last 1."""

    moments: tuple[float, ...] = (0.0, 1.0)
    places: tuple[float, ...] = (0.0, 1.0)

    def place_at(self, moment: float) -> float:
        return _follow(self.moments, self.places, moment)

    def moment_of(self, place: float) -> float:
        return _follow(self.places, self.moments, place)


def even_pace(places: Sequence[float], gaps: Sequence[float], anchor: tuple[float, float] = (0.0, 0.0)) -> Pace:
    """The pace at which equal times are equal gaps, to the left and to the right of the anchor.

    Args:
        places: of the leaves, rising from 0 to 1.
        gaps: between neighbours, one fewer than places.
        anchor: a moment and the place that must be on screen then, whatever the gaps are: a pace that is taken up in
            mid-transition must not move the picture. (0, 0) or (1, 1) leaves the pace free.
    """
    moment, place = anchor
    if not (0 < moment < 1 and 0 < place < 1):
        lengths = [0.0, *accumulate(share_lengths(places, gaps))]
        return Pace(tuple(length / lengths[-1] for length in lengths), tuple(places))
    whole = even_pace(places, gaps)
    middle = whole.moment_of(place)
    before = [(m / middle * moment, p) for m, p in zip(whole.moments, places, strict=True) if p < place]
    after = [
        (1 - (1 - m) / (1 - middle) * (1 - moment), p) for m, p in zip(whole.moments, places, strict=True) if p > place
    ]
    points = [*before, anchor, *after]
    return Pace(tuple(m for m, _ in points), tuple(p for _, p in points))


def share_lengths(places: Sequence[float], gaps: Sequence[float]) -> list[float]:
    """How much of the transition lies in each gap, in units that sum up to about 1: by its look, and a little by its width."""
    total = sum(gaps)
    widths = [right - left for left, right in pairwise(places)]
    if not total:
        return widths
    return [(1 - STEADY) * gap / total + STEADY * width for gap, width in zip(gaps, widths, strict=True)]


def _follow(xs: Sequence[float], ys: Sequence[float], x: float) -> float:
    if x <= xs[0]:
        return ys[0]
    if x >= xs[-1]:
        return ys[-1]
    index = bisect_right(xs, x)
    share = (x - xs[index - 1]) / (xs[index] - xs[index - 1])
    return ys[index - 1] + share * (ys[index] - ys[index - 1])
