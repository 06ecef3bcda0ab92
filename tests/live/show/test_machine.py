from __future__ import annotations

import typing
from collections import deque
from collections.abc import Callable, Iterator

import pytest

from core.control import commands as c
from core.control.commands import ByNumber, CueDraft
from core.control.cue_fields import Follow
from core.control.errors import LatentdeckError
from core.tree.spec import Graft, KeyframeSpec, RenderSettings, TransitionSpec, TreeShape
from live.show.machine import TABLE, Standing, State, Step, take
from tests.fakes import ORIGIN, ShowRig

KEYFRAME = KeyframeSpec("a cue", "", 1, 1.0)
LEAF = Graft(TransitionSpec(KEYFRAME, KEYFRAME, RenderSettings(8, 8, 2), TreeShape(0.5, ((1,),))), 0.5)
EDITED = 7
ON_THE_WAY = (State.RUNNING, State.TURNING, State.EDITING, State.FINISHING)

# The machine by itself


def reachable() -> Iterator[tuple[Standing, Step, Standing]]:
    """Every step from everything that can be, with what it leads to."""
    waiting, known = deque([Standing()]), {Standing()}
    while waiting:
        now = waiting.popleft()
        for step in Step:
            if now.state not in TABLE[step] or is_never_taken(now, step):
                continue
            for leaf in aims(now) if step is Step.AIM else (None,):
                after = take(now, step, edited_cue=EDITED if step is Step.EDIT else None, leaf=leaf)
                yield now, step, after
                if after not in known:
                    known.add(after)
                    waiting.append(after)


def aims(now: Standing) -> tuple[Graft | None, ...]:
    return (LEAF,) if now.state.is_at_cue else (LEAF, None)


def is_never_taken(now: Standing, step: Step) -> bool:
    """An edit waits as long as a hand has asked for something; each is checked before the step."""
    return step is Step.EDIT and now.is_pending


def test_every_state_can_be_reached_and_left() -> None:
    steps = list(reachable())

    assert {after.state for _, _, after in steps} == set(State)
    assert {now.state for now, _, after in steps if after.state is not now.state} == set(State)


def test_state_says_what_is_pending_and_where_it_leads() -> None:
    for _, _, now in reachable():
        is_going = now.state in ON_THE_WAY
        assert (now.state in (State.TURNING, State.FINISHING)) == (is_going and now.is_go_pending)
        assert (now.state is State.EDITING) == (is_going and now.edited_cue is not None)
        assert not (now.is_go_pending and now.edited_cue is not None)
        assert now.leaf is None or now.state in (State.LEAVING, State.TURNING, State.EDITING, State.IN_HAND)
        assert now.leaf is not None or now.state is not State.LEAVING


@pytest.mark.parametrize("step", Step)
def test_step_that_a_state_does_not_allow_is_refused(step: Step) -> None:
    for state in set(State) - set(TABLE[step]):
        with pytest.raises(AssertionError, match=f"{state.name} does not allow the step {step.name}"):
            take(Standing(state), step)


def test_standing_cannot_be_changed_but_by_a_step() -> None:
    with pytest.raises(AttributeError):
        Standing().state = State.RESTING  # type: ignore[misc]


# A show in each state


def resting(rig: ShowRig) -> None:
    rig.tick(30)


def swaying(rig: ShowRig) -> None:
    rig.show.setlist.edit(ByNumber(2), {"follow": Follow.LOOP})
    rig.submit(c.Cut(ByNumber(2)))
    rig.tick(20)


def drifting(rig: ShowRig) -> None:
    rig.submit(c.SetParameter("drift", True))
    rig.tick(30)


def leaving(rig: ShowRig) -> None:
    drifting(rig)
    rig.submit(c.Go())
    rig.tick(1, is_working=False)


def running(rig: ShowRig) -> None:
    rig.tick(40)
    rig.submit(c.Go())
    rig.tick(6)


def turning(rig: ShowRig) -> None:
    running(rig)
    rig.submit(c.Go())
    rig.tick(1, is_working=False)


def editing(rig: ShowRig) -> None:
    running(rig)
    rig.submit(c.EditCue(ByNumber(2), seed=20))
    rig.tick(6, is_working=False)


def finishing(rig: ShowRig) -> None:
    running(rig)
    rig.submit(c.SetParameter("go.mode", "finish"), c.Go())
    rig.tick(2)


def in_hand(rig: ShowRig) -> None:
    running(rig)
    rig.submit(c.SetParameter("position", 0.4))
    rig.tick()


ARRANGED: dict[State, Callable[[ShowRig], object]] = {
    State.OPENING: lambda rig: rig.tick(is_working=False),
    State.RESTING: resting,
    State.SWAYING: swaying,
    State.DRIFTING: drifting,
    State.LEAVING: leaving,
    State.RUNNING: running,
    State.TURNING: turning,
    State.EDITING: editing,
    State.FINISHING: finishing,
    State.IN_HAND: in_hand,
}

