from __future__ import annotations

import pytest

from controllers.midi.port_names import PortName, find_output, identify, is_numbered, plain_name

WINDOWS = ["Microsoft GS 0", "LPD8 1", "Keys 2", "LPD8 3"]


@pytest.mark.parametrize(
    ("raw", "plain"),
    [
        ("Midi Through:Midi Through Port-0 14:0", "Midi Through:Midi Through Port-0"),
        ("a2j:LPD8 [20] (capture): LPD8 MIDI 1", "a2j:LPD8 (capture): LPD8 MIDI 1"),
        ("seq:out", "seq:out"),
        ("Keys 2", "Keys 2"),
        ("LPD8 [2]", "LPD8 [2]"),
    ],
)
def test_numbers_of_alsa_are_left_out_of_names(raw: str, plain: str) -> None:
    assert plain_name(raw) == plain


@pytest.mark.parametrize("names", [[], ["Keys 1"], ["Keys 0", "LPD8"], ["Keys 1", "LPD8 0"], ["LPD8 MIDI 1 20:0"]])
def test_only_places_in_the_list_are_places(names: list[str]) -> None:
    assert not is_numbered(names)
    assert [port.identity for port in identify(names)] == names


def test_places_in_the_list_of_windows_are_left_out_of_names() -> None:
    assert [port.plain for port in identify(WINDOWS)] == ["Microsoft GS", "LPD8", "Keys", "LPD8"]


def test_a_port_stays_the_same_when_others_go_and_twins_do_not_when_one_of_them_goes() -> None:
    without_synth = {port.identity for port in identify(["LPD8 0", "Keys 1", "LPD8 2"])}
    without_twin = {port.identity for port in identify(["Microsoft GS 0", "Keys 1", "LPD8 2"])}

    assert {port.identity for port in identify(WINDOWS)} > without_synth
    assert {port.identity for port in identify(WINDOWS)} & without_twin == {"Microsoft GS", "Keys"}


@pytest.mark.parametrize(("text", "port"), [("LPD8", PortName("LPD8")), ("LPD8 #2", PortName("LPD8", 2))])
def test_a_name_is_written_as_it_is_read(text: str, port: PortName) -> None:
    assert PortName.parse(text) == port
    assert str(port) == text


@pytest.mark.parametrize(
    ("port", "written", "is_meant"),
    [
        (PortName("LPD8", is_numbered=True), "LPD8 1", True),
        (PortName("LPD8", is_numbered=True), "LPD8 mk2 1", False),
        (PortName("LPD8", 2, is_numbered=True), "LPD8 1", False),
        (PortName("LPD8"), "LPD8 1", False),
    ],
    ids=["with its old place", "another", "its twin", "a system without places"],
)
def test_an_older_file_means_a_port_by_the_place_it_had(port: PortName, written: str, is_meant: bool) -> None:
    assert port.was(written) is is_meant


@pytest.mark.parametrize(
    ("inputs", "outputs", "found"),
    [
        (["APC MINI:APC MINI MIDI 1 20:0"], ["Through 14:0", "APC MINI:APC MINI MIDI 1 20:0"], 1),
        (["nanoKONTROL2 0"], ["Microsoft GS 0", "nanoKONTROL2 1"], 1),
        (["LPD8 0", "LPD8 1"], ["Microsoft GS 0", "LPD8 1", "LPD8 2"], 2),
        (["LPD8", "LPD8"], ["LPD8", "LPD8"], 1),
        (["a2j:APC [20] (capture): MIDI 1"], ["a2j:APC [20] (playback): MIDI 1"], 0),
        (["Desk:out"], ["Other:in", "Desk:in"], 1),
        (["Desk:out"], ["Desk:in 1", "Desk:in 2"], None),
        (["Keys"], ["Desk"], None),
    ],
    ids=["alsa", "windows", "windows twins", "mac twins", "jack bridge", "jack client", "two of a client", "none"],
)
def test_the_output_of_the_last_input_is_found(inputs: list[str], outputs: list[str], found: int | None) -> None:
    assert find_output(identify(inputs)[-1], outputs) == found


def test_twins_without_any_number_are_two_ports() -> None:
    assert [port.identity for port in identify(["LPD8", "Keys", "LPD8"])] == ["LPD8 1 of 2", "Keys", "LPD8 2 of 2"]
