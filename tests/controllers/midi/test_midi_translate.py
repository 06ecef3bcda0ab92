from __future__ import annotations

import mido
import pytest

from controllers.midi.mapping.controls import Control, ControlEvent, Source
from controllers.midi.translate import Decoder


def cc(number: int, value: int, channel: int = 0) -> mido.Message:
    return mido.Message("control_change", channel=channel, control=number, value=value)


@pytest.mark.parametrize(
    ("message", "event"),
    [
        pytest.param(cc(7, 127, channel=15), ControlEvent(Control(Source.CC, 16, 7), 1.0, 127), id="cc"),
        pytest.param(mido.Message("note_on", note=60, velocity=127), ControlEvent(Control(Source.NOTE, 1, 60), 1.0, 127), id="note on"),
        pytest.param(mido.Message("note_on", note=60, velocity=0), ControlEvent(Control(Source.NOTE, 1, 60), 0.0, 0), id="note on with velocity 0"),
        pytest.param(mido.Message("note_off", note=60, velocity=64), ControlEvent(Control(Source.NOTE, 1, 60), 0.0, 0), id="note off"),
        pytest.param(mido.Message("program_change", program=4), ControlEvent(Control(Source.PROGRAM, 1, 4), 1.0, 4), id="program"),
        pytest.param(mido.Message("pitchwheel", pitch=-8192), ControlEvent(Control(Source.BEND, 1), 0.0, 0), id="bend down"),
        pytest.param(mido.Message("pitchwheel", pitch=8191), ControlEvent(Control(Source.BEND, 1), 1.0, 16383), id="bend up"),
    ],
)  # fmt: skip
def test_a_message_becomes_the_move_of_its_control(message: mido.Message, event: ControlEvent) -> None:
    assert Decoder(()).decode(message, 0.0) == event


@pytest.mark.parametrize(
    "kind", ["clock", "start", "stop", "songpos", "aftertouch", "polytouch", "sysex", "quarter_frame"]
)
def test_what_no_control_makes_is_left_alone(kind: str) -> None:
    assert Decoder(()).decode(mido.Message(kind), 0.0) is None


@pytest.mark.parametrize("channel", [1, 0], ids=["its channel", "any channel"])
def test_a_bound_pair_is_one_14_bit_fader(channel: int) -> None:
    decoder = Decoder([Control(Source.CC14, channel, 2)])

    assert decoder.decode(cc(2, 127), 0.0) == ControlEvent(Control(Source.CC14, 1, 2), 1.0, 16256)
    assert decoder.decode(cc(34, 127), 0.001) == ControlEvent(Control(Source.CC14, 1, 2), 1.0, 16383)
    assert decoder.decode(cc(34, 0), 0.1) == ControlEvent(Control(Source.CC14, 1, 2), 16256 / 16383, 16256)


def test_an_unbound_pair_stays_two_faders() -> None:
    decoder = Decoder([Control(Source.CC14, 1, 3), Control(Source.CC14, 2, 2)])

    assert decoder.decode(cc(2, 64), 0.0) is not None
    assert decoder.decode(cc(34, 64), 0.0) is not None
