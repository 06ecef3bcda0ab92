from __future__ import annotations

from collections.abc import Sequence

import pytest

from controllers.midi.mapping.bindings import Binding, Mode
from controllers.midi.mapping.controls import Control, ControlEvent, Source
from controllers.midi.mapping.learn import PATIENCE, Entry, Learning, find_conflict, recognise
from core.control.errors import InvalidValue, UnknownName

KNOB = Control(Source.CC, 1, 20)
PAD = Control(Source.NOTE, 1, 60)


def teach(target: str, moves: Sequence[tuple[Control, int]], value: float | None = None) -> Entry | None:
    """The entry after these moves."""
    learning = Learning(target, value, 0.0)
    for control, raw in moves:
        entry = learning.hear(ControlEvent(control, raw / 127, raw), "Desk", 0.0)
        if entry is not None:
            return entry
    return None


@pytest.mark.parametrize(
    ("values", "mode"),
    [
        pytest.param([30, 31, 33], Mode.ABSOLUTE, id="fader in mid-travel"),
        pytest.param([60, 61, 62, 63, 64, 65, 66, 67], Mode.ABSOLUTE, id="fader crossing the middle slowly"),
        pytest.param([1, 2, 3, 4, 5, 6, 7, 8], Mode.ABSOLUTE, id="fader leaving its end slowly"),
        pytest.param([127, 0], Mode.TOGGLE, id="button"),
        pytest.param([1, 1, 2, 1, 127, 127], Mode.TWOS, id="two's complement, both ways"),
        pytest.param([127, 127, 126, 127], Mode.TWOS, id="two's complement, down"),
        pytest.param([65, 65, 66, 63, 63], Mode.OFFSET, id="offset, both ways"),
        pytest.param([63, 63, 63, 62], Mode.OFFSET, id="offset, down"),
        pytest.param([1, 1, 2, 65, 65], Mode.SIGN, id="sign, both ways"),
        pytest.param([30, 30, 31, 31, 32, 33, 33, 34], Mode.ABSOLUTE, id="a fader that trembles"),
    ],
)
def test_a_control_is_recognised(values: list[int], mode: Mode) -> None:
    assert recognise(values) is mode
    assert all(recognise(values[:count]) in (None, mode) for count in range(len(values)))


@pytest.mark.parametrize(
    "values",
    [[64], [64, 65], [1, 1, 1, 1, 1, 1, 1, 1, 1], [65, 65, 65, 65, 65, 65, 65, 65], [60, 61, 62, 63]],
    ids=["one move", "two moves", "up in two's complement or sign", "up in offset or down in sign", "not enough"],
)
def test_what_is_not_certain_is_not_guessed(values: list[int]) -> None:
    assert recognise(values) is None


def test_a_fader_is_tied_to_a_number() -> None:
    assert teach("depth", [(KNOB, 40), (KNOB, 42), (KNOB, 44)]) == {"port": "Desk", "on": "cc:1:20", "to": "depth"}


def test_an_encoder_is_tied_with_its_mode() -> None:
    moves = [(KNOB, 65), (KNOB, 65), (KNOB, 63), (KNOB, 63)]

    assert teach("depth", moves) == {"port": "Desk", "on": "cc:1:20", "to": "depth", "mode": "offset"}


@pytest.mark.parametrize("step", [1, 10], ids=["slowly", "fast"])
@pytest.mark.parametrize("is_fine_first", [False, True], ids=["coarse first", "fine first"])
def test_a_pair_of_ccs_is_one_14_bit_fader(step: int, is_fine_first: bool) -> None:
    moves: list[tuple[Control, int]] = []
    for number in range(3):
        halves = [(Control(Source.CC, 1, 3), 64 + step * number), (Control(Source.CC, 1, 35), (10 + 80 * number) % 128)]
        moves += reversed(halves) if is_fine_first else halves

    assert teach("depth", moves) == {"port": "Desk", "on": "cc14:1:3", "to": "depth"}


def test_a_knob_that_was_touched_before_is_no_half_of_the_one_that_is_moved() -> None:
    coarse, touched = Control(Source.CC, 1, 3), Control(Source.CC, 1, 35)

    entry = teach("depth", [(touched, 9), *((coarse, raw) for raw in range(40, 60, 2))])

    assert entry == {"port": "Desk", "on": "cc:1:3", "to": "depth"}


