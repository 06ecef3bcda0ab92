"""The thread that plays: a tick a frame on absolute deadlines, until it is stopped."""

from __future__ import annotations

import threading
from collections.abc import Callable

from live.clock import Clock
from live.playback.pacing import Pacer
from live.playback.playback import Playback


class PlaybackThread:
    """Runs ticks on absolute deadlines until stopped.

    on_tick: is told when each tick began and ended, seconds on the clock; it must be as quick as playback itself.
    """

    def __init__(
        self, playback: Playback, clock: Clock, fps: float, on_tick: Callable[[float, float], None] | None = None
    ) -> None:
        self._playback = playback
        self._clock = clock
        self._fps = fps
        self._on_tick = on_tick
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="playback", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Let the tick that runs end; also right when start was never called."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join()

    def _run(self) -> None:
        pacer = Pacer(self._fps, self._clock.now())
        missed = 0
        due = self._clock.now()
        while not self._stopping.is_set():
            started = self._clock.now()
            self._playback.tick(started, due, missed)
            ended = self._clock.now()
            if self._on_tick is not None:
                self._on_tick(started, ended)
            deadline = pacer.advance(ended)
            missed = deadline.intervals - 1
            due = deadline.due
            self._clock.sleep_until(due)
