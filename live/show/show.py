"""The show: what is on air, what is wanted next, and when the one gives way to the other.

Pure decisions; `Playback` owns the clock, the pixels and the sinks. Two facts rule everything here: a transition may start
only when it is playable, and the picture at its start is the picture that is on air, so nothing ever jumps by itself.
"""

from __future__ import annotations

from core.control.errors import CommandRefused
from core.setlist import Cue, Setlist
from core.tree.spec import Placing
from live.rendering.first_round import FirstRound
from live.rendering.lookahead import Schedule
from live.rendering.render_speed import RenderSpeed
from live.show.forecast import Forecast
from live.show.machine import State
from live.show.motion.approach import Approach
from live.show.motion.beat_landing import Grid, Landing
from live.show.motion.departure import Departure
from live.show.motion.drift import Drift
from live.show.motion.edit_turn import EditOnTheWay
from live.show.motion.resting import Rest
from live.show.motion.running import Way
from live.show.motion.swing import Swing
from live.show.motion.timing import Timing
from live.show.motion.turn import Turn
from live.show.motion.wander_turn import WanderTurn
from live.show.outlook import Ahead, OnScreen, Outlook
from live.show.plan import Plan
from live.show.playhead import OnAir, Playhead
from live.show.resume import Bearings
from live.show.settled_cues import SettledCues
from live.show.specs import FindTransition, Specs
from live.show.state import ShowState
from live.show.tag_remarks import TagRemarks
from live.values.parameters import LiveParameters
from live.values.presets import PresetDesk
from live.values.tempo import Tempo

DISSOLVE = 0.25  # seconds from a picture to another where a hand leaps: no jump, and still at once
BEAT_DIGITS = 5  # 5 microseconds at 120 beats a minute
CLOSE = 0.05  # of a transition: so near its start a hand needs no dissolve from the cue


