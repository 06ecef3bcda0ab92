"""The way through the transition on air: by seconds or by beats, to a leaf where it is left, and back with the tape.

It ends at rest at its cue, or where another transition begins; what happens there is decided elsewhere.
"""

from __future__ import annotations

from live.show.machine import State
from live.show.motion.beat_landing import Grid
from live.show.motion.swing import Swing
from live.show.motion.timing import Timing
from live.show.motion.turn import Turn
from live.show.plan import Plan
from live.show.playhead import Playhead

_TURNS = (State.TURNING, State.FINISHING)


class Way:
    """Thread: playback only."""

    def __init__(
        self,
        playhead: Playhead,
        plan: Plan,
        *,
        timing: Timing,
        grid: Grid,
        turn: Turn,
        swing: Swing,
    ) -> None:
        self._playhead = playhead
        self._plan = plan
        self._timing = timing
        self._grid = grid
        self._turn = turn
        self._swing = swing

    def begin(self) -> None:
        """Another transition is on air: no beat of the one before is aimed at any more."""
        self._grid.landing.forget()

    def run(self, elapsed: float, speed: float) -> float | None:
        """Go on, as far as the end, which is a rest; returns the time left over where the next transition starts before that.

        Args:
            elapsed: seconds.
            speed: of the tape; below 0 runs back, at the start into the transition before.
        """
        playhead, cue = self._playhead, self._cue
        timing, standing = self._timing.of(cue), playhead.standing
        rate, curve = speed / timing.seconds, timing.curve
        turns = standing.state in _TURNS or standing.leaf is not None
        if turns and speed > 0:
            left_over = self._turn.run(elapsed, rate, curve)
            if left_over is not None:
                return left_over
        elif speed > 0 and timing.beats:
            time = self._grid.landing.step(playhead.moment(curve), timing.beats / speed, self._grid.tempo)
            playhead.run(time, curve)
        else:
            playhead.run(rate * elapsed, curve)
        if speed < 0 and playhead.position == 0 and not playhead.is_resting:
            self._run_back(cue)
        return None

    @property
    def _cue(self) -> int:
        """Where the way leads."""
        on_air = self._playhead.on_air
        assert on_air is not None, "there is no way before the first picture"
        return on_air.to_cue

    def _run_back(self, left_cue: int) -> None:
        """At the start of a transition with the tape running back: go on in the one before."""
        has_run_back = self._playhead.run_back(
            lambda before: self._plan.find(before.transition.spec) is before.transition
        )
        if not has_run_back:
            return
        self._swing.start_again()
        leads_elsewhere = left_cue != self._cue  # else it leads to the same cue, as it was before an edit
        if self._plan.armed is None and leads_elsewhere:
            self._plan.arm(left_cue)
