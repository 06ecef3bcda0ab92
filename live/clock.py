"""Time as the show sees it: real, or stepped by hand for tests and offline rendering."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """Seconds that never run backwards; the zero is arbitrary."""

    def now(self) -> float: ...

    def sleep_until(self, due: float) -> None: ...


class SystemClock:
    """The monotonic clock: changes of the wall clock cannot be seen in it."""

    def now(self) -> float:
        return time.monotonic()

    def sleep_until(self, due: float) -> None:
        remaining = due - time.monotonic()
        if remaining > 0:
            time.sleep(remaining)


class ManualClock:
    """Stands still until somebody sleeps on it."""

    def __init__(self, start: float = 0.0) -> None:
        self._now = start

    def now(self) -> float:
        return self._now

    def sleep_until(self, due: float) -> None:
        self._now = max(self._now, due)
