"""What arrives over OSC, for the first question of every patch: does anything arrive, and what is wrong with it?"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrafficLine:
    """The last message of one sender at one address, or the last packet of a sender that could not be read.

    Attributes:
        count: how many came since the line was last empty.
        age: seconds since the last one.
        refusal: why the last one was not carried out; empty when it was.
    """

    sender: str
    text: str
    count: int
    age: float
    refusal: str = ""


@dataclass(frozen=True, slots=True)
class OscView:
    """Counters since the start. Messages in `unknown` (no such address) are in `rejected` too, as are whole bad packets.

    Attributes:
        port: UDP; 0 when OSC is off.
        rate: messages a second, of late.
        lines: newest first, a bounded number.
    """

    port: int = 0
    received: int = 0
    rate: float = 0.0
    rejected: int = 0
    unknown: int = 0
    dropped_answers: int = 0
    listeners: int = 0
    last_rejection: str = ""
    last_sender: str = ""
    lines: tuple[TrafficLine, ...] = ()
