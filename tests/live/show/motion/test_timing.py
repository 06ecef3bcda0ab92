from __future__ import annotations

import pytest

from core.control.commands import CueDraft
from core.setlist import Setlist
from live.show.motion.timing import Timing
from live.values.parameters import LiveParameters
from live.values.tempo import Tempo


def timing(draft: CueDraft, **parameters: float | str) -> Timing:
    live = LiveParameters({name.replace("__", "."): value for name, value in parameters.items()})
    return Timing(Setlist([draft]), live, Tempo(live))


@pytest.mark.parametrize(
    ("draft", "seconds"),
    [
        pytest.param(CueDraft("a"), 6.0, id="as the parameter says"),
        pytest.param(CueDraft("a", duration=2.0), 2.0, id="as the cue says"),
        pytest.param(CueDraft("a", beats=4.0), 2.0, id="in beats of the tempo"),
    ],
)
def test_length_of_the_way_to_a_cue(draft: CueDraft, seconds: float) -> None:
    assert timing(draft, transition__duration=6.0, tempo__bpm=120.0).of(1).seconds == pytest.approx(seconds)


def test_seconds_of_a_cue_count_before_the_beats_of_the_parameter() -> None:
    assert timing(CueDraft("a", duration=2.0), transition__beats=8.0).of(1).beats == 0
    assert timing(CueDraft("a"), transition__beats=8.0).of(1).beats == 8


def test_curve_is_that_of_the_cue_or_else_of_the_parameter() -> None:
    assert timing(CueDraft("a", curve="snap"), transition__curve="ease").of(1).curve == "snap"
    assert timing(CueDraft("a"), transition__curve="ease").of(1).curve == "ease"


@pytest.mark.parametrize(("choice", "beats"), [("off", 0), ("beat", 1), ("bar", 4), ("phrase", 16)])
def test_grid_on_which_transitions_start(choice: str, beats: float) -> None:
    assert timing(CueDraft("a"), go__quantise=choice).quantum() == beats
