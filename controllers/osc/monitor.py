"""Counts what arrives over OSC, for the first question of every patch: does anything arrive, and what is wrong with it?"""

from __future__ import annotations

from dataclasses import dataclass

from controllers.osc.guard import Message

_SHOWN_CHARACTERS = 120


@dataclass(frozen=True, slots=True)
class OscView:
    """Counters since the start. Messages in `unknown` (no such address) are in `rejected` too, as are whole bad packets."""

    port: int = 0
    received: int = 0
    rejected: int = 0
    unknown: int = 0
    dropped_answers: int = 0
    listeners: int = 0
    last_rejection: str = ""
    last_sender: str = ""
    last_message: str = ""


class OscMonitor:
    """Thread: the event loop's only."""

    def __init__(self) -> None:
        self.received = 0
        self.rejected = 0
        self.unknown = 0
        self.dropped_answers = 0
        self._last_rejection = ""
        self._last_sender = ""
        self._last_message: Message | None = None

    def note_message(self, message: Message, sender: str) -> None:
        self.received += 1
        self._last_message = message
        self._last_sender = sender

    def note_rejection(self, reason: str, sender: str) -> None:
        self.rejected += 1
        self._last_rejection = f"{sender}: {reason}"

    def view(self, port: int, listeners: int) -> OscView:
        last = "" if self._last_message is None else str(self._last_message)[:_SHOWN_CHARACTERS]
        return OscView(
            port=port,
            received=self.received,
            rejected=self.rejected,
            unknown=self.unknown,
            dropped_answers=self.dropped_answers,
            listeners=listeners,
            last_rejection=self._last_rejection,
            last_sender=self._last_sender,
            last_message=last,
        )
