from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

import pytest

from controllers.midi.mapping.bindings import Binding, BoundControls, Mode, count_ticks
from controllers.midi.mapping.controls import Control, ControlEvent, Source
from controllers.midi.mapping.takeover import TakeoverStyle
from core.control.commands import AddToParameter, ByNumber, Command, Go, SelectStandby, SetParameter
from core.control.domain import Value
from core.control.snapshot import Snapshot

FADER = Control(Source.CC, 0, 7)
PAD = Control(Source.NOTE, 0, 60)


def show(**parameters: Value) -> Snapshot:
    return Snapshot(parameters=MappingProxyType({name.replace("_", "."): value for name, value in parameters.items()}))


def turn(raw: int) -> ControlEvent:
    return ControlEvent(Control(Source.CC, 3, 7), raw / 127, raw)


def hit(velocity: int) -> ControlEvent:
    return ControlEvent(Control(Source.NOTE, 3, 60), velocity / 127, velocity)


def play(binding: Binding, *events: ControlEvent, snapshot: Snapshot | None = None) -> list[Command]:
    """The commands of events that come a tenth of a second apart."""
    bound = BoundControls([binding])
    found = [bound.commands(event, snapshot or Snapshot(), number / 10) for number, event in enumerate(events)]
    return [command for commands in found for command in commands]


def deltas(commands: list[Command]) -> list[float]:
    return [command.delta for command in commands if isinstance(command, AddToParameter)]


@pytest.mark.parametrize("text", ["cc:1:0", "cc:0:127", "note:16:60", "pc:0", "pc:1:5", "bend:2", "cc14:1:31"])
def test_a_control_is_written_as_it_is_read(text: str) -> None:
    assert str(Control.parse(text)) == text


@pytest.mark.parametrize(
    "text", ["", "cc", "cc:1", "cc:17:0", "cc:1:128", "cc14:1:32", "bend:1:1", "knob:1:1", "cc:-1:1"]
)
def test_a_wrong_control_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"kind|channel|number"):
        Control.parse(text)


def test_fader_sets_the_value_at_its_place() -> None:
    binding = Binding(FADER, "transition.speed", Mode.ABSOLUTE)

    assert play(binding, turn(0), turn(127)) == [
        SetParameter("transition.speed", -4.0),
        SetParameter("transition.speed", 4.0),
    ]


def test_fader_with_a_range_moves_inside_it_even_upside_down() -> None:
    binding = Binding(FADER, "depth", Mode.ABSOLUTE, low=0.75, high=0.25)

    assert play(binding, turn(0), turn(127)) == [SetParameter("depth", 0.75), SetParameter("depth", 0.25)]


def test_fader_with_pickup_waits_for_the_value() -> None:
    binding = Binding(FADER, "depth", Mode.ABSOLUTE, TakeoverStyle.PICKUP)

    assert play(binding, turn(0), turn(30), turn(127), snapshot=show(depth=0.5)) == [SetParameter("depth", 1.0)]


def test_fader_that_was_picked_up_waits_for_the_value_of_a_preset_that_was_recalled() -> None:
    bound = BoundControls([Binding(FADER, "depth", Mode.ABSOLUTE, TakeoverStyle.PICKUP)])
    before, recalled = show(depth=0.5), show(depth=0.9)
    assert bound.commands(turn(64), before, 1.0)

    apart = bound.faders("desk", recalled, 2.0)[0]
    waiting = [bound.commands(turn(raw), recalled, 2.0 + raw / 100) for raw in (66, 80, 100)]

    assert apart.is_apart
    assert waiting == [[], [], []]
    assert bound.commands(turn(115), recalled, 4.0) == [SetParameter("depth", 115 / 127)]


def test_fader_picks_up_what_glides_to_a_preset_where_it_is_now() -> None:
    binding = Binding(FADER, "depth", Mode.ABSOLUTE, TakeoverStyle.PICKUP)
    gliding = replace(show(depth=0.9), gliding={"depth": 0.5})

    assert play(binding, turn(51), turn(76), snapshot=gliding) == [SetParameter("depth", 76 / 127)]


def test_encoder_turns_what_glides_to_a_preset_from_where_it_is_now() -> None:
    gliding = replace(show(tempo_bpm=300.0), gliding={"tempo.bpm": 200.0})

    moved = deltas(play(Binding(FADER, "tempo.bpm", Mode.TWOS, step=0.5), turn(1), snapshot=gliding))

    assert moved == [100.0]  # up to the end of the range


def test_fader_picks_up_a_value_beyond_its_range_at_the_nearer_end() -> None:
    binding = Binding(FADER, "depth", Mode.ABSOLUTE, TakeoverStyle.PICKUP, low=0.0, high=0.5)

    assert play(binding, turn(60), turn(127), snapshot=show(depth=0.9)) == [SetParameter("depth", 0.5)]


