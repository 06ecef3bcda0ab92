"""The show: which cue is on air, which is armed, where the playhead is, and what a command does to that.

Pure decisions; `Playback` owns the clock, the pixels and the sinks. Two facts rule everything here: a transition may start
only when it is playable, and the picture at its start is the picture that is on air, so nothing ever jumps by itself.
"""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from core.control import commands as c
from core.control.commands import Command, Origin
from core.control.domain import Value
from core.control.errors import CommandRefused, InvalidValue
from core.control.parameters import PARAMETERS
from core.control.snapshot import Program
from core.setlist import Cue, Setlist
from core.tree.spec import SCENE, KeyframeSpec, PictureStart, Placing, RenderSettings, TransitionSpec, TreeShape
from live.parameters import LiveParameters
from live.transition import Transition

LOOKAHEAD = 3  # transitions after the one on air that are rendered ahead, as far as the slots go
HISTORY = 2  # transitions behind the one on air that can be run back into
HURRY_SECONDS = 1.0  # GO in mid-transition: the rest of it takes no longer than this
SWAY_DEPTH = 0.2  # how far sway runs back into the transition
SWAY_PERIOD = 6.0  # seconds to and fro, slow enough to look intended

FindTransition = Callable[[TransitionSpec], Transition | None]


@dataclass(frozen=True, slots=True)
class OnAir:
    """A transition between two cues of the setlist."""

    transition: Transition
    from_cue: int
    to_cue: int


@dataclass(frozen=True, slots=True)
class Planned:
    """A transition that may come: between which cues, and what makes it."""

    spec: TransitionSpec
    from_cue: int
    to_cue: int


