"""The cues as the renderer sees them: an edit is believed when it has rested, as a knob is.

A prompt that is typed letter by letter, or a field that is swept 60 times a second, would otherwise start a tree for each
value, and none of them would ever be ready.
"""

from __future__ import annotations

from core.setlist import Cue, Setlist
from live.values.parameters import SETTLE_TIME


class SettledCues:
    """Thread: playback only."""

    def __init__(self, setlist: Setlist) -> None:
        self._setlist = setlist
        self._seen: tuple[Cue, ...] = ()
        self._believed: dict[int, Cue] = {}
        self._rested: dict[int, tuple[Cue, float]] = {}  # cues that are being edited, each with how long it has rested
        self.version = 0  # counts changes of what the renderer sees
        self.settle_now()

    def believed(self, cue: Cue) -> Cue:
        """The cue as it was when its last edit had rested; a new one is believed at once."""
        return self._believed.get(cue.cue_id, cue)

    def settle(self, elapsed: float) -> None:
        """Let the renderer see the edits that have rested, `elapsed` seconds later."""
        if self._setlist.cues is not self._seen:
            self._look()
        if not self._rested:
            return
        self._rested = {cue_id: (cue, rested + elapsed) for cue_id, (cue, rested) in self._rested.items()}
        for cue_id, (cue, rested) in list(self._rested.items()):
            if rested >= SETTLE_TIME:
                self._believed[cue_id] = cue
                del self._rested[cue_id]
                self.version += 1

    def settle_now(self) -> None:
        """Let the renderer see everything: a hand that goes means what is there now."""
        self._seen = self._setlist.cues
        self._believed = {cue.cue_id: cue for cue in self._seen}
        self._rested = {}
        self.version += 1

    def _look(self) -> None:
        """Take notice of an edit; what is edited again begins to rest again, and what is as it was needs none."""
        self._seen = self._setlist.cues
        self._believed = {cue.cue_id: self._believed.get(cue.cue_id, cue) for cue in self._seen}
        rested, self._rested = self._rested, {}
        for cue in self._seen:
            if cue is self._believed[cue.cue_id]:
                continue
            before = rested.get(cue.cue_id)
            is_resting = before is not None and before[0] is cue
            self._rested[cue.cue_id] = before if before is not None and is_resting else (cue, 0.0)
