"""The controls of a device, faders and pads, as mapping files write them, and what a move of one is."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

ANY_CHANNEL = 0
FINE_OFFSET = 32  # CC n + 32 carries the lower 7 bits of CC n


class Source(StrEnum):
    CC = "cc"
    CC14 = "cc14"  # the pair number (coarse) and number + 32 (fine)
    NOTE = "note"
    BEND = "bend"
    PROGRAM = "pc"


@dataclass(frozen=True, slots=True)
class Control:
    """One control of a device, written `kind:channel:number`.

    Channels count from 1 and ANY_CHANNEL means any; number is None for a pitch bend and for "any program".
    """

    source: Source
    channel: int
    number: int | None = None

    @classmethod
    def parse(cls, text: str) -> Control:
        """Raises ValueError with the rule that was broken."""
        form = re.fullmatch(r"(cc|cc14|note|bend|pc):(\d{1,2})(?::(\d{1,3}))?", text)
        if form is None:
            raise ValueError("kind:channel:number with kind cc, cc14, note, pc or bend, such as cc:1:7 or bend:1")
        source, channel, number = Source(form[1]), int(form[2]), None if form[3] is None else int(form[3])
        if channel > 16:
            raise ValueError("a channel in 1..16, or 0 for any")
        if source is Source.BEND and number is not None:
            raise ValueError("no number behind the channel: a channel has one pitch bend")
        if number is None and source not in (Source.BEND, Source.PROGRAM):
            raise ValueError("a number behind the channel")
        highest = 31 if source is Source.CC14 else 127
        if number is not None and number > highest:
            raise ValueError(f"a number in 0..{highest}")
        return cls(source, channel, number)

    def overlaps(self, other: Control) -> bool:
        """Whether one message may be a move of both."""
        if ANY_CHANNEL not in (self.channel, other.channel) and self.channel != other.channel:
            return False
        return bool(self._messages() & other._messages())

    def _messages(self) -> set[tuple[Source, int | None]]:
        if self.source is Source.CC14:
            assert self.number is not None
            return {(Source.CC, self.number), (Source.CC, self.number + FINE_OFFSET)}
        return {(self.source, self.number)}

    def __str__(self) -> str:
        return ":".join(str(part) for part in (self.source.value, self.channel, self.number) if part is not None)


@dataclass(frozen=True, slots=True)
class ControlEvent:
    """What a control did: place is 0..1 of its travel (0 when released), raw the number in the message."""

    control: Control
    place: float
    raw: int
