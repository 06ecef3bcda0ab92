"""The transition on air, the playhead in it, and how that runs, sways, drifts and runs back.

Mechanics only: each move takes its step in the machine of states; what comes next, and when, is decided by `Show`.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from core.control.snapshot import Program
from core.setlist import Cue
from core.tree.spec import Graft
from live.rendering.transition import Transition
from live.show.curve import moment_of, place_at
from live.show.machine import Standing, State, Step, take

HISTORY = 2  # transitions behind the one on air that can be run back into
SWAY_DEPTH = 0.2  # how far sway runs back into the transition
ROUNDING = 1e-9  # of angles
SWAY_PERIOD = 6.0  # seconds to and fro, slow enough to look intended

_PROGRAMS = {
    State.OPENING: Program.TEST_CARD,
    State.RESTING: Program.CUE,
    State.SWAYING: Program.SWAY,
    State.DRIFTING: Program.DRIFT,
    State.LEAVING: Program.DRIFT,
}  # else TRANSITION


@dataclass(frozen=True, slots=True)
class OnAir:
    """A transition between two cues of the setlist.

    Attributes:
        cue: the one it leads to, as it was when the transition was planned; None where it leads to no cue.
    """

    transition: Transition
    from_cue: int
    to_cue: int
    cue: Cue | None = None


class Playhead:
    """Thread: playback only.

    Attributes (read anywhere, written only here):
        standing: the state of the show and what is pending.
        on_air: the transition on air; None while OPENING.
        position: in it, 0..1, without sway.
        wander: a transition to a neighbour of the cue, and home, while DRIFTING or LEAVING.
        rested: seconds since it came to rest.
        kept: identities of the transitions that can be run back into.
    """

    def __init__(self) -> None:
        self.standing = Standing()
        self.on_air: OnAir | None = None
        self.position = 0.0
        self.wander: OnAir | None = None
        self.rested = 0.0
        self.kept: frozenset[int] = frozenset()
        self._sway_angle = 0.0
        self._sway_depth = SWAY_DEPTH
        self._wander_angle = 0.0
        self._history: deque[tuple[OnAir, float]] = deque(maxlen=HISTORY)  # each with the place where it was left

    # Where it is

    @property
    def state(self) -> State:
        return self.standing.state

    @property
    def program(self) -> Program:
        return _PROGRAMS.get(self.standing.state, Program.TRANSITION)

    @property
    def is_resting(self) -> bool:
        """Whether it stays at a cue, or nothing is on air yet."""
        return self.standing.state.is_at_cue

    @property
    def rests_at_start(self) -> bool:
        return self.standing.state.is_at_cue and self.position == 0.0

    @property
    def current_cue(self) -> int | None:
        """The cue on air; in a transition, the one it leads to."""
        on_air = self.on_air
        if on_air is None:
            return None
        return on_air.from_cue if self.standing.state.is_at_cue and self.position == 0.0 else on_air.to_cue

    @property
    def shown_position(self) -> float:
        """The playhead with sway."""
        if self._sway_angle == 0:
            return self.position
        sway = self._sway_depth * (1 - math.cos(self._sway_angle)) / 2
        return self.position - sway if self.position > 0.5 else self.position + sway

    @property
    def wandered(self) -> float:
        """How far on its wander the picture is, 0..1; a wander begins and ends slowly, so that one can follow another."""
        return (1 - math.cos(self._wander_angle)) / 2

    @property
    def way_home(self) -> float:
        """What a wander that is over has left to go, as an angle."""
        return min(self._wander_angle, 2 * math.pi - self._wander_angle)

    def moment(self, curve: str) -> float:
        """How much of the time of the whole transition has gone, 0..1."""
        return moment_of(curve, self.position)

    def way_to(self, moment: float) -> float | None:
        """What the wander has left to go, as an angle, until it is at this place 0..1, out or home; None when it is past it."""
        out = math.acos(1 - 2 * moment)
        ways = (angle - self._wander_angle for angle in (out, 2 * math.pi - out))
        return next((max(0.0, way) for way in ways if way > -ROUNDING), None)

    # What is asked of it

    def ask_go(self) -> None:
        self._take(Step.GO)

    def ask_cut(self) -> None:
        self._take(Step.CUT)

    def ask_edit(self, cue_id: int) -> None:
        """Turn to this cue: the one that is approached was edited."""
        self.standing = take(self.standing, Step.EDIT, edited_cue=cue_id)

    def keep_on(self) -> None:
        """Stay in the transition on air: the edit was taken back."""
        self._take(Step.KEEP)

    def forget_asked(self) -> None:
        self._take(Step.FORGET)

    def forget_cut(self) -> None:
        self._take(Step.FORGET_CUT)

    def aim(self, leaf: Graft | None) -> None:
        """Leave what is on screen at this leaf, or at the end of the transition."""
        self.standing = take(self.standing, Step.AIM, leaf=leaf)

    def lose_aim(self) -> None:
        """Wander on, and leave from home."""
        if self.standing.state is State.LEAVING:
            self._take(Step.LOSE_AIM)

    def finish(self) -> None:
        """Go on to the end: there is no leaf to turn at."""
        self._take(Step.FINISH)

    # On air

    def open(self, coming: OnAir, position: float, *, is_resting: bool) -> None:
        """The first picture, at the start of a transition or where a show was in it."""
        self._put_on_air(Step.OPEN if is_resting else Step.OPEN_UNDER_WAY, coming, position)

    def start(self, coming: OnAir) -> None:
        """Begin with a transition at its start, which is the picture on screen."""
        self._put_on_air(Step.START, coming, 0.0)

    def show_cut(self, coming: OnAir) -> None:
        """Be at the end of a transition."""
        self._put_on_air(Step.SHOW_CUT, coming, 1.0)

    def follow(self, shown: OnAir, position: float, *, is_resting: bool) -> None:
        """Be where a log says."""
        if shown is not self.on_air:
            self._put_on_air(Step.FOLLOW, shown, position)
        self.position = position
        if is_resting is not self.is_resting:
            self._take(Step.ARRIVE if is_resting else Step.FOLLOW)

    def grab(self, position: float) -> None:
        """Go by hand until released."""
        self._take(Step.GRAB)
        self._come_home()
        self.position = position

    def release(self) -> None:
        self._take(Step.RELEASE)

    def put(self, position: float) -> None:
        """Go on from another position of the same transition."""
        self.position = position

    # Moves

    def run(self, time: float, curve: str = "linear", *, until: float = 1.0) -> float:
        """Move on by `time`, as a part of the whole transition, below 0 is back; as far as its ends, rest at the last one.

        until: a position that is not passed. Returns the time that was left over there.
        """
        moment = moment_of(curve, self.position) + time
        last = moment_of(curve, until)
        self.position = until if moment >= last else place_at(curve, max(0.0, moment))
        if self.position == 1.0:
            self._take(Step.ARRIVE)
            self.rested = 0.0
        return max(0.0, moment - last)

    def rest(self, elapsed: float) -> None:
        """Stay at the cue for so many seconds more."""
        self.rested += elapsed

    def leave_rest(self) -> None:
        """Run back from the picture on screen, also in the middle of a sway."""
        self.position = self.shown_position
        self._take(Step.BACK)
        self._sway_angle = 0.0

    def begin_wander(self, wander: OnAir) -> None:
        self._take(Step.DRIFT)
        self.wander = wander

    def drift(self, elapsed: float, period: float, *, is_over: bool) -> None:
        """Wander on, out and home again in `period` seconds; when it is over, take the short way home."""
        assert self.wander is not None, "there is no wander to go on with"
        self._wander_angle = _swing(self._wander_angle, elapsed, period, is_over=is_over)
        if self._wander_angle >= 2 * math.pi:
            self._take(Step.COME_HOME)
            self._come_home()

    def wander_on(self, step: float, way: float) -> float:
        """Wander on by an angle, as far as `way`; returns what was left over there."""
        self._wander_angle += min(step, way)
        return max(0.0, step - way)

    def sway(self, elapsed: float, *, is_over: bool, depth: float = SWAY_DEPTH, period: float = SWAY_PERIOD) -> None:
        """Swing away from the cue and back; when it is over, take the short way back.

        depth: how far into the transition; of a swing that has begun it stays.
        """
        angle = self._sway_angle
        if angle == 0:
            self._sway_depth = depth
        angle = _swing(angle, elapsed, period, is_over=is_over)
        if angle >= 2 * math.pi:
            angle = 0.0 if is_over else angle - 2 * math.pi
        self._sway_angle = angle
        if (angle > 0) is not (self.standing.state is State.SWAYING):
            self._take(Step.SWAY if angle > 0 else Step.COME_HOME)

    def run_back(self, is_there: Callable[[OnAir], bool]) -> bool:
        """Go on in the transition before, from where it was left, if there is one and it still has its leaves."""
        if not self._history:
            return False
        before, place = self._history.pop()
        is_kept = is_there(before)
        if not is_kept:
            self._history.clear()  # it had to make room, and what came before it cannot be reached without a jump
        self._note_kept()
        if not is_kept:
            return False
        self._take(Step.RUN_BACK)
        self.on_air = before
        self.position = before.transition.segment.moment_of(place)
        return True

    def _take(self, step: Step) -> None:
        self.standing = take(self.standing, step)

    def _put_on_air(self, step: Step, coming: OnAir, position: float) -> None:
        """The transition before it is remembered when it leads there."""
        self._remember(coming)
        self._note_kept()
        self._take(step)
        self.on_air = coming
        self.position = position
        self.rested = 0.0
        self._come_home()

    def _come_home(self) -> None:
        """End every sway and wander."""
        self.wander = None
        self._sway_angle = self._wander_angle = 0.0

    def _note_kept(self) -> None:
        self.kept = frozenset(before.transition.transition_id for before, _ in self._history)

    def _remember(self, coming: OnAir) -> None:
        """Keep the transition on air for running back, if its end, or a leaf of it, is where the coming one starts."""
        if self.on_air is None or self.on_air.transition is coming.transition:
            return
        spec, left = self.on_air.transition.spec, coming.transition.spec.left
        if self.wander is not None and left.graft is not None and left.graft.transition == self.wander.transition.spec:
            if not self.rests_at_start:
                self._history.append((self.on_air, 1.0))
            self._history.append((self.wander, left.graft.position))
        elif left.graft is not None and left.graft.transition == spec:
            self._history.append((self.on_air, left.graft.position))
        elif spec.right == left:
            self._history.append((self.on_air, 1.0))
        else:
            self._history.clear()


def _swing(angle: float, elapsed: float, period: float, *, is_over: bool) -> float:
    """The angle later on; home is 0 and 2 pi, and when it is over the way out turns into the same place of the way home."""
    if is_over and 0 < angle < math.pi:
        angle = 2 * math.pi - angle
    return angle + 2 * math.pi * elapsed / period
