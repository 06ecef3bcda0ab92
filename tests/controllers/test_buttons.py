from __future__ import annotations

from collections.abc import Sequence

import pytest

from controllers.buttons import MAX_BUTTONS, Button, Buttons

FRAME = 1 / 60


def count_presses(messages: Sequence[tuple[float, float]], *, is_exact: bool = False) -> int:
    """messages: (time, value)."""
    button = Button(is_exact=is_exact)
    return sum(button.hear(value, at) for at, value in messages)


def held(start: float, seconds: float, value: float = 1.0) -> list[tuple[float, float]]:
    """A value that is sent with every frame."""
    return [(start + frame * FRAME, value) for frame in range(round(seconds / FRAME))]


@pytest.mark.parametrize(
    ("messages", "presses"),
    [
        pytest.param([(0, 1), (3, 1), (6, 1)], 3, id="Companion, QLab, REAPER: 1 and never 0"),
        pytest.param([(0, 1), (0.4, 1)], 2, id="twice quickly, never 0"),
        pytest.param([(0, 3), (0.1, 1), (3, 3), (3.1, 1)], 2, id="Resolume: 3, then 1"),
        pytest.param([(0, 1), (0.05, 0), (0.1, 1), (0.15, 0)], 2, id="TouchOSC: a fast double tap"),
        pytest.param([(0, 1), (60, 0)], 1, id="TouchOSC: held for a minute"),
        pytest.param([(0, 0), (5, 0)], 0, id="releases alone"),
        pytest.param(held(0, 60), 1, id="TouchDesigner: held for a minute"),
        pytest.param([*held(0, 1, 0), *held(1, 2), *held(3, 1, 0), *held(4, 2)], 2, id="TouchDesigner: every cook"),
        pytest.param([*held(0, 1, 0), *held(1, 2), *held(3.7, 2)], 1, id="TouchDesigner stalls while it is held"),
        pytest.param([(n / 10, 1) for n in range(100)], 1, id="held, repeated ten times a second"),
        pytest.param([(0, 1), (0.2, 0), (4, 1), (8, 1)], 3, id="a release that got lost"),
    ],
)  # fmt: skip
def test_a_press_is_told_from_a_button_that_is_held(messages: Sequence[tuple[float, float]], presses: int) -> None:
    assert count_presses(messages) == presses


@pytest.mark.parametrize(
    ("messages", "presses"),
    [
        pytest.param([(0, 127), (3, 127), (6, 127)], 3, id="a pedal that sends no release"),
        pytest.param([(0, 5), (0.1, 20), (2, 21), (2.1, 60), (5, 64)], 1, id="a knob that rests and moves on"),
        pytest.param([(0, 5), (1, 0), (2, 90)], 2, id="a knob that comes back to 0"),
    ],
)
def test_an_exact_button_is_pressed_again_by_its_own_value_only(
    messages: Sequence[tuple[float, float]], presses: int
) -> None:
    assert count_presses(messages, is_exact=True) == presses


def test_each_sender_has_buttons_of_its_own() -> None:
    buttons = Buttons()

    heard = [buttons.hear(*who, 1.0, 0.0) for who in (("one", "/go"), ("one", "/go"), ("two", "/go"), ("one", "/cut"))]

    assert heard == [True, False, True, True]


def test_many_buttons_take_bounded_memory() -> None:
    buttons = Buttons()
    for number in range(2 * MAX_BUTTONS):
        buttons.hear("flood", f"/vj/cue/{number}/go", 1.0, 0.0)

    assert len(buttons) == MAX_BUTTONS
