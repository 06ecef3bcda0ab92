"""MIDI controllers that are plugged in where the browser is: their raw messages come in, messages for their lights go back.

The machine with the GPU often stands in another room. A message to us carries what has come since the one before:

    {"midi": [[176, 7, 64], [144, 60, 127]], "port": "nanoKONTROL2 SLIDER/KNOB"}

and what goes back has the same shape with "type" set to "midi"; a page without that output leaves it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NoReturn, Protocol

from core.control.domain import Domain, Kind, shorten
from core.control.errors import CommandRefused, InvalidValue

MAX_MESSAGES = 64  # in one websocket message: more than a knob sends between two pictures of a screen
_PORT = Domain(Kind.TEXT, max_length=100)
_LONGEST = 3  # bytes; system exclusive stays at the browser, no control makes it


@dataclass(frozen=True, slots=True)
class BrowserMidi:
    """Some messages of one port, oldest first."""

    port: str
    messages: tuple[bytes, ...]


class MidiHand(Protocol):
    """What plays the messages; both are called on the loop. `light` may be called on any thread."""

    def receive_remote(self, browser: str, port: str, data: bytes, light: Callable[[bytes], None]) -> None: ...

    def browser_left(self, browser: str) -> None: ...


class NoMidi:
    """The hand of a show without MIDI."""

    def receive_remote(self, browser: str, port: str, data: bytes, light: Callable[[bytes], None]) -> NoReturn:
        raise CommandRefused("MIDI is off in this show (midi.enabled)")

    def browser_left(self, browser: str) -> None:
        pass


def parse_midi(message: Mapping[str, object]) -> BrowserMidi:
    """Raises InvalidValue."""
    unknown = sorted(set(message) - {"midi", "port"})
    if unknown:
        raise InvalidValue(f"a MIDI message may hold midi, port; got {shorten(unknown)} too")
    raw = message["midi"]
    if not isinstance(raw, list) or not 1 <= len(raw) <= MAX_MESSAGES:
        raise InvalidValue(
            f"midi must be a list of 1..{MAX_MESSAGES} messages such as [176, 7, 64], got {shorten(raw)}"
        )
    port = str(_PORT.coerce("port", message.get("port")))
    return BrowserMidi(port, tuple(_message(item) for item in raw))


def _message(raw: object) -> bytes:
    if (
        not isinstance(raw, list)
        or not 1 <= len(raw) <= _LONGEST
        or not all(type(byte) is int and 0 <= byte <= 255 for byte in raw)
    ):
        raise InvalidValue(f"a MIDI message must be 1..{_LONGEST} numbers in 0..255, got {shorten(raw)}")
    data = bytes(raw)
    if data[0] < 0x80 or max(data[1:], default=0) > 0x7F:
        raise InvalidValue(f"a MIDI message must be a status byte from 128 and data below 128, got {shorten(raw)}")
    return data
