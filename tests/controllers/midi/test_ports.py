from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import mido
import pytest

from controllers.midi.ports import MidiInput, MidiSettings
from controllers.midi.system import MidiUnavailable, PortSystem, Receive, RtMidiSystem, plain_name
from core.control.commands import Go, Origin, SetParameter, Submission, Surface
from core.control.errors import ConfigError
from core.control.snapshot import Snapshot
from tests.controllers.fakes import FakeShow

NANO = "nanoKONTROL2:nanoKONTROL2 MIDI 1 24:0"
GO = bytes(mido.Message("note_on", note=60, velocity=90).bytes())


@dataclass
class FakePort:
    receive: Receive
    is_open: bool = True

    def close(self) -> None:
        self.is_open = False


@dataclass
class FakeSystem:
    """Ports by name; put names into `present` to plug, into `busy` for ports of another program."""

    present: list[str] = field(default_factory=list)
    busy: set[str] = field(default_factory=set)
    opened: dict[str, FakePort] = field(default_factory=dict)

    def names(self) -> list[str]:
        return list(self.present)

    def open(self, name: str, receive: Receive) -> FakePort:
        if name in self.busy:
            raise OSError("device is busy")
        self.opened[name] = FakePort(receive)
        return self.opened[name]

    def open_virtual(self, name: str, receive: Receive) -> FakePort:
        return self.open(name, receive)

    def close(self) -> None:
        self.present = []


def midi_input(show: FakeShow, settings: MidiSettings | None = None) -> MidiInput:
    return MidiInput(settings or MidiSettings(), show.submit, show.get_snapshot)


def test_a_note_becomes_a_command_with_its_port_as_origin() -> None:
    show, system = FakeShow(), FakeSystem(["Keys:Keys MIDI 1 20:0"])
    midi_input(show).poll(system)

    system.opened["Keys:Keys MIDI 1 20:0"].receive(GO)

    assert show.submissions == [Submission(Go(), Origin(Surface.MIDI, "Keys:Keys MIDI 1"))]


def test_port_is_played_with_the_map_of_its_controller() -> None:
    midi = midi_input(FakeShow())
    midi.poll(FakeSystem([NANO, "Keys"]))

    assert [(port.name, port.mapping) for port in midi.view().ports] == [
        ("nanoKONTROL2:nanoKONTROL2 MIDI 1", "Korg nanoKONTROL2 (factory scene)"),
        ("Keys", "generic"),
    ]


def test_unplugged_port_is_closed_and_opened_again_under_its_new_number() -> None:
    midi, system = midi_input(FakeShow()), FakeSystem([NANO])
    midi.poll(system)
    system.present = []
    midi.poll(system)
    assert midi.view().ports == ()

    system.present = [NANO.replace("24:0", "28:0")]
    midi.poll(system)

    assert not system.opened[NANO].is_open
    assert [port.name for port in midi.view().ports] == ["nanoKONTROL2:nanoKONTROL2 MIDI 1"]


def test_faders_must_be_picked_up_again_after_a_reconnect() -> None:
    def move(*values: int) -> None:
        for value in values:
            system.opened[NANO].receive(bytes(mido.Message("control_change", control=7, value=value).bytes()))

    show, system = FakeShow(Snapshot(parameters=MappingProxyType({"output.brightness": 1.0}))), FakeSystem([NANO])
    midi = midi_input(show)
    midi.poll(system)
    move(127, 100)
    assert show.commands == [SetParameter("output.brightness", 1.0), SetParameter("output.brightness", 100 / 127)]

    for system.present in ([], [NANO]):
        midi.poll(system)
    move(20, 21)

    assert len(show.commands) == 2


def test_only_wanted_ports_are_opened() -> None:
    midi = midi_input(FakeShow(), MidiSettings(ports=("nano*",)))
    midi.poll(FakeSystem([NANO, "Keys"]))

    assert len(midi.view().ports) == 1


def test_busy_port_is_told_once_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    midi, system = midi_input(FakeShow()), FakeSystem(["Keys"], busy={"Keys"})
    midi.poll(system)
    midi.poll(system)
    assert midi.view().message == "MIDI port 'Keys' cannot be opened: device is busy"
    assert len(caplog.records) == 1

    system.busy.clear()
    midi.poll(system)

    assert midi.view().message == ""
    assert len(midi.view().ports) == 1


