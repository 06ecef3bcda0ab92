from __future__ import annotations

from itertools import pairwise

import pytest

from core.control.commands import Go, Origin, SetParameter, Surface
from core.control.domain import Kind, Value
from core.control.parameters import LFO_SHAPES, PARAMETERS
from live.audio.follower import FRESH_SECONDS, Level
from live.values.modulation import STILL, Modulation
from live.values.parameters import LiveParameters
from tests.fakes import ORIGIN, ShowRig

TARGET = "output.brightness"


def values(**changes: Value) -> dict[str, Value]:
    return PARAMETERS.defaults() | {name.replace("__", "."): value for name, value in changes.items()}


def lfo(shape: str, **more: Value) -> dict[str, Value]:
    """Oscillator 1 alone: a turn a second, the whole way to each side."""
    return values(**{"lfo.1.target": TARGET, "lfo.1.shape": shape, "lfo.1.rate": 1.0, "lfo.1.depth": 1.0, **more})


def course(settings: dict[str, Value], times: list[float]) -> list[float]:
    """The swing at each of the times, counted from the start."""
    modulation = Modulation()
    steps = [times[0], *(later - earlier for earlier, later in pairwise(times))]
    return [modulation.advance(settings, step, 0.0, 0.0)[TARGET] for step in steps]


QUARTERS = [0.0, 0.25, 0.5, 0.75, 1.0]


@pytest.mark.parametrize(
    ("shape", "heights"),
    [
        ("sine", [0, 1, 0, -1, 0]),
        ("triangle", [0, 1, 0, -1, 0]),
        ("saw", [-1, -0.5, 0, 0.5, -1]),
        ("square", [1, 1, -1, -1, 1]),
    ],
)
def test_a_turn_of_each_wave(shape: str, heights: list[float]) -> None:
    assert course(lfo(shape), QUARTERS) == pytest.approx(heights, abs=1e-9)


@pytest.mark.parametrize("shape", LFO_SHAPES)
def test_every_wave_stays_within_its_depth_for_a_long_time(shape: str) -> None:
    heights = course(lfo(shape, **{"lfo.1.rate": 7.3, "lfo.1.depth": -0.5}), [step * 0.033 for step in range(3000)])

    assert min(heights) >= -0.5
    assert max(heights) <= 0.5
    assert max(heights) - min(heights) > 0.8


def test_random_holds_a_level_for_a_turn_and_then_takes_another() -> None:
    heights = course(lfo("random"), [0.1, 0.5, 0.9, 1.1, 1.9, 2.1])

    assert heights[0] == heights[1] == heights[2]
    assert len({heights[0], heights[3], heights[5]}) == 3


def test_smooth_glides_between_the_levels_of_random() -> None:
    steps = [step / 100 for step in range(1000)]
    smooth, held = course(lfo("smooth"), steps), course(lfo("random"), steps)

    assert [smooth[turn * 100] for turn in range(10)] == pytest.approx(
        [held[turn * 100] for turn in range(10)], abs=1e-6
    )
    assert max(abs(a - b) for a, b in pairwise(smooth)) < 0.04


def test_two_slots_do_not_share_their_chance() -> None:
    both = values(**{f"lfo.{slot}.{part}": value for slot in (1, 2) for part, value in
                     (("target", TARGET if slot == 1 else "transition.speed"), ("shape", "random"), ("depth", 1.0))})  # fmt: skip

    swings = Modulation().advance(both, 0.0, 0.0, 0.0)

    assert swings[TARGET] != swings["transition.speed"]


def test_swings_of_one_parameter_add_up() -> None:
    both = lfo("square") | values(**{"lfo.1.depth": 0.25}) | {
        "lfo.1.target": TARGET, "lfo.1.shape": "square", "lfo.2.target": TARGET, "lfo.2.shape": "square",
        "lfo.2.depth": 0.5, "envelope.target": TARGET, "envelope.depth": -0.5,
    }  # fmt: skip

    assert Modulation().advance(both, 0.0, 0.0, loudness=0.5)[TARGET] == pytest.approx(0.25 + 0.5 - 0.25)


def test_a_turn_in_beats_starts_on_the_beat() -> None:
    settings = lfo("sine", **{"lfo.1.beats": 4.0, "lfo.1.rate": 20.0})
    modulation = Modulation()

    heights = [modulation.advance(settings, 0.033, beat, 0.0)[TARGET] for beat in (8.0, 9.0, 10.0, 11.0, 12.0)]

    assert heights == pytest.approx([0, 1, 0, -1, 0], abs=1e-9)


def test_nothing_is_swung_when_no_target_is_chosen() -> None:
    assert Modulation().advance(values(), 1.0, 0.0, loudness=1.0) is STILL


