"""From a show to where it is, and from there to a show that opens with the same picture."""

from __future__ import annotations

from core.setlist import Cue, Setlist
from live.show.plan import Opening, Plan, Planned
from live.show.playhead import Playhead
from live.show.state import Whereabouts


class Bearings:
    """Tells where a show is by the numbers of its cues, which are looked up only when they may have changed."""

    def __init__(self, setlist: Setlist, playhead: Playhead, plan: Plan) -> None:
        self._setlist = setlist
        self._playhead = playhead
        self._plan = plan
        self._numbers = (0, 0, 0)  # of the cue where it comes from, of that where it goes to, and of the standby cue
        self._numbered: tuple[object, ...] = ()

    def take(self, standby: Cue | None) -> Whereabouts | None:
        """Where the show is; before the first picture, where it will be: a second crash must not lose what the first one left."""
        playhead, on_air, opening = self._playhead, self._playhead.on_air, self._plan.opening
        if on_air is not None:
            spec, from_cue, to_cue = on_air.transition.spec, on_air.from_cue, on_air.to_cue
            position, is_resting = playhead.position, playhead.standing.state.is_at_cue
        elif opening is not None:
            spec, from_cue, to_cue = opening.planned.spec, opening.planned.from_cue, opening.planned.to_cue
            position, is_resting = opening.position, opening.is_resting
        else:
            return None
        numbers = self._number(from_cue, to_cue, standby)
        return Whereabouts(*numbers, position, is_resting, self._plan.arrivals, spec)

    def _number(self, from_cue: int, to_cue: int, standby: Cue | None) -> tuple[int, int, int]:
        asked = (self._setlist.cues, from_cue, to_cue, standby)
        if asked != self._numbered:
            self._numbered, number_of = asked, self._setlist.number_of
            self._numbers = number_of(from_cue), number_of(to_cue), number_of(standby.cue_id) if standby else 0
        return self._numbers


def resume(setlist: Setlist, plan: Plan, where: Whereabouts) -> None:
    """Open where a show was. Call it before the first tick."""
    from_cue, to_cue = _cue_id(setlist, where.from_cue), _cue_id(setlist, where.to_cue)
    opening = Opening(Planned(where.transition, from_cue, to_cue), where.position, where.is_resting)
    plan.open_with(opening, where.arrivals, _cue_id(setlist, where.standby) or None)


def _cue_id(setlist: Setlist, number: int) -> int:
    """0 for a cue that is not there."""
    cues = setlist.cues
    return cues[number - 1].cue_id if 1 <= number <= len(cues) else 0
