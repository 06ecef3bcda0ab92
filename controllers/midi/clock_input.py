"""The MIDI clock of whoever sends one: several ports may, the first is followed until it falls silent."""

from __future__ import annotations

import threading
from collections.abc import Callable

from controllers.midi.clock import MidiClock
from core.control.beat import OutsideBeat

CLOCK, START, CONTINUE, STOP, POSITION = "clock", "start", "continue", "stop", "songpos"
CLOCK_MESSAGES = frozenset({CLOCK, START, CONTINUE, STOP, POSITION})


class ClockInput:
    """Thread: any driver's callback.

    Ticks go on while a sequencer is stopped with most devices, and so does the beat; a continue goes on from where it is.

    Args:
        publish: takes the beat after each tick.
    """

    def __init__(self, publish: Callable[[OutsideBeat], None]) -> None:
        self._publish = publish
        self._lock = threading.Lock()  # each port has a thread of its own
        self._clock = MidiClock()
        self._port = ""

    def hear(self, kind: str, port: str, at: float, position: int = 0) -> None:
        """One message. at: seconds of the monotonic clock; position: sixteenths, of a song position."""
        with self._lock:
            if port != self._port and not self._clock.is_silent(at):
                return
            self._port = port
            if kind == START:
                self._clock.start()
            elif kind in (STOP, CONTINUE):
                self._clock.pause()
            elif kind == POSITION:
                self._clock.locate(position)
            elif kind == CLOCK and (beat := self._clock.tick(at)) is not None:
                self._publish(beat)
