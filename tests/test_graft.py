"""A turn in mid-transition as it is seen: the real engine with the built-in model, judged on output frames."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from core.control import commands as c
from core.control.commands import ByNumber, CueDraft, Submission
from core.control.mailbox import CommandQueue
from core.frames.frame import FrameFormat
from core.setlist import Setlist
from core.tree.similarity import gaps_along
from core.tree.spec import Placing, RenderSettings
from live.compositor import Fit
from live.lookahead import Lookahead
from live.parameters import LiveParameters
from live.playback import Playback, PlaybackOptions
from live.show import Show
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
        lookahead = Lookahead()
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


def play(stage: Stage, turn_after: int, late: int) -> tuple[int, NDArray[np.float32]]:
    """GO, and another GO on the way, when the worker rests for a while; the frame of the turn, and all steps between frames."""
    stage.submit(c.Go())
    for _ in range(turn_after):
        stage.tick()
    first = len(stage.output.pictures) - turn_after + 1
    stage.submit(c.SelectStandby(ByNumber(3)))
    stage.submit(c.Go())
    for _ in range(late):
        stage.tick(is_working=False)
    while not stage.has_turned:
        stage.tick()
        assert len(stage.output.pictures) < 200, "the turn never came"
    turned_at = len(stage.output.pictures) - 1 - first
    for _ in range(25):
        stage.tick()
    return turned_at, gaps_along(stage.output.pictures[first:])


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("turn_after", "late"), [(20, 0), (25, 15)], ids=["tree in time", "tree late"])
def test_step_at_the_turn_is_no_larger_than_a_usual_one(stage: Stage, turn_after: int, late: int) -> None:
    turned_at, steps = play(stage, turn_after, late)

    usual = np.concatenate([steps[:turn_after], steps[turned_at:]])  # without the slow way to a tree that is late
    assert steps[turned_at - 1] <= np.median(usual)
    assert steps[turn_after : turned_at + 10].max() <= usual.max()
