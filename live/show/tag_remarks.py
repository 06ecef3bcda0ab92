"""Tells of prompts with tags of other programs, once for each cue and again when its tags change."""

from __future__ import annotations

from core.prompt_tags import in_words, tags_of
from core.setlist import Setlist
from live.show.settled_cues import SettledCues


class TagRemarks:
    """Thread: playback only."""

    def __init__(self, setlist: Setlist, cues: SettledCues) -> None:
        self._setlist = setlist
        self._cues = cues
        self._seen: tuple[object, int] = ((), -1)
        self._known: dict[int, tuple[str, ...]] = {}

    def new(self) -> str:
        """What to tell since the last time; empty when there is nothing."""
        if self._setlist.cues is self._seen[0] and self._cues.version == self._seen[1]:
            return ""
        self._seen = self._setlist.cues, self._cues.version
        tags = {cue.cue_id: tags_of(self._cues.believed(cue)) for cue in self._setlist.cues}
        tagged = [
            (number, found)
            for number, (cue_id, found) in enumerate(tags.items(), start=1)
            if found and found != self._known.get(cue_id)
        ]
        self._known = tags
        return in_words(tagged) if tagged else ""
