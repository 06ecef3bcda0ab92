"""What the operator or a sender must be told: the last notices, and those that other threads want to put up."""

from __future__ import annotations

from collections import deque

from core.control.commands import Origin
from core.control.snapshot import Notice

NOTICES_KEPT = 128  # more than one tick can make, so that no sender misses its refusal


class NoticeBoard:
    """Thread: playback only, but for `announce`.

    Attributes (read anywhere, written only here):
        notices: the last few, oldest first.
    """

    def __init__(self) -> None:
        self.notices: tuple[Notice, ...] = ()
        self._count = 0
        self._troubles: dict[str, None] = {}  # told, and not over; the oldest first
        self._announcements: deque[tuple[str, Origin | None, bool]] = deque(maxlen=NOTICES_KEPT)

    def put(self, text: str, origin: Origin | None = None, *, is_error: bool = True) -> None:
        """Tell the origin, or everybody."""
        self._count += 1
        self.notices = (*self.notices, Notice(self._count, text, origin, is_error))[-NOTICES_KEPT:]

    def put_once(self, text: str, about: str) -> None:
        """Tell everybody, unless that was told before and is not over yet: what is tried again fails again.

        about: the same for the same trouble, in whatever words it is told.
        """
        if about not in self._troubles:
            self._troubles[about] = None
            if len(self._troubles) > NOTICES_KEPT:
                del self._troubles[next(iter(self._troubles))]
            self.put(text)

    def is_over(self, about: str) -> None:
        """The trouble has gone; when it comes back, that is told again."""
        self._troubles.pop(about, None)

    def announce(self, text: str, origin: Origin | None = None, *, is_error: bool = True) -> None:
        """Have it put up with the next `collect`. Thread: any; does not block."""
        self._announcements.append((text, origin, is_error))

    def collect(self) -> None:
        """Put up what other threads have announced."""
        while self._announcements:
            text, origin, is_error = self._announcements.popleft()
            self.put(text, origin, is_error=is_error)
