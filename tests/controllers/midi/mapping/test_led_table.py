from __future__ import annotations

from collections.abc import Mapping

import pytest

from controllers.midi.mapping.controls import Control, Source
from controllers.midi.mapping.led_table import parse_led
from controllers.midi.mapping.leds import Led, LedKind, Light
from core.control.errors import ConfigError

PAD = Control(Source.NOTE, 0, 7)


def parse(raw: object, defaults: Mapping[str, object] | None = None, target: str = "hold") -> Led:
    return parse_led(raw, defaults or {}, PAD, target, "desk.toml: line 4")


def test_a_light_follows_its_control_and_target_when_nothing_is_said() -> None:
    assert parse({}) == Led(LedKind.NOTE, 7, "hold", Light(0, 1), Light(127, 1), {})


def test_the_led_table_of_the_file_is_the_default_for_all() -> None:
    led = parse({"on": 5}, {"channel": 7, "on": 21, "looks": {"ready": [3, 21]}})

    assert (led.on, led.off, led.looks) == (Light(5, 7), Light(0, 7), {"ready": Light(21, 3)})


def test_a_system_exclusive_light_has_its_header() -> None:
    led = parse({"kind": "sysex", "data": "00 20 29 02 11 78 08", "number": 24, "on": 60})

    assert led.data == bytes.fromhex("00202902117808")
    assert led.number == 24


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        (7, "led must be a table"),
        ({"hue": 1}, "unknown key 'hue'"),
        ({"kind": "lamp"}, "kind must be one of note, cc, sysex"),
        ({"channel": 17}, "channel must be a whole number in 1..16"),
        ({"on": 128}, "on must be a whole number in 0..127"),
        ({"on": [0, 1]}, "on channel must be a whole number in 1..16"),
        ({"number": "x"}, "number must be a whole number"),
        ({"when": "zoom"}, "when must be a parameter, a status, cue.1"),
        ({"when": "cue.0"}, "when must be a parameter"),
        ({"when": "cue.1", "looks": {"hot": 1}}, "looks of a cue are standby, on air"),
        ({"when": "preset.1", "looks": {"ready": 1}}, "looks of a preset are recalled, changed, saved; got 'ready'"),
        ({"looks": 3}, "looks must be a table"),
        ({"kind": "sysex"}, "data must be bytes"),
        ({"kind": "sysex", "data": "00 ff"}, "data must be bytes below 80"),
        ({"kind": "sysex", "data": "zz"}, "data must be bytes"),
    ],
)
def test_a_wrong_light_is_named_with_its_rule(raw: object, words: str) -> None:
    with pytest.raises(ConfigError, match=rf"^desk\.toml: line 4: .*{words}"):
        parse(raw)


def test_the_light_of_an_action_needs_something_to_follow() -> None:
    with pytest.raises(ConfigError, match="when must be"):
        parse({}, target="go")
