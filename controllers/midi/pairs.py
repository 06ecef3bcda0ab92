"""Puts the two halves of a 14-bit control together: CC n is coarse, CC n + 32 fine.

MIDI 1.0 has the coarse half first and the fine half optional: after a coarse one it counts as 0. Real devices also send the fine half
first, or never, and only the time tells which halves belong together.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

TOGETHER = (
    0.02  # s; the halves of one move come within 2 ms, later when the machine is busy; the next move 4 ms later or more
)
_TOP_COARSE, _TOP = 127, 16383


class _Half(Enum):
    COARSE = auto()
    FINE = auto()


@dataclass(slots=True)
class Pair:
    """One 14-bit control: each half in, (place 0..1, number 0..16383) out, or None while there is nothing to say.

    Until a fine half is heard the coarse one runs over the whole travel, so that 127 is the end.
    """

    _coarse: int | None = None
    _fine: int = 0
    _has_fine: bool = False
    _single: _Half | None = None  # the last half, while the other one of the same move may still come
    _heard_at: float = 0.0
    _is_followed: bool = False  # the fine half came right after the last coarse one

    def hear_coarse(self, value: int, now: float) -> tuple[float, int] | None:
        is_repeated, self._coarse = value == self._coarse, value
        if self._completes(_Half.FINE, now):
            return self._move()
        self._single, self._heard_at = _Half.COARSE, now
        if is_repeated and self._is_followed:
            return None  # its fine half follows as the last time; without it a still fader would jump to and fro
        self._fine = 0
        return self._move()

    def hear_fine(self, value: int, now: float) -> tuple[float, int] | None:
        self._fine, self._has_fine = value, True
        self._is_followed = self._completes(_Half.COARSE, now)
        if not self._is_followed:
            self._single, self._heard_at = _Half.FINE, now
        return self._move()

    def _completes(self, half: _Half, now: float) -> bool:
        """Whether the half that came last waits for this one; it waits no longer then."""
        is_whole = self._single is half and now - self._heard_at <= TOGETHER
        if is_whole:
            self._single = None
        return is_whole

    def _move(self) -> tuple[float, int] | None:
        if self._coarse is None:
            return None
        raw = self._coarse * 128 + self._fine
        return (raw / _TOP if self._has_fine else self._coarse / _TOP_COARSE), raw
