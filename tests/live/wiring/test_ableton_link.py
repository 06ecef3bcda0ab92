from __future__ import annotations

from types import MappingProxyType
from typing import cast

from controllers.ableton_link import LinkPeer, LinkUnavailable
from core.control.beat import BeatLine, BeatView, OutsideBeat
from core.control.snapshot import Snapshot
from live.wiring.ableton_link import TempoLink

BEAT = OutsideBeat(BeatLine(100, 0, 0), 0, 0, peers=1)


class FakePeer:
    def __init__(self) -> None:
        self.wishes: list[float | None] = []
        self.is_open = True

    def poll(self, wish: float | None) -> OutsideBeat:
        self.wishes.append(wish)
        return BEAT

    def close(self) -> None:
        self.is_open = False


class Session:
    """A show and the session that it may join."""

    def __init__(self, *, is_there: bool = True) -> None:
        self.peers: list[FakePeer] = []
        self.told: list[OutsideBeat | None] = []
        self.said: list[str] = []
        self.beat = BeatView()
        self.is_there = is_there
        self.link = TempoLink(self.snapshot, self.told.append, self.said.append, self.join)

    def snapshot(self) -> Snapshot:
        return Snapshot(beat=self.beat, parameters=MappingProxyType({"tempo.bar": 4}))

    def join(self, bpm: float, bar: int) -> LinkPeer:
        if not self.is_there:
            raise LinkUnavailable("Link is missing")
        self.peers.append(FakePeer())
        return cast(LinkPeer, self.peers[-1])


def test_the_show_joins_when_it_is_asked_to_and_leaves_again() -> None:
    session = Session()
    session.link.step()
    assert session.peers == []

    session.beat = BeatView(source="link", wish=90.0)
    session.link.step()
    assert (session.told, session.peers[0].wishes) == ([BEAT], [90.0])

    session.beat = BeatView()
    session.link.step()

    assert not session.peers[0].is_open
    assert session.told[-1] is None


def test_a_missing_library_is_told_once_each_time_it_is_asked_for() -> None:
    session = Session(is_there=False)
    for source in ("link", "link", "internal", "link"):
        session.beat = BeatView(source=source)
        session.link.step()

    assert session.said == ["Link is missing"] * 2
