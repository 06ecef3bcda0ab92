from __future__ import annotations

import pytest

from controllers.midi.map_files import choose_map, shipped_maps
from controllers.midi.mapping.bindings import Binding, Mode
from controllers.midi.mapping.controls import Control, Source
from controllers.midi.mapping.entry import Freed
from controllers.midi.mapping.mapping_file import MidiMap, parse_map
from controllers.midi.mapping.takeover import TakeoverStyle
from core.control.commands import ByNumber, Go, RecallPreset, SelectStandby, SetParameter
from core.control.errors import ConfigError

HEAD = 'schema = 1\nname = "desk"\nmatch = ["Desk*"]\n'


def parse_entry(entry: str) -> Binding:
    (binding,) = parse_map(f"{HEAD}[[map]]\n{entry}", "desk.toml").bindings
    return binding


@pytest.mark.parametrize(
    ("entry", "binding"),
    [
        pytest.param('on = "cc:1:7"\nto = "depth"',
                     Binding(Control(Source.CC, 1, 7), "depth", Mode.ABSOLUTE, TakeoverStyle.PICKUP), id="fader"),
        pytest.param('on = "bend:0"\nto = "depth"\ntakeover = "none"\nrange = [0.25, 0.75]',
                     Binding(Control(Source.BEND, 0), "depth", Mode.ABSOLUTE, low=0.25, high=0.75), id="pitch bend in a range"),
        pytest.param('on = "cc:1:7"\nto = "depth"\nmode = "twos"\nstep = 0.01',
                     Binding(Control(Source.CC, 1, 7), "depth", Mode.TWOS, step=0.01), id="encoder"),
        pytest.param('on = "note:1:7"\nto = "freeze"', Binding(Control(Source.NOTE, 1, 7), "freeze", Mode.TOGGLE), id="pad on a switch"),
        pytest.param('on = "note:1:7"\nto = "freeze"\nmode = "momentary"',
                     Binding(Control(Source.NOTE, 1, 7), "freeze", Mode.MOMENTARY), id="momentary"),
        pytest.param('on = "cc:1:7"\nto = "underrun"', Binding(Control(Source.CC, 1, 7), "underrun", Mode.ABSOLUTE), id="choice"),
        pytest.param('on = "note:1:7"\nto = "go"', Binding(Control(Source.NOTE, 1, 7), "go", Mode.TRIGGER, trigger=Go()), id="action"),
        pytest.param('on = "note:1:7"\nto = "standby.select"\nvalue = 3',
                     Binding(Control(Source.NOTE, 1, 7), "standby.select", Mode.TRIGGER, trigger=SelectStandby(ByNumber(3)), value="3"), id="fixed cue"),
        pytest.param('on = "cc:1:7"\nto = "go"\npress = "each"',
                     Binding(Control(Source.CC, 1, 7), "go", Mode.TRIGGER, trigger=Go(), is_each_press=True), id="each message is a press"),
        pytest.param('on = "note:1:7"\nto = "depth"\nvalue = 1',
                     Binding(Control(Source.NOTE, 1, 7), "depth", Mode.TRIGGER, trigger=SetParameter("depth", 1.0), value="1"), id="fixed value"),
        pytest.param('on = "note:1:7"\nto = "preset.recall"\nvalue = "slow gold"',
                     Binding(Control(Source.NOTE, 1, 7), "preset.recall", Mode.TRIGGER, trigger=RecallPreset("slow gold"), value="slow gold"), id="preset by name"),
        pytest.param('on = "pc:0"\nto = "standby.select"', Binding(Control(Source.PROGRAM, 0), "standby.select", Mode.TRIGGER), id="any program"),
        pytest.param('on = "pc:0"\nto = "go"', Binding(Control(Source.PROGRAM, 0), "go", Mode.TRIGGER, trigger=Go()), id="any program is go"),
    ],
)  # fmt: skip
def test_an_entry_becomes_its_binding(entry: str, binding: Binding) -> None:
    assert parse_entry(entry) == binding


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        pytest.param('on = "knob:1"\nto = "depth"', "on must be kind:channel:number", id="unknown kind"),
        pytest.param('on = "cc:17:1"\nto = "depth"', "channel in 1..16", id="channel 17"),
        pytest.param('on = 7\nto = "depth"', "on must be text, got 7", id="number for a control"),
        pytest.param('on = "cc:1:7"', "to must be text, got None", id="no target"),
        pytest.param('on = "cc:1:7"\nto = "depth"\nmode = "abs"', "mode must be one of absolute.*got 'abs'", id="unknown mode"),
        pytest.param('on = "cc:1:7"\nto = "depth"\ntakeover = 1', "takeover must be one of none", id="unknown takeover"),
        pytest.param('on = "cc:1:7"\nto = "depth"\nrange = [0, 2]', "range: depth must be a number in 0..1, got 2", id="range too wide"),
        pytest.param('on = "cc:1:7"\nto = "depth"\nrange = [1, 1]', "range must be two different", id="range of nothing"),
        pytest.param('on = "cc:1:7"\nto = "depth"\nmode = "sign"\nstep = 0', "step must be", id="no step"),
        pytest.param('on = "cc:1:7"\nto = "depth"\nstep = 0.1', "step has no meaning", id="step of a fader"),
        pytest.param('on = "cc:1:7"\nto = "freeze"\nmode = "twos"', "mode must be for a number", id="encoder on a switch"),
        pytest.param('on = "note:1:7"\nto = "depth"\nmode = "absolute"', "mode must be toggle, momentary", id="absolute note"),
        pytest.param('on = "note:1:7"\nto = "depth"\nmode = "twos"', "on a cc", id="encoder on a note"),
        pytest.param('on = "bend:1"\nto = "go"', "absolute for a 14-bit", id="pitch bend on an action"),
        pytest.param('on = "pc:1:2"\nto = "freeze"', "mode must be trigger for a program", id="program on a switch"),
        pytest.param('on = "cc:1:7"\nto = "go"\nmode = "toggle"', "mode must be trigger for an action", id="toggled action"),
        pytest.param('on = "cc:1:7"\nto = "go"\nrange = [0, 1]', "range has no meaning", id="range of an action"),
        pytest.param('on = "cc:1:7"\nto = "go"\npress = "up"', "press must be one of down, each", id="unknown press"),
        pytest.param('on = "cc:1:7"\nto = "depth"\npress = "each"', "press has no meaning", id="press of a fader"),
        pytest.param('on = "cc:1:7"\nto = "go"\nvalue = 1', "value: go takes no arguments", id="value for go"),
        pytest.param('on = "cc:1:7"\nto = "standby.select"', "value: standby.select takes number", id="cue without number"),
        pytest.param('on = "cc:1:7"\nto = "standby.select"\nvalue = 0', "value: standby.select number must be", id="cue 0"),
        pytest.param('on = "note:1:7"\nto = "depth"\nvalue = 3', "value: depth must be a number in 0..1", id="value out of range"),
        pytest.param('on = "note:1:7"\nto = "depth"\nmode = "trigger"', "value: depth must be", id="trigger without value"),
        pytest.param('on = "cc:1:7"\nto = "depth"\nzoom = 1', "unknown key 'zoom'; known", id="unknown key"),
    ],
)  # fmt: skip
def test_a_wrong_entry_is_named_with_its_rule(entry: str, words: str) -> None:
    with pytest.raises(ConfigError, match=rf"^desk\.toml: line 4: map 1 \(.*\): .*{words}"):
        parse_entry(entry)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("schema = ", "not TOML", id="not TOML"),
        pytest.param('name = "x"', "schema must be 1, got None", id="no schema"),
        pytest.param('schema = 2\nname = "x"', "schema must be 1, got 2", id="another schema"),
        pytest.param("schema = 1", "name must be text", id="no name"),
        pytest.param(HEAD + "map = 3", r"list of \[\[map\]\] tables, got 3", id="map is no list"),
        pytest.param(HEAD + "zoom = 3", "unknown key 'zoom'", id="unknown key"),
        pytest.param(HEAD + "feedback = 3", "feedback must be text", id="feedback is a number"),
        pytest.param(HEAD + "led = 3", r"led must be a \[led\] table", id="led is a number"),
        pytest.param(HEAD + "[led]\nhue = 3", "led: unknown key 'hue'", id="led with an unknown key"),
        pytest.param('schema = 1\nname = "x"\nmatch = "Desk"', "match must be a list", id="match is no list"),
        pytest.param('schema = 1\nname = "x"\nmatch = [1]', "match must be text", id="match is a number"),
    ],
)
def test_a_wrong_file_is_named_with_its_rule(text: str, words: str) -> None:
    with pytest.raises(ConfigError, match=rf"^desk\.toml: .*{words}"):
        parse_map(text, "desk.toml")


