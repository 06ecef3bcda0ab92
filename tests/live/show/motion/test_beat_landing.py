"""Transitions that end on the beat, on a clock in the hand: at 30 frames a second, and in a whole playback at 10."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest

from controllers.midi.clock import MidiClock
from core.control import commands as c
from core.control.beat import OutsideBeat
from core.control.snapshot import Program, Snapshot
from live.show.motion.beat_landing import Landing
from live.values.parameters import LiveParameters
from live.values.tempo import MIDI, Tempo
from tests.fakes import FPS, ORIGIN, ShowRig

FRAME = 1 / 30


class Way:
    """One transition at 30 frames a second."""

    def __init__(self, length: float = 8, **parameters: object) -> None:
        values = {name.replace("__", "."): value for name, value in parameters.items()}
        self.tempo = Tempo(LiveParameters(values))  # type: ignore[arg-type]
        self.landing = Landing()
        self.length = length
        self.frame = 0
        self.moments = [0.0]

    @property
    def now(self) -> float:
        return self.frame * FRAME

    def run(
        self,
        until: Callable[[], bool] = lambda: False,
        outside: Callable[[float], OutsideBeat | None] = lambda now: None,
    ) -> None:
        """Play until the end or until something is so."""
        while self.moments[-1] < 1 and not until():
            assert self.frame < 3000
            self.tempo.advance(self.now, FRAME if self.frame else 0.0, outside(self.now))
            self.frame += 1
            step = self.landing.step(self.moments[-1], self.length, self.tempo)
            self.moments.append(min(1.0, self.moments[-1] + step))

    def error(self) -> float:
        """Seconds between the frame that ended the transition and the whole beat nearest to it."""
        return abs(self.tempo.beat - round(self.tempo.beat)) * 60 / self.tempo.bpm

    def largest_step(self) -> float:
        return max(after - before for before, after in zip(self.moments, self.moments[1:], strict=False))


def test_a_transition_of_8_beats_ends_on_the_eighth_and_runs_evenly() -> None:
    way = Way()
    way.run()

    assert round(way.tempo.beat) == 8
    assert way.error() <= FRAME / 2 + 1e-9
    assert way.largest_step() < 1.6 * FRAME * 2 / 8


def test_a_transition_that_starts_between_two_beats_ends_on_one() -> None:
    way = Way(length=4)
    way.frame = 10  # two thirds of a beat
    way.tempo.advance(way.now - FRAME, 0.0, None)
    way.run()

    assert way.error() <= FRAME / 2 + 1e-9


@pytest.mark.parametrize("seed", range(10))
def test_it_ends_on_the_beat_however_the_tempo_changes_on_the_way(seed: int) -> None:
    dice = random.Random(seed)
    way = Way()
    for _ in range(5):
        start = way.frame
        way.run(until=lambda start=start: way.frame >= start + 15)  # type: ignore[misc]
        way.tempo.set_bpm(dice.uniform(60, 240), ORIGIN, way.now)
    way.run()

    assert way.error() <= FRAME / 2 + 1e-9
    assert way.moments == sorted(way.moments)
    assert way.largest_step() < 0.1


@pytest.mark.parametrize("seed", range(5))
def test_it_ends_on_the_beat_of_a_jittery_clock_whose_tempo_drifts(seed: int) -> None:
    """The beat here is the true one of the sequencer: 120 bpm that drifts to 126, each tick up to 3 ms late."""
    dice = random.Random(seed)
    true_times = [0.0]
    while len(true_times) < 24 * 40:
        true_times.append(true_times[-1] + 60 / (120 + min(6.0, len(true_times) / 60)) / 24)
    heard = [(at + dice.uniform(0, 0.003), tick) for tick, at in enumerate(true_times)]
    clock = MidiClock()
    told: list[OutsideBeat | None] = [None]
    clock.start()

    def listen(now: float) -> OutsideBeat | None:
        while heard and heard[0][0] <= now:
            at, _ = heard.pop(0)
            told[0] = clock.tick(at)
        return told[0]

    way = Way(tempo__source="midi")
    while way.now < 4:  # it is known before the transition starts
        way.tempo.advance(way.now, FRAME, listen(way.now))
        way.frame += 1
    way.run(outside=listen)

    landed = way.now - FRAME
    nearest = min(true_times[::24], key=lambda at: abs(at - landed))
    assert abs(landed - nearest) <= FRAME
    assert way.moments == sorted(way.moments)


def test_a_resync_in_mid_transition_moves_the_end_to_the_new_beat() -> None:
    way = Way()
    way.run(until=lambda: way.frame >= 40)
    way.tempo.resync(way.now + 0.2)
    way.run()

    assert way.error() <= FRAME / 2 + 1e-9
    assert way.moments == sorted(way.moments)
    assert way.largest_step() < 3 * FRAME * 2 / 8


def test_another_length_on_the_way_ends_on_a_beat_too() -> None:
    way = Way(length=16)
    way.run(until=lambda: way.frame >= 40)
    way.length = 5
    way.run()

    assert way.error() <= FRAME / 2 + 1e-9
    assert round(way.tempo.beat) == 7  # 83 % of 5 beats after the 2.7 that have gone


def test_less_than_a_beat_is_as_long_as_it_says() -> None:
    way = Way(length=0.5)
    way.run()

    assert way.tempo.beat == pytest.approx(0.5, abs=FRAME)


# In a whole playback


@pytest.fixture
def rig() -> Iterator[ShowRig]:
    """Three cues, no autopilot, transitions of 4 beats: 20 frames."""
    rig = ShowRig(3, setlist__auto=False, transition__beats=4.0)
    yield rig
    rig.close()


def play_until(rig: ShowRig, is_true: Callable[[Snapshot], bool]) -> Snapshot:
    for _ in range(300):
        snapshot = rig.tick()
        if is_true(snapshot):
            return snapshot
    raise AssertionError("it did not come to that in 300 frames")


def is_on(beat: float, quantum: float) -> bool:
    """Within the half frame around a multiple of the quantum at 120 bpm."""
    return abs(beat / quantum - round(beat / quantum)) * quantum <= 2 / FPS / 2 + 1e-9


def test_a_go_ends_on_the_beat(rig: ShowRig) -> None:
    rig.tick(8)
    rig.submit(c.Go())
    snapshot = play_until(rig, lambda snapshot: snapshot.program is Program.CUE and snapshot.current_cue == 2)

    assert is_on(snapshot.beat.count, 1)


@pytest.mark.parametrize(("quantise", "quantum"), [("beat", 1), ("bar", 4), ("phrase", 16)])
def test_a_quantised_go_starts_on_the_grid_and_ends_on_it(rig: ShowRig, quantise: str, quantum: int) -> None:
    rig.submit(c.SetParameter("go.quantise", quantise))
    rig.tick(8)
    rig.submit(c.Go())

    started = play_until(rig, lambda snapshot: snapshot.program is Program.TRANSITION)
    ended = play_until(rig, lambda snapshot: snapshot.program is Program.CUE)

    assert is_on(started.beat.count, quantum)
    assert round(ended.beat.count) == round(started.beat.count) + 4
    assert is_on(ended.beat.count, 1)
    assert ended.repeated <= 1  # the start is the picture that was there; to wait for the beat is no lack of pictures


def test_autopilot_goes_from_bar_to_bar(rig: ShowRig) -> None:
    rig.submit(c.SetParameter("go.quantise", "bar"), c.SetParameter("setlist.auto", True))
    starts = []
    before = rig.tick(8)
    for _ in range(120):
        snapshot = rig.tick()
        if snapshot.transition and before.transition and snapshot.transition.to_cue != before.transition.to_cue:
            starts.append(snapshot.beat.count)
        before = snapshot

    assert len(starts) >= 3
    assert all(is_on(beat, 4) for beat in starts)


def test_go_in_mid_transition_ends_it_on_the_next_beat_of_the_grid(rig: ShowRig) -> None:
    rig.submit(c.SetParameter("go.quantise", "bar"), c.SetParameter("transition.beats", 64.0))
    rig.tick(8)
    rig.submit(c.Go())
    play_until(rig, lambda snapshot: snapshot.program is Program.TRANSITION)
    rig.tick(7)

    rig.submit(c.Go())
    snapshot = play_until(rig, lambda snapshot: snapshot.current_cue == 3)

    assert is_on(snapshot.beat.count, 4)


def test_hold_and_scrub_end_on_a_beat_all_the_same(rig: ShowRig) -> None:
    rig.tick(8)
    rig.submit(c.Go())
    rig.tick(5)
    rig.submit(c.SetParameter("hold", True))
    rig.tick(13)
    rig.submit(c.SetParameter("hold", False))
    rig.tick(3)
    rig.submit(c.SetParameter("position", 0.2))
    rig.tick(7)
    rig.submit(c.ReleasePosition())

    snapshot = play_until(rig, lambda snapshot: snapshot.program is Program.CUE)

    assert is_on(snapshot.beat.count, 1)


def test_double_speed_is_half_as_many_beats(rig: ShowRig) -> None:
    rig.tick(8)
    rig.submit(c.SetParameter("transition.speed", 2.0), c.Go())
    started = play_until(rig, lambda snapshot: snapshot.program is Program.TRANSITION)
    ended = play_until(rig, lambda snapshot: snapshot.program is Program.CUE)

    assert ended.beat.count - started.beat.count == pytest.approx(2, abs=0.6)
    assert is_on(ended.beat.count, 1)


def test_a_cue_has_its_own_beats_or_seconds(rig: ShowRig) -> None:
    rig.submit(c.EditCue(c.ByNumber(2), duration=1.0), c.EditCue(c.ByNumber(3), beats=2.0))
    rig.tick(8)
    lengths = []
    for _ in range(2):
        rig.submit(c.Go())
        started = play_until(rig, lambda snapshot: snapshot.program is Program.TRANSITION)
        ended = play_until(rig, lambda snapshot: snapshot.program is Program.CUE)
        lengths.append(ended.frame_number - started.frame_number)

    assert lengths[0] == pytest.approx(1.0 * FPS, abs=1)
    assert lengths[1] == pytest.approx(2 * 0.5 * FPS, abs=2)


def test_the_moment_of_a_tap_is_that_of_the_finger_and_not_of_the_frame(rig: ShowRig) -> None:
    rig.tick(2)
    for number in range(6):
        rig.submit(c.TapTempo(at=100.2 + number * 0.45))
        rig.tick(4)

    assert rig.show.parameters.number("tempo.bpm") == pytest.approx(60 / 0.45)


def test_a_clock_from_outside_is_heard_on_the_clock_of_the_machine(rig: ShowRig) -> None:
    rig.submit(c.SetParameter("tempo.source", "midi"))
    clock = MidiClock()
    clock.start()
    for tick in range(48):
        rig.playback.outside_beats[MIDI].put(clock.tick(100.0 + tick / 48))
    snapshot = rig.tick(10)

    assert snapshot.beat.is_synced
    assert snapshot.beat.count == pytest.approx((rig.now - 1 / FPS - 100.0) * 2)
