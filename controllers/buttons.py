"""Tells a new press from a button that is held and repeats itself, also where the release is never told.

TouchDesigner sends a held button 60 times a second, and its release. Companion, QLab and REAPER send a press and never a
release, so a pause in which nothing is repeated is a release too.
"""

from __future__ import annotations

import math
from collections import OrderedDict

PAUSE = 0.3  # s; the slowest tool that repeats a held button does so every 0.1 s, the fastest finger taps 200 bpm
LONG_PAUSE = 1.0  # s; for a button that has told a release before: a tool that stalls while it is held must not GO
MAX_BUTTONS = 4096  # remembered; beyond that the one silent for longest is forgotten


class Button:
    """One button, as its messages tell of it.

    Args:
        is_exact: after a pause only the very same value is a new press, as of a CC that a knob may send as well as a button: a
            knob that rests and moves on never sends one value twice in a row.
    """

    __slots__ = ("_has_released", "_heard_at", "_is_exact", "_value")

    def __init__(self, *, is_exact: bool = False) -> None:
        self._is_exact = is_exact
        self._value = 0.0
        self._heard_at = -math.inf
        self._has_released = False

    def hear(self, value: float, now: float) -> bool:
        """Whether this is a press. value: 0 is up; now: seconds on a clock that never goes back."""
        before, since = self._value, now - self._heard_at
        self._value, self._heard_at = value, now
        self._has_released |= value == 0
        if value == 0 or before == 0:
            return value != 0
        has_paused = since >= (LONG_PAUSE if self._has_released else PAUSE)
        return has_paused and (value == before or not self._is_exact)


class Buttons:
    """The buttons of many senders; bounded, whatever is sent."""

    def __init__(self) -> None:
        self._buttons: OrderedDict[tuple[str, str], Button] = OrderedDict()

    def __len__(self) -> int:
        return len(self._buttons)

    def hear(self, sender: str, address: str, value: float, now: float) -> bool:
        """Whether this is a press, as of `Button`."""
        button = self._buttons.setdefault((sender, address), Button())
        self._buttons.move_to_end((sender, address))
        if len(self._buttons) > MAX_BUTTONS:
            self._buttons.popitem(last=False)
        return button.hear(value, now)