def test_virtual_port_is_opened_once_instead_of_controllers() -> None:
    midi, system = midi_input(FakeShow(), MidiSettings(virtual_port="in")), FakeSystem(["Keys"])
    midi.poll(system)
    midi.poll(system)

    assert [port.name for port in midi.view().ports] == ["in"]


@pytest.mark.parametrize(
    "data", [b"", b"\x00", b"\x90", b"\xf4", b"\x90\x3c\xff", b"\xff" * 300, b"\xf0\x01\x02\xf7"], ids=bytes.hex
)
def test_a_broken_message_harms_nothing(data: bytes) -> None:
    show, system = FakeShow(), FakeSystem(["Keys"])
    midi_input(show).poll(system)

    system.opened["Keys"].receive(data)
    system.opened["Keys"].receive(GO)

    assert show.commands == [Go()]


def test_refused_command_is_counted() -> None:
    midi, system = midi_input(FakeShow(refuse=True)), FakeSystem(["Keys"])
    midi.poll(system)

    system.opened["Keys"].receive(GO)

    assert (midi.view().ports[0].received, midi.view().ports[0].refused) == (1, 1)


def test_a_fault_of_ours_is_logged_once_and_stays_inside(caplog: pytest.LogCaptureFixture) -> None:
    def broken_snapshot() -> Snapshot:
        raise RuntimeError("a fault of ours")

    system = FakeSystem(["Keys"])
    MidiInput(MidiSettings(), FakeShow().submit, broken_snapshot).poll(system)

    for _ in range(3):
        system.opened["Keys"].receive(GO)

    assert len([record for record in caplog.records if record.levelname == "ERROR"]) == 1


def test_machine_without_midi_says_so_once_and_stops_at_once(caplog: pytest.LogCaptureFixture) -> None:
    def no_system(backend: str | None) -> PortSystem:
        raise MidiUnavailable("no MIDI system on this machine, so MIDI is off")

    midi = MidiInput(MidiSettings(), FakeShow().submit, Snapshot, no_system)
    midi.start()
    midi._thread.join(5)
    midi.stop()

    assert midi.view().message == "no MIDI system on this machine, so MIDI is off"
    assert len(caplog.records) == 1


def test_start_and_stop_open_and_close_the_ports() -> None:
    system = FakeSystem(["Keys"])
    midi = MidiInput(MidiSettings(), FakeShow().submit, Snapshot, lambda backend: system)
    midi.start()
    for _ in range(1000):
        if midi.view().ports:
            break
        midi._thread.join(0.005)
    midi.stop()

    assert not system.opened["Keys"].is_open
    assert midi.view().ports == ()


def test_missing_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rtmidi", None)

    with pytest.raises(MidiUnavailable, match=r"pip install 'latentdeck\[midi\]'"):
        RtMidiSystem(None)


@pytest.mark.parametrize("backend", ["portmidi", "mido.backends.rtmidi/WINDOWS_XP"])
def test_unknown_backend_is_refused_with_the_known_ones(backend: str) -> None:
    with pytest.raises(ConfigError, match=r"midi\.backend must be one of mido\.backends\.rtmidi.*got"):
        RtMidiSystem(backend)


def test_damaged_mapping_file_is_refused_when_the_show_starts(tmp_path: Path) -> None:
    path = tmp_path / "desk.toml"
    path.write_text("schema = 7")

    with pytest.raises(ConfigError, match=r"desk\.toml: schema"):
        midi_input(FakeShow(), MidiSettings(mapping=path))
    with pytest.raises(ConfigError, match="cannot be read"):
        midi_input(FakeShow(), MidiSettings(mapping=tmp_path / "missing.toml"))


def test_own_mapping_file_plays_every_port(tmp_path: Path) -> None:
    path = tmp_path / "desk.toml"
    path.write_text('schema = 1\nname = "mine"\n[[map]]\non = "note:0:60"\nto = "go"')
    midi = midi_input(FakeShow(), MidiSettings(mapping=path))
    midi.poll(FakeSystem([NANO]))

    assert midi.view().ports[0].mapping == "mine"


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("Midi Through:Midi Through Port-0 14:0", "Midi Through:Midi Through Port-0"),
        ("seq:out", "seq:out"),
        ("Keys 2", "Keys 2"),
    ],
)
def test_alsa_numbers_are_left_out_of_names(name: str, plain: str) -> None:
    assert plain_name(name) == plain
