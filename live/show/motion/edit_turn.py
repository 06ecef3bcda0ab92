"""An edit of the cue that is being approached: the picture turns to it, as by GO, and no hand has to press anything.

What is edited at rest waits until its cue comes again; what is edited on the way is always seen. The edit counts when it has
rested; while it is made the way goes on as it was.
"""

from __future__ import annotations

from collections.abc import Callable

from core.setlist import Cue, Setlist
from live.show.machine import State
from live.show.motion.departure import Departure
from live.show.motion.swing import Swing
from live.show.motion.timing import Timing
from live.show.motion.turn import Turn
from live.show.plan import Plan
from live.show.playhead import OnAir, Playhead
from live.show.specs import Specs


class EditOnTheWay:
    """Thread: playback only.

    Args:
        remark: tells everybody.
    """

    def __init__(
        self,
        setlist: Setlist,
        playhead: Playhead,
        plan: Plan,
        specs: Specs,
        *,
        timing: Timing,
        departure: Departure,
        turn: Turn,
        swing: Swing,
        remark: Callable[[str], None],
    ) -> None:
        self._setlist = setlist
        self._playhead = playhead
        self._plan = plan
        self._specs = specs
        self._timing = timing
        self._departure = departure
        self._turn = turn
        self._swing = swing
        self._remark = remark
        self._edited: OnAir | None = None  # the way on which the edit came; also when it has arrived meanwhile
        self._given_up: tuple[OnAir, object] | None = None  # what cannot be rendered from there

    def follow(self, speed: float) -> None:
        """Turn to the cue that is approached when that was edited; stay on the way when the edit is taken back. Once a tick.

        speed: of the tape; a hand that has asked for something, or holds the playhead, and a tape that runs back count for more.
        """
        standing, on_air = self._playhead.standing, self._playhead.on_air
        if standing.edited_cue is not None and self._plan.next_has_failed():
            self._give_up()
        cue = None if on_air is None else self._setlist.get(on_air.to_cue)
        if on_air is None or cue is None or cue is on_air.cue:
            edited = self._edited = None  # the usual case
        else:
            edited = self._watch(on_air, cue)
        if edited is None and standing.edited_cue is None:
            return
        is_in_hand = standing.is_pending or standing.state is State.IN_HAND
        wanted = None if is_in_hand or speed < 0 else edited
        if wanted != standing.edited_cue:
            self._turn_to(wanted, speed)

    def _turn_to(self, edited: int | None, speed: float) -> None:
        on_air = self._playhead.on_air
        assert on_air is not None, "there is no way before the first picture"
        if edited is None:
            if self._departure.is_under_way:
                self._swing.start_again()
            self._playhead.keep_on()
            return
        self._swing.stop()  # the leaf is aimed at from where the picture is
        self._playhead.ask_edit(edited)
        self._turn.begin_to_edit(speed / self._timing.of(on_air.to_cue).seconds)

    def _watch(self, on_air: OnAir, cue: Cue) -> int | None:
        """The cue to which the way must turn: the one that it leads to, when that looks otherwise by now."""
        plan, specs = self._plan, self._specs
        if on_air.cue is None or self._playhead.rests_at_start or specs.look_of(cue) == specs.look_of(on_air.cue):
            self._edited = None
            return None
        if not self._playhead.is_resting:
            self._edited = on_air
        look = specs.look_of(cue)
        is_at_rest = look == specs.look_of(plan.cues.believed(cue))
        if self._edited is not on_air or not is_at_rest or self._given_up == (on_air, look):
            return None
        return cue.cue_id

    def _give_up(self) -> None:
        """Stay on the way: the edited cue cannot be rendered from there."""
        on_air = self._playhead.on_air
        cue = None if on_air is None else self._setlist.get(on_air.to_cue)
        if on_air is None or cue is None:
            return
        self._given_up = (on_air, self._specs.look_of(cue))
        number = self._setlist.number_of(cue.cue_id)
        self._remark(f"the edit of cue {number} is seen when it comes the next time: it cannot be rendered from here")
