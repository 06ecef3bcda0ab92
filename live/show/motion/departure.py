"""Whether the show is to leave for its next cue: because a hand has asked for it and that has not come, or by autopilot.

That it is to leave does not say that it can: what comes may still be rendered.
"""

from __future__ import annotations

from core.control.cue_fields import Follow
from core.setlist import Cue, Setlist
from live.show.motion.turn import Turn
from live.show.plan import Plan
from live.show.playhead import Playhead
from live.values.parameters import LiveParameters

WAITING_FOLLOWS = frozenset({Follow.HOLD, Follow.LOOP, Follow.DRIFT})  # autopilot waits for GO on these


class Departure:
    """Thread: playback only.

    Args:
        turn: begun by a GO in mid-transition.
    """

    def __init__(
        self, setlist: Setlist, parameters: LiveParameters, playhead: Playhead, plan: Plan, turn: Turn
    ) -> None:
        self._setlist = setlist
        self._parameters = parameters
        self._playhead = playhead
        self._plan = plan
        self._turn = turn

    @property
    def is_wanted(self) -> bool:
        """Whether the next transition is to start from where the picture rests."""
        return self.leaves(self._setlist.get(self._playhead.current_cue))

    def leaves(self, cue: Cue | None) -> bool:
        """The same, given the cue on air."""
        standing = self._playhead.standing
        if standing.edited_cue is not None:
            return True
        is_asked = standing.is_go_pending or (self._parameters.values["setlist.auto"] and not self._waits(cue))
        return bool(is_asked) and self._plan.standby is not None

    @property
    def is_under_way(self) -> bool:
        """On the way to a leaf where another transition begins, or hurrying to the end."""
        standing = self._playhead.standing
        return (standing.is_go_pending or standing.edited_cue is not None) and not standing.state.is_at_cue

    def ask_go(self) -> None:
        """Go to the standby cue as soon as that can be."""
        self._playhead.ask_go()
        self._turn.begin()
        self._plan.retry_next()

    def ask_cut(self) -> None:
        """Show the standby cue as soon as its picture is there."""
        self._playhead.ask_cut()
        self._plan.retry_next()

    def forget(self) -> None:
        """Stay, or go on, as if no hand had asked and no cue had been edited."""
        self._playhead.forget_asked()

    def _waits(self, cue: Cue | None) -> bool:
        """Whether autopilot stays at this cue: it waits for GO, or has not had its hold yet."""
        return cue is not None and (cue.follow in WAITING_FOLLOWS or self._playhead.rested < (cue.hold or 0.0))
