from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import mido
import pytest

from controllers.midi.input import PORTS_AT_BROWSERS, MidiInput, MidiSettings
from controllers.midi.port_names import PresentPort
from controllers.midi.system import MidiUnavailable, PortSystem, Receive, RtMidiSystem
from core.control.commands import CancelLearn, Cut, Go, LearnControl, Origin, SetParameter, Submission, Surface
from core.control.errors import CommandRefused, ConfigError
from core.control.midi_view import FaderView, LearnState, MidiReport, MidiTraffic
from core.control.snapshot import Snapshot
from tests.controllers.fakes import FakeShow

NANO = "nanoKONTROL2:nanoKONTROL2 MIDI 1 24:0"
TWIN = "LPD8:LPD8 MIDI 1"
PAD_40 = bytes(mido.Message("note_on", note=40, velocity=90).bytes())
GO = bytes(mido.Message("note_on", note=60, velocity=90).bytes())


@dataclass
class FakePort:
    receive: Receive
    is_open: bool = True

    def close(self) -> None:
        self.is_open = False


@dataclass
class FakeOutput:
    sent: list[bytes] = field(default_factory=list)
    is_open: bool = True
    is_broken: bool = False

    def send(self, message: bytes) -> None:
        if self.is_broken:
            raise OSError("the device has gone")
        self.sent.append(message)

    def close(self) -> None:
        self.is_open = False


@dataclass
class FakeSystem:
    """Ports by name; put names into `present` to plug, into `busy` for ports of another program."""

    present: list[str] = field(default_factory=list)
    busy: set[str] = field(default_factory=set)
    opened: dict[str, FakePort] = field(default_factory=dict)
    outputs: dict[str, FakeOutput] = field(default_factory=dict)

    def names(self) -> list[str]:
        return list(self.present)

    def open(self, port: PresentPort, receive: Receive) -> FakePort:
        return self.open_virtual(port.raw, receive)

    def open_virtual(self, name: str, receive: Receive) -> FakePort:
        if name in self.busy:
            raise OSError("device is busy")
        self.opened[name] = FakePort(receive)
        return self.opened[name]

    def open_output(self, port: PresentPort) -> FakeOutput | None:
        return self.outputs.get(port.raw)

    def close(self) -> None:
        self.present = []


def wait_for(is_true: Callable[[], object]) -> None:
    """Let the MIDI thread work."""
    for _ in range(1000):
        if is_true():
            return
        threading.Event().wait(0.005)
    raise AssertionError("waited 5 s in vain")


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

    assert midi.report().traffic == (MidiTraffic("Keys", 1, 1, "note_on channel=0 note=60 velocity=90 time=0"),)


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
    wait_for(lambda: midi.view().message)
    midi.stop()

    assert midi.view().message == "no MIDI system on this machine, so MIDI is off"
    assert len(caplog.records) == 1


def test_start_and_stop_open_and_close_the_ports() -> None:
    system = FakeSystem(["Keys"])
    midi = MidiInput(MidiSettings(), FakeShow().submit, Snapshot, lambda backend: system)
    midi.start()
    wait_for(lambda: midi.view().ports)
    midi.stop()

    assert not system.opened["Keys"].is_open
    assert midi.view().ports == ()


def test_missing_library_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rtmidi", None)

    with pytest.raises(MidiUnavailable, match=r"pip install 'latentdeck\[midi\]'"):
        RtMidiSystem(None)