def test_scrub_begins_where_the_picture_is() -> None:
    binding = Binding(FADER, "position", Mode.ABSOLUTE, TakeoverStyle.PICKUP)

    assert play(binding, turn(127), turn(126), snapshot=Snapshot(position=0.2)) == []
    assert play(binding, turn(25), snapshot=Snapshot(position=0.2)) == [SetParameter("position", 25 / 127)]


@pytest.mark.parametrize(
    ("mode", "raw", "ticks"),
    [
        (Mode.TWOS, 1, 1), (Mode.TWOS, 127, -1), (Mode.TWOS, 3, 3), (Mode.TWOS, 64, -64),
        (Mode.OFFSET, 65, 1), (Mode.OFFSET, 63, -1), (Mode.OFFSET, 64, 0),
        (Mode.SIGN, 1, 1), (Mode.SIGN, 65, -1), (Mode.SIGN, 67, -3), (Mode.SIGN, 0, 0),
    ],
)  # fmt: skip
def test_encoder_steps_are_counted(mode: Mode, raw: int, ticks: int) -> None:
    assert count_ticks(mode, raw) == ticks


def test_encoder_adds_steps_and_rests_at_the_end() -> None:
    binding = Binding(FADER, "depth", Mode.TWOS, step=0.1)

    assert deltas(play(binding, turn(2), snapshot=show(depth=0.5))) == [pytest.approx(0.2)]
    assert deltas(play(binding, turn(60), snapshot=show(depth=0.9))) == [pytest.approx(0.1)]
    assert play(binding, turn(1), snapshot=show(depth=1.0)) == []


def test_encoder_moves_a_logarithmic_value_by_a_factor() -> None:
    binding = Binding(FADER, "transition.duration", Mode.TWOS, step=0.1)

    (short,) = deltas(play(binding, turn(1), snapshot=show(transition_duration=1.0)))
    (long,) = deltas(play(binding, turn(1), snapshot=show(transition_duration=10.0)))

    assert long == pytest.approx(10 * short)


def test_momentary_is_on_while_held() -> None:
    binding = Binding(PAD, "freeze", Mode.MOMENTARY)

    assert play(binding, hit(90), hit(0)) == [SetParameter("freeze", True), SetParameter("freeze", False)]


@pytest.mark.parametrize("is_on", [True, False])
def test_toggle_turns_over_what_the_show_has(is_on: bool) -> None:
    binding = Binding(PAD, "output.blackout", Mode.TOGGLE)

    assert play(binding, hit(90), hit(0), snapshot=show(output_blackout=is_on)) == [
        SetParameter("output.blackout", not is_on)
    ]


def test_pad_triggers_on_each_press_even_when_a_release_was_lost() -> None:
    assert play(Binding(PAD, "go", Mode.TRIGGER, trigger=Go()), hit(90), hit(0), hit(90), hit(90)) == [Go()] * 3


def test_fader_triggers_once_when_it_leaves_0() -> None:
    binding = Binding(FADER, "go", Mode.TRIGGER, trigger=Go())

    assert play(binding, turn(1), turn(50), turn(127), turn(0), turn(127)) == [Go(), Go()]


def test_a_cc_that_sends_127_and_never_0_is_a_press_each_time() -> None:
    bound = BoundControls([Binding(FADER, "go", Mode.TRIGGER, trigger=Go())])

    assert [bound.commands(turn(127), Snapshot(), now) for now in (1.0, 1.1, 4.0)] == [[Go()], [], [Go()]]


def test_a_knob_that_rests_and_moves_on_is_no_new_press() -> None:
    bound = BoundControls([Binding(FADER, "go", Mode.TRIGGER, trigger=Go())])

    assert [bound.commands(turn(raw), Snapshot(), raw) for raw in (1, 20, 21, 90)] == [[Go()], [], [], []]


def test_a_button_that_toggles_in_hardware_is_pressed_with_each_message() -> None:
    binding = Binding(FADER, "freeze", Mode.TOGGLE, is_each_press=True)

    assert play(binding, turn(127), turn(0), turn(127)) == [SetParameter("freeze", True)] * 3


def test_any_program_arms_its_cue() -> None:
    program = ControlEvent(Control(Source.PROGRAM, 2, 4), 1.0, 4)
    binding = Binding(Control(Source.PROGRAM, 0), "standby.select", Mode.TRIGGER)

    assert play(binding, program, program) == [SelectStandby(ByNumber(5))] * 2


def test_a_control_may_move_two_targets_and_others_are_left_alone() -> None:
    bound = BoundControls(
        [Binding(FADER, "depth", Mode.ABSOLUTE), Binding(Control(Source.CC, 3, 7), "guidance", Mode.ABSOLUTE)]
    )

    moved = bound.commands(turn(127), Snapshot(), 0.0)

    assert sorted(str(command) for command in moved) == sorted(
        str(command) for command in (SetParameter("depth", 1.0), SetParameter("guidance", 20.0))
    )
    assert bound.commands(hit(90), Snapshot(), 0.0) == []
