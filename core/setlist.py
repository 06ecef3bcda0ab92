"""The ordered cues of a show with the presets beside them, and what was edited. Pure: no time, no rendering; places count from 1
as on every surface.

Every edit can be taken back: what was there before it is kept whole, which costs a list of references and no copies.
"""

from __future__ import annotations

import random
import zlib
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields, replace
from operator import attrgetter

from core.control.commands import ById, ByName, ByNumber, CueDraft, CueRef, PictureUse
from core.control.cue_fields import CUE_FIELDS, MAX_CUES, MAX_SEED
from core.control.domain import Value, shorten
from core.control.errors import CommandRefused, InvalidValue, UnknownName
from core.control.preset import Preset, PresetRef
from core.presets import Look, Presets, check_presets
from core.spelling import spell

UNDO_DEPTH = 100  # edits; a setlist of 999 cues then keeps 0.8 MB of references
_CLEARED = {field.name: field.default for field in fields(CueDraft)}
_values_of = attrgetter(*_CLEARED)  # a loaded setlist of 999 cues is taken in within a tick
_LENGTHS = frozenset({"duration", "beats"})  # of two ways to say how long, the last one said counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Cue(CueDraft):
    """One prompt with its settings and an identity that survives moves and edits; its seed is always set."""

    cue_id: int
    seed: int


@dataclass(frozen=True, slots=True)
class _Edit:
    """An edit that can be taken back: what it did, in words, and what there is on its other side."""

    words: str
    cues: tuple[Cue, ...]
    presets: Presets


