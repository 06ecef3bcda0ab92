"""What the picture does while the show rests at a cue: it holds still, sways, loops or drifts, until the next transition starts.

A transition starts at the very picture that is on screen: a sway comes back before it, and a wander comes home or is left from
a leaf of it.
"""

from __future__ import annotations

import math

from core.control.cue_fields import Follow
from core.setlist import Cue, Setlist
from live.show.machine import State
from live.show.motion.departure import Departure
from live.show.motion.drift import Drift
from live.show.motion.timing import Timing
from live.show.motion.turn import HURRY_SECONDS
from live.show.motion.wander_turn import WanderTurn
from live.show.plan import Plan
from live.show.playhead import SWAY_PERIOD, Playhead
from live.values.parameters import LiveParameters

HASTE = 1.5  # times the pace of a wander, at most: its end may be another picture, as far away as the next cue


class Rest:
    """Thread: playback only."""

    def __init__(
        self,
        setlist: Setlist,
        parameters: LiveParameters,
        *,
        playhead: Playhead,
        plan: Plan,
        timing: Timing,
        departure: Departure,
        drift: Drift,
        wander_turn: WanderTurn,
    ) -> None:
        self._setlist = setlist
        self._parameters = parameters
        self._playhead = playhead
        self._plan = plan
        self._timing = timing
        self._departure = departure
        self._drift = drift
        self._wander_turn = wander_turn

    @property
    def is_still(self) -> bool:
        """Whether the picture is that of the cue itself: at rest, with no sway and no wander."""
        return self._playhead.state in (State.OPENING, State.RESTING)

    def run(self, elapsed: float, speed: float) -> float | None:
        """Rest on; returns the time left over there when the next transition starts in this frame.

        Args:
            elapsed: seconds; 0 in the frame in which the show has come to rest.
            speed: of the tape; below 0 it leaves the cue the way it came.
        """
        if speed < 0 and not self._playhead.rests_at_start and self._is_playable:
            if not self._wanders(elapsed * -speed, is_going=False):
                self._playhead.leave_rest()
            return None
        playhead = self._playhead
        playhead.rest(elapsed)
        cue = self._setlist.get(playhead.current_cue)
        is_wanted = self._departure.leaves(cue)
        if playhead.wander is not None and self._turns_from_wander(speed, is_wanted=is_wanted):
            return self._leave_wander(elapsed, speed)
        coming = self._plan.next_transition()
        if self._plan.cannot_be_rendered(coming):
            self._pass_over()
            coming, is_wanted = self._plan.next_transition(), self._departure.leaves(cue)
        is_ready = coming is not None and coming.is_playable
        return self._wait(elapsed, abs(speed), cue, is_ready=is_ready, is_wanted=is_wanted)

    def _wait(self, elapsed: float, speed: float, cue: Cue | None, *, is_ready: bool, is_wanted: bool) -> float | None:
        """Drift, loop or sway until the next transition can start; returns 0 when it starts.

        speed is 0 or more, cue the one on air; the next transition is playable, and is to start.
        """
        playhead, drift = self._playhead, self._drift
        may_drift = (not is_ready and drift.is_for_underrun(cue)) if is_wanted else drift.is_asked_for(cue)
        can_wander = playhead.wander is not None or (may_drift and playhead.state is not State.SWAYING)
        if can_wander and self._wanders(elapsed * speed, is_going=may_drift):
            return None
        if self._sways(elapsed * speed, cue, is_ready=is_ready, is_wanted=is_wanted, may_drift=may_drift):
            return None
        return 0.0 if is_ready and is_wanted and self._timing.is_on_the_grid() else None

    def _sways(self, elapsed: float, cue: Cue | None, *, is_ready: bool, is_wanted: bool, may_drift: bool) -> bool:
        """Loop or sway on, or back to the cue; whether the picture is anywhere but there."""
        playhead = self._playhead
        is_swaying, loops = playhead.state is State.SWAYING, self._loops(cue)
        if not (is_swaying or loops or (is_wanted and not is_ready)):
            return False
        can_sway = self._can_sway()
        gives_way = is_ready or (may_drift and self._drift.is_ready)
        if loops and not (is_wanted and gives_way):
            playhead.sway(elapsed, is_over=False, depth=1.0, period=2 * self._transition_seconds)
            return True
        if is_swaying or (is_wanted and not is_ready and can_sway):
            is_over = gives_way or not is_wanted or not can_sway
            period = 2 * HURRY_SECONDS if playhead.standing.is_go_pending and is_ready else SWAY_PERIOD
            playhead.sway(elapsed, is_over=is_over, period=period)
        return playhead.state is State.SWAYING

    @property
    def _is_playable(self) -> bool:
        """Whether the transition that has led here can be swayed and run back into."""
        on_air = self._playhead.on_air
        return on_air is not None and on_air.transition.is_playable

    @property
    def _transition_seconds(self) -> float:
        """Length of the transition on air."""
        on_air = self._playhead.on_air
        assert on_air is not None, "nothing rests before the first picture"
        return self._timing.of(on_air.to_cue).seconds

    def _can_sway(self) -> bool:
        return self._parameters.values["underrun"] != "hold" and self._is_playable

    def _loops(self, cue: Cue | None) -> bool:
        """Whether the cue on air is one that plays the way to it to and fro."""
        is_loop = cue is not None and cue.follow == Follow.LOOP and not self._playhead.rests_at_start
        return is_loop and self._is_playable

    def _wanders(self, elapsed: float, *, is_going: bool) -> bool:
        """Drift on, or home when it is not going any more; whether a wander is on screen."""
        return self._drift.move(elapsed, is_going=is_going, period=self._wander_period(is_going=is_going))

    def _wander_period(self, *, is_going: bool) -> float:
        """Seconds out and home. After GO it hurries, though not so much that it would be seen as a jump."""
        period = 2 * self._transition_seconds
        if is_going:
            return period
        hurried = 2 * HURRY_SECONDS if self._playhead.standing.is_go_pending else SWAY_PERIOD
        return min(period, max(hurried, period / HASTE))

    def _wander_rates(self, speed: float) -> tuple[float, float]:
        """How much of its circle a wander goes in a second, as an angle: on its way, and when it hurries home."""
        way, home = (2 * math.pi * speed / self._wander_period(is_going=going) for going in (True, False))
        return way, home

    def _turns_from_wander(self, speed: float, *, is_wanted: bool) -> bool:
        """Whether the wander is left for what is wanted from a leaf on its way; False where it goes on, or home first."""
        playhead, standing = self._playhead, self._playhead.standing
        is_begun = standing.is_go_pending or standing.state is State.LEAVING
        is_over = is_wanted and (is_begun or self._plan.next_ready() is not None)
        if not is_over or standing.is_cut_pending:
            playhead.lose_aim()
            return False
        return speed > 0 and self._wander_turn.aim(*self._wander_rates(speed))

    def _leave_wander(self, elapsed: float, speed: float) -> float | None:
        return self._wander_turn.run(elapsed, *self._wander_rates(speed))

    def _pass_over(self) -> None:
        """The standby cue cannot be rendered: a GO or CUT for it is taken back."""
        self._departure.forget()
        self._plan.pass_over()
