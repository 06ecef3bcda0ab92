from __future__ import annotations

import pytest

from controllers.midi.mapping.takeover import OWN_MOVE_TIME, Takeover, TakeoverStyle


class Desk:
    """A fader and the parameter it moves; the show takes each place at once."""

    def __init__(self, style: TakeoverStyle, parameter: float) -> None:
        self.takeover = Takeover(style)
        self.parameter = parameter
        self.now = 0.0

    def move(self, *faders: float) -> list[float | None]:
        places = []
        for fader in faders:
            self.now += 0.05
            place = self.takeover.move(fader, self.parameter, self.now)
            self.parameter = self.parameter if place is None else place
            places.append(place)
        return places


def test_without_takeover_the_parameter_jumps() -> None:
    assert Desk(TakeoverStyle.NONE, parameter=0.9).move(0.1) == [0.1]


def test_fader_below_the_value_does_nothing_until_it_passes_it() -> None:
    assert Desk(TakeoverStyle.PICKUP, parameter=0.5).move(0.1, 0.3, 0.45, 0.6, 0.9) == [None, None, None, 0.6, 0.9]


def test_fader_above_the_value_does_nothing_until_it_passes_it() -> None:
    assert Desk(TakeoverStyle.PICKUP, parameter=0.5).move(0.9, 0.6, 0.3, 0.0) == [None, None, 0.3, 0.0]


def test_fader_that_stands_at_the_value_has_it_at_once() -> None:
    assert Desk(TakeoverStyle.PICKUP, parameter=0.5).move(0.51, 0.6) == [0.51, 0.6]


def test_picked_up_fader_may_move_as_fast_as_it_likes() -> None:
    assert Desk(TakeoverStyle.PICKUP, parameter=0.0).move(0.0, 1.0, 0.2) == [0.0, 1.0, 0.2]


def test_fader_loses_a_parameter_that_another_hand_moves() -> None:
    desk = Desk(TakeoverStyle.PICKUP, parameter=0.5)
    desk.move(0.5, 0.6)
    desk.parameter, desk.now = 0.1, desk.now + 1

    assert desk.move(0.65, 0.4, 0.05) == [None, None, 0.05]


def test_old_news_from_the_show_does_not_take_a_moving_fader_away() -> None:
    takeover = Takeover(TakeoverStyle.PICKUP)
    takeover.move(0.5, current=0.5, now=0.0)

    assert takeover.move(0.8, current=0.5, now=0.01) == 0.8
    assert takeover.move(0.9, current=0.5, now=0.02) == 0.9
    assert takeover.move(0.95, current=0.5, now=0.02 + OWN_MOVE_TIME) is None


def test_scaling_fader_moves_the_parameter_in_proportion_and_meets_it_at_the_end() -> None:
    places = Desk(TakeoverStyle.SCALE, parameter=0.8).move(0.5, 0.75, 1.0)

    assert places == [None, pytest.approx(0.9), pytest.approx(1.0)]


def test_scaling_fader_meets_the_parameter_at_the_bottom_too() -> None:
    places = Desk(TakeoverStyle.SCALE, parameter=0.4).move(0.8, 0.6, 0.0)

    assert places == [None, pytest.approx(0.3), 0.0]


def test_scaling_fader_that_stands_still_changes_nothing() -> None:
    assert Desk(TakeoverStyle.SCALE, parameter=0.4).move(0.8, 0.8) == [None, pytest.approx(0.4)]


def test_a_fader_is_apart_from_a_value_that_another_hand_has_moved() -> None:
    takeover = Takeover(TakeoverStyle.PICKUP)
    assert not takeover.is_apart(current=0.5, now=0.0)
    takeover.move(0.5, current=0.5, now=0.0)

    assert not takeover.is_apart(current=0.9, now=OWN_MOVE_TIME / 2)
    assert takeover.is_apart(current=0.9, now=OWN_MOVE_TIME)
    assert not takeover.is_apart(current=0.51, now=OWN_MOVE_TIME)
