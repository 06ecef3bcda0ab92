"""The position as it is shown: the playhead, with its sway, and with what an oscillator or the sound swings it by.

Where one transition gives way to the next nothing swings, so that there is no jump; the playhead is then where the picture is.
"""

from __future__ import annotations

from live.show.motion.departure import Departure
from live.show.playhead import Playhead
from live.values.parameters import LiveParameters


class Swing:
    """Thread: playback only."""

    def __init__(self, playhead: Playhead, parameters: LiveParameters, departure: Departure) -> None:
        self._playhead = playhead
        self._parameters = parameters
        self._departure = departure

    @property
    def shown_position(self) -> float:
        """0..1; a swing goes no further than to the nearer end of the transition."""
        place, swing = self._playhead.shown_position, self._parameters.swing_of("position")
        if swing == 0 or self._departure.is_under_way:
            return place
        room = min(place, 1 - place)
        return place + min(max(swing, -room), room)

    def stop(self) -> None:
        """Before something gets under way: put the playhead where it shows without its swing what it shows now."""
        if not self._playhead.is_resting:
            self._playhead.put(self.shown_position)

    def start_again(self) -> None:
        """Put the playhead where it shows with its swing what it shows now without."""
        place, swing = self._playhead.position, self._parameters.swing_of("position")
        if 0 < place < 1:
            self._playhead.put(max(place - swing, place / 2) if swing > 0 else min(place - swing, (1 + place) / 2))
