from __future__ import annotations

import pytest

from controllers.midi.clock_input import ClockInput
from core.control.beat import LOST_AFTER, OutsideBeat


def send(clock: ClockInput, port: str, bpm: float, start: float, ticks: int = 24) -> None:
    for tick in range(ticks):
        clock.hear("clock", port, start + tick * 60 / bpm / 24)


def test_the_ticks_of_a_port_are_a_tempo() -> None:
    told: list[OutsideBeat] = []
    clock = ClockInput(told.append)
    clock.hear("start", "Drums", 0.99)
    send(clock, "Drums", 133, start=1.0)

    assert told[-1].line.bpm == pytest.approx(133)
    assert told[-1].line.time_of(0) == pytest.approx(1.0)


def test_a_second_clock_is_left_alone_until_the_first_is_silent() -> None:
    told: list[OutsideBeat] = []
    clock = ClockInput(told.append)
    send(clock, "Drums", 120, start=0.0)
    send(clock, "Synth", 90, start=0.5, ticks=8)
    assert told[-1].line.bpm == pytest.approx(120)

    send(clock, "Synth", 90, start=0.5 + LOST_AFTER + 0.1)

    assert told[-1].line.bpm == pytest.approx(90)


def test_the_song_position_is_where_the_next_tick_is() -> None:
    told: list[OutsideBeat] = []
    clock = ClockInput(told.append)
    clock.hear("songpos", "Drums", 0.9, position=8)
    clock.hear("continue", "Drums", 0.95)
    send(clock, "Drums", 120, start=1.0)

    assert told[-1].line.time_of(2) == pytest.approx(1.0)
