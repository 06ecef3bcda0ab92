"""GO in mid-transition: the playhead leaves for the standby cue from a leaf on its way, where a new tree is grafted.

The leaf is painted, ahead, and so far that the new tree is there when the playhead is. So the picture at the start of the
new tree is the picture on screen, to the pixel, and until then the old one keeps moving: slower as long as the new one is late.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from core.tree.spec import GRAFT_LIMIT
from live.curve import moment_of
from live.landing import Grid
from live.parameters import LiveParameters
from live.plan import Plan
from live.playhead import Playhead
from live.render_speed import RenderSpeed

SLOWEST_GLIDE = 8.0  # seconds for a whole transition: a slower one is left at this pace, or GO would seem to do nothing
LATE_GLIDE = (
    0.5  # seconds: a tree that is late is waited for at a pace that would take so long for what is left of the way
)
HURRY_SECONDS = 1.0  # where no graft is possible: the rest of the transition takes no longer than this
ROUNDING = 1e-9  # of positions


class Turn:
    """Thread: playback only.

    Args:
        remark: tells everybody.
    """

    def __init__(
        self,
        playhead: Playhead,
        plan: Plan,
        parameters: LiveParameters,
        speed: RenderSpeed,
        remark: Callable[[str], None],
        grid: Grid,
    ) -> None:
        self._playhead = playhead
        self._plan = plan
        self._parameters = parameters
        self._speed = speed
        self._remark = remark
        self._grid = grid
        self._is_aimed = False  # also when the transition ends before the new tree could be there

    def begin(self) -> None:
        """A hand wants to leave now; nothing has to be done at rest."""
        self.forget()
        on_air = self._playhead.on_air
        if on_air is None or self._playhead.is_resting:
            return
        if self._parameters.values["go.mode"] == "finish":
            self._playhead.is_hurrying = True
        elif on_air.transition.spec.left.graft_depth >= GRAFT_LIMIT:
            self._finish_instead(f"more than {GRAFT_LIMIT} times in a row")

    def forget(self) -> None:
        """Stay on the way that is on air."""
        self._plan.graft = None
        self._playhead.is_hurrying = self._is_aimed = False

    def run(self, elapsed: float, rate: float, curve: str) -> float | None:
        """Move the playhead on, given the rate of the transition on air; returns the time left over where the next is to start.

        rate: above 0, in transitions a second. None is returned as long as this transition goes on.
        """
        if self._playhead.is_hurrying:
            self._playhead.run(self._hurry(max(rate, 1 / HURRY_SECONDS) * elapsed, curve), curve)
            return None
        rate = max(rate, 1 / SLOWEST_GLIDE)
        if not self._is_aimed or self._is_passed():
            self._aim(rate)
        if self._plan.graft is not None and self._plan.next_has_failed():
            self._finish_instead("to a cue that cannot be rendered from there")
        if self._plan.graft is None:
            self._playhead.run(rate * elapsed, curve)
            return None
        return self._run_to(self._moment(self._plan.graft), elapsed, rate, curve)

    def _hurry(self, way: float, curve: str) -> float:
        """To the end of the transition: as far as `way`, or with a grid of beats to its next line."""
        grid, quantum = self._grid, self._grid.quantum()
        if not quantum:
            return way
        part = grid.landing.aim(0.0, 0.0, quantum, grid.tempo)
        return 1.0 if part == 1.0 else (1 - self._playhead.moment(curve)) * part

    def _run_on_the_grid(self, target: float, rate: float, curve: str, quantum: float) -> float | None:
        """To the leaf, to be there on a line of the grid at which the new tree is there too."""
        landing, tempo = self._grid.landing, self._grid.tempo
        way = max(0.0, moment_of(curve, target) - self._playhead.moment(curve))
        is_ready = self._plan.next_ready() is not None
        part = landing.aim(way / rate, 0.0 if is_ready else self._seconds_left(), quantum, tempo)
        if part < 1 or is_ready:
            self._playhead.run(way * part, curve, until=target)
        else:
            landing.forget()  # it is later than it seemed: the next line
        return 0.0 if part == 1.0 and is_ready else None

    def _run_to(self, target: float, elapsed: float, rate: float, curve: str) -> float | None:
        if quantum := self._grid.quantum():
            return self._run_on_the_grid(target, rate, curve, quantum)
        is_ready = self._plan.next_ready() is not None
        if not is_ready:
            way = moment_of(curve, target) - moment_of(curve, self._playhead.position)
            rate = approach_rate(max(0.0, way), rate, self._seconds_left())
        left_over = self._playhead.run(rate * elapsed, curve, until=target)
        return left_over / rate if is_ready and self._playhead.position >= target else None

    def _aim(self, rate: float) -> None:
        """At the first leaf that is not reached before the new tree is there; at none when the end comes first."""
        assert self._playhead.on_air is not None
        places = self._playhead.on_air.transition.segment.places
        moments = [self._moment(place) for place in places]
        reach = rate * self._speed.seconds_for(self._plan.first_round.leaf_count)
        moment = choose_moment(moments, self._playhead.position, reach)
        can_turn = moment < 1 and self._playhead.on_air.transition.spec.left.graft_depth < GRAFT_LIMIT
        self._plan.graft = places[moments.index(moment)] if can_turn else None
        self._is_aimed = True

    def _is_passed(self) -> bool:
        """Whether a hand has taken the playhead behind the leaf."""
        place = self._plan.graft
        return place is not None and self._moment(place) < self._playhead.position - ROUNDING

    def _moment(self, place: float) -> float:
        assert self._playhead.on_air is not None
        return self._playhead.on_air.transition.segment.moment_of(place)

    def _finish_instead(self, reason: str) -> None:
        self._plan.graft = None
        self._playhead.is_hurrying = True
        self._remark(f"go finishes the transition on air first: the way cannot turn in its middle {reason}")

    def _seconds_left(self) -> float:
        """Until the new tree is playable, as far as one can tell."""
        coming = self._plan.next()
        readiness = 0.0 if coming is None else coming.transition.readiness
        return (1 - readiness) * self._speed.seconds_for(self._plan.first_round.leaf_count)


def choose_moment(moments: Sequence[float], position: float, reach: float) -> float:
    """The first leaf that is at least `reach` ahead; 1, the end of the transition, when no leaf is.

    moments: where the playhead meets the leaves, rising.
    """
    return next((moment for moment in moments if moment >= position + reach and moment > position), 1.0)


def approach_rate(way: float, rate: float, seconds_left: float) -> float:
    """The pace towards a leaf that is `way` ahead, when its tree needs `seconds_left` more: to arrive with it, never before.

    It slows down as long as the tree is late, and never stops.
    """
    return min(rate, way / max(seconds_left, LATE_GLIDE))
