"""The leaves of one transition in order, and which two of them make the picture at a position.

A leaf that arrives inside the gap on screen waits until the playhead has left that gap: adopted at once, it would make
the picture jump.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Location:
    """The picture is slot `left` mixed with `weight` (0..1) of slot `right`."""

    left: int
    right: int
    weight: float


class Segment:
    """Leaves by position in 0..1. Thread: playback only."""

    def __init__(self) -> None:
        self._positions: list[float] = []
        self._slots: list[int] = []
        self._waiting: dict[float, int] = {}

    @property
    def positions(self) -> tuple[float, ...]:
        """Places of all leaves, also of those that wait."""
        return tuple(sorted([*self._positions, *self._waiting]))

    @property
    def slots(self) -> tuple[int, ...]:
        return (*self._slots, *self._waiting.values())

    def has(self, position: float) -> bool:
        return position in self._positions or position in self._waiting

    def slot_at(self, position: float) -> int | None:
        """The slot of the leaf at exactly this place, if it is there."""
        if position in self._positions:
            return self._slots[self._positions.index(position)]
        return self._waiting.get(position)

    def add(self, position: float, slot: int, playhead: float | None) -> None:
        """Take in a leaf. playhead: where the picture on air is in this segment, None when it is not on air.

        Raises:
            ValueError: there is a leaf at this place already.
        """
        if self.has(position):
            raise ValueError(f"there is a leaf at {position} already")
        if playhead is not None and self._would_jump(position, playhead):
            self._waiting[position] = slot
        else:
            self._insert(position, slot)

    def settle(self, playhead: float | None) -> None:
        """Adopt the waiting leaves whose gap the playhead has left; all of them when it is None."""
        for position in list(self._waiting):
            if playhead is None or not self._would_jump(position, playhead):
                self._insert(position, self._waiting.pop(position))

    def locate(self, position: float) -> Location | None:
        """The two leaves around a position; the only or the outermost one where there is no second; None when empty."""
        if not self._slots:
            return None
        index = bisect_right(self._positions, position)
        if index == 0:
            return Location(self._slots[0], self._slots[0], 0.0)
        if index == len(self._slots):
            return Location(self._slots[-1], self._slots[-1], 0.0)
        left, right = self._positions[index - 1], self._positions[index]
        return Location(self._slots[index - 1], self._slots[index], (position - left) / (right - left))

    def _would_jump(self, position: float, playhead: float) -> bool:
        """Whether a new leaf here would change the picture at the playhead."""
        index = bisect_left(self._positions, position)
        left = self._positions[index - 1] if index > 0 else 0.0
        right = self._positions[index] if index < len(self._positions) else 1.0
        return bool(self._slots) and left < playhead < right

    def _insert(self, position: float, slot: int) -> None:
        index = bisect_left(self._positions, position)
        self._positions.insert(index, position)
        self._slots.insert(index, slot)