@pytest.mark.parametrize(
    ("target", "value", "control", "raw", "entry"),
    [
        pytest.param("go", None, PAD, 90, {"on": "note:1:60", "to": "go"}, id="pad on an action"),
        pytest.param("go", None, KNOB, 127, {"on": "cc:1:20", "to": "go"}, id="cc button on an action"),
        pytest.param("hold", None, PAD, 90, {"on": "note:1:60", "to": "hold"}, id="pad on a switch"),
        pytest.param("depth", None, PAD, 90, {"on": "note:1:60", "to": "depth"}, id="pad on a number"),
        pytest.param("depth", 0.25, PAD, 90, {"on": "note:1:60", "to": "depth", "value": 0.25}, id="pad on a fixed value"),
        pytest.param("standby.select", 3, PAD, 90, {"on": "note:1:60", "to": "standby.select", "value": 3}, id="pad on a cue"),
        pytest.param("preset.recall", 3, PAD, 90, {"on": "note:1:60", "to": "preset.recall", "value": 3}, id="pad on a preset"),
        pytest.param("preset.recall", None, Control(Source.PROGRAM, 2, 4), 4, {"on": "pc:2", "to": "preset.recall"}, id="programs on presets"),
        pytest.param("standby.select", None, Control(Source.PROGRAM, 2, 4), 4, {"on": "pc:2", "to": "standby.select"}, id="programs on cues"),
        pytest.param("go", None, Control(Source.PROGRAM, 2, 4), 4, {"on": "pc:2:4", "to": "go"}, id="one program on an action"),
        pytest.param("depth", None, Control(Source.BEND, 1), 9000, {"on": "bend:1", "to": "depth"}, id="pitch bend"),
    ],
)  # fmt: skip
def test_one_move_is_enough(target: str, value: float | None, control: Control, raw: int, entry: Entry) -> None:
    assert teach(target, [(control, raw)], value) == {"port": "Desk", **entry}


def test_the_release_of_the_button_that_began_the_learn_is_not_learned() -> None:
    assert teach("go", [(PAD, 0)]) is None


def test_a_pad_on_an_action_that_takes_a_number_says_what_is_missing() -> None:
    learning = Learning("standby.select", None, 0.0)

    assert learning.hear(ControlEvent(PAD, 1.0, 127), "Desk", 0.0) is None
    assert "takes number: learn it with one, or send a program" in learning.hint


def test_an_encoder_is_asked_to_turn_both_ways() -> None:
    learning = Learning("depth", None, 0.0)
    for _ in range(3):
        learning.hear(ControlEvent(KNOB, 0.0, 65), "Desk", 0.0)

    assert learning.hint == "cc:1:20: keep moving it, both ways"


@pytest.mark.parametrize(
    ("target", "value", "words"),
    [
        ("zoom", None, "no parameter or action is called 'zoom'"),
        ("setlist.append", None, "no control can give it"),
        ("preset.rename", None, "no control can give it"),
        ("depth", 3.0, "depth must be a number in 0..1"),
        ("go", 1.0, "go takes no arguments"),
        ("standby.select", 0.0, "standby.select number must be"),
    ],
)
def test_what_cannot_be_learned_is_refused_at_once(target: str, value: float | None, words: str) -> None:
    with pytest.raises((InvalidValue, UnknownName), match=words):
        Learning(target, value, 0.0)


def test_a_learn_that_was_forgotten_ends() -> None:
    learning = Learning("go", None, 10.0)

    assert not learning.is_over(10.0 + PATIENCE)
    assert learning.is_over(10.1 + PATIENCE)


def test_a_control_with_another_target_is_a_conflict_and_with_the_same_is_none() -> None:
    bindings = [Binding(Control(Source.CC, 0, 20), "depth", Mode.ABSOLUTE)]

    assert find_conflict(bindings, KNOB, "guidance") is bindings[0]
    assert find_conflict(bindings, KNOB, "depth") is None
    assert find_conflict(bindings, PAD, "guidance") is None
