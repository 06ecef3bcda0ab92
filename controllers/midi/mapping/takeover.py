"""Keeps the picture from jumping when a fader is touched that stands elsewhere than its parameter (soft takeover).

All places are 0..1 of the fader's travel. Source of the three styles: the takeover modes of Ableton Live and Mixxx.
"""

from __future__ import annotations

from enum import StrEnum

TOLERANCE = 2.5 / 127  # two steps of a 7-bit fader: closer than this is "there"
OWN_MOVE_TIME = 0.3  # s; so soon after a move of ours the show may not have shown it yet, and what it shows is old


class TakeoverStyle(StrEnum):
    NONE = "none"  # the parameter jumps to the fader
    PICKUP = "pickup"  # nothing happens until the fader passes the value
    SCALE = "scale"  # the parameter moves along in proportion until both meet


class Takeover:
    """The takeover state of one fader. Begin with a new one after a reconnect: the fader may have moved meanwhile."""

    def __init__(self, style: TakeoverStyle) -> None:
        self._style = style
        self._fader: float | None = None
        self._sent: float | None = None
        self._sent_at = 0.0

    def move(self, fader: float, current: float, now: float) -> float | None:
        """The place that the parameter should take; None leaves it.

        Args:
            fader: where the fader is now.
            current: where the parameter is, as far as the show has told.
            now: seconds on a clock that never goes back.
        """
        before, self._fader = self._fader, fader
        is_own_move_fresh = self._sent is not None and now - self._sent_at < OWN_MOVE_TIME
        if is_own_move_fresh and self._sent is not None:
            current = self._sent
        place = self._place(fader, before, current)
        if place is not None:
            self._sent, self._sent_at = place, now
        return place

    @property
    def fader(self) -> float | None:
        """Where the fader stands; None before its first move."""
        return self._fader

    def is_apart(self, current: float, now: float) -> bool:
        """Whether the fader stands elsewhere than the parameter, so that a hand must bring them together."""
        if self._fader is None or (self._sent is not None and now - self._sent_at < OWN_MOVE_TIME):
            return False
        return abs(self._fader - current) > TOLERANCE

    def _place(self, fader: float, before: float | None, current: float) -> float | None:
        if self._style is TakeoverStyle.NONE or abs(fader - current) <= TOLERANCE:
            return fader
        if before is None:
            return None
        if abs(before - current) <= TOLERANCE and self._sent is not None:
            return fader  # it was there and moves on, however fast
        if self._style is TakeoverStyle.SCALE:
            return _scale(fader, before, current)
        return fader if (before < current) != (fader < current) else None


def _scale(fader: float, before: float, current: float) -> float:
    """Use up the rest of the parameter's way as the fader uses up its own, so that both reach the end together."""
    if fader > before:
        return current + (fader - before) * (1 - current) / (1 - before)
    if fader < before:
        return current * fader / before
    return current
