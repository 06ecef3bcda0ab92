"""What is likely to be on air, and when: which transitions the renderer is to make, soonest first, and until when."""

from __future__ import annotations

import math

from live.rendering.deadlines import URGENT_COUNT
from live.rendering.lookahead import Schedule
from live.show.machine import State
from live.show.motion.drift import Drift
from live.show.motion.timing import Timing
from live.show.outlook import Ahead
from live.show.plan import Plan, Planned
from live.show.playhead import OnAir, Playhead
from live.values.parameters import LiveParameters

SLOWEST_PLANNED = 0.1  # a show that stands still may run on in the next moment


class Forecast:
    """Thread: playback only."""

    def __init__(
        self, parameters: LiveParameters, *, playhead: Playhead, plan: Plan, drift: Drift, timing: Timing
    ) -> None:
        self._parameters = parameters
        self._playhead = playhead
        self._plan = plan
        self._drift = drift
        self._timing = timing
        self._ahead = Ahead()
        self._ahead_for: tuple[object, ...] = ()

    def ahead(self) -> Ahead:
        """What the renderer is to make, soonest first: what is on air, what comes next, what drifts, and what comes then."""
        on_air, chain, wanders = self._playhead.on_air, self._plan.chain(), self._drift.planned()
        key = (on_air, chain, wanders, self._playhead.kept)
        if key != self._ahead_for:
            now = [] if on_air is None else [Planned(on_air.transition.spec, on_air.from_cue, on_air.to_cue)]
            planned = (*now, *chain[:1], *wanders, *chain[1:])
            specs = tuple(each.spec for each in planned)
            self._ahead_for = key
            self._ahead = Ahead(planned, URGENT_COUNT + bool(wanders), self._playhead.kept, chain, specs)
        return self._ahead

    def schedule(self, shown_position: float) -> Schedule:
        """When what is wanted will be on air, as far as one can tell.

        shown_position: of the picture in the transition on air, 0..1.
        """
        on_air = self._playhead.on_air
        if on_air is None:
            return Schedule()
        rate = max(self._parameters.number("transition.speed"), SLOWEST_PLANNED)
        left = self._seconds_left(on_air, rate)
        dues = [0.0]
        for index, planned in enumerate(self._plan.chain()):
            dues.append(dues[-1] + left)
            left = self._timing.of(planned.to_cue).seconds / rate
            if index == 0:
                dues += [dues[-1]] * len(self._drift.planned())  # a wander may begin when the next could
        seconds_on_air = math.inf if self._stays or len(dues) == 1 else dues[1]
        return Schedule(tuple(dues), seconds_on_air, on_air.transition.segment.place_at(shown_position))

    @property
    def _stays(self) -> bool:
        """Whether nothing is on its way to the end of the transition on air."""
        playhead, parameters = self._playhead, self._parameters
        is_stopped = parameters.is_on("hold") or parameters.number("transition.speed") <= 0
        return playhead.is_resting or playhead.state is State.IN_HAND or is_stopped

    def _seconds_left(self, on_air: OnAir, rate: float) -> float:
        """Until the next transition can start. rate: above 0, 1 is as fast as the cues say."""
        if self._playhead.is_resting or self._playhead.standing.leaf is not None:
            return 0.0
        return (1 - self._playhead.position) * (self._timing.of(on_air.to_cue).seconds / rate)