class Show:
    """Owns setlist, parameters, playhead and plan. Thread: playback only.

    Args:
        rounds, placing: as in TreeShape.
        find: the transition made for a spec, if there is one.
        speed: how fast leaves are made; is_sized sizes the first round by it.
    """

    def __init__(
        self,
        setlist: Setlist,
        parameters: LiveParameters,
        rounds: tuple[tuple[int, ...], ...],
        find: FindTransition,
        placing: Placing = Placing.FIXED,
        speed: RenderSpeed | None = None,
        *,
        is_sized: bool = False,
    ) -> None:
        self.setlist = setlist
        self.parameters = parameters
        self.presets = PresetDesk(setlist, parameters)
        self.playhead = Playhead()
        cues, first_round = SettledCues(setlist), FirstRound(rounds, speed if is_sized else None)
        self.specs = Specs(cues, parameters, find, first_round, placing)
        self.plan = Plan(
            setlist, parameters, self.playhead, find=find, cues=cues, first_round=first_round, specs=self.specs
        )
        self._bearings = Bearings(setlist, self.playhead, self.plan)
        self._dissolve: float | None = None
        self._remarks: list[str] = []
        self._tag_remarks = TagRemarks(setlist, cues)
        self.tempo = Tempo(parameters)
        self._timing = Timing(setlist, parameters, self.tempo)
        grid = Grid(self.tempo, Landing(), self._timing.quantum)
        drift = Drift(setlist, self.playhead, self.plan, self.specs, parameters)
        approach = Approach(self.plan, speed or RenderSpeed(), grid)
        turn = Turn(self.playhead, self.plan, parameters, approach, self._remarks.append, grid)
        self.departure = Departure(setlist, parameters, self.playhead, self.plan, turn)
        self._swing = Swing(self.playhead, parameters, self.departure)
        self._forecast = Forecast(parameters, playhead=self.playhead, plan=self.plan, drift=drift, timing=self._timing)
        self._edit = EditOnTheWay(
            setlist,
            self.playhead,
            self.plan,
            self.specs,
            timing=self._timing,
            departure=self.departure,
            turn=turn,
            swing=self._swing,
            remark=self._remarks.append,
        )
        self._way = Way(
            self.playhead,
            self.plan,
            timing=self._timing,
            grid=grid,
            turn=turn,
            swing=self._swing,
        )
        self._rest = Rest(
            setlist,
            parameters,
            playhead=self.playhead,
            plan=self.plan,
            timing=self._timing,
            departure=self.departure,
            drift=drift,
            wander_turn=WanderTurn(self.playhead, self.plan, approach),
        )

    # What is on air and what comes

    @property
    def on_air(self) -> OnAir | None:
        return self.playhead.on_air

    @property
    def current_cue(self) -> int | None:
        return self.playhead.current_cue

    @property
    def shown_position(self) -> float:
        """The playhead with sway and swing, 0..1."""
        return self._swing.shown_position

    @property
    def standby(self) -> Cue | None:
        return self.plan.standby

    @property
    def on_screen(self) -> OnScreen | None:
        """The transition whose leaves make the picture, and the position in it."""
        return self._on_screen(self.shown_position)

    @property
    def swing_beat(self) -> float:
        """The beat that oscillators go by: no finer than the log of a show has it, so that a replay swings the very same."""
        return round(self.tempo.beat, BEAT_DIGITS)

    def schedule(self) -> Schedule:
        """When what is wanted will be on air, as far as one can tell."""
        return self._forecast.schedule(self.shown_position)

    def ahead(self) -> Ahead:
        """What the renderer is to make."""
        return self._forecast.ahead()

    def outlook(self, ahead: Ahead) -> Outlook:
        """What this frame shows and what is to come; made when the rules have run and what is ahead has been ordered."""
        playhead, coming, shown = self.playhead, self.plan.next_transition(), self.shown_position
        is_ready = coming is not None and coming.is_playable
        takes_coming = is_ready and playhead.standing.state.is_at_cue
        return Outlook(
            standing=playhead.standing,
            program=playhead.program,
            on_air=playhead.on_air,
            wander=playhead.wander,
            on_screen=self._on_screen(shown),
            cue_leaf=self._cue_leaf(),
            position=shown,
            hand_position=0.0 if takes_coming else playhead.shown_position,
            is_moving=self._is_moving(is_ready=is_ready),
            current_cue=playhead.current_cue,
            standby=self.plan.standby,
            coming=coming,
            ahead=ahead,
        )

    def _on_screen(self, shown: float) -> OnScreen | None:
        """shown: the position in the transition on air."""
        playhead = self.playhead
        if playhead.wander is not None:
            return playhead.wander.transition, playhead.wandered
        return None if playhead.on_air is None else (playhead.on_air.transition, shown)

    def _cue_leaf(self) -> OnScreen | None:
        playhead = self.playhead
        if playhead.wander is not None:
            return playhead.wander.transition, 0.0
        return None if playhead.on_air is None else (playhead.on_air.transition, float(playhead.position == 1.0))

    def _is_moving(self, *, is_ready: bool) -> bool:
        """Whether the picture would move now if every leaf were there. is_ready: the next transition is playable."""
        playhead, speed = self.playhead, self.parameters.number("transition.speed")
        if self.parameters.values["hold"] or playhead.standing.state is State.IN_HAND or speed == 0:
            return False
        if playhead.wander is not None:
            return True
        if playhead.standing.state.is_at_cue:
            return self.departure.is_wanted and not (is_ready and self._timing.quantum())
        return speed > 0 or playhead.position > 0

    def take_dissolve(self) -> float | None:
        """Seconds of the dissolve that the next picture comes in with, once; 0 is a hard cut."""
        dissolve, self._dissolve = self._dissolve, None
        return dissolve

    def take_remarks(self) -> list[str]:
        """What everybody must be told, once."""
        remarks = self._remarks.copy()
        self._remarks.clear()
        return remarks

    def state(self, standby: Cue | None) -> ShowState:
        """All that must outlive this process. standby: the standby cue of now."""
        setlist = self.setlist
        return ShowState(setlist.cues, self.parameters.values, self._bearings.take(standby), setlist.presets.kept)

    # What the hands ask

    def require_standby(self, what: str) -> Cue:
        """Raises CommandRefused when nothing is armed."""
        standby = self.standby
        if standby is None:
            raise CommandRefused(f"{what} needs a standby cue: add one to the setlist, or switch setlist.loop on")
        return standby

    def ask_go(self) -> None:
        """Go to the standby cue as soon as that can be."""
        self.plan.cues.settle_now()
        self._swing.stop()
        self.departure.ask_go()

    def ask_cut(self) -> None:
        """Show the standby cue as soon as its picture is there."""
        self.plan.cues.settle_now()
        self.departure.ask_cut()

    def forget_pending(self) -> None:
        """Take back a GO or CUT that waits."""
        if self.departure.is_under_way:
            self._swing.start_again()
        self.departure.forget()

    def release(self) -> None:
        """Let go of the playhead: it goes on from where the hand has left it."""
        self.playhead.release()

    def scrub(self, position: float) -> None:
        """Take the playhead by hand; at rest the hand takes the coming transition, as a T-bar does.

        Another transition than that on screen comes in as a dissolve; within a transition the hand leaps.
        """
        shown, is_at_cue = self.on_screen, self._rest.is_still
        if self.playhead.is_resting:
            self.playhead.lose_aim()  # a hand that leaps does not wait for a tree that starts in a wander
            if self.plan.next_ready() is not None and self.on_air is not None:
                self._start_next()
            elif self.standby is not None:
                raise CommandRefused("nothing to scrub yet: the coming transition is still being rendered")
        if self.on_air is None or not self.on_air.transition.is_playable:
            raise CommandRefused("nothing to scrub yet: the transition is still being rendered")
        self.playhead.grab(position)
        is_other = shown is not None and shown[0] is not self.on_air.transition
        if is_other and not (is_at_cue and position <= CLOSE):
            self._dissolve = DISSOLVE

    # Time

    def advance(self, elapsed: float) -> None:
        """Move the playhead on by `elapsed` seconds of the show's time."""
        self.plan.cues.settle(elapsed)
        if remark := self._tag_remarks.new():
            self._remarks.append(remark)
        self.plan.first_round.follow_speed()
        playhead = self.playhead
        if playhead.on_air is None:
            self._open()
            return
        if playhead.standing.is_pending and self.standby is None:
            self.forget_pending()  # its cue is gone: a turn would creep towards its leaf for ever
        speed = self.parameters.number("transition.speed")
        self._edit.follow(speed)
        if playhead.standing.is_cut_pending:
            self._cut()
        state = playhead.standing.state
        if state is State.IN_HAND or self.parameters.values["hold"]:
            return
        if state.is_at_cue:
            self._go_on(self._rest.run(elapsed, speed), speed)
        else:
            self._run(elapsed, speed)

    def _run(self, elapsed: float, speed: float) -> None:
        left_over = self._way.run(elapsed, speed)
        if left_over is None and self.playhead.standing.state.is_at_cue:
            left_over = self._rest.run(0.0, speed)
        self._go_on(left_over, speed)

    def _go_on(self, left_over: float | None, speed: float) -> None:
        """Start the next transition with the time that was left over when what was on air had come to its end."""
        if left_over is None:
            return
        self._start_next()
        if left_over:
            self._run(left_over, speed)

    def _open(self) -> None:
        """The first picture, as soon as its leaf is there: the start of the first transition, or where the show was."""
        coming, opening = self.plan.next(), self.plan.opening
        if coming is None:
            return
        is_running = opening is not None and not opening.is_resting
        if self.plan.next_has_failed():
            self.forget_pending()
            self.plan.open_otherwise()
        elif opening is not None and is_running and coming.transition.is_playable:
            self.playhead.open(coming, opening.position, is_resting=False)
        elif not is_running and coming.transition.segment.slot_at(0.0) is not None:
            self.playhead.open(coming, 0.0, is_resting=True)

    def _start_next(self) -> None:
        ready = self.plan.next_ready()
        if ready is None:
            return
        is_for_standby = self.playhead.standing.edited_cue is None
        self.playhead.start(ready)
        self._way.begin()
        if is_for_standby:
            self.plan.arrive()

    def _cut(self) -> None:
        """Show the end of the next transition as soon as that leaf is there."""
        if self.plan.next_planned() is None:
            self.playhead.forget_cut()
            return
        coming = self.plan.next()
        if coming is None or coming.transition.segment.slot_at(1.0) is None:
            return
        self.playhead.show_cut(coming)
        self._dissolve = 0.0
        self.plan.arrive()