def test_unknown_target_is_a_warning_and_the_rest_loads() -> None:
    text = f'{HEAD}[[map]]\non = "cc:1:1"\nto = "zoom"\n[[map]]\non = "cc:1:2"\nto = "depth"'

    midi_map = parse_map(text, "desk.toml")

    assert [binding.to for binding in midi_map.bindings] == ["depth"]
    assert midi_map.warnings == (
        "desk.toml: line 4: map 1 ('cc:1:1'): to 'zoom' is neither a parameter nor an action; this entry is left out",
    )


def test_map_fits_port_names_without_regard_to_case() -> None:
    midi_map = parse_map(HEAD, "desk.toml")

    assert midi_map.fit("DESK mini MIDI 1") == len("Desk*")
    assert midi_map.fit("My Desk") == 0


@pytest.mark.parametrize("midi_map", [pytest.param(found, id=found.name) for found in shipped_maps()])
def test_shipped_map_has_no_unknown_target_and_no_control_twice_on_one_target(midi_map: MidiMap) -> None:
    pairs = [(binding.on, binding.to) for binding in midi_map.bindings]

    assert midi_map.warnings == ()
    assert len(pairs) > 10
    assert len(set(pairs)) == len(pairs)


@pytest.mark.parametrize(
    ("port", "name"),
    [
        ("nanoKONTROL2:nanoKONTROL2 nanoKONTROL2 _ CTR", "Korg nanoKONTROL2 (factory scene)"),
        ("APC MINI:APC MINI MIDI 1", "Akai APC mini"),
        ("APC mini mk2:APC mini mk2 APC mini mk2 Contr", "Akai APC mini mk2"),
        ("MIDI Mix:MIDI Mix MIDI 1", "Akai MIDImix"),
        ("LPD8:LPD8 MIDI 1", "Akai LPD8"),
        ("LPD8 mk2:LPD8 mk2 MIDI 1", "Akai LPD8 mk2"),
        ("Launch Control XL:Launch Control XL MIDI 1", "Novation Launch Control XL (factory template 1)"),
        ("Midi Through:Midi Through Port-0", "generic"),
    ],
)
def test_a_port_gets_the_shipped_map_of_its_controller(port: str, name: str) -> None:
    assert choose_map(shipped_maps(), port).name == name


def test_entries_of_an_inline_list_are_named_by_number() -> None:
    with pytest.raises(ConfigError, match=r"^desk\.toml: map 2 \('knob'\)"):
        parse_map(HEAD + 'map = [{ on = "cc:1:1", to = "depth" }, { on = "knob", to = "go" }]', "desk.toml")


def test_a_freed_control_and_an_entry_for_one_port_are_read() -> None:
    text = f'{HEAD}[[map]]\nport = "Keys"\non = "cc:1:1"\nto = "nothing"\n[[map]]\nport = "Keys"\non = "cc:1:2"\nto = "depth"'

    midi_map = parse_map(text, "own.toml")

    assert midi_map.freed == (Freed(Control(Source.CC, 1, 1), "Keys"),)
    assert midi_map.bindings[0].port == "Keys"
