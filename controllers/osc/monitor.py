"""Counts what arrives over OSC and keeps the last message of each address; pure, and bounded whatever is sent."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from controllers.osc.guard import Message
from core.control.domain import shorten
from core.control.traffic import OscView, TrafficLine

MAX_LINES = 48  # addresses, each with its last message: a fader that floods takes one line and hides no button
RATE_WINDOW = 1.0  # s over which messages a second are counted
SHOWN_ARGUMENTS = 8
SHOWN_CHARACTERS = 40  # of one argument, and no more is looked at: a datagram may hold 64 KiB of text


@dataclass(slots=True)
class _Line:
    message: Message | None
    count: int
    at: float
    refusal: str


class OscMonitor:
    """Thread: the event loop's only."""

    def __init__(self) -> None:
        self.received = 0
        self.rejected = 0
        self.unknown = 0
        self.dropped_answers = 0
        self._rate = 0.0
        self._counted = (0.0, 0)
        self._last_rejection = ""
        self._last_sender = ""
        self._lines: OrderedDict[tuple[str, str], _Line] = OrderedDict()

    def note_message(self, message: Message, sender: str, now: float) -> None:
        self.received += 1
        self._last_sender = sender
        self._write((sender, message.address), message, now)

    def note_rejection(self, reason: str, sender: str, now: float, message: Message | None = None) -> None:
        """message: the one that was refused, which has been noted; None for a packet that could not be read."""
        self.rejected += 1
        self._last_rejection = f"{sender}: {reason}"
        line = self._lines.get((sender, message.address)) if message is not None else None
        if line is None:
            line = self._write((sender, ""), None, now)
        line.refusal = reason

    def beat(self, now: float) -> None:
        """Renew the messages a second; to be called often."""
        since, count = self._counted
        if now - since >= RATE_WINDOW:
            self._rate = (self.received - count) / (now - since)
            self._counted = (now, self.received)

    def view(self, port: int, listeners: int, now: float) -> OscView:
        return OscView(
            port=port,
            received=self.received,
            rate=self._rate,
            rejected=self.rejected,
            unknown=self.unknown,
            dropped_answers=self.dropped_answers,
            listeners=listeners,
            last_rejection=self._last_rejection,
            last_sender=self._last_sender,
            lines=tuple(
                TrafficLine(sender, _show(line.message), line.count, now - line.at, line.refusal)
                for (sender, _), line in reversed(self._lines.items())
            ),
        )

    def _write(self, key: tuple[str, str], message: Message | None, now: float) -> _Line:
        line = self._lines.get(key)
        if line is None:
            line = self._lines[key] = _Line(message, 0, now, "")
            if len(self._lines) > MAX_LINES:
                self._lines.popitem(last=False)
        line.message, line.count, line.at, line.refusal = message, line.count + 1, now, ""
        self._lines.move_to_end(key)
        return line


def _show(message: Message | None) -> str:
    if message is None:
        return "a packet"
    more = " …" if len(message.arguments) > SHOWN_ARGUMENTS else ""
    return " ".join((message.address, *map(_show_argument, message.arguments[:SHOWN_ARGUMENTS]))) + more


def _show_argument(argument: object) -> str:
    if isinstance(argument, float):
        return f"{argument:g}"
    if isinstance(argument, str | bytes | list):
        argument = argument[:SHOWN_CHARACTERS]
    return shorten(argument)
