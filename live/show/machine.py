"""Where a show is, what has been asked of it, and the steps from one to the next: the only place that says what may follow what.

Hold and freeze are no states: hold stops the time of whatever state there is, freeze only its picture. docs/states.md has the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import Enum, StrEnum

from core.tree.spec import Graft


class State(Enum):
    """What the picture does; is_at_cue: the playhead stays at one end of the transition on air."""

    OPENING = ("the test card: there is no picture yet", True)
    RESTING = ("the picture of a cue, still", True)
    SWAYING = ("at a cue: to and fro in the transition that led there", True)
    DRIFTING = ("at a cue: out to a neighbour and home again", True)
    LEAVING = ("drifting on to a leaf, where the next transition begins", True)
    RUNNING = ("in a transition, on to its end", False)
    TURNING = ("in a transition after GO: on to a leaf, or to its end, where the next one begins", False)
    EDITING = ("the same because its cue was edited: the next one leads to the edited cue", False)
    FINISHING = ("in a transition after GO: to its end within a second", False)
    IN_HAND = ("in a transition: a hand holds the position", False)

    def __init__(self, doc: str, is_at_cue: bool) -> None:
        self.doc = doc
        self.is_at_cue = is_at_cue


class Step(StrEnum):
    """What can happen to a show: first what is asked of it, then what comes with time."""

    GO = "GO"
    CUT = "CUT"
    GRAB = "position"
    RELEASE = "release"
    EDIT = "edit of its cue"
    KEEP = "edit taken back"
    FORGET = "GO, CUT, edit dropped"
    FORGET_CUT = "CUT dropped"
    OPEN = "first picture"
    OPEN_UNDER_WAY = "first picture, in a transition"
    SWAY = "sway"
    DRIFT = "drift"
    COME_HOME = "home"
    AIM = "aim at a leaf"
    LOSE_AIM = "aim lost"
    FINISH = "no leaf to turn at"
    START = "next one begins"
    ARRIVE = "end"
    SHOW_CUT = "picture of CUT"
    BACK = "tape back, from a cue"
    RUN_BACK = "tape back, at the start"
    FOLLOW = "place from a log"


_O, _R, _S, _D, _L, _W, _T, _E, _F, _H = State
_ALL = tuple(State)
_WAYS = (_W, _T, _E, _F)


def _stay(*states: State) -> dict[State, State]:
    return {state: state for state in states}


# Read: this step leads from that state to this one, and is refused in states that are not named. Where it leads to RUNNING and a
# GO or an edit is pending, the show is TURNING or EDITING at once.
TABLE: Mapping[Step, Mapping[State, State]] = {
    Step.GO: {**_stay(_O, _R, _S, _D, _H), _L: _D, **dict.fromkeys(_WAYS, _T)},
    Step.CUT: {**_stay(*_ALL), _L: _D},
    Step.GRAB: dict.fromkeys((_R, _S, _D, _L, *_WAYS, _H), _H),
    Step.RELEASE: {**_stay(*_ALL), _H: _W},
    Step.EDIT: {**_stay(_R, _S, _D), _L: _D, _W: _E, _E: _E},
    Step.KEEP: {**_stay(_R, _S, _D, _H), _L: _D, _E: _W},
    Step.FORGET: {**_stay(*_ALL), _L: _D, _T: _W, _E: _W, _F: _W},
    Step.FORGET_CUT: _stay(*_ALL),
    Step.OPEN: {_O: _R},
    Step.OPEN_UNDER_WAY: {_O: _W},
    Step.SWAY: {_R: _S, _S: _S},
    Step.DRIFT: {_R: _D},
    Step.COME_HOME: {_S: _R, _D: _R, _L: _R},
    Step.AIM: {_D: _L, _L: _L, **_stay(_T, _E)},
    Step.LOSE_AIM: {_L: _D},
    Step.FINISH: {_T: _F, _E: _E},
    Step.START: dict.fromkeys((_R, _S, _D, _L, _T, _E), _W),
    Step.ARRIVE: dict.fromkeys(_WAYS, _R),
    Step.SHOW_CUT: dict.fromkeys((_R, _S, _D, _L, *_WAYS, _H), _R),
    Step.BACK: {_R: _W, _S: _W},
    Step.RUN_BACK: _stay(*_WAYS),
    Step.FOLLOW: dict.fromkeys(_ALL, _W),
}

_KEEPS_THE_LEAF = frozenset({Step.CUT, Step.GRAB, Step.RELEASE, Step.FORGET_CUT})
_HAS_A_LEAF = frozenset({_L, _T, _E, _H})
_AIMS_ANEW = frozenset({Step.GO, Step.EDIT, Step.KEEP, Step.FORGET, Step.START, Step.SHOW_CUT})


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a show is and what is pending: replaced as a whole by `take`, and by nothing else.

    Attributes:
        edited_cue: the cue to which the show is to turn because it was edited; it comes before the standby cue.
        leaf: at which the transition on air, or the wander, is left for the next one; None for its end.
        is_aimed: that has been chosen for what is pending.
    """

    state: State = State.OPENING
    is_go_pending: bool = False
    is_cut_pending: bool = False
    edited_cue: int | None = None
    leaf: Graft | None = None
    is_aimed: bool = False

    @property
    def is_pending(self) -> bool:
        """Whether a hand has asked for something that has not come."""
        return self.is_go_pending or self.is_cut_pending


def take(now: Standing, step: Step, *, edited_cue: int | None = None, leaf: Graft | None = None) -> Standing:
    """Where the show is after a step; refuses one that its state does not allow, which is a fault of ours.

    Args:
        now: where it is.
        step: what happens.
        edited_cue: of EDIT.
        leaf: of AIM; None aims at the end of the transition on air.
    """
    after = TABLE[step].get(now.state)
    assert after is not None, f"a show that is {now.state.name} does not allow the step {step.name}"
    pending = _pending(now, step, edited_cue)
    if after is State.RUNNING and pending.is_go_pending:
        after = State.TURNING
    elif after is State.RUNNING and pending.edited_cue is not None:
        after = State.EDITING
    if step is not Step.AIM:
        is_of_the_same = now.state.is_at_cue is after.is_at_cue  # a leaf of a wander is none of a transition
        leaf = now.leaf if step in _KEEPS_THE_LEAF and after in _HAS_A_LEAF and is_of_the_same else None
    assert after is not State.LEAVING or leaf is not None, "a wander is left at a leaf"
    is_aimed = step is Step.AIM or (now.is_aimed and step not in _AIMS_ANEW)
    return replace(pending, state=after, leaf=leaf, is_aimed=is_aimed)


def _pending(now: Standing, step: Step, edited_cue: int | None) -> Standing:
    """What is pending after a step."""
    match step:
        case Step.GO:
            return replace(now, is_go_pending=True, edited_cue=None)  # the hand counts for more than an edit
        case Step.CUT:
            return replace(now, is_cut_pending=True)
        case Step.EDIT | Step.KEEP:
            return replace(now, edited_cue=edited_cue)
        case Step.FORGET | Step.SHOW_CUT:
            return Standing(now.state)
        case Step.FORGET_CUT:
            return replace(now, is_cut_pending=False)
        case Step.START:
            return replace(now, is_go_pending=False, edited_cue=None)
    return now