class Show:
    """Owns setlist, parameters and playhead. Thread: playback only.

    Args:
        settings: size and steps of all keyframes of this show; None until the model has told its defaults.
        rounds, placing: as in TreeShape.
        find: the transition made for a spec, if there is one.
    """

    def __init__(
        self,
        setlist: Setlist,
        parameters: LiveParameters,
        rounds: tuple[tuple[int, ...], ...],
        find: FindTransition,
        placing: Placing = Placing.FIXED,
    ) -> None:
        self.setlist = setlist
        self.parameters = parameters
        self.settings: RenderSettings | None = None
        self.prefers_scenes = False
        self.on_air: OnAir | None = None
        self.position = 0.0
        self.is_scrubbing = False
        self.is_go_pending = False
        self.is_cut_pending = False
        self._rounds = rounds
        self._placing = placing
        self._find = find
        self._history: deque[OnAir] = deque(maxlen=HISTORY)
        self._is_resting = True
        self._is_hurrying = False
        self._armed: int | None = None  # chosen by hand; None takes the one that follows
        self._sway_angle = 0.0

    # What is on air and what comes

    @property
    def program(self) -> Program:
        if self.on_air is None:
            return Program.TEST_CARD
        if self._sway_angle > 0:
            return Program.SWAY
        return Program.CUE if self._is_resting else Program.TRANSITION

    @property
    def current_cue(self) -> int | None:
        """The cue on air; in a transition, the one it leads to."""
        if self.on_air is None:
            return None
        return self.on_air.from_cue if self._rests_at_start() else self.on_air.to_cue

    @property
    def standby(self) -> Cue | None:
        if self._armed is not None and (cue := self.setlist.get(self._armed)):
            return cue
        anchor = self._first_cue() if self.on_air is None else self.current_cue
        return self.setlist.after(anchor, loop=self.parameters.is_on("setlist.loop"))

    @property
    def is_moving(self) -> bool:
        """Whether the picture would move now if every leaf were there."""
        speed = self.parameters.number("transition.speed")
        if self.parameters.is_on("hold") or self.is_scrubbing or speed == 0:
            return False
        if self._is_resting:
            return self._wants_next()
        return speed > 0 or self.position > 0

    def next_planned(self) -> Planned | None:
        """The transition from what is on air to the standby cue."""
        return next(iter(self._chain(1)), None)

    def wanted(self) -> list[Planned]:
        """The transition on air and those that follow, soonest first."""
        on_air = (
            []
            if self.on_air is None
            else [Planned(self.on_air.transition.spec, self.on_air.from_cue, self.on_air.to_cue)]
        )
        return on_air + self._chain(LOOKAHEAD)

    def kept(self) -> frozenset[int]:
        """Identities of the transitions that can be run back into."""
        return frozenset(item.transition.transition_id for item in self._history)

    def playhead_in(self, transition_id: int) -> float | None:
        """Where the picture is in this transition; None when it is not on air."""
        if self.on_air is None or self.on_air.transition.transition_id != transition_id:
            return None
        return self.shown_position

    @property
    def hand_position(self) -> float:
        """Where a hand on the position takes the playhead: the start of the coming transition when that is ready."""
        at_start = self._is_resting and not self.is_scrubbing and self._next_ready() is not None
        return 0.0 if at_start else self.shown_position

    @property
    def shown_position(self) -> float:
        """The playhead with sway."""
        sway = SWAY_DEPTH * (1 - math.cos(self._sway_angle)) / 2
        return self.position - sway if self.position > 0.5 else self.position + sway

    # Commands

    def apply(self, command: Command, origin: Origin, now: float) -> None:
        """Carry out one command.

        Raises:
            LatentdeckError: it cannot be done; nothing has changed.
        """
        match command:
            case c.SetParameter(name, value):
                self._set(name, PARAMETERS.coerce(name, value), origin, now)
            case c.AddToParameter(name, delta):
                current = self.position if name == "position" else self.parameters.values[name]
                self._set(name, PARAMETERS.add(name, current, delta), origin, now)
            case c.ResetParameter(name):
                self._set(name, PARAMETERS[name].default, origin, now)
            case c.Go():
                self._go(origin, now)
            case c.Cut():
                self._require_standby("cut")
                self._retry_next()
                self.is_cut_pending = True
            case c.ReleasePosition():
                self.is_scrubbing = False
            case c.AppendCue(draft):
                self.setlist.append(draft)
            case c.InsertCue(number, draft):
                self.setlist.insert(number, draft)
            case c.RemoveCue(ref):
                self.setlist.remove(ref)
            case c.MoveCue(ref, number):
                self.setlist.move(ref, number)
            case c.EditCue(ref, prompt, negative, seed, duration):
                self.setlist.edit(ref or c.ById(self._require_standby("edit").cue_id), prompt, negative, seed, duration)
            case c.SelectStandby(ref):
                self._armed = self.setlist.find(ref).cue_id
            case c.ClearSetlist():
                self.setlist.clear_except(self.current_cue)

    def _set(self, name: str, value: Value, origin: Origin, now: float) -> None:
        if name == "position":
            self._scrub(float(value))
        if name == "transition.speed" and float(value) < 0:
            self.forget_pending()
        self.parameters.set(name, value, origin, now)

    def _go(self, origin: Origin, now: float) -> None:
        self._require_standby("go")
        if self.parameters.number("transition.speed") < 0:
            raise InvalidValue("go needs transition.speed at 0 or above: the show is running back")
        was_held = self.parameters.is_on("hold")
        if was_held:
            self.parameters.set("hold", False, origin, now)
        self.is_scrubbing = False
        if was_held and not self._is_resting:
            return
        self._retry_next()
        self.is_go_pending = True
        self._is_hurrying = not self._is_resting

    def forget_pending(self) -> None:
        """Take back a GO or CUT that waits."""
        self.is_go_pending = self.is_cut_pending = self._is_hurrying = False

    def _next_has_failed(self) -> bool:
        coming = self._next()
        return coming is not None and bool(coming.transition.failure) and not coming.transition.is_playable

    def _retry_next(self) -> None:
        """A hand that asks for a transition which could not be rendered gets another try of it."""
        coming = self._next()
        if coming is not None:
            coming.transition.failure = ""

    def _pass_over(self) -> None:
        """Arm the cue behind the standby cue, which cannot be rendered; a GO or CUT for it is taken back."""
        self.forget_pending()
        standby = self.standby
        follower = standby and self.setlist.after(standby.cue_id, loop=self.parameters.is_on("setlist.loop"))
        if self.parameters.is_on("setlist.auto") and follower and follower.cue_id != self.current_cue:
            self._armed = follower.cue_id

    def _scrub(self, position: float) -> None:
        """Take the playhead by hand; at rest the hand takes the coming transition, as a T-bar does."""
        if not self.is_scrubbing and self._is_resting:
            if self._next_ready() is not None:
                self._start_next()
            elif self.standby is not None:
                raise CommandRefused("nothing to scrub yet: the coming transition is still being rendered")
        if self.on_air is None or not self.on_air.transition.is_playable:
            raise CommandRefused("nothing to scrub yet: the transition is still being rendered")
        self.is_scrubbing = True
        self._is_resting = self._is_hurrying = False
        self._sway_angle = 0.0
        self.position = position

    def _require_standby(self, what: str) -> Cue:
        standby = self.standby
        if standby is None:
            raise CommandRefused(f"{what} needs a standby cue: add one to the setlist, or switch setlist.loop on")
        return standby

    # Time

    def advance(self, elapsed: float) -> None:
        """Move the playhead on by `elapsed` seconds of the show's time."""
        if self.on_air is None:
            self._open()
            return
        if self.is_cut_pending:
            self._cut()
        speed = self.parameters.number("transition.speed")
        if self.is_scrubbing or self.parameters.is_on("hold"):
            return
        if self._is_resting:
            self._rest(elapsed, speed)
        else:
            self._run(elapsed, speed)

    def _run(self, elapsed: float, speed: float) -> None:
        assert self.on_air is not None
        rate = speed / self._duration(self.on_air.to_cue)
        if self._is_hurrying and speed > 0:
            rate = max(rate, 1 / HURRY_SECONDS)
        self.position += rate * elapsed
        if self.position >= 1:
            self.position = 1.0
            self._is_resting = True
            self._is_hurrying = False
            self._rest(0.0, speed)
        elif self.position <= 0 and rate < 0:
            self.position = 0.0
            self._run_back()

    def _run_back(self) -> None:
        """At the start of a transition with the tape running back: go on in the one before, if it is still there."""
        assert self.on_air is not None
        if not self._history:
            return
        before = self._history.pop()
        if self._find(before.transition.spec) is not before.transition:
            self._history.clear()  # it had to make room, and what came before it cannot be reached without a jump
            return
        if self._armed is None:
            self._armed = self.on_air.to_cue
        self.on_air = before
        self.position = 1.0

    def _rest(self, elapsed: float, speed: float) -> None:
        """At a cue: start what is wanted when it is playable; sway until then."""
        assert self.on_air is not None
        if speed < 0 and not self._rests_at_start() and self.on_air.transition.is_playable:
            self.position = self.shown_position
            self._is_resting = False
            self._sway_angle = 0.0
            return
        if self.standby is None:
            self.forget_pending()
        elif self._next_has_failed():
            self._pass_over()
        is_ready = self._next_ready() is not None
        if self._sway_angle > 0 or (self._wants_next() and not is_ready and self._can_sway()):
            is_over = is_ready or not self._wants_next() or not self._can_sway()
            self._sway(elapsed * abs(speed), is_ready=is_over)
        if self._sway_angle == 0 and self._wants_next() and is_ready:
            self._start_next()

    def _sway(self, elapsed: float, *, is_ready: bool) -> None:
        """Swing away from the cue and back; once there is something to go to, take the short way back."""
        angle = self._sway_angle
        if is_ready and 0 < angle < math.pi:
            angle = 2 * math.pi - angle  # the same place on the way back
        angle += 2 * math.pi * elapsed / SWAY_PERIOD
        if angle >= 2 * math.pi:
            angle = 0.0 if is_ready else angle - 2 * math.pi
        self._sway_angle = angle

    def _can_sway(self) -> bool:
        assert self.on_air is not None
        return self.parameters.values["underrun"] == "sway" and self.on_air.transition.is_playable

    def _open(self) -> None:
        """The first picture: the start of the first transition, as soon as its first leaf is there."""
        coming = self._next()
        if coming is None:
            return
        if self._next_has_failed():
            self._pass_over()
        elif coming.transition.segment.slot_at(0.0) is not None:
            self.on_air = coming
            self.position = 0.0
            self._is_resting = True

    def _start_next(self) -> None:
        ready = self._next_ready()
        if ready is None:
            return
        self._remember(ready)
        self.on_air = ready
        self.position = 0.0
        self._is_resting = False
        self._sway_angle = 0.0
        self.is_go_pending = False
        self._armed = None

    def _cut(self) -> None:
        """Show the end of the next transition as soon as that leaf is there."""
        if self.next_planned() is None:
            self.is_cut_pending = False
            return
        coming = self._next()
        if coming is None or coming.transition.segment.slot_at(1.0) is None:
            return
        self._remember(coming)
        self.on_air = coming
        self.position = 1.0
        self._is_resting = True
        self._is_hurrying = self.is_scrubbing = self.is_cut_pending = self.is_go_pending = False
        self._sway_angle = 0.0
        self._armed = None

    def _remember(self, coming: OnAir) -> None:
        """Keep the transition on air for running back, if its end is where the coming one starts."""
        if self.on_air is None or self.on_air.transition is coming.transition:
            return
        if self.on_air.transition.spec.right == coming.transition.spec.left:
            self._history.append(self.on_air)
        else:
            self._history.clear()

    def _next(self) -> OnAir | None:
        """The transition to the standby cue, if it has been begun."""
        planned = self.next_planned()
        transition = self._find(planned.spec) if planned is not None else None
        if planned is None or transition is None:
            return None
        return OnAir(transition, planned.from_cue, planned.to_cue)

    def _next_ready(self) -> OnAir | None:
        coming = self._next()
        return coming if coming is not None and coming.transition.is_playable else None

    def _wants_next(self) -> bool:
        return self.standby is not None and (self.is_go_pending or self.parameters.is_on("setlist.auto"))

    def _rests_at_start(self) -> bool:
        return self._is_resting and self.position == 0.0

    def _duration(self, cue_id: int) -> float:
        cue = self.setlist.get(cue_id)
        return cue.duration if cue and cue.duration is not None else self.parameters.number("transition.duration")

    # Specs

    def _chain(self, count: int) -> list[Planned]:
        """The next `count` transitions: to the standby cue, and on through the setlist."""
        start = self._anchor()
        target = self.standby
        if self.on_air is None and target is None:
            target = self.setlist.get(self._first_cue())  # a lone cue: a transition to itself shows it
        if start is None or target is None or self.settings is None:
            return []
        from_cue, left = start
        chain: list[Planned] = []
        for _ in range(count):
            right = self._keyframe(target)
            chain.append(Planned(self._spec(left, right), from_cue, target.cue_id))
            from_cue, left = target.cue_id, right
            follower = self.setlist.after(target.cue_id, loop=self.parameters.is_on("setlist.loop"))
            if follower is None:
                break
            target = follower
        return chain

    def _anchor(self) -> tuple[int, KeyframeSpec] | None:
        """The cue and keyframe from which the next transition starts: exactly what will be on air then."""
        if self.on_air is not None:
            spec = self.on_air.transition.spec
            if self._rests_at_start():
                return self.on_air.from_cue, spec.left
            return self.on_air.to_cue, spec.right
        first = self.setlist.get(self._first_cue())
        return None if first is None else (first.cue_id, self._keyframe(first))

    def _first_cue(self) -> int | None:
        return self.setlist.cues[0].cue_id if len(self.setlist) else None

    def _keyframe(self, cue: Cue) -> KeyframeSpec:
        guidance = float(self.parameters.settled("guidance"))
        return KeyframeSpec(cue.prompt, cue.negative, cue.seed, guidance, self._start_of(cue))

    def _start_of(self, cue: Cue) -> PictureStart | None:
        """What the keyframe of a cue starts from; strength 1 leaves nothing of a picture, so that none is needed."""
        strength = float(self.parameters.settled("strength"))
        wanted = self.parameters.settled("keyframes")
        is_scene = wanted == "scene" or (wanted == "auto" and self.prefers_scenes)
        source = cue.picture or (SCENE if is_scene else "")
        return PictureStart(source, strength) if source and strength < 1 else None

    def _spec(self, left: KeyframeSpec, right: KeyframeSpec) -> TransitionSpec:
        assert self.settings is not None
        rounds = ((1,),) if left == right else self._rounds
        shape = TreeShape(float(self.parameters.settled("depth")), rounds, placing=self._placing)
        return TransitionSpec(left, right, self.settings, shape)
