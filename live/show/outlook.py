"""What a frame shows and what is to come: worked out once when the rules of a tick have run, and passed on to all who need it."""

from __future__ import annotations

from dataclasses import dataclass

from core.control.snapshot import Program
from core.setlist import Cue
from core.tree.spec import TransitionSpec
from live.rendering.transition import Transition
from live.show.machine import Standing
from live.show.plan import Planned
from live.show.playhead import OnAir

OnScreen = tuple[Transition, float]  # with a position in it, 0..1


@dataclass(frozen=True, slots=True)
class Ahead:
    """What the renderer is to make; the same object as long as nothing in it has changed.

    Attributes:
        planned: the transition on air and those that follow, soonest first.
        near_count: how many of those may be on screen in the next moment: on air, next, and what drifts.
        kept: identities of the transitions that can be run back into.
        chain: those of them that follow the one on air, soonest first.
        specs: of the planned.
    """

    planned: tuple[Planned, ...] = ()
    near_count: int = 0
    kept: frozenset[int] = frozenset()
    chain: tuple[Planned, ...] = ()
    specs: tuple[TransitionSpec, ...] = ()


@dataclass(frozen=True, slots=True)
class Outlook:
    """
    Attributes:
        on_screen: the transition whose leaves make the picture, and the position in it; None is the test card.
        cue_leaf: a transition on screen that has the leaf of the cue on air, or from which the transition on air comes, and
            the place of that leaf, 0 or 1.
        position: of the picture in the transition on air, with sway and swing.
        hand_position: where a hand on the position takes the playhead.
        is_moving: the picture would move now if every leaf were there.
        coming: the next transition, if it has been begun.
        ahead: as it was ordered.
    """

    standing: Standing
    program: Program
    on_air: OnAir | None
    wander: OnAir | None
    on_screen: OnScreen | None
    cue_leaf: OnScreen | None
    position: float
    hand_position: float
    is_moving: bool
    current_cue: int | None
    standby: Cue | None
    coming: Transition | None
    ahead: Ahead
