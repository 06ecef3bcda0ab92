"""Drift: while the show rests, the picture wanders around its cue: to a neighbour and home again, then to another.

A neighbour has the same prompt, and its noise is turned a part of the way to that of another seed; a drawn scene that it starts from
is drawn with that seed. The way there is an ordinary transition, rendered ahead. Each wander begins and ends at the picture of the cue; `WanderTurn` says whether what comes
next begins there, or at a leaf on the way.
"""

from __future__ import annotations

import zlib
from dataclasses import replace

from core.control.cue_fields import MAX_SEED, Follow
from core.setlist import Cue, Setlist
from core.tree.spec import SCENE, KeyframeSpec, Wander
from live.show.plan import Plan, Planned
from live.show.playhead import OnAir, Playhead
from live.show.specs import Specs
from live.values.parameters import LiveParameters

AHEAD = 2  # wanders that are rendered: the one on screen or next, and the one behind it
LOOSER = 2  # times the strength of a start picture: at its own strength a neighbour would hardly differ
LOOSEST = 0.9  # strength: something of the picture stays


class Drift:
    """Thread: playback only."""

    def __init__(
        self, setlist: Setlist, playhead: Playhead, plan: Plan, specs: Specs, parameters: LiveParameters
    ) -> None:
        self._setlist = setlist
        self._playhead = playhead
        self._plan = plan
        self._specs = specs
        self._parameters = parameters
        self._count = 0  # wanders that have come home
        self._coming: tuple[Planned, ...] = ()
        self._coming_for: tuple[object, ...] = ()

    def is_asked_for(self, cue: Cue | None) -> bool:
        """Whether this cue, when it is on air, drifts when nothing is to come."""
        return bool(self._parameters.values["drift"]) or (cue is not None and cue.follow == Follow.DRIFT)

    def is_for_underrun(self, cue: Cue | None) -> bool:
        """Whether it drifts when what is to come is late."""
        return self._parameters.values["underrun"] == "drift" or self.is_asked_for(cue)

    @property
    def is_ready(self) -> bool:
        """Whether a wander could begin now."""
        return self._ready() is not None

    def planned(self) -> tuple[Planned, ...]:
        """The wanders to be rendered, soonest first; the one on screen always."""
        wander, is_asked = self._playhead.wander, self.is_for_underrun(self._setlist.get(self._playhead.current_cue))
        coming = self._make_coming() if is_asked else ()
        if wander is None:
            return coming
        now = Planned(wander.transition.spec, wander.from_cue, wander.to_cue)
        return (now, *coming[1:])

    def _make_coming(self) -> tuple[Planned, ...]:
        """Those that could begin from here; made again only when something has changed that makes them."""
        home, settings = self._home(), self._specs.settings
        key = (home, self._count, self._parameters.settled_version, self._plan.first_round.rounds, settings)
        if key != self._coming_for:
            self._coming_for = key
            self._coming = () if home is None else tuple(self._make(*home, self._count + n) for n in range(AHEAD))
        return self._coming

    def move(self, elapsed: float, *, is_going: bool, period: float) -> bool:
        """Wander on, or home when it is not going any more; whether a wander is on screen.

        period: seconds out and home.
        """
        if self._playhead.wander is None:
            ready = self._ready() if is_going else None
            if ready is None:
                return False
            self._playhead.begin_wander(ready)
        self._playhead.drift(elapsed, period, is_over=not is_going)
        if self._playhead.wander is None:
            self._count += 1
        return self._playhead.wander is not None

    def _ready(self) -> OnAir | None:
        planned = next(iter(self.planned()), None)
        transition = None if planned is None else self._plan.find(planned.spec)
        if planned is None or transition is None or not transition.is_playable:
            return None
        return OnAir(transition, planned.from_cue, planned.to_cue)

    def _home(self) -> tuple[int, KeyframeSpec] | None:
        """Where the show rests, or will when the transition on air is over."""
        on_air = self._playhead.on_air
        if on_air is None:
            return None
        spec = on_air.transition.spec
        at_start = self._playhead.rests_at_start
        cue, keyframe = (on_air.from_cue, spec.left) if at_start else (on_air.to_cue, spec.right)
        return None if keyframe.graft is not None else (cue, keyframe)

    def _make(self, cue: int, home: KeyframeSpec, number: int) -> Planned:
        seed = zlib.crc32(f"{home.seed} drift {number}".encode()) & MAX_SEED
        return Planned(self._specs.wander(home, self._neighbour(home, seed)), cue, cue)

    def _neighbour(self, home: KeyframeSpec, seed: int) -> KeyframeSpec:
        start = home.start
        if start is not None and start.source != SCENE:  # a scene is drawn anew for a neighbour
            start = replace(start, strength=max(start.strength, min(LOOSER * start.strength, LOOSEST)))
        return replace(home, start=start, wander=Wander(seed, float(self._parameters.settled("wander"))))
