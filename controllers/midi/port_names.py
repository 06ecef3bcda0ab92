"""What MIDI ports are called, so that a controller has one name in the show and in the user's file whatever port it gets.

Systems put numbers behind the names that are others after the next plug: ALSA its client numbers ("LPD8:LPD8 MIDI 1 24:0"), RtMidi
on Windows the place in the list ("LPD8 1" is "LPD8 0" as soon as another device has gone).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

_ALSA_NUMBERS = re.compile(
    r" \d+:\d+$|(?<= )\[\d+\] (?=\((?:capture|playback)\))"
)  # plain, and in a2jmidid's names for JACK
_PLACE = re.compile(r" \d+$")
_TWIN = re.compile(r"(.+) #(\d{1,3})")


@dataclass(frozen=True, slots=True)
class PortName:
    """The name of one port.

    Attributes:
        plain: without the numbers of the system; profiles are chosen by it.
        twin: which of the ports of this name, from 1; two controllers of one make have no other difference.
        is_numbered: the system puts the place in its list behind the name.
    """

    plain: str
    twin: int = 1
    is_numbered: bool = False

    @classmethod
    def parse(cls, text: str) -> PortName:
        """As it is written: `LPD8`, or `LPD8 #2`."""
        match = _TWIN.fullmatch(text)
        return cls(text) if match is None else cls(match[1], int(match[2]))

    def __str__(self) -> str:
        return self.plain if self.twin == 1 else f"{self.plain} #{self.twin}"

    def was(self, written: str) -> bool:
        """Whether a file means this port by its name and the place that it had when it was learned, as older files do."""
        return self.is_numbered and self.twin == 1 and _without_place(written) == self.plain != written


@dataclass(frozen=True, slots=True)
class PresentPort:
    """One port as the system lists it now.

    Attributes:
        raw: what the system calls it at this moment.
        plain: without the numbers of the system.
        identity: stays the same for as long as it is surely the same port.
        place: among the ports of the same name, from 0; the name is the raw one, or on Windows the plain one.
    """

    raw: str
    plain: str
    identity: str
    place: int = 0
    is_numbered: bool = False


def identify(names: Sequence[str]) -> list[PresentPort]:
    """The ports of a list of names as the system gives it, whole and in its order."""
    has_places = is_numbered(names)
    stable = [_without_place(raw) if has_places else raw for raw in names]
    crowds, places = Counter(stable), Counter[str]()
    found = []
    for raw, name in zip(names, stable, strict=True):
        # when one of two twins goes, nothing tells which is left: both are others then, and opened anew
        identity = name if crowds[name] == 1 else f"{name} {places[name] + 1} of {crowds[name]}"
        plain = name if has_places else plain_name(name)
        found.append(PresentPort(raw, plain, identity, places[name], has_places))
        places[name] += 1
    return found


def is_numbered(names: Sequence[str]) -> bool:
    """Whether the system puts its place in the list behind each name."""
    return bool(names) and all(raw.endswith(f" {place}") for place, raw in enumerate(names))


def plain_name(raw: str) -> str:
    """Without the numbers that ALSA adds and changes with every plug."""
    return _ALSA_NUMBERS.sub("", raw)


def find_output(port: PresentPort, outputs: Sequence[str]) -> int | None:
    """The place in the list of outputs, as the system names them, of the one that belongs to an input: it has the same name, of
    twins the same place, or it is the only one of the same client where systems name by direction."""
    if port.is_numbered:
        return _same_place(_without_place, port, outputs)
    for way in (str, plain_name, _as_output):
        if (found := _same_place(way, port, outputs)) is not None:
            return found
    client = port.raw.partition(":")[0]
    of_client = [place for place, name in enumerate(outputs) if ":" in name and name.partition(":")[0] == client]
    return of_client[0] if len(of_client) == 1 else None


def _same_place(way: Callable[[str], str], port: PresentPort, outputs: Sequence[str]) -> int | None:
    found = [place for place, name in enumerate(outputs) if way(name) == way(port.raw)]
    return found[port.place] if port.place < len(found) else None


def _without_place(raw: str) -> str:
    return _PLACE.sub("", raw)


def _as_output(raw: str) -> str:
    """JACK's bridges name their ports by direction."""
    return raw.replace("(capture)", "(playback)")
