"""Real MIDI through a JACK server without sound, played by a program that nobody here wrote."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from controllers.midi.input import MidiInput, MidiSettings, list_midi_inputs
from controllers.midi.port_names import PresentPort
from controllers.midi.system import RtMidiSystem, stop_callback
from core.control.beat import OutsideBeat
from core.control.commands import Go, LearnControl, Origin, SetParameter, Surface
from tests.controllers.fakes import PATIENCE, FakeShow

rtmidi = pytest.importorskip("rtmidi", reason="python-rtmidi is missing")
pytestmark = [
    pytest.mark.jack,
    pytest.mark.skipif(not (shutil.which("jackd") and shutil.which("jack_midiseq")), reason="jackd is missing"),
    pytest.mark.skipif(rtmidi.API_UNIX_JACK not in rtmidi.get_compiled_api(), reason="python-rtmidi has no JACK"),
]

SERVER = f"latentdeck-{os.getpid()}"
BACKEND = "mido.backends.rtmidi/UNIX_JACK"
ROOT = Path(__file__).parents[3]
CLOSE_OFTEN = f"""
import os, threading, time
from controllers.midi.port_names import PresentPort
from controllers.midi.system import RtMidiSystem, stop_callback

def work():
    while True:
        pass

threading.Thread(target=work, daemon=True).start()
system = RtMidiSystem("{BACKEND}")
CLOCK = PresentPort("jack_midi_clock:mclk_out", "jack_midi_clock:mclk_out", "jack_midi_clock:mclk_out")
for _ in range(20):
    while "jack_midi_clock:mclk_out" not in system.names():
        time.sleep(0.05)
    heard = []
    port = system.open(CLOCK, heard.append)
    while not heard:
        time.sleep(0.001)
    port.close()
print("closed", flush=True)
os._exit(0)
"""

CANCEL_OFTEN = """
import os, threading, time
import rtmidi
from controllers.midi import system

TRAPS = 100
walked_in = []

class Clock:
    @staticmethod
    def sleep(seconds):  # what was freed is used again at once
        traps = [(lambda event, data: walked_in.append(event), None) for _ in range(TRAPS)]
        time.sleep(seconds)

def play():
    while True:
        player.send_message([0xB0, 1, 2])
        time.sleep(0.0001)

system.time = Clock
player = rtmidi.MidiOut(rtapi=rtmidi.API_UNIX_JACK, name="player")
player.open_virtual_port("out")
threading.Thread(target=play, daemon=True).start()
heard = []
for _ in range(10):
    client = rtmidi.MidiIn(rtapi=rtmidi.API_UNIX_JACK)
    client.set_callback(lambda event, data: heard.append(event))
    client.open_port(client.get_ports().index("player:out"))
    time.sleep(0.05)
    until = time.perf_counter() + 0.004  # shorter than the turn of a thread, so that callbacks wait for the lock
    while time.perf_counter() < until:
        pass
    system.stop_callback(client)
    client.close_port()
    client.delete()
