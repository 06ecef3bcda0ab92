"""GO in a wander: the picture leaves for a cue from a leaf of the wander, where a new tree is grafted, and its motion goes on.

A wander also comes home within a second, and the tree that starts there may be there already. What is sooner on air is
chosen, by how fast this machine makes leaves.
"""

from __future__ import annotations

from core.tree.spec import Graft
from live.show.machine import State
from live.show.motion.approach import Approach
from live.show.plan import Plan
from live.show.playhead import OnAir, Playhead

OVERDUE = 2.0  # times what the new tree was to take: then the picture goes home after all, if the tree that starts there is there


class WanderTurn:
    """Thread: playback only."""

    def __init__(self, playhead: Playhead, plan: Plan, approach: Approach) -> None:
        self._playhead = playhead
        self._plan = plan
        self._approach = approach
        self._aimed_for: object = None  # what the cue looks like to which it turns
        self._home_first: tuple[object, ...] = ()  # for what it was decided to go home
        self._failed: OnAir | None = None  # a wander from which the cue cannot be rendered, or not in time
        self._expected = self._waited = 0.0  # seconds until the next transition begins; since that was asked

    def aim(self, rate: float, home_rate: float) -> bool:
        """Whether the wander is left from a leaf of it; False where the way leads home first.

        Args:
            rate: above 0, how much of its circle the wander goes in a second, as an angle.
            home_rate: the same when it hurries home; not less.
        """
        playhead, wander, plan = self._playhead, self._playhead.wander, self._plan
        assert wander is not None, "there is no wander to leave"
        if playhead.state is State.LEAVING and (plan.next_has_failed() or self._gives_up()):
            self._failed = wander
            playhead.lose_aim()
        if playhead.state is State.LEAVING and self._aimed_for == plan.target_look and self._way() is not None:
            return True
        playhead.lose_aim()
        asked = (wander, plan.target_look, plan.next_ready() is not None)
        if wander is self._failed or asked == self._home_first:
            return False
        place = self._choose(wander, rate, home_rate)
        if place is None:
            self._home_first = asked
            return False
        playhead.aim(Graft(wander.transition.spec, place))
        self._aimed_for = plan.target_look
        return True

    def run(self, elapsed: float, rate: float, home_rate: float) -> float | None:
        """Wander on towards the leaf; returns the time left over there when the next transition starts in this frame.

        It goes as fast as it must to be there with the new tree, and no faster than home.
        """
        way = self._way()
        assert way is not None, "aim comes first"
        self._waited += elapsed
        seconds = self._approach.seconds_left
        pace = home_rate if seconds * home_rate <= way else max(rate, way / seconds)
        return self._approach.run(way, pace, elapsed, lambda step: self._playhead.wander_on(step, way))

    def _choose(self, wander: OnAir, rate: float, home_rate: float) -> float | None:
        """The leaf that is not reached before its tree is there; None when the way home is sooner on air."""
        segment, playhead, tree_seconds = wander.transition.segment, self._playhead, self._approach.tree_seconds
        found = ((playhead.way_to(segment.moment_of(place)), place) for place in segment.places if place > 0)
        ahead = [(way, place) for way, place in found if way is not None and way > 0 and way >= rate * tree_seconds]
        if not ahead:
            return None
        way, place = min(ahead)
        home_seconds = self._approach.seconds_left + playhead.way_home / home_rate
        self._expected, self._waited = max(tree_seconds, way / home_rate), 0.0
        return place if self._expected <= home_seconds else None

    def _gives_up(self) -> bool:
        """Once the tree on the wander has been waited for too long: whether there is one at home; else wait as long again."""
        if self._waited <= OVERDUE * self._expected or self._plan.next_ready() is not None:
            return False
        self._waited = 0.0
        return self._plan.is_ready_at_home()

    def _way(self) -> float | None:
        """To the leaf, as an angle; None when the wander does not come there any more."""
        leaf, wander = self._playhead.standing.leaf, self._playhead.wander
        if leaf is None or wander is None:
            return None
        return self._playhead.way_to(wander.transition.segment.moment_of(leaf.position))