class Setlist:
    """Cues in order and presets, with the edits that led here.

    Raises:
        InvalidValue: two presets share a number or a name.
    """

    def __init__(self, drafts: Iterable[CueDraft] = (), presets: Iterable[Preset] = ()) -> None:
        self._cues: tuple[Cue, ...] = ()
        self._presets = check_presets(presets)
        self._places: dict[int, int] = {}  # index by identity: `after` is asked many times a frame
        self._before: dict[
            int, int | None
        ] = {}  # of removed cues: the one before it, so that `after` still has an answer
        self._next_id = 1
        self._undo: deque[_Edit] = deque(maxlen=UNDO_DEPTH)
        self._redo: list[_Edit] = []
        self._edit_count = 0
        self._adopt(tuple(self._new_cue(draft) for draft in drafts))  # what is there at the start is no edit

    @property
    def cues(self) -> tuple[Cue, ...]:
        return self._cues

    @property
    def presets(self) -> Presets:
        return self._presets

    @property
    def undo_words(self) -> str:
        """What `undo` would take back; empty when there is nothing."""
        return self._undo[-1].words if self._undo else ""

    @property
    def redo_words(self) -> str:
        """What `redo` would do again; empty when there is nothing."""
        return self._redo[-1].words if self._redo else ""

    def __len__(self) -> int:
        return len(self._cues)

    def find(self, ref: CueRef) -> Cue:
        """Raises UnknownName when no cue has this number or identity."""
        return self._cues[self._index(ref)]

    def get(self, cue_id: int | None) -> Cue | None:
        index = None if cue_id is None else self._places.get(cue_id)
        return None if index is None else self._cues[index]

    def number_of(self, cue_id: int) -> int:
        """The place of a cue, counted from 1; 0 when it is not there."""
        return self._places.get(cue_id, -1) + 1

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

    def any_other(self, cue_id: int | None, dice: int) -> Cue | None:
        """One of the other cues, the same one for the same number; None when there is no other."""
        index = self._places.get(cue_id, len(self._cues)) if cue_id is not None else len(self._cues)
        others = len(self._cues) - (index < len(self._cues))
        if others < 1:
            return None
        choice = dice % others
        return self._cues[choice + (choice >= index)]

    def before(self, cue_id: int | None, *, loop: bool) -> Cue | None:
        """The cue in front of this one; None at the start without loop, or when this one is alone or gone."""
        index = self._places.get(cue_id) if cue_id is not None else None
        if index is None or len(self._cues) < 2 or (index == 0 and not loop):
            return None
        return self._cues[index - 1]

    # Edits

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
        cue = self._new_cue(draft)
        self._change(f"add cue {number}", (*self._cues[: number - 1], cue, *self._cues[number - 1 :]))
        return cue

    def remove(self, ref: CueRef) -> Cue:
        index = self._index(ref)
        cue = self._cues[index]
        self._change(f"remove cue {index + 1}", (*self._cues[:index], *self._cues[index + 1 :]))
        return cue

    def move(self, ref: CueRef, number: int) -> Cue:
        """Move a cue so that it ends up at place number.

        Raises:
            UnknownName: no such cue, or number is outside 1..length.
        """
        index = self._index(ref)
        if not 1 <= number <= len(self._cues):
            raise UnknownName(f"a cue can be moved to 1..{len(self._cues)}, got {number}")
        cue = self._cues[index]
        others = (*self._cues[:index], *self._cues[index + 1 :])
        self._change(f"move cue {index + 1}", (*others[: number - 1], cue, *others[number - 1 :]))
        return cue

    def edit(self, ref: CueRef, changes: Mapping[str, Value | None], *, is_continued: bool = False) -> Cue:
        """Change fields of a cue; None clears one. The identity stays.

        changes: legal values by the names of CUE_FIELDS.
        is_continued: the hand still moves: taken back together with the edit before.

        Raises:
            UnknownName: no such cue, no such field, or jump names a cue that is not there.
            InvalidValue: the prompt cannot be cleared.
        """
        index = self._index(ref)
        cue = self._cues[index]
        edited = replace(cue, **self._checked(cue, changes))  # type: ignore[arg-type]  # legal values, says the caller
        words = f"edit {' and '.join(changes)} of cue {index + 1}"
        cues = (*self._cues[:index], edited, *self._cues[index + 1 :])
        if is_continued and self.undo_words == words and not self._redo:
            self._adopt(cues)
        else:
            self._change(words, cues)
        return self._cues[index]

    def put_picture(self, ref: CueRef, path: str, use: PictureUse) -> Cue:
        """Put an image file on a cue; empty takes the one that is there away."""
        return self.edit(ref, {use: path})

    def clear_except(self, cue_id: int | None) -> None:
        self._change("clear the setlist", tuple(cue for cue in self._cues if cue.cue_id == cue_id))

    def shuffle(self) -> None:
        """Another order, the same one whenever the same edits are made again: a replay must see the same show."""
        cues = list(self._cues)
        random.Random(self._edit_count).shuffle(cues)  # noqa: S311 - an order of pictures, no secret
        self._change("shuffle the setlist", tuple(cues))

    def replace_all(self, drafts: Iterable[CueDraft], words: str, presets: Iterable[Preset] | None = None) -> None:
        """Other cues in the place of all there are, and other presets, if given.

        Raises:
            CommandRefused: there are too many cues.
            InvalidValue: two presets share a number or a name.
        """
        wanted = tuple(drafts)
        if len(wanted) > MAX_CUES:
            raise CommandRefused(f"a setlist holds {MAX_CUES} cues, got {len(wanted)}")
        kept = self._presets if presets is None else check_presets(presets)
        self._remember(words)
        self._presets = kept
        self._adopt(tuple(self._new_cue(draft) for draft in wanted))

    # Edits of the presets; errors as in Presets

    def save_preset(self, ref: PresetRef, look: Look) -> Preset:
        """Keep a look under this number or name, over the one that is there; the same look once more is no edit."""
        is_new = self._presets.get(ref) is None
        presets, preset = self._presets.saved(ref, look)
        if presets != self._presets:
            self._change_presets(f"{'save' if is_new else 'save over'} preset {preset.number} {preset.name}", presets)
        return preset

    def rename_preset(self, ref: PresetRef, name: str) -> None:
        presets = self._presets.renamed(ref, name)
        self._change_presets(f"rename preset {self._presets.find(ref).number}", presets)

    def delete_preset(self, ref: PresetRef) -> None:
        gone = self._presets.find(ref)
        self._change_presets(f"delete preset {gone.number} {gone.name}", self._presets.without(ref))

    # Back and forth

    def undo(self) -> None:
        """Raises CommandRefused when no edit is left to take back."""
        if not self._undo:
            raise CommandRefused("nothing to undo: neither the setlist nor a preset has been edited")
        edit = self._undo.pop()
        self._redo.append(self._now(edit.words))
        self._go_to(edit)

    def redo(self) -> None:
        """Raises CommandRefused when no edit has been taken back, or another one was made since."""
        if not self._redo:
            raise CommandRefused("nothing to redo: no edit has been taken back since the last one was made")
        edit = self._redo.pop()
        self._undo.append(self._now(edit.words))
        self._go_to(edit)

    def _new_cue(self, draft: CueDraft) -> Cue:
        values = dict(zip(_CLEARED, _values_of(draft), strict=True))
        values["seed"] = draft.seed if draft.seed is not None else seed_for(draft.prompt)
        cue = Cue(**values, cue_id=self._next_id)
        self._next_id += 1
        return cue

    def _checked(self, cue: Cue, changes: Mapping[str, Value | None]) -> dict[str, object]:
        """The changes as replace takes them."""
        values: dict[str, object] = {
            CUE_FIELDS[name].name: _CLEARED[name] if value is None else value for name, value in changes.items()
        }
        if changes.get("prompt", "") is None:
            raise InvalidValue("the prompt of a cue cannot be cleared: remove the cue instead")
        if changes.get("seed", 0) is None:
            values["seed"] = seed_for(str(values.get("prompt", cue.prompt)))
        jump = values.get("jump")
        if isinstance(jump, int):
            self._index(ByNumber(jump))
        set_lengths = [name for name in changes if name in _LENGTHS and changes[name] is not None]
        if set_lengths:
            values.update({name: None for name in _LENGTHS if name != set_lengths[-1]})
        return values

    def _change(self, words: str, cues: tuple[Cue, ...]) -> None:
        self._remember(words)
        self._adopt(_renumbered(self._cues, cues))

    def _change_presets(self, words: str, presets: Presets) -> None:
        self._remember(words)
        self._presets = presets

    def _now(self, words: str) -> _Edit:
        return _Edit(words, self._cues, self._presets)

    def _go_to(self, edit: _Edit) -> None:
        self._presets = edit.presets
        self._adopt(edit.cues)

    def _remember(self, words: str) -> None:
        self._undo.append(self._now(words))
        self._redo.clear()
        self._edit_count += 1

    def _adopt(self, cues: tuple[Cue, ...]) -> None:
        places = {cue.cue_id: index for index, cue in enumerate(cues)}
        previous: int | None = None
        for cue in self._cues:
            if cue.cue_id not in places:
                self._before[cue.cue_id] = previous
            previous = cue.cue_id
        for cue_id in places:
            self._before.pop(cue_id, None)
        if len(self._before) > MAX_CUES:  # the newest; deleting from the front of a dict takes ever longer
            self._before = dict(list(self._before.items())[-MAX_CUES:])
        self._cues, self._places = cues, places

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
                    if spell(cue.name or cue.prompt) == wanted:
                        return index
                raise UnknownName(
                    f"no cue is called {shorten(wanted)}; a cue without a name is called what its prompt says"
                )


def seed_for(prompt: str) -> int:
    """The seed of a cue that was given none: the same prompt gives the same picture on every machine."""
    return zlib.crc32(prompt.encode()) & MAX_SEED


def _renumbered(old: tuple[Cue, ...], new: tuple[Cue, ...]) -> tuple[Cue, ...]:
    """New cues whose jumps lead to the same cues as before; a jump to a cue that is gone is cleared."""
    if [cue.cue_id for cue in old] == [cue.cue_id for cue in new]:
        return new
    numbers = {cue.cue_id: number for number, cue in enumerate(new, start=1)}
    known = {cue.cue_id for cue in old}
    return tuple(
        replace(cue, jump=numbers.get(old[cue.jump - 1].cue_id) if cue.jump <= len(old) else None)
        if cue.jump is not None and cue.cue_id in known
        else cue
        for cue in new
    )
