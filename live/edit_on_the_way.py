"""An edit of the cue that is being approached: the picture turns to it, as by GO, and no hand has to press anything.

What is edited at rest waits until its cue comes again; what is edited on the way is always seen. The edit counts when it has
rested; while it is made the way goes on as it was.
"""

from __future__ import annotations

from collections.abc import Callable

from core.setlist import Setlist
from live.plan import Plan
from live.playhead import OnAir, Playhead


class EditOnTheWay:
    """Thread: playback only.

    Args:
        remark: tells everybody.
    """

    def __init__(self, setlist: Setlist, playhead: Playhead, plan: Plan, remark: Callable[[str], None]) -> None:
        self._setlist = setlist
        self._playhead = playhead
        self._plan = plan
        self._remark = remark
        self._edited: OnAir | None = None  # the way on which the edit came; also when it has arrived meanwhile
        self._given_up: tuple[OnAir, object] | None = None  # what cannot be rendered from there

    def watch(self) -> int | None:
        """The cue to which the way must turn: the one that it leads to, when that looks otherwise by now. Once a tick."""
        on_air, plan = self._playhead.on_air, self._plan
        cue = None if on_air is None else self._setlist.get(on_air.to_cue)
        if on_air is None or cue is None or not self._is_edited(on_air):
            self._edited = None
            return None
        if not self._playhead.is_resting:
            self._edited = on_air
        look = plan.look_of(cue)
        is_at_rest = look == plan.look_of(plan.cues.believed(cue))
        if self._edited is not on_air or not is_at_rest or self._given_up == (on_air, look):
            return None
        return cue.cue_id

    def give_up(self) -> None:
        """Stay on the way: the edited cue cannot be rendered from there."""
        on_air = self._playhead.on_air
        cue = None if on_air is None else self._setlist.get(on_air.to_cue)
        if on_air is None or cue is None:
            return
        self._given_up = (on_air, self._plan.look_of(cue))
        number = self._setlist.number_of(cue.cue_id)
        self._remark(f"the edit of cue {number} is seen when it comes the next time: it cannot be rendered from here")

    def _is_edited(self, on_air: OnAir) -> bool:
        cue, before = self._setlist.get(on_air.to_cue), on_air.cue
        if cue is None or before is None or cue is before or self._playhead.rests_at_start:
            return False
        return self._plan.look_of(cue) != self._plan.look_of(before)
