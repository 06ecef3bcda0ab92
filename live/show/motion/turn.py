"""GO or an edit in mid-transition: the playhead leaves for a cue from a leaf on its way, where a new tree is grafted.

The leaf is painted, ahead, and so far that the new tree is there when the playhead is. So the picture at the start of the
new tree is the picture on screen, to the pixel, and until then the old one keeps moving: slower as long as the new one is late.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from core.tree.spec import GRAFT_LIMIT, Graft
from live.show.curve import moment_of
from live.show.machine import State
from live.show.motion.approach import Approach
from live.show.motion.beat_landing import Grid
from live.show.plan import Plan
from live.show.playhead import Playhead
from live.values.parameters import LiveParameters

SLOWEST_GLIDE = 8.0  # seconds for a whole transition: a slower one is left at this pace, or GO would seem to do nothing
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
        approach: Approach,
        remark: Callable[[str], None],
        grid: Grid,
    ) -> None:
        self._playhead = playhead
        self._plan = plan
        self._parameters = parameters
        self._approach = approach
        self._remark = remark
        self._grid = grid
        self._aimed_for: object = None  # what the cue looks like to which it turns

    def begin(self) -> None:
        """After GO: finish the transition on air first where it cannot turn, or is not to."""
        on_air = self._playhead.on_air
        if on_air is None or self._playhead.state is not State.TURNING:
            return
        if self._parameters.values["go.mode"] == "finish":
            self._playhead.finish()
        elif on_air.transition.spec.left.graft_depth >= GRAFT_LIMIT:
            self._finish_instead(f"more than {GRAFT_LIMIT} times in a row")

    def begin_to_edit(self, rate: float) -> None:
        """After an edit of the cue that is approached: turn to it, or go on from the end.

        rate: of the transition on air, in transitions a second.
        """
        if self._playhead.state is State.EDITING and self._parameters.values["go.mode"] != "finish":
            self._aim(rate)

    def run(self, elapsed: float, rate: float, curve: str) -> float | None:
        """Move the playhead on, given the rate of the transition on air; returns the time left over where the next is to start.

        rate: above 0, in transitions a second. None is returned as long as this transition goes on.
        """
        playhead = self._playhead
        if playhead.state is State.FINISHING:
            playhead.run(self._hurry(max(rate, 1 / HURRY_SECONDS) * elapsed, curve), curve)
            return None
        if playhead.state is State.TURNING:
            rate = max(rate, 1 / SLOWEST_GLIDE)
        if not playhead.standing.is_aimed or self._is_passed() or self._aimed_for != self._plan.target_look:
            self._aim(rate)
        if playhead.standing.leaf is not None and self._plan.next_has_failed():
            self._finish_instead("to a cue that cannot be rendered from there")
        leaf = playhead.standing.leaf
        if leaf is None:
            playhead.run(rate * elapsed, curve)
            return None
        target = self._moment(leaf.position)
        way = moment_of(curve, target) - playhead.moment(curve)
        return self._approach.run(way, rate, elapsed, lambda step: playhead.run(step, curve, until=target))

    def _hurry(self, way: float, curve: str) -> float:
        """To the end of the transition: as far as `way`, or with a grid of beats to its next line."""
        grid, quantum = self._grid, self._grid.quantum()
        if not quantum:
            return way
        part = grid.landing.aim(0.0, 0.0, quantum, grid.tempo)
        return 1.0 if part == 1.0 else (1 - self._playhead.moment(curve)) * part

    def _aim(self, rate: float) -> None:
        """At the first leaf that is not reached before the new tree is there; at none when the end comes first."""
        assert self._playhead.on_air is not None
        transition = self._playhead.on_air.transition
        places = transition.segment.places
        moments = [self._moment(place) for place in places]
        reach = rate * self._approach.tree_seconds
        moment = choose_moment(moments, self._playhead.position, reach)
        can_turn = moment < 1 and transition.spec.left.graft_depth < GRAFT_LIMIT
        self._playhead.aim(Graft(transition.spec, places[moments.index(moment)]) if can_turn else None)
        self._aimed_for = self._plan.target_look

    def _is_passed(self) -> bool:
        """Whether a hand has taken the playhead behind the leaf."""
        leaf = self._playhead.standing.leaf
        return leaf is not None and self._moment(leaf.position) < self._playhead.position - ROUNDING

    def _moment(self, place: float) -> float:
        assert self._playhead.on_air is not None
        return self._playhead.on_air.transition.segment.moment_of(place)

    def _finish_instead(self, reason: str) -> None:
        self._playhead.finish()
        self._remark(f"go finishes the transition on air first: the way cannot turn in its middle {reason}")


def choose_moment(moments: Sequence[float], position: float, reach: float) -> float:
    """The first leaf that is at least `reach` ahead; 1, the end of the transition, when no leaf is.

    moments: where the playhead meets the leaves, rising.
    """
    return next((moment for moment in moments if moment >= position + reach and moment > position), 1.0)
