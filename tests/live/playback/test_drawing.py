from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from core.control import commands as c
from core.control.commands import ByNumber
from core.control.snapshot import WorkerState, WorkerView
from core.tree.spec import RenderSettings
from live.playback.compositor import Compositor
from live.playback.drawing import Drawing
from live.playback.frame_count import FrameCount
from live.playback.notices import NoticeBoard
from live.playback.worker_client import Rendering
from tests.fakes import FPS, OUTPUT, ShowRig


class WordsOfTheCard(Compositor):
    """Keeps the words and draws nothing."""

    def show_test_card(self, seconds: float, lines: tuple[str, ...]) -> None:
        self.lines = lines


@pytest.fixture
def rig() -> Iterator[ShowRig]:
    rig = ShowRig(2, setlist__auto=False, transition__duration=1.0)
    yield rig
    rig.close()


def words(rig: ShowRig, failure: str = "") -> tuple[str, ...]:
    """Of the test card, below the name."""
    rendering = Rendering(
        rig.show,
        rig.show,
        rig.lookahead,
        rig.worker,
        NoticeBoard(),
        settings_for=lambda model: RenderSettings(model.width, model.height, model.steps),
        slot_count=lambda _: 20,
    )
    rendering.failure = failure
    card = WordsOfTheCard(OUTPUT)
    Drawing(rig.show, rig.show, rendering, card, FrameCount(), FPS).draw(0.0, rig.show.outlook(rig.show.ahead()))
    return card.lines[1:]


def test_card_says_that_the_first_picture_is_rendered(rig: ShowRig) -> None:
    assert words(rig) == ("rendering the first picture",)


def test_card_says_what_the_worker_says_until_the_model_is_there(rig: ShowRig) -> None:
    rig.worker.view.put(WorkerView(WorkerState.BOOTING, message="loading fake"))

    assert words(rig) == ("loading fake",)


def test_card_says_why_the_model_cannot_be_used(rig: ShowRig) -> None:
    rig.worker.view.put(WorkerView(WorkerState.FAILED, message="no such file"))

    assert words(rig) == ("the model cannot be used:", "no such file")


def test_card_says_what_cannot_be_rendered_in_a_line_that_fits(rig: ShowRig) -> None:
    (line,) = words(rig, "cannot render " + "x" * 200)

    assert line.startswith("cannot render x")
    assert len(line) == 90


def test_card_of_an_empty_setlist_asks_for_a_prompt() -> None:
    rig = ShowRig(0)
    lines = words(rig, "cannot render")
    rig.close()

    assert lines == ("the setlist is empty: add a prompt",)


def test_freeze_before_the_first_picture_waits_for_that(rig: ShowRig) -> None:
    rig.submit(c.SetParameter("freeze", True))
    rig.tick(8)
    first = rig.output.greys[-1]

    rig.submit(c.Cut())
    rig.tick(10)

    assert (first, rig.output.greys[-1]) == (10, 10)


def test_panic_in_mid_transition_shows_the_picture_of_the_cue_that_it_comes_from(rig: ShowRig) -> None:
    rig.submit(c.SetParameter("output.fade", 0.0), c.SetParameter("panic.look", "cue"))
    rig.tick(8)
    rig.submit(c.Go(ByNumber(2)))
    rig.tick(8)
    before = rig.output.greys[-1]

    rig.submit(c.Panic())
    rig.tick(2)

    assert before > 12
    assert np.unique(rig.output.pictures[-1]).tolist() == [10]
