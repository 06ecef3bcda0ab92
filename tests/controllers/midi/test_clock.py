from __future__ import annotations

import random

import pytest

from controllers.midi.clock import TICKS_PER_BEAT, MidiClock
from core.control.beat import LOST_AFTER, BeatLine, OutsideBeat
from core.control.tap_tempo import TapTempo


def tap(times: list[float]) -> list[BeatLine | None]:
    finger = TapTempo()
    return [finger.tap(at) for at in times]


def ticks(clock: MidiClock, bpm: float, beats: float, start: float, jitter: float = 0.0) -> OutsideBeat:
    """The state after so many beats; each tick is late by up to `jitter`."""
    dice = random.Random(1)
    told = None
    for tick in range(round(beats * TICKS_PER_BEAT)):
        told = clock.tick(start + tick * 60 / bpm / TICKS_PER_BEAT + dice.uniform(0, jitter)) or told
    assert told is not None
    return told


def test_the_fourth_tap_gives_the_tempo() -> None:
    lines = tap([10.0, 10.5, 11.0, 11.5])

    assert lines[:3] == [None, None, None]
    assert lines[3] is not None
    assert lines[3].bpm == pytest.approx(120)
    assert lines[3].time_of(0) == pytest.approx(11.5)


def test_a_trembling_finger_is_smoothed() -> None:
    dice = random.Random(2)
    line = tap([number * 0.5 + dice.gauss(0, 0.015) for number in range(12)])[-1]

    assert line is not None
    assert line.bpm == pytest.approx(120, abs=1.5)
    assert line.time_of(0) == pytest.approx(5.5, abs=0.02)


def test_a_slip_of_the_finger_is_left_out() -> None:
    line = tap([0.0, 0.5, 0.7, 1.0, 1.5, 2.0, 2.5])[-1]

    assert line is not None
    assert line.bpm == pytest.approx(120)


def test_a_missing_tap_is_a_gap_of_two() -> None:
    line = tap([0.0, 0.5, 1.0, 2.0, 2.5, 3.0])[-1]

    assert line is not None
    assert line.bpm == pytest.approx(120)


def test_a_pause_begins_a_new_series() -> None:
    assert tap([0.0, 0.5, 1.0, 1.5, 9.0, 9.5, 10.0])[4:] == [None, None, None]


def test_a_clock_is_known_after_a_quarter_of_a_beat() -> None:
    assert ticks(MidiClock(), 120, 0.3, start=5.0).line.bpm == pytest.approx(120)


@pytest.mark.parametrize("bpm", [20, 120, 300])
def test_a_jittery_clock_is_smoothed(bpm: float) -> None:
    clock = MidiClock()
    clock.start()

    told = ticks(clock, bpm, 8, start=5.0, jitter=0.004)

    assert told.line.bpm == pytest.approx(bpm, rel=0.003)
    # half of the jitter is a delay that nobody can see from here
    assert told.line.time_of(8) == pytest.approx(5.0 + 8 * 60 / bpm + 0.002, abs=0.002)


def test_a_new_tempo_is_followed_within_a_beat() -> None:
    clock = MidiClock()
    ticks(clock, 120, 4, start=0.0)

    assert ticks(clock, 133, 1, start=2.0).line.bpm == pytest.approx(133, rel=0.01)


def test_ticks_that_were_held_up_and_came_at_once_are_no_new_tempo() -> None:
    clock = MidiClock()
    ticks(clock, 120, 2, start=0.0)
    late = [clock.tick(1.15 + number * 0.0001) for number in range(8)]
    after = [clock.tick((56 + number) / 48) for number in range(40)]

    told = [beat for beat in (*late, *after) if beat is not None]
    assert len(told) == 48
    assert all(beat.line.bpm == pytest.approx(120, rel=0.05) for beat in told)
    assert told[-1].line.time_of(4) == pytest.approx(2.0, abs=0.002)


def test_a_clock_at_an_impossible_tempo_is_not_told() -> None:
    clock = MidiClock()

    assert [clock.tick(number * 0.001) for number in range(48)] == [None] * 48
    assert [clock.tick(7.0) for _ in range(48)] == [None] * 48


def test_the_song_begins_with_the_tick_after_start() -> None:
    clock = MidiClock()
    before = ticks(clock, 120, 1.7, start=0.0)
    clock.start()

    after = ticks(clock, 120, 1.5, start=41 / 48)

    assert after.epoch == before.epoch + 1
    assert after.line.time_of(0) == pytest.approx(41 / 48)


def test_the_song_position_is_taken_up_by_the_next_tick() -> None:
    clock = MidiClock()
    clock.locate(16)

    assert ticks(clock, 120, 2, start=1.0).line.time_of(4) == pytest.approx(1.0)


def test_a_clock_that_was_silent_begins_anew() -> None:
    clock = MidiClock()
    first = ticks(clock, 120, 2, start=0.0)
    assert not clock.is_silent(1.0 + LOST_AFTER - 0.03)
    assert clock.is_silent(1.0 + LOST_AFTER)

    second = ticks(clock, 90, 1, start=5.0)

    assert second.epoch == first.epoch + 1
    assert second.line.bpm == pytest.approx(90)


def test_lost_ticks_do_not_put_the_beat_back() -> None:
    clock = MidiClock()
    ticks(clock, 120, 2, start=0.0)
    told = [clock.tick((48 + number) / 48) for number in range(48) if number not in (10, 11, 30)]

    last = told[-1]
    assert last is not None
    assert last.line.time_of(4) == pytest.approx(2.0, abs=1e-6)
    assert last.line.bpm == pytest.approx(120)


def test_a_song_that_was_stopped_goes_on_with_the_tick_that_was_next() -> None:
    clock = MidiClock()
    ticks(clock, 120, 2, start=0.0)
    clock.pause()
    told = [clock.tick((48 + 6 + number) / 48) for number in range(48)]

    last = told[-1]
    assert last is not None
    assert last.line.time_of(2) == pytest.approx(1 + 6 / 48, abs=1e-6)
