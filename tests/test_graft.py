"""A turn in mid-transition as it is seen: the real engine with the built-in model, judged on output frames."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from core.control import commands as c
from core.control.commands import ByNumber, CueDraft, Submission
from core.control.mailbox import CommandQueue
from core.frames.frame import FrameFormat
from core.setlist import Setlist
from core.tree.gaps import gaps_along
from core.tree.spec import Placing, RenderSettings
from live.playback.compositor import Fit
from live.playback.playback import Playback, PlaybackOptions
from live.rendering.lookahead import Lookahead
from live.show.show import Show
from live.values.parameters import SETTLE_TIME, LiveParameters
from tests.fakes import ORIGIN, ListOutput
from tests.inline_worker import InlineWorker

SIDE = 128
FPS = 15.0
ROUNDS = ((3,), (4,), (8,), (16,))
PROMPTS = ("purple galaxy", "gold mandala", "teal mountains")


class Stage:
    """A show of three cues on a clock in the hand; the worker does a job before every frame."""

    def __init__(self, **parameters: float | str | bool) -> None:
        setlist = Setlist()
        for prompt in PROMPTS:
            setlist.append(CueDraft(prompt))
        self.worker, self.output, self.commands = InlineWorker(), ListOutput(), CommandQueue()
        self.lookahead = lookahead = Lookahead()
        values = {name.replace("__", "."): value for name, value in parameters.items()}
        self.show = Show(
            setlist, LiveParameters(values), ROUNDS, lookahead.find, Placing.ADAPTIVE, speed=lookahead.speed
        )
        options = PlaybackOptions(
            FrameFormat(SIDE, SIDE), FPS, Fit.STRETCH, 4, lambda model: RenderSettings(SIDE, SIDE, 8), lambda _: 300
        )
        self.playback = Playback(options, self.show, lookahead, self.worker, self.commands)
        self.playback.outputs.put((self.output,))
        self.now = 0.0

    def submit(self, command: c.Command) -> None:
        self.commands.submit(Submission(command, ORIGIN))

    def tick(self, *, is_working: bool = True) -> None:
        if is_working:
            self.worker.work()
        self.playback.tick(self.now)
        self.now += 1 / FPS

    @property
    def has_turned(self) -> bool:
        return self.show.on_air is not None and self.show.on_air.transition.spec.left.graft is not None


@pytest.fixture
def stage() -> Iterator[Stage]:
    stage = Stage(setlist__auto=False, transition__duration=4.0)
    for _ in range(10):
        stage.tick()
    yield stage
    stage.worker.close()
    stage.playback.close()


def steps_of(stage: Stage, first: int) -> NDArray[np.float32]:
    return gaps_along(stage.output.pictures[first:])


def run_into_the_turn(stage: Stage) -> int:
    """The number of the first frame of the new tree."""
    while not stage.has_turned:
        stage.tick()
        assert len(stage.output.pictures) < 300, "the turn never came"
    return len(stage.output.pictures) - 1


def say(what: str, step: float, usual: NDArray[np.float32]) -> None:
    """For the docs: pytest -s shows it."""
    print(
        f"{what}: step at the turn {step:.4f}, inside transitions median {np.median(usual):.4f}, largest {usual.max():.4f}"
    )


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("turn_after", "late"), [(20, 0), (25, 15)], ids=["tree in time", "tree late"])
@pytest.mark.parametrize("hand", ["go", "edit"])
def test_step_at_the_turn_is_no_larger_than_a_usual_one(stage: Stage, hand: str, turn_after: int, late: int) -> None:
    stage.submit(c.Go())
    first = len(stage.output.pictures) + 1
    for _ in range(turn_after):
        stage.tick()
    if hand == "go":
        stage.submit(c.SelectStandby(ByNumber(3)))
        stage.submit(c.Go())
    else:
        stage.submit(c.EditCue(ByNumber(2), prompt=PROMPTS[2]))
        late += math.ceil(SETTLE_TIME * FPS) if late else 0
    for _ in range(late):
        stage.tick(is_working=False)
    turned_at = run_into_the_turn(stage) - first
    for _ in range(25):
        stage.tick()
    steps = steps_of(stage, first)

    usual = np.concatenate([steps[:turn_after], steps[turned_at:]])  # without the slow way to a tree that is late
    say(f"{hand}, {'tree late' if late else 'tree in time'}", steps[turned_at - 1], usual)
    assert steps[turned_at - 1] <= min(
        1.5 * np.median(usual), usual.max()
    )  # leaves of their own are not all as far apart
    assert steps[turn_after : turned_at + 10].max() <= usual.max()


@pytest.mark.timeout(240)
@pytest.mark.parametrize("wandered_for", [26, 40, 75])
def test_step_out_of_a_wander_is_no_larger_than_a_usual_one(stage: Stage, wandered_for: int) -> None:
    stage.submit(c.SetParameter("drift", True))
    for _ in range(wandered_for):
        stage.tick()
    assert stage.show.playhead.wander is not None
    first = len(stage.output.pictures) - 10
    for _ in range(20):
        stage.lookahead.speed.note(10, 0.5)  # whatever machine this is: with a slow one the picture goes home first

    stage.submit(c.Go())
    turned_at = run_into_the_turn(stage) - first
    for _ in range(50):
        stage.tick()
    steps = steps_of(stage, first)

    usual = steps[turned_at : turned_at + 50]
    say(f"wander for {wandered_for} frames", steps[turned_at - 1], usual)
    assert steps[turned_at - 1] <= usual.max()
    assert steps[: turned_at + 10].max() <= usual.max()
