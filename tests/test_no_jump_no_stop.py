"""The promise of a turn: however hands go, edit, arm, drift and run back, the picture never jumps, never stops dead, and arrives."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest

from core.control import commands as c
from core.control.commands import ByNumber, CueDraft
from core.control.snapshot import Program
from live.show.machine import State
from tests.fakes import ShowRig, grey_at

WAY = 30  # frames of a transition
LARGEST_STEP = 240 / WAY + 2  # greys a frame: from the darkest to the brightest cue
LARGEST_HURRY = 240 / 10 + 2  # the same where a GO finishes the transition within a second
FRAMES = 250


@pytest.fixture
def rig() -> Iterator[ShowRig]:
    rig = ShowRig(
        4, slot_count=200, transition__duration=WAY / 10, go__guard=0.0, setlist__auto=False, drift=True, wander=0.5
    )
    rig.tick(20)
    yield rig
    rig.close()


def any_hand(dice: random.Random, on_air: int) -> c.Command:
    """on_air: the cue that is on air, or approached."""
    number = ByNumber(dice.randint(1, 5))
    choices: list[Callable[[], c.Command]] = [
        lambda: c.Go(),
        lambda: c.Go(number),
        lambda: c.EditCue(dice.choice([None, number]), seed=dice.randint(0, 24)),
        *[lambda: c.EditCue(c.ById(on_air), seed=dice.randint(0, 24))] * 3,
        lambda: c.SelectStandby(number),
        lambda: c.StepStandby(1),
        c.Undo,
        c.Redo,
        c.ShuffleSetlist,
        lambda: c.AppendCue(CueDraft("new", seed=dice.randint(0, 24))),
        lambda: c.RemoveCue(number),
        lambda: c.SetParameter("drift", dice.random() < 0.8),
        lambda: c.SetParameter("setlist.auto", dice.random() < 0.5),
        lambda: c.SetParameter("underrun", dice.choice(["sway", "drift", "hold"])),
        lambda: c.SetParameter("transition.speed", dice.choice([1.0, 1.0, 1.0, 1.0, -1.0])),
        lambda: c.SetParameter("hold", dice.random() < 0.1),
    ]
    return dice.choice(choices)()


class Watch:
    """Ticks a rig, and looks at every frame as the audience would."""

    def __init__(self, rig: ShowRig) -> None:
        self.rig = rig
        self._place: object = None
        self._still = 0

    def tick(self, *, is_working: bool = True) -> None:
        show, before = self.rig.show, self.rig.output.greys[-1]
        was_hurrying = show.playhead.state is State.FINISHING
        snapshot = self.rig.tick(is_working=is_working)
        step = abs(int(self.rig.output.pictures[-1].max()) - before)
        is_hurrying = was_hurrying or show.playhead.state is State.FINISHING
        assert step <= (LARGEST_HURRY if is_hurrying else LARGEST_STEP), f"a jump in frame {snapshot.frame_number}"
        place = (show.on_screen, show.playhead.position)
        is_going = snapshot.program in (Program.TRANSITION, Program.DRIFT) and show.outlook(show.ahead()).is_moving
        self._still = self._still + 1 if is_going and place == self._place else 0
        assert self._still < 2, f"the picture stands still in frame {snapshot.frame_number}"
        self._place = place


@pytest.mark.parametrize("seed", range(12))
def test_picture_neither_jumps_nor_stops_nor_is_stuck_whatever_hands_do(rig: ShowRig, seed: int) -> None:
    dice, watch = random.Random(seed), Watch(rig)
    is_working = True

    for _ in range(FRAMES):
        if dice.random() < 0.12:
            rig.submit(any_hand(dice, rig.show.current_cue or 0))
        if dice.random() < (0.04 if is_working else 0.12):
            is_working = not is_working
        watch.tick(is_working=is_working)

    rest = {"transition.speed": 1.0, "hold": False, "drift": False, "setlist.auto": False}
    rig.submit(*(c.SetParameter(name, value) for name, value in rest.items()))
    for _ in range(5 * WAY):
        watch.tick()
    assert rig.playback.snapshot.get().program is Program.CUE
    rig.submit(c.AppendCue(CueDraft("last", seed=7)), c.StepStandby(1), c.Go())
    for _ in range(3 * WAY):
        watch.tick()
    cue = rig.show.setlist.get(rig.show.current_cue)
    assert cue is not None
    assert rig.output.greys[-1] == grey_at(cue.seed, cue.seed, 0)
    assert not rig.playback.snapshot.get().is_go_pending


@pytest.mark.parametrize("frames_between", [1, 3, 6, 11])
def test_edits_without_end_neither_stop_the_way_nor_keep_it_from_arriving(rig: ShowRig, frames_between: int) -> None:
    dice, watch = random.Random(frames_between), Watch(rig)
    rig.submit(c.Go())
    for frame in range(FRAMES):
        if frame % frames_between == 0:
            rig.submit(c.EditCue(ByNumber(2), seed=dice.randint(0, 24)))
        watch.tick(is_working=dice.random() < 0.5)

    for _ in range(5 * WAY):
        watch.tick()

    assert rig.show.playhead.is_resting
    assert rig.show.current_cue == 2
