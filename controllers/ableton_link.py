"""Ableton Link: one tempo and one beat for all programs in a network. The only module that imports LinkPython (GPL-2.0 or
later in effect, for the Link library in it), and only when a show asks for it.
"""

from __future__ import annotations

import time
from typing import Any

from core.control.beat import BeatLine, OutsideBeat
from core.control.errors import LatentdeckError


class LinkUnavailable(LatentdeckError):
    """The library that speaks Link is missing."""


class LinkPeer:
    """This program in a Link session. Thread: one at a time; nothing here blocks."""

    def __init__(self, bpm: float, bar: int) -> None:
        """Join, or begin a session with this tempo and bars of so many beats. Raises LinkUnavailable."""
        try:
            import link
        except ImportError:
            raise LinkUnavailable("tempo.source link needs LinkPython: pip install 'latentdeck[link]'") from None
        self._bar = float(bar)
        self._wish: float | None = None
        self._link: Any = link.Link(bpm)
        self._link.enabled = True

    def poll(self, wish: float | None) -> OutsideBeat:
        """The beat of the session now. wish: the tempo that a hand has asked for; the session takes each once."""
        state = self._link.captureAppSessionState()
        micros, now = (
            self._link.clock().micros(),
            time.monotonic(),
        )  # two clocks; they drift, so both are read each time
        if wish is not None and wish != self._wish:
            state.setTempo(wish, micros)
            self._link.commitAppSessionState(state)
        self._wish = wish
        line = BeatLine(state.tempo(), state.beatAtTime(micros, self._bar), now)
        return OutsideBeat(line, 0, now, self._link.numPeers())

    def close(self) -> None:
        self._link.enabled = False
