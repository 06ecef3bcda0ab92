"""The shape of a transition over its time: where the playhead is at a moment, and the moment at which it is there.

Each curve has an exact inverse, so that the curve may change under the playhead, and a hand may put the playhead anywhere,
without a jump.
"""

from __future__ import annotations

import math
from collections.abc import Callable

SNAP_POWER = 5  # half of the way within a tenth of the time, around the middle


def place_at(curve: str, moment: float) -> float:
    """Position 0..1 at a moment 0..1 of the transition; curve is a choice of transition.curve."""
    match curve:
        case "ease":
            return 1 - (1 - moment) ** 2
        case "s-curve":
            return moment * moment * (3 - 2 * moment)
        case "snap":
            return _mirrored(moment, lambda half: half**SNAP_POWER)
    return moment


def moment_of(curve: str, place: float) -> float:
    """The moment 0..1 at which the position 0..1 is reached: the inverse of `place_at`."""
    match curve:
        case "ease":
            return 1 - math.sqrt(1 - place)
        case "s-curve":
            return 0.5 - math.sin(math.asin(1 - 2 * place) / 3)
        case "snap":
            return _mirrored(place, lambda half: half ** (1 / SNAP_POWER))
    return place


def _mirrored(x: float, half: Callable[[float], float]) -> float:
    """Both halves alike, turned around the middle."""
    return half(2 * x) / 2 if x <= 0.5 else 1 - half(2 * (1 - x)) / 2