def test_only_numbers_that_act_at_once_can_be_targets() -> None:
    targets = PARAMETERS["lfo.1.target"].domain.choices[1:]

    assert "transition.speed" in targets
    assert all(PARAMETERS[name].domain.kind is Kind.NUMBER for name in targets)
    assert all(PARAMETERS[name].can_swing for name in targets)
    assert not {"depth", "guidance", "go.guard", "tempo.bpm", "transition.beats", "preset.glide"} & set(targets)
    assert not any(name.startswith(("lfo.", "envelope.")) for name in targets)


# In the parameters and in the show


def test_a_swung_value_moves_around_where_the_hand_has_put_it() -> None:
    parameters = LiveParameters({"transition.speed": 1.0})

    parameters.swing({"transition.speed": 0.25})

    assert parameters.number("transition.speed") == pytest.approx(3.0)
    assert parameters.values["transition.speed"] == 1.0
    assert parameters.swung == {"transition.speed": pytest.approx(3.0)}


def test_a_swing_goes_along_the_curve_and_rests_at_the_ends() -> None:
    parameters = LiveParameters({"transition.duration": 6.0})

    parameters.swing({"transition.duration": -0.2})
    shorter = parameters.number("transition.duration")
    parameters.swing({"transition.duration": -2.0})

    assert shorter == pytest.approx(6.0 * (600 / 0.1) ** -0.2)
    assert parameters.number("transition.duration") == pytest.approx(0.1)


def test_a_gliding_value_glides_on_under_its_swing() -> None:
    parameters = LiveParameters()
    parameters.set(TARGET, 0.0, ORIGIN, now=0.0)
    parameters.glide(0.075)

    parameters.swing({TARGET: 0.25})

    assert parameters.number(TARGET) == pytest.approx(0.75)


def test_the_hand_gets_its_value_back_when_the_swing_ends() -> None:
    parameters = LiveParameters()
    parameters.swing({"transition.speed": 0.25})

    parameters.swing(STILL)

    assert parameters.number("transition.speed") == 1.0
    assert parameters.swung == {}


def test_an_oscillator_moves_the_picture_and_the_snapshot_tells_base_and_swung_value() -> None:
    rig = ShowRig(2, setlist__auto=False, lfo__1__target=TARGET, lfo__1__rate=1.0, lfo__1__depth=0.5,
                  output__brightness=0.5)  # fmt: skip
    snapshots = [rig.tick() for _ in range(16)]
    rig.close()

    assert {snapshot.parameters[TARGET] for snapshot in snapshots} == {0.5}
    assert max(snapshot.swung[TARGET] for snapshot in snapshots) > 0.95
    assert max(rig.output.greys[6:]) == 10
    assert min(rig.output.greys[6:]) == 0


def test_position_swings_in_mid_transition_and_never_at_its_ends() -> None:
    rig = ShowRig(2, transition__duration=2.0, lfo__1__target="position", lfo__1__shape="square", lfo__1__rate=5.0,
                  lfo__1__depth=0.4)  # fmt: skip
    rig.tick(10)
    snapshots = [rig.tick() for _ in range(80)]
    rig.close()
    steps = [abs(a - b) for a, b in pairwise(rig.output.greys[10:])]

    assert all(0 <= snapshot.position <= 1 for snapshot in snapshots)
    assert max(steps) <= 0.8 * 10 + 2, "more than the swing itself: a jump from one transition to the next"


def test_go_is_not_refused_because_an_oscillator_runs_the_show_back_just_now() -> None:
    rig = ShowRig(2, setlist__auto=False, lfo__1__target="transition.speed", lfo__1__shape="square", lfo__1__depth=-1.0)
    rig.tick(5)

    rig.submit(Go())
    notices = rig.tick().notices
    rig.close()

    assert rig.show.parameters.number("transition.speed") < 0
    assert not notices


def test_loudness_of_a_source_that_hangs_counts_as_silence() -> None:
    rig = ShowRig(2, envelope__target=TARGET, envelope__depth=-1.0)
    rig.playback.loudness.put(Level(0.5, at=rig.now))
    loud = rig.tick()
    rig.now += FRESH_SECONDS
    silent = rig.tick()
    rig.close()

    assert (loud.loudness, silent.loudness) == (0.5, 0.0)
    assert [loud.swung[TARGET], silent.swung[TARGET]] == pytest.approx([0.5, 1.0])


def test_a_target_can_be_changed_live() -> None:
    rig = ShowRig(2)
    rig.submit(SetParameter("lfo.1.target", "transition.speed"))
    first = rig.tick()
    rig.submit(SetParameter("lfo.1.target", "none"))
    second = rig.tick()
    rig.close()

    assert set(first.swung) == {"transition.speed"}
    assert second.swung == {}
    assert first.last_setter["lfo.1.target"] == Origin(Surface.WEB, "test")