print(f"heard {bool(heard)}, walked in {len(walked_in)}", flush=True)
os._exit(0)
"""


@pytest.fixture(scope="module", autouse=True)
def jack_server() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JACK_DEFAULT_SERVER", SERVER)
        patch.setenv("JACK_NO_START_SERVER", "1")
        with running("jackd", "-n", SERVER, "--no-realtime", "-d", "dummy", "-r", "48000", "-p", "256"):
            wait = subprocess.run(["jack_wait", "-s", SERVER, "-w", "-t", "10"], capture_output=True, check=False)
            if wait.returncode:
                pytest.skip("jackd does not start here")
            yield


@contextmanager
def running(*command: str) -> Iterator[None]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield
    finally:
        process.terminate()
        process.wait(10)


@contextmanager
def midi_running(show: FakeShow, settings: MidiSettings) -> Iterator[MidiInput]:
    midi = MidiInput(settings, show.submit, show.get_snapshot)
    midi.start()
    try:
        yield midi
    finally:
        midi.stop()


def wait_for(is_true: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not is_true():
        assert time.monotonic() < deadline, f"waited {PATIENCE:g} s for {what}"
        time.sleep(0.01)


def sequencer() -> tuple[str, ...]:
    """Plays C (go) and E (blackout) twice a second, for ever."""
    return ("jack_midiseq", "seq", "24000", "0", "60", "4000", "12000", "64", "4000")


def test_controller_is_found_when_it_is_plugged_played_and_found_again_after_it_was_unplugged() -> None:
    show = FakeShow()
    with midi_running(show, MidiSettings(backend=BACKEND)) as midi:
        for _ in range(2):
            show.submissions.clear()
            with running(*sequencer()):
                wait_for(lambda: {Go(), SetParameter("output.blackout", True)} <= set(show.commands), "both notes")
                assert [port.name for port in midi.view().ports] == ["seq:out"]
            wait_for(lambda: not midi.view().ports, "the port to go")

    assert {submission.origin for submission in show.submissions} == {Origin(Surface.MIDI, "seq:out")}


def test_other_programs_play_into_our_virtual_port() -> None:
    show = FakeShow()
    with midi_running(show, MidiSettings(backend=BACKEND, virtual_port="in")) as midi, running(*sequencer()):
        wait_for(lambda: midi.view().ports, "our port")
        wait_for(
            lambda: (
                subprocess.run(
                    ["jack_connect", "-s", SERVER, "seq:out", "latentdeck:in"], capture_output=True
                ).returncode
                == 0
            ),
            "the cable",
        )
        wait_for(lambda: Go() in show.commands, "a note")


def test_inputs_are_listed() -> None:
    with running(*sequencer()):
        wait_for(lambda: list_midi_inputs(BACKEND) == ["seq:out"], "the sequencer")


@pytest.mark.skipif(not shutil.which("jack_midi_clock"), reason="jack_midi_clock is missing")
def test_the_clock_of_another_program_gives_the_tempo() -> None:
    told: list[OutsideBeat] = []
    show = FakeShow()
    midi = MidiInput(MidiSettings(backend=BACKEND), show.submit, show.get_snapshot, publish_beat=told.append)
    with running("jack_midi_clock", "-b", "133"):
        midi.start()
        try:
            wait_for(lambda: midi.view().ports, "the port of the clock")
            subprocess.run(["jack_transport"], input=b"play\n", capture_output=True, timeout=10, check=False)
            wait_for(lambda: told and abs(told[-1].line.bpm - 133) < 3, "its tempo")
        finally:
            midi.stop()


def test_lights_reach_the_device_that_has_the_input() -> None:
    heard: list[list[int]] = []
    device = rtmidi.MidiIn(rtapi=rtmidi.API_UNIX_JACK, name="Desk")
    device.open_virtual_port("in")
    device.set_callback(lambda event, data: heard.append(event[0]))
    system = RtMidiSystem(BACKEND)
    try:
        output = system.open_output(PresentPort("Desk:out", "Desk:out", "Desk:out"))
        assert output is not None
        output.send(b"\x90\x05\x7f")
        wait_for(lambda: heard == [[0x90, 5, 0x7F]], "the light")
        output.close()
    finally:
        stop_callback(device)
        device.close_port()
        device.delete()
        system.close()


def test_a_control_is_learned_from_the_notes_of_another_program(tmp_path: Path) -> None:
    show = FakeShow()
    (tmp_path / "empty.toml").write_text('schema = 1\nname = "empty"\n')
    settings = MidiSettings(backend=BACKEND, mapping=tmp_path / "empty.toml", own=tmp_path / "midi.toml")
    with midi_running(show, settings) as midi, running(*sequencer()):
        wait_for(lambda: midi.view().ports, "the sequencer")
        midi.control(LearnControl("freeze"))
        wait_for(lambda: midi.view().learn.state == "learned", "a note")
        wait_for(lambda: SetParameter("freeze", True) in show.commands, "the same note again")

    assert 'port = "seq:out"' in (tmp_path / "midi.toml").read_text()


@pytest.mark.skipif(not shutil.which("jack_midi_clock"), reason="jack_midi_clock is missing")
def test_a_port_that_is_closed_in_the_middle_of_a_clock_freezes_nothing() -> None:
    """Run in a process of its own, with a thread that takes the interpreter lock as often as a show does."""
    with running("jack_midi_clock", "-b", "300"):
        subprocess.run(["jack_transport"], input=b"play\n", capture_output=True, timeout=10, check=False)
        done = subprocess.run([sys.executable, "-c", CLOSE_OFTEN], cwd=ROOT, capture_output=True, text=True, timeout=60)

    assert done.stdout.strip() == "closed", done.stderr


def test_a_callback_that_has_begun_when_it_is_cancelled_ends_on_what_it_began_with() -> None:
    """In a process of its own: where this goes wrong, the process ends."""
    done = subprocess.run([sys.executable, "-c", CANCEL_OFTEN], cwd=ROOT, capture_output=True, text=True, timeout=60)

    assert (done.returncode, done.stdout.strip()) == (0, "heard True, walked in 0"), done.stderr