@pytest.mark.skipif(sys.platform != "linux", reason="ALSA is for Linux")
def test_machine_without_a_sequencer_is_told_without_noise(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("rtmidi", reason="python-rtmidi is missing")
    monkeypatch.setattr("controllers.midi.system.SEQUENCER", tmp_path / "seq")

    with pytest.raises(MidiUnavailable, match=r"no MIDI system on this machine.*seq is missing"):
        RtMidiSystem(None)

    assert capfd.readouterr().err == ""


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


APC = "APC MINI:APC MINI MIDI 1 20:0"


def apc_input(show: FakeShow, tmp_path: Path | None = None) -> tuple[MidiInput, FakeSystem, FakeOutput]:
    """An APC mini that is plugged in, with its lights."""
    output = FakeOutput()
    system = FakeSystem([APC], outputs={APC: output})
    midi = midi_input(show, MidiSettings(own=tmp_path and tmp_path / "midi.toml"))
    midi.poll(system)
    return midi, system, output


def work(midi: MidiInput, times: int = 10) -> None:
    for _ in range(times):
        midi.work()


def test_lights_show_the_show_when_the_controller_is_plugged_in_and_then_only_changes() -> None:
    show = FakeShow(Snapshot(parameters=MappingProxyType({"hold": True})))
    midi, _, output = apc_input(show)
    work(midi)
    assert len(output.sent) == len(set(output.sent)) == midi.view().ports[0].light_count
    assert bytes.fromhex("90 02 03") in output.sent  # hold is the third pad of the lowest row, red

    output.sent.clear()
    show.snapshot = Snapshot(parameters=MappingProxyType({"hold": False}))
    work(midi)

    assert output.sent == [bytes.fromhex("90 02 00")]


def test_lights_stay_as_they_are_while_a_control_is_learned_and_are_all_sent_after_it(tmp_path: Path) -> None:
    show = FakeShow()
    midi, _, output = apc_input(show, tmp_path)
    work(midi)
    output.sent.clear()
    midi.control(LearnControl("depth"))
    show.snapshot = Snapshot(parameters=MappingProxyType({"hold": True}))
    work(midi)
    assert output.sent == []

    midi.control(CancelLearn())
    work(midi)

    assert len(output.sent) == midi.view().ports[0].light_count


def test_lights_go_off_when_the_show_ends() -> None:
    output = FakeOutput()
    system = FakeSystem([APC], outputs={APC: output})
    show = FakeShow(Snapshot(parameters=MappingProxyType({"hold": True})))
    midi = MidiInput(MidiSettings(), show.submit, show.get_snapshot, lambda backend: system)
    midi.start()
    wait_for(lambda: bytes.fromhex("90 02 03") in output.sent)
    midi.stop()

    assert output.sent[-1][2] == 0
    assert max(message[2] for message in output.sent[-len({message[1] for message in output.sent}) :]) == 0
    assert not output.is_open


def test_a_controller_whose_lights_break_can_still_be_played(caplog: pytest.LogCaptureFixture) -> None:
    show = FakeShow()
    midi, system, output = apc_input(show)
    output.is_broken = True
    work(midi)

    system.opened[APC].receive(bytes(mido.Message("note_on", note=0, velocity=90).bytes()))

    assert show.commands == [Go()]
    assert midi.view().ports[0].light_count == 0
    assert len(caplog.records) == 1


def test_a_control_is_learned_from_its_moves_and_plays_its_target_at_once(tmp_path: Path) -> None:
    show = FakeShow()
    midi, system, _ = apc_input(show, tmp_path)
    midi.control(LearnControl("strength"))
    work(midi, 1)

    for value in (40, 42, 44):
        system.opened[APC].receive(bytes((0xB0, 20, value)))
    work(midi, 1)
    assert midi.view().learn.state is LearnState.LEARNED
    assert show.commands == []
    for value in (100, 30, 31):
        system.opened[APC].receive(bytes((0xB0, 20, value)))

    assert [type(command) for command in show.commands] == [SetParameter] * 2
    assert [view.control for view in midi.view().bindings if view.is_own] == ["cc:1:20"]
    assert 'to = "strength"' in (tmp_path / "midi.toml").read_text()


def test_a_learn_leaves_picked_up_faders_picked_up(tmp_path: Path) -> None:
    show = FakeShow(Snapshot(parameters=MappingProxyType({"output.brightness": 1.0})))
    midi, system, _ = apc_input(show, tmp_path)
    system.opened[APC].receive(bytes((0xB0, 56, 127)))
    midi.control(LearnControl("strength", 0.5))
    work(midi, 1)
    system.opened[APC].receive(bytes((0x90, 40, 90)))
    work(midi, 1)

    system.opened[APC].receive(bytes((0xB0, 56, 20)))

    assert show.commands[-1] == SetParameter("output.brightness", 20 / 127)


def test_where_a_fader_stands_apart_from_its_value_is_told() -> None:
    show = FakeShow(Snapshot(parameters=MappingProxyType({"depth": 0.9})))
    midi, system, _ = apc_input(show)
    system.opened[APC].receive(bytes((0xB0, 51, 0)))

    port = "APC MINI:APC MINI MIDI 1"
    assert midi.report().faders == (FaderView(port, "cc:0:51", "depth", 0.0, is_apart=True),)
    show.snapshot = Snapshot(parameters=MappingProxyType({"depth": 0.0}))
    assert midi.report().faders == (FaderView(port, "cc:0:51", "depth", 0.0, is_apart=False),)


def test_the_report_is_published_when_it_changes() -> None:
    reports: list[MidiReport] = []
    system, show = FakeSystem(["Keys"]), FakeShow()
    midi = MidiInput(MidiSettings(), show.submit, show.get_snapshot, lambda backend: system, reports.append)
    midi.start()
    wait_for(lambda: reports)
    system.opened["Keys"].receive(GO)
    wait_for(lambda: reports[-1].traffic and reports[-1].traffic[0].received == 1)
    midi.stop()

    assert reports[0].view.ports[0].name == "Keys"
    assert reports[-1].view.ports == ()


def test_a_controller_at_a_browser_plays_the_map_of_its_name_and_gets_its_lights() -> None:
    lights: list[bytes] = []
    show = FakeShow(Snapshot(parameters=MappingProxyType({"hold": True})))
    midi = midi_input(show)

    midi.receive_remote("remote 1", "APC MINI", bytes.fromhex("90 00 5a"), lights.append)
    work(midi)

    assert show.submissions == [Submission(Go(), Origin(Surface.MIDI, "APC MINI"))]
    assert bytes.fromhex("90 02 03") in lights
    midi.browser_left("remote 1")
    assert midi.view().ports == ()


def test_browsers_cannot_open_ports_without_end() -> None:
    midi = midi_input(FakeShow())
    for number in range(PORTS_AT_BROWSERS):
        midi.receive_remote("remote 1", f"port {number}", GO, lambda message: None)

    with pytest.raises(CommandRefused, match="MIDI ports of browsers are played already"):
        midi.receive_remote("remote 2", "one more", GO, lambda message: None)

    assert len(midi.view().ports) == PORTS_AT_BROWSERS


def test_midi_system_that_comes_later_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("controllers.midi.input.BEATS_PER_RETRY", 1)
    tries = iter([False, True])

    def come_later(backend: str | None) -> PortSystem:
        if not next(tries):
            raise MidiUnavailable("no MIDI system on this machine, so MIDI is off")
        return FakeSystem(["Keys"])

    midi = MidiInput(MidiSettings(), FakeShow().submit, Snapshot, come_later)
    midi.start()
    wait_for(lambda: midi.view().ports)
    midi.stop()


def test_what_was_learned_stays_when_windows_numbers_its_ports_anew(tmp_path: Path) -> None:
    own = tmp_path / "midi.toml"
    own.write_text('schema = 1\nname = "own"\n[[map]]\nport = "LPD8 1"\non = "note:1:40"\nto = "cut"\n')
    show, system = FakeShow(), FakeSystem(["Keys 0", "LPD8 1"])
    midi = midi_input(show, MidiSettings(own=own))
    midi.poll(system)
    system.present = ["LPD8 0"]
    midi.poll(system)

    system.opened["LPD8 1"].receive(PAD_40)

    assert show.submissions == [Submission(Cut(), Origin(Surface.MIDI, "LPD8"))]
    assert system.opened["LPD8 1"].is_open
    assert "LPD8 0" not in system.opened  # it is the same port


def test_a_control_is_learned_for_the_name_without_the_number(tmp_path: Path) -> None:
    own = tmp_path / "midi.toml"
    system = FakeSystem(["Keys 0", "LPD8 1"])
    midi = midi_input(FakeShow(), MidiSettings(own=own))
    midi.poll(system)
    midi.control(LearnControl("hold", None))
    midi.work()
    system.opened["LPD8 1"].receive(bytes(mido.Message("note_on", note=100, velocity=90).bytes()))
    midi.work()

    assert 'port = "LPD8"' in own.read_text()


def test_twins_are_told_apart_and_the_second_keeps_its_name_when_the_first_goes() -> None:
    names = []
    midi, system = midi_input(FakeShow()), FakeSystem(["LPD8:LPD8 MIDI 1 20:0", "LPD8:LPD8 MIDI 1 24:0"])
    first, second = system.present
    for present in ([first, second], [second], [second, "LPD8:LPD8 MIDI 1 28:0"]):
        system.present = present
        midi.poll(system)
        names.append([port.name for port in midi.view().ports])

    assert names == [[TWIN, f"{TWIN} #2"], [f"{TWIN} #2"], [f"{TWIN} #2", TWIN]]


def test_of_numbered_twins_the_one_that_is_left_is_opened_anew() -> None:
    show, system = FakeShow(), FakeSystem(["LPD8 0", "LPD8 1"])
    midi = midi_input(show)
    midi.poll(system)
    first = system.opened["LPD8 0"]
    system.present = ["LPD8 0"]  # the first has gone, and the second has its number
    midi.poll(system)

    system.opened["LPD8 0"].receive(PAD_40)

    assert not first.is_open
    assert [port.name for port in midi.view().ports] == ["LPD8"]
    assert len(show.commands) == 1


def test_an_older_entry_for_a_port_that_is_there_is_not_taken_for_another(tmp_path: Path) -> None:
    own = tmp_path / "midi.toml"
    own.write_text('schema = 1\nname = "own"\n[[map]]\nport = "Launchpad 2"\non = "note:1:40"\nto = "cut"\n')
    midi, system = midi_input(FakeShow(), MidiSettings(own=own)), FakeSystem(["Launchpad 0"])
    for system.present in (["Launchpad 0"], ["Launchpad 0", "Launchpad 2 1"]):
        midi.poll(system)

    assert {view.port for view in midi.view().bindings if view.is_own} == {"Launchpad 2"}
