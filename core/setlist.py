"""The ordered cues of a show. Pure: no time, no rendering; places count from 1 as on every surface."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, fields, replace
from functools import lru_cache

from core.control.actions import MAX_CUES, MAX_SEED
from core.control.commands import ById, ByName, ByNumber, CueDraft, CueRef, EditCue
from core.control.domain import shorten
from core.control.errors import CommandRefused, UnknownName

EDITED = tuple(field.name for field in fields(EditCue) if field.name != "cue")


@dataclass(frozen=True, slots=True)
class Cue:
    """One prompt with its seed and settings; duration None takes transition.duration."""

    cue_id: int
    prompt: str
    negative: str
    seed: int
    duration: float | None
    picture: str = ""
    strength: float | None = None


class Setlist:
    """Cues in order, each with an identity that survives moves and edits."""

    def __init__(self) -> None:
        self._cues: list[Cue] = []
        self._places: dict[int, int] = {}  # index by identity: `after` is asked many times a frame
        self._before: dict[
            int, int | None
        ] = {}  # of removed cues: the one before it, so that `after` still has an answer
        self._next_id = 1

    @property
    def cues(self) -> tuple[Cue, ...]:
        return tuple(self._cues)

    def __len__(self) -> int:
        return len(self._cues)

    def find(self, ref: CueRef) -> Cue:
        """Raises UnknownName when no cue has this number or identity."""
        return self._cues[self._index(ref)]

    def get(self, cue_id: int | None) -> Cue | None:
        index = None if cue_id is None else self._places.get(cue_id)
        return None if index is None else self._cues[index]

    def after(self, cue_id: int | None, *, loop: bool) -> Cue | None:
        """The cue that follows, also one that has been removed; None at the end without loop, or when alone.

        The first cue follows None.
        """
        place = self._places
        is_removed = cue_id not in place
        while cue_id is not None and cue_id not in place:
            cue_id = self._before.get(cue_id)
        index = -1 if cue_id is None else place[cue_id]
        if index + 1 < len(self._cues):
            return self._cues[index + 1]
        return self._cues[0] if loop and len(self._cues) > (0 if is_removed else 1) else None

    def append(self, draft: CueDraft) -> Cue:
        return self.insert(len(self._cues) + 1, draft)

    def insert(self, number: int, draft: CueDraft) -> Cue:
        """Put a new cue at place number, in 1..length + 1.

        Raises:
            UnknownName: number is outside that range.
            CommandRefused: the setlist is full.
        """
        if not 1 <= number <= len(self._cues) + 1:
            raise UnknownName(f"a cue can be inserted at 1..{len(self._cues) + 1}, got {number}")
        if len(self._cues) >= MAX_CUES:
            raise CommandRefused(f"the setlist is full: {MAX_CUES} cues; remove one first")
        seed = draft.seed if draft.seed is not None else seed_for(draft.prompt)
        cue = Cue(self._next_id, draft.prompt, draft.negative, seed, draft.duration, draft.picture, draft.strength)
        self._next_id += 1
        self._cues.insert(number - 1, cue)
        self._reindex()
        return cue

    def remove(self, ref: CueRef) -> Cue:
        index = self._index(ref)
        cue = self._cues.pop(index)
        self._before[cue.cue_id] = self._cues[index - 1].cue_id if index else None
        while len(self._before) > MAX_CUES:
            del self._before[next(iter(self._before))]
        self._reindex()
        return cue

    def move(self, ref: CueRef, number: int) -> Cue:
        """Move a cue so that it ends up at place number.

        Raises:
            UnknownName: no such cue, or number is outside 1..length.
        """
        index = self._index(ref)
        if not 1 <= number <= len(self._cues):
            raise UnknownName(f"a cue can be moved to 1..{len(self._cues)}, got {number}")
        cue = self._cues.pop(index)
        self._cues.insert(number - 1, cue)
        self._reindex()
        return cue

    def edit(self, ref: CueRef, edit: EditCue) -> Cue:
        """Change the fields that the edit names, whichever cue it means; the identity stays."""
        index = self._index(ref)
        changes = {name: value for name in EDITED if (value := getattr(edit, name)) is not None}
        edited = replace(self._cues[index], **changes)
        self._cues[index] = edited
        return edited

    def put_picture(self, ref: CueRef, path: str) -> Cue:
        """Let a cue start from the image file there; empty takes its picture away."""
        index = self._index(ref)
        self._cues[index] = replace(self._cues[index], picture=path)
        return self._cues[index]

    def clear_except(self, cue_id: int | None) -> None:
        for cue in self.cues:
            if cue.cue_id != cue_id:
                self.remove(ById(cue.cue_id))

    def _reindex(self) -> None:
        self._places = {cue.cue_id: index for index, cue in enumerate(self._cues)}

    def _index(self, ref: CueRef) -> int:
        match ref:
            case ByNumber(number):
                if 1 <= number <= len(self._cues):
                    return number - 1
                raise UnknownName(f"there is no cue {number}; the setlist has {len(self._cues)}")
            case ById(cue_id):
                if cue_id in self._places:
                    return self._places[cue_id]
                raise UnknownName("that cue is not in the setlist any more")
            case ByName(name):
                wanted = spell(name)
                for index, cue in enumerate(self._cues):
                    if spell(cue.prompt) == wanted:
                        return index
                raise UnknownName(f"no cue is called {shorten(wanted)}; a cue is called what its prompt says")


@lru_cache(maxsize=2 * MAX_CUES)  # a name is looked for among all cues, inside a tick
def spell(text: str) -> str:
    """A name as it stands in an address, where spaces and most signs may not be: "Gold mandala!" is gold_mandala."""
    return re.sub(r"\W+", "_", text.casefold()).strip("_")


def seed_for(prompt: str) -> int:
    """The seed of a cue that was given none: the same prompt gives the same picture on every machine."""
    return zlib.crc32(prompt.encode()) & MAX_SEED
