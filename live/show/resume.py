"""From a show to where it is, and from there to a show that opens with the same picture."""

from __future__ import annotations

from core.setlist import Setlist
from live.show.plan import Opening, Plan, Planned
from live.show.playhead import Playhead
from live.show.state import Whereabouts


def whereabouts(setlist: Setlist, playhead: Playhead, plan: Plan) -> Whereabouts | None:
    """Where the show is; before the first picture, where it will be: a second crash must not lose what the first one left."""
    on_air, opening = playhead.on_air, plan.opening
    if on_air is not None:
        now = Planned(on_air.transition.spec, on_air.from_cue, on_air.to_cue)
        position, is_resting = playhead.position, playhead.is_resting
    elif opening is not None:
        now, position, is_resting = opening.planned, opening.position, opening.is_resting
    else:
        return None
    standby = plan.standby
    return Whereabouts(
        from_cue=setlist.number_of(now.from_cue),
        to_cue=setlist.number_of(now.to_cue),
        standby=setlist.number_of(standby.cue_id) if standby else 0,
        position=position,
        is_resting=is_resting,
        arrivals=plan.arrivals,
        transition=now.spec,
    )


def resume(setlist: Setlist, plan: Plan, where: Whereabouts) -> None:
    """Open where a show was. Call it before the first tick."""
    from_cue, to_cue = _cue_id(setlist, where.from_cue), _cue_id(setlist, where.to_cue)
    opening = Opening(Planned(where.transition, from_cue, to_cue), where.position, where.is_resting)
    plan.open_with(opening, where.arrivals, _cue_id(setlist, where.standby) or None)


def _cue_id(setlist: Setlist, number: int) -> int:
    """0 for a cue that is not there."""
    cues = setlist.cues
    return cues[number - 1].cue_id if 1 <= number <= len(cues) else 0