# Commands that lead the show, each with its step; all others leave it as it is.
LEADING: tuple[tuple[c.Command, Step], ...] = (
    (c.Go(), Step.GO),
    (c.GoBack(), Step.GO),
    (c.Cut(), Step.CUT),
    (c.SetParameter("position", 0.5), Step.GRAB),
    (c.AddToParameter("position", 0.1), Step.GRAB),
    (c.ResetParameter("position"), Step.GRAB),
    (c.ReleasePosition(), Step.RELEASE),
    (c.SetParameter("transition.speed", -1.0), Step.FORGET),
    (c.ReplaceShow((), (), 0, "another"), Step.FORGET),
)
OTHERS: tuple[c.Command, ...] = (
    c.SetParameter("depth", 0.3), c.SetParameter("hold", True), c.SetParameter("freeze", True), c.SetParameter("drift", False),
    c.AddToParameter("depth", 0.1), c.ResetParameter("depth"),
    c.AppendCue(CueDraft("new")), c.InsertCue(1, CueDraft("new")), c.RemoveCue(ByNumber(2)), c.MoveCue(ByNumber(1), 3),
    c.EditCue(ByNumber(2), seed=9), c.EditCue(None, seed=9), c.ChoosePicture(ByNumber(1), "a.png"), c.CapturePicture(ByNumber(1)),
    c.PutPicture(ByNumber(1), "a.png"), c.TakeStill(), c.SaveShow("a"), c.LoadShow("a"),
    c.ShuffleSetlist(), c.Undo(), c.Redo(), c.SavePreset(1), c.RecallPreset(1), c.RenamePreset(1, "a"), c.DeletePreset(1),
    c.SelectStandby(ByNumber(3)), c.StepStandby(1), c.ClearSetlist(),
    c.TapTempo(), c.ResyncTempo(), c.ScaleTempo(2.0), c.NudgeTempo(0.1),
)  # fmt: skip
FOR_PLAYBACK = (c.Panic, c.ReleasePanic, c.LearnControl, c.ReplaceLearned, c.CancelLearn, c.ForgetControls)


@pytest.fixture(params=State, ids=lambda state: state.name)
def arranged(request: pytest.FixtureRequest) -> Iterator[tuple[State, ShowRig]]:
    """A show with every tree complete, long transitions and no autopilot, in each state."""
    rig = ShowRig(3, slot_count=300, setlist__auto=False, transition__duration=4.0, go__guard=0.0, wander=0.5)
    ARRANGED[request.param](rig)
    assert rig.show.playhead.state is request.param
    yield request.param, rig
    rig.close()


def another(state: State) -> ShowRig:
    again = ShowRig(3, slot_count=300, setlist__auto=False, transition__duration=4.0, go__guard=0.0, wander=0.5)
    ARRANGED[state](again)
    return again


def give(rig: ShowRig, command: c.Command) -> bool:
    """Whether the show took it."""
    try:
        rig.hands.apply(command, ORIGIN, rig.now)
    except LatentdeckError:
        return False
    return True


def expected(state: State, step: Step, command: c.Command) -> State | None:
    """What the table says; GO takes the hand off the position first. None is refused."""
    if state is State.OPENING and isinstance(command, c.GoBack):
        return None  # there is no cue on air to go back from
    if step is Step.GO and state is State.IN_HAND:
        return State.TURNING
    if step is Step.GO and state is State.FINISHING:
        return State.FINISHING  # with go.mode finish, it finishes again
    return TABLE[step].get(state)


def test_every_state_takes_every_command_that_leads_as_the_table_says(arranged: tuple[State, ShowRig]) -> None:
    state, _ = arranged
    for command, step in LEADING:
        rig = another(state)
        wanted = expected(state, step, command)

        is_taken = give(rig, command)

        assert is_taken == (wanted is not None), (command, state)
        assert rig.show.playhead.state is (wanted or state), (command, state)
        rig.tick(3)
        assert rig.playback.snapshot.get().notices == (), (command, state)
        rig.close()


def test_no_other_command_changes_the_state(arranged: tuple[State, ShowRig]) -> None:
    state, rig = arranged
    for command in OTHERS:
        standing = rig.show.playhead.standing

        give(rig, command)

        assert rig.show.playhead.standing == standing, command
    assert rig.show.playhead.state is state


def test_walk_knows_every_command() -> None:
    walked = {type(command) for command, _ in LEADING} | {type(command) for command in OTHERS} | set(FOR_PLAYBACK)

    assert walked == set(typing.get_args(c.Command))


def test_hold_stops_the_time_of_every_state(arranged: tuple[State, ShowRig]) -> None:
    state, rig = arranged
    if state is State.OPENING:
        return  # the first picture comes under hold too
    rig.submit(c.SetParameter("hold", True))
    rig.tick()
    before = (rig.show.playhead.standing, rig.show.on_screen)

    rig.tick(10)

    assert (rig.show.playhead.standing, rig.show.on_screen) == before


def test_freeze_stops_no_state(arranged: tuple[State, ShowRig]) -> None:
    """Two shows, one of them frozen, are in the same place later on."""
    state, rig = arranged
    again = another(state)
    again.submit(c.SetParameter("freeze", True))
    rig.tick(8)
    again.tick(8)
    places = [(each.show.playhead.state, each.show.playhead.position) for each in (rig, again)]
    again.close()

    assert places[0] == places[1]
