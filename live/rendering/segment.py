"""The leaves of one transition in order, and which two of them make the picture at a position of the playhead.

A position is a moment of perceptual time: equal ways of the playhead change the picture equally much. The pace that turns it
into a place among the leaves is renewed with every leaf, always around the place on screen. A leaf that arrives inside the
gap on screen waits until the playhead has left that gap. So nothing that arrives makes the picture jump.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from core.tree.pace import Pace, even_pace

PLACE_DIGITS = 6  # a thousandth of the finest gap between leaves

Gaps = Sequence[tuple[float, float]]  # places of other leaves, each with the gap to it


@dataclass(frozen=True, slots=True)
class Location:
    """The picture is slot `left` mixed with `weight` (0..1) of slot `right`."""

    left: int
    right: int
    weight: float


class Segment:
    """Leaves by place in 0..1. Thread: playback only."""

    def __init__(self) -> None:
        self._positions: list[float] = []
        self._slots: list[int] = []
        self._waiting: dict[float, int] = {}
        self._gaps: dict[tuple[float, float], float] = {}
        self._pace = Pace()
        self.version = 0  # counts changes of where the playhead meets the leaves
        self._is_bent = False  # the pace was renewed in mid-transition and is not the same on both sides

    @property
    def positions(self) -> tuple[float, ...]:
        """Where the playhead meets the leaves, also those that wait."""
        return tuple(self._pace.moment_of(place) for place in self.all_places)

    @property
    def all_places(self) -> tuple[float, ...]:
        """Of all leaves, also those that wait, in order."""
        return tuple(sorted([*self._positions, *self._waiting]))

    @property
    def places(self) -> tuple[float, ...]:
        """Of the leaves that the picture goes by now, in order."""
        return tuple(self._positions)

    def moment_of(self, place: float) -> float:
        """Where the playhead meets this place."""
        return self._pace.moment_of(place)

    def place_at(self, position: float) -> float:
        """The place that the playhead meets at a position."""
        return self._pace.place_at(position)

    def seen_at(self, position: float) -> float:
        """The place whose picture a position shows: no finer than the log of a show has it, so that a replay shows the very same."""
        return round(self._pace.place_at(position), PLACE_DIGITS)

    @property
    def slots(self) -> tuple[int, ...]:
        return (*self._slots, *self._waiting.values())

    def has(self, place: float) -> bool:
        return place in self._positions or place in self._waiting

    def slot_at(self, place: float) -> int | None:
        """The slot of the leaf at exactly this place, if it is there."""
        if place in self._positions:
            return self._slots[self._positions.index(place)]
        return self._waiting.get(place)

    def add(self, place: float, slot: int, playhead: float | None, gaps: Gaps = ()) -> None:
        """Take in a leaf. playhead: where the picture on air is in this segment, None when it is not on air.

        Raises:
            ValueError: there is a leaf at this place already.
        """
        if self.has(place):
            raise ValueError(f"there is a leaf at {place} already")
        for other, gap in gaps:
            self._gaps[min(place, other), max(place, other)] = gap
        self.version += 1
        if playhead is not None and self._would_jump(place, playhead):
            self._waiting[place] = slot
        else:
            self._insert(place, slot)
            self._renew_pace(playhead)

    def settle(self, playhead: float | None) -> None:
        """Adopt the waiting leaves whose gap the playhead has left; all of them when it is None."""
        for place in list(self._waiting):
            if playhead is None or not self._would_jump(place, playhead):
                self._insert(place, self._waiting.pop(place))
                self._renew_pace(playhead)
        if self._is_bent and playhead in (None, 0.0, 1.0):
            self._renew_pace(None)

    def locate(self, position: float) -> Location | None:
        """The two leaves around a position; the only or the outermost one where there is no second; None when empty."""
        if not self._slots:
            return None
        place = self.seen_at(position)
        index = bisect_right(self._positions, place)
        if index == 0:
            return Location(self._slots[0], self._slots[0], 0.0)
        if index == len(self._slots):
            return Location(self._slots[-1], self._slots[-1], 0.0)
        left, right = self._positions[index - 1], self._positions[index]
        return Location(self._slots[index - 1], self._slots[index], (place - left) / (right - left))

    def _would_jump(self, place: float, playhead: float) -> bool:
        """Whether a new leaf here would change the picture at the playhead."""
        index = bisect_left(self._positions, place)
        left = self._positions[index - 1] if index > 0 else 0.0
        right = self._positions[index] if index < len(self._positions) else 1.0
        return bool(self._slots) and left < self._pace.place_at(playhead) < right

    def _insert(self, place: float, slot: int) -> None:
        index = bisect_left(self._positions, place)
        self._positions.insert(index, place)
        self._slots.insert(index, slot)

    def _renew_pace(self, playhead: float | None) -> None:
        """Go by the gaps known now; what is on screen at the playhead stays there."""
        if not self._gaps or self._positions[0] != 0.0 or self._positions[-1] != 1.0:
            return
        self.version += 1
        self._is_bent = playhead is not None and 0 < playhead < 1
        anchor = (playhead, self._pace.place_at(playhead)) if playhead is not None else (0.0, 0.0)
        self._pace = even_pace(self._positions, self._known_gaps(), anchor)

    def _known_gaps(self) -> list[float]:
        """Between neighbours; one that nobody has measured, as after a restart of the worker, is taken for a usual one."""
        pairs = list(pairwise(self._positions))
        known = [pair for pair in pairs if pair in self._gaps]
        width = sum(right - left for left, right in known)
        usual = sum(self._gaps[pair] for pair in known) / width if known else 1.0
        return [self._gaps.get((left, right), usual * (right - left)) for left, right in pairs]
