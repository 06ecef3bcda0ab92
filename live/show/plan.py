"""What comes: which cue is armed, and the transitions that lead from what is on air to it and on through the setlist."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from core.control.commands import ByNumber
from core.control.cue_fields import Follow
from core.setlist import Cue, Setlist
from core.tree.graft import graft_keyframe, keyframe_in_size
from core.tree.spec import Graft, KeyframeSpec, TransitionSpec
from live.rendering.first_round import FirstRound
from live.rendering.transition import Transition
from live.show.cue_faults import CueFaults
from live.show.playhead import OnAir, Playhead
from live.show.settled_cues import SettledCues
from live.show.specs import Specs
from live.values.parameters import LiveParameters

LOOKAHEAD = 64  # transitions after the one on air that are rendered ahead, as far as the slots go


@dataclass(frozen=True, slots=True)
class Planned:
    """A transition that may come: between which cues, and what makes it."""

    spec: TransitionSpec
    from_cue: int
    to_cue: int


@dataclass(frozen=True, slots=True)
class Opening:
    """What the first picture is, when that is not the first cue: where a show was when it was saved."""

    planned: Planned
    position: float
    is_resting: bool

    @property
    def cue(self) -> int:
        """The cue on air; in a transition, the one it leads to."""
        return self.planned.from_cue if self.rests_at_start else self.planned.to_cue

    @property
    def keyframe(self) -> KeyframeSpec:
        return self.planned.spec.left if self.rests_at_start else self.planned.spec.right

    @property
    def rests_at_start(self) -> bool:
        return self.is_resting and self.position == 0


class Plan:
    """Thread: playback only.

    Args:
        find: the transition made for a spec, if there is one.

    Attributes (read anywhere, written only here):
        armed: the cue that was chosen by hand; None takes the one that follows.
        arrivals: transitions that went on air: what a cue with follow = random throws its dice with.
        opening: where the show opens, when that is not its first cue.
    """

    def __init__(
        self,
        setlist: Setlist,
        parameters: LiveParameters,
        playhead: Playhead,
        *,
        find: Callable[[TransitionSpec], Transition | None],
        cues: SettledCues,
        first_round: FirstRound,
        specs: Specs,
    ) -> None:
        self.armed: int | None = None
        self.arrivals = 0
        self.opening: Opening | None = None
        self._alone: int | None = None  # the cue that opens the show by itself
        self.find = find
        self.cues = cues
        self.faults = CueFaults(parameters)
        self.first_round = first_round
        self._specs = specs
        self._setlist = setlist
        self._parameters = parameters
        self._playhead = playhead
        self._key: tuple[object, ...] = ()
        self._standby: Cue | None = None
        self._chain: tuple[Planned, ...] = ()
        self._has_standby = self._has_chain = False  # each is found out when it is asked for

    def arm(self, cue_id: int | None) -> None:
        """Choose the standby cue by hand; None takes the one that follows."""
        self.armed = cue_id

    def arrive(self) -> None:
        """A transition to the standby cue went on air."""
        self.arrivals += 1
        self.armed = None

    def open_with(self, opening: Opening, arrivals: int, armed: int | None) -> None:
        """Open where a show was. Call it before the first tick."""
        self.opening, self.arrivals, self.armed = opening, arrivals, armed

    @property
    def standby(self) -> Cue | None:
        self._renew()
        if not self._has_standby:
            self._standby, self._has_standby = self._find_standby(), True
        return self._standby

    def chain(self, count: int = LOOKAHEAD) -> tuple[Planned, ...]:
        """The next `count` transitions: to the standby cue, and on through the setlist, once around at most.

        The whole of it is the same tuple as long as nothing has changed.
        """
        self._renew()
        if not self._has_chain:
            leaf, is_known = self._playhead.standing.leaf, self._specs.settings is not None
            self._chain, self._has_chain = tuple(self._make_chain(leaf)) if is_known else (), True
        return self._chain if count >= len(self._chain) else self._chain[:count]

    def _renew(self) -> None:
        """Forget what was found out when something has changed on which it depends."""
        playhead, standing = self._playhead, self._playhead.standing
        key = (
            self._setlist.cues,
            self.cues.version,
            playhead.on_air,
            standing.state.is_at_cue and playhead.position == 0.0,
            self.opening,
            self._alone,
            standing.leaf,
            standing.edited_cue,
            self.armed,
            self.arrivals,
            self._parameters.values["setlist.loop"],
            self._parameters.settled_version,
            self._specs.settings,
            self.first_round.rounds,
            self.faults.files,
        )
        if key != self._key:
            self._key = key
            self._has_standby = self._has_chain = False

    def _find_standby(self) -> Cue | None:
        if self.armed is not None and (cue := self._setlist.get(self.armed)):
            return cue
        anchor = self._opening_cue() if self._playhead.on_air is None else self._playhead.current_cue
        return self._after(anchor, self.arrivals)

    def _make_chain(self, leaf: Graft | None) -> list[Planned]:
        """leaf: where what is on screen is left; None is its end."""
        chain = self._running_opening()
        start = (chain[0].to_cue, chain[0].spec.right) if chain else self._anchor(leaf)
        target = self.standby
        if start is None:
            return []
        from_cue, left = start
        if self._playhead.on_air is None and not chain and (target is None or from_cue == self._alone):
            return [
                Planned(self._specs.between(left, left, None), from_cue, from_cue)
            ]  # a transition to itself shows it
        edited = self._setlist.get(self._playhead.standing.edited_cue)
        if edited is not None:
            right = self._specs.keyframe(edited, left)
            chain.append(Planned(self._specs.between(left, right, edited), from_cue, edited.cue_id))
            from_cue, left = edited.cue_id, right
        if target is None or self.faults.of(target):
            return chain
        for index in range(min(LOOKAHEAD, max(1, len(self._setlist)))):
            right = self._specs.keyframe(target, left)
            chain.append(Planned(self._specs.between(left, right, target), from_cue, target.cue_id))
            from_cue, left = target.cue_id, right
            follower = self._after(target.cue_id, self.arrivals + 1 + index)
            if follower is None:
                break
            target = follower
        return chain

    @property
    def target(self) -> Cue | None:
        """Where the next transition leads, as the renderer sees it."""
        cue = self._setlist.get(self._playhead.standing.edited_cue) or self.standby
        return None if cue is None else self.cues.believed(cue)

    @property
    def target_look(self) -> object:
        """What that cue looks like; None when there is none."""
        cue = self.target
        return None if cue is None else self._specs.look_of(cue)

    def next_planned(self) -> Planned | None:
        """The transition from what is on air to the standby cue, or first to the cue that was edited on the way."""
        return next(iter(self.chain(1)), None)

    def next(self) -> OnAir | None:
        """That transition, if it has been begun."""
        planned = self.next_planned()
        transition = self.find(planned.spec) if planned is not None else None
        if planned is None or transition is None:
            return None
        cue = self._setlist.get(planned.to_cue)
        return OnAir(transition, planned.from_cue, planned.to_cue, cue and self.cues.believed(cue))

    def next_transition(self) -> Transition | None:
        """The same without the cues that it lies between."""
        chain = self.chain()
        return self.find(chain[0].spec) if chain else None

    def next_ready(self) -> OnAir | None:
        coming = self.next()
        return coming if coming is not None and coming.transition.is_playable else None

    def is_ready_at_home(self) -> bool:
        """Whether the next transition is playable that starts where a wander ends."""
        planned = next(iter(self._make_chain(None)), None)
        transition = None if planned is None else self.find(planned.spec)
        return transition is not None and transition.is_playable

    def cannot_be_rendered(self, coming: Transition | None) -> bool:
        """Whether what comes next has failed, or is known to. coming: as `next_transition` gives it."""
        if self.faults.files:
            cue = self._setlist.get(self._playhead.standing.edited_cue) or self.standby
            if cue is not None and self.faults.of(cue):
                return True
        return coming is not None and bool(coming.failure) and not coming.is_playable

    def next_has_failed(self) -> bool:
        return self.cannot_be_rendered(self.next_transition())

    def retry_next(self) -> None:
        """A hand that asks for a transition which could not be rendered gets another try of it."""
        coming = self.next_transition()
        if coming is not None:
            coming.retry()

    def pass_over(self) -> None:
        """With autopilot: arm the cue behind the standby cue, which cannot be rendered; once around, the first one again."""
        standby, current = self.standby, self._playhead.current_cue
        follower = standby and self._after(standby.cue_id, self.arrivals + 1)
        if follower and follower.cue_id == current:
            follower = self._after(current, self.arrivals)
            if follower and self._has_failed(follower):
                return
        if self._parameters.is_on("setlist.auto") and follower:
            self.armed = follower.cue_id

    def _has_failed(self, cue: Cue) -> bool:
        """Whether the transition from what is on air to this cue could not be rendered."""
        start = None if self._specs.settings is None else self._anchor(self._playhead.standing.leaf)
        if start is None:
            return False
        left = start[1]
        transition = self.find(self._specs.between(left, self._specs.keyframe(cue, left), cue))
        return transition is not None and bool(transition.failure)

    def open_otherwise(self) -> None:
        """The first picture cannot be rendered: open with the first cue by itself, and then with each of those behind it."""
        cues = self._setlist.cues
        if self.opening is None and cues:
            tried = self._setlist.number_of(self._alone or 0)
            self._alone = cues[tried].cue_id if tried < len(cues) else None
        self.opening = None

    def _after(self, cue_id: int | None, arrivals: int) -> Cue | None:
        """The cue that follows, without those that cannot be shown; None when none can."""
        follower, is_loop = self._follower(cue_id, arrivals), self._parameters.is_on("setlist.loop")
        for _ in range(len(self._setlist)):
            if follower is None or not self.faults.of(follower):
                return follower
            follower = self._setlist.after(follower.cue_id, loop=is_loop)
            if follower is not None and follower.cue_id == cue_id:
                return None  # once around
        return None

    def _follower(self, cue_id: int | None, arrivals: int) -> Cue | None:
        """The cue that follows, as the cue itself or else the setlist says."""
        cue = self._setlist.get(cue_id)
        if cue is not None and cue.follow == Follow.JUMP and cue.jump is not None and cue.jump <= len(self._setlist):
            return self._setlist.find(ByNumber(cue.jump))
        if cue is not None and cue.follow == Follow.RANDOM:
            return self._setlist.any_other(cue_id, zlib.crc32(f"{cue_id} {arrivals}".encode()))
        return self._setlist.after(cue_id, loop=self._parameters.is_on("setlist.loop"))

    def _anchor(self, leaf: Graft | None) -> tuple[int, KeyframeSpec] | None:
        """The cue and keyframe from which the next transition starts: exactly what will be on air then."""
        on_air = self._playhead.on_air
        if on_air is not None:
            spec = on_air.transition.spec
            if leaf is not None:
                cue = on_air.from_cue if self._playhead.rests_at_start or leaf.position < 0.5 else on_air.to_cue
                return cue, graft_keyframe(leaf.transition, leaf.position)
            return (on_air.from_cue, spec.left) if self._playhead.rests_at_start else (on_air.to_cue, spec.right)
        if self.opening is not None:
            assert self._specs.settings is not None, "nothing is planned before the model has told its defaults"
            return self.opening.cue, keyframe_in_size(self.opening.keyframe, self._specs.settings)
        first = self._setlist.get(self._first_cue())
        return None if first is None else (first.cue_id, self._specs.keyframe(first, None))

    def _running_opening(self) -> list[Planned]:
        """The transition that a show was in, with the size and rounds of this run, until it is on air."""
        if self._playhead.on_air is not None or self.opening is None or self.opening.is_resting:
            return []
        planned = self.opening.planned
        return [replace(planned, spec=self._specs.resumed(planned.spec))]

    def _opening_cue(self) -> int | None:
        return self._first_cue() if self.opening is None else self.opening.cue

    def _first_cue(self) -> int | None:
        if self._setlist.get(self._alone) is not None:
            return self._alone
        return next((cue.cue_id for cue in self._setlist.cues if not self.faults.of(cue)), None)
