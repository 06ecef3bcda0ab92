from __future__ import annotations

import pytest

from core.control.beat import LOST_AFTER, BeatLine, OutsideBeat
from core.control.errors import CommandRefused, InvalidValue
from live.values.parameters import LiveParameters
from live.values.tempo import Tempo
from tests.fakes import ORIGIN

FRAME = 1 / 30


class Beat:
    """A tempo that is stepped by hand."""

    def __init__(self, **parameters: object) -> None:
        values = {name.replace("__", "."): value for name, value in parameters.items()}
        self.parameters = LiveParameters(values)  # type: ignore[arg-type]
        self.tempo = Tempo(self.parameters)
        self.frame = 0
        self.beats: list[float] = []
        self.run(1)

    @property
    def now(self) -> float:
        return self.frame * FRAME

    def run(self, frames: int, outside: OutsideBeat | None = None) -> None:
        for _ in range(frames):
            self.tempo.advance(self.now, FRAME if self.beats else 0.0, outside)
            self.beats.append(self.tempo.beat)
            self.frame += 1


def clock(bpm: float, beat: float = 0.0, at: float = 0.0, heard_at: float = 1e9, epoch: int = 0) -> OutsideBeat:
    return OutsideBeat(BeatLine(bpm, beat, at), epoch, heard_at)


def test_beats_go_by_the_parameter() -> None:
    show = Beat(tempo__bpm=90.0)
    show.run(60)

    assert show.tempo.beat == pytest.approx(3.0)
    assert show.tempo.moved == pytest.approx(90 / 60 * FRAME)


def test_a_new_tempo_keeps_the_beat() -> None:
    show = Beat()
    show.run(30)
    show.tempo.set_bpm(60, ORIGIN, show.now)
    show.run(30)

    assert show.tempo.beat == pytest.approx(3.0, abs=0.1)
    assert show.tempo.jumps == 0
    assert show.parameters.values["tempo.bpm"] == 60


def test_four_taps_set_tempo_and_beat() -> None:
    show = Beat(tempo__bpm=100.0)
    for number in range(4):
        show.run(15)
        show.tempo.tap(0.51 + number * 0.5, ORIGIN, show.now)
    show.run(15)

    assert show.parameters.values["tempo.bpm"] == pytest.approx(120)
    assert show.tempo.view().count % 1 == pytest.approx((show.now - FRAME - 2.01) * 2 % 1)


def test_resync_makes_this_the_first_beat_of_a_bar() -> None:
    show = Beat()
    show.run(40)
    show.tempo.resync(show.now)
    show.run(1)

    assert show.tempo.view().beat == pytest.approx(0.0, abs=1e-9)
    assert show.tempo.jumps == 1


def test_a_nudge_brings_the_beat_forward_and_never_back() -> None:
    show = Beat()
    show.run(10)
    show.tempo.nudge(0.1)
    show.run(10)
    assert show.tempo.beat == pytest.approx(20 * FRAME * 2 + 0.1)

    show.tempo.nudge(-0.2)
    show.run(30)

    assert show.beats == sorted(show.beats)
    assert show.tempo.beat == pytest.approx(50 * FRAME * 2 - 0.1)


def test_double_and_half_stay_in_range() -> None:
    show = Beat(tempo__bpm=160.0)
    with pytest.raises(InvalidValue, match="would be 320"):
        show.tempo.scale(2, ORIGIN, 0.0)
    show.tempo.scale(0.5, ORIGIN, 0.0)

    assert show.tempo.bpm == 80


def test_each_beat_is_crossed_once_by_the_frame_nearest_to_it() -> None:
    show = Beat(tempo__bpm=133.0)
    crossed = []
    for _ in range(300):
        show.run(1)
        if show.tempo.crosses(1):
            crossed.append(show.tempo.beat)

    assert [round(beat) for beat in crossed] == list(range(1, len(crossed) + 1))
    assert max(abs(beat - round(beat)) for beat in crossed) <= 133 / 60 * FRAME / 2 + 1e-9


def test_a_clock_from_outside_gives_beat_and_tempo_and_is_shown() -> None:
    show = Beat(tempo__source="midi")
    show.run(30, clock(133.04, beat=7.0))

    assert show.tempo.beat == pytest.approx(7.0 + (show.now - FRAME) * 133.04 / 60)
    assert show.parameters.values["tempo.bpm"] == 133.0
    assert show.tempo.view().is_synced


def test_a_clock_that_is_lost_leaves_its_tempo() -> None:
    show = Beat(tempo__source="midi")
    heard = clock(140, heard_at=0.5)
    show.run(60, heard)

    assert show.now > 0.5 + LOST_AFTER
    assert not show.tempo.view().is_synced
    assert show.tempo.bpm == 140
    assert show.tempo.beat == pytest.approx((show.now - FRAME) * 140 / 60)


def test_back_on_its_own_the_show_goes_on_with_beat_and_tempo() -> None:
    show = Beat(tempo__source="midi")
    show.run(30, clock(140))
    before = show.tempo.beat
    show.parameters.set("tempo.source", "internal", ORIGIN, show.now)
    show.run(1)

    assert show.tempo.beat == pytest.approx(before + 140 / 60 * FRAME, abs=1e-3)


def test_a_trembling_clock_never_takes_the_beat_back() -> None:
    show = Beat(tempo__source="midi")
    for number in range(60):
        show.run(1, clock(120, beat=0.05 * (number % 2)))

    assert show.beats[1:] == sorted(show.beats[1:])
    assert show.tempo.jumps <= 1


def test_a_start_of_the_sequencer_is_a_jump() -> None:
    show = Beat(tempo__source="midi")
    show.run(30, clock(120, beat=9.0))
    jumps = show.tempo.jumps
    show.run(1, clock(120, at=show.now, epoch=1))

    assert show.tempo.beat == pytest.approx(0.0)
    assert show.tempo.jumps == jumps + 1


def test_the_beat_of_a_clock_can_be_nudged() -> None:
    show = Beat(tempo__source="midi")
    show.run(2, clock(120))
    show.tempo.nudge(0.1)
    show.run(10, clock(120))

    assert show.tempo.beat == pytest.approx((show.now - FRAME) * 2 + 0.1)


def test_the_tempo_of_a_clock_is_not_for_hands() -> None:
    show = Beat(tempo__source="midi")
    show.run(2, clock(120))

    with pytest.raises(CommandRefused, match=r"tempo\.bpm: the MIDI clock gives the tempo"):
        show.tempo.set_bpm(100, ORIGIN, 0.0)
    with pytest.raises(CommandRefused, match=r"tempo\.tap: the MIDI clock"):
        show.tempo.tap(0.0, ORIGIN, 0.0)


def test_the_tempo_of_a_session_is_wished_for_until_it_is_there() -> None:
    show = Beat(tempo__source="link")
    show.run(2, clock(120))
    show.tempo.set_bpm(100, ORIGIN, show.now)
    show.run(2, clock(120))
    assert show.tempo.view().wish == 100
    assert show.tempo.bpm == 120

    show.run(2, clock(100))

    assert show.tempo.view().wish is None
    assert show.parameters.values["tempo.bpm"] == 100


def test_a_stall_of_the_machine_moves_the_show_no_further_than_usual() -> None:
    show = Beat()
    show.run(30)
    show.frame += 60
    show.run(1)

    assert show.tempo.beat == pytest.approx(91 * FRAME * 2)
    assert show.tempo.moved == pytest.approx(FRAME * 2)
