"""What the operator or a sender must be told: the last notices, and those that other threads want to put up."""

from __future__ import annotations

from collections import deque

from core.control.commands import Origin
from core.control.snapshot import Notice

NOTICES_KEPT = 128  # more than one tick can make, so that no sender misses its refusal


class NoticeBoard:
    """Thread: playback only, but for `announce`."""

    def __init__(self) -> None:
        self._notices: deque[Notice] = deque(maxlen=NOTICES_KEPT)
        self._count = 0
        self._announcements: deque[tuple[str, Origin | None, bool]] = deque(maxlen=NOTICES_KEPT)

    @property
    def notices(self) -> tuple[Notice, ...]:
        """The last few, oldest first."""
        return tuple(self._notices)

    def put(self, text: str, origin: Origin | None = None, *, is_error: bool = True) -> None:
        """Tell the origin, or everybody."""
        self._count += 1
        self._notices.append(Notice(self._count, text, origin, is_error))

    def announce(self, text: str, origin: Origin | None = None, *, is_error: bool = True) -> None:
        """Have it put up with the next `collect`. Thread: any; does not block."""
        self._announcements.append((text, origin, is_error))

    def collect(self) -> None:
        """Put up what other threads have announced."""
        while self._announcements:
            text, origin, is_error = self._announcements.popleft()
            self.put(text, origin, is_error=is_error)
