"""Keeps the show in a Link session for as long as tempo.source says so, and tells playback the beat of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from controllers.ableton_link import LinkPeer, LinkUnavailable
from core.control.beat import OutsideBeat
from core.control.snapshot import Snapshot
from live.values.tempo import LINK

INTERVAL = 0.05  # s; a tempo that another program sets is heard so late, which is less than a beat can tell


class TempoLink:
    """Thread: loop only.

    Args:
        put: takes the beat of the session, None outside of one.
        announce: takes what the operator must hear.
    """

    def __init__(
        self,
        snapshot: Callable[[], Snapshot],
        put: Callable[[OutsideBeat | None], None],
        announce: Callable[[str], None],
        join: Callable[[float, int], LinkPeer] = LinkPeer,
    ) -> None:
        self._snapshot = snapshot
        self._put = put
        self._announce = announce
        self._join = join
        self._peer: LinkPeer | None = None
        self._is_refused = False

    async def run(self) -> None:
        """Follow the switch until cancelled."""
        try:
            while True:
                self.step()
                await asyncio.sleep(INTERVAL)
        finally:
            self._leave()

    def step(self) -> None:
        snapshot = self._snapshot()
        if snapshot.beat.source != LINK:
            self._leave()
            self._is_refused = False
            return
        if self._peer is None and not self._is_refused:
            self._try_to_join(snapshot)
        if self._peer is not None:
            self._put(self._peer.poll(snapshot.beat.wish))

    def _try_to_join(self, snapshot: Snapshot) -> None:
        try:
            self._peer = self._join(snapshot.beat.bpm, int(snapshot.parameters["tempo.bar"]))
        except LinkUnavailable as error:
            self._is_refused = True
            self._announce(str(error))

    def _leave(self) -> None:
        if self._peer is not None:
            self._peer.close()
            self._peer = None
            self._put(None)
