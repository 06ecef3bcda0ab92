"""JACK without sound, and the clock of a program that nobody here wrote on it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

rtmidi = pytest.importorskip("rtmidi", reason="python-rtmidi is missing")
MARKS = [
    pytest.mark.jack,
    pytest.mark.show,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not shutil.which("jackd"), reason="jackd is missing"),
    pytest.mark.skipif(not shutil.which("jack_midi_clock"), reason="jack_midi_clock is missing"),
    pytest.mark.skipif(rtmidi.API_UNIX_JACK not in rtmidi.get_compiled_api(), reason="python-rtmidi has no JACK"),
]
BACKEND = "mido.backends.rtmidi/UNIX_JACK"


@contextmanager
def midi_clock(monkeypatch: pytest.MonkeyPatch, name: str, bpm: int) -> Iterator[None]:
    """A clock that trembles by a tenth of a tick; it stands still until `play`."""
    server = f"latentdeck-{name}-{os.getpid()}"
    monkeypatch.setenv("JACK_DEFAULT_SERVER", server)
    monkeypatch.setenv("JACK_NO_START_SERVER", "1")
    with _running("jackd", "-n", server, "--no-realtime", "-d", "dummy", "-r", "48000", "-p", "256"):
        wait = subprocess.run(["jack_wait", "-s", server, "-w", "-t", "10"], capture_output=True, check=False)
        if wait.returncode:
            pytest.skip("jackd does not start here")
        with _running("jack_midi_clock", "-b", str(bpm), "-J", "10"):
            yield


def play() -> None:
    subprocess.run(["jack_transport"], input=b"play\n", capture_output=True, timeout=10, check=False)


@contextmanager
def _running(*command: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(10)
