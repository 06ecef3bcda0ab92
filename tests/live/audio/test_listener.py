from __future__ import annotations

import sys
import threading
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from core.control.errors import AudioError, AudioUnavailable
from core.control.mailbox import Latest
from core.control.parameters import PARAMETERS
from live.audio.device import InputDevice, list_inputs
from live.audio.follower import Level, Samples
from live.audio.listener import AudioListener
from live.audio.source import choose_source
from live.audio.wav_file import WavFile
from live.clock import ManualClock
from tests.live.audio.test_wav_file import write_wav

PATIENCE = 10.0


class Script:
    """A source that plays blocks of steady levels, a tenth of a second each, and then does what it was told to."""

    def __init__(self, levels: list[float], then: BaseException | threading.Event) -> None:
        self._levels = levels
        self._then = then
        self.is_at_the_end = threading.Event()
        self.closed = 0

    def open(self) -> None:
        pass

    def read(self) -> tuple[Samples, float]:
        if self._levels:
            return np.full(10, self._levels.pop(0), np.float32), 0.1
        self.is_at_the_end.set()
        if isinstance(self._then, threading.Event):
            self._then.wait(PATIENCE)
            raise AudioError("woken")
        raise self._then

    def close(self) -> None:
        self.closed += 1


def listener(source: Script | InputDevice | WavFile, level: Latest[Level], told: list[str]) -> AudioListener:
    return AudioListener(source, ManualClock(7.0), PARAMETERS.defaults, level, told.append)


def run_once(source: Script | InputDevice | WavFile) -> tuple[Level, list[str]]:
    """What is left after the source has ended for the first time."""
    level, told = Latest(Level()), list[str]()
    listening = listener(source, level, told)
    listening._stopping.wait = lambda timeout=None: listening._stopping.set() or True  # type: ignore[method-assign, func-returns-value]
    listening._run()
    return level.get(), told


def test_a_loud_block_raises_the_level_that_playback_reads() -> None:
    level: Latest[Level] = Latest(Level())
    release = threading.Event()
    source = Script([0.2, 0.2], release)
    listening = listener(source, level, [])
    listening.start()
    assert source.is_at_the_end.wait(PATIENCE)

    assert level.get().value == pytest.approx(0.8, abs=0.02)  # gain 4, attack 20 ms
    assert level.get().at == 7.0
    release.set()
    listening.stop()


def test_a_source_that_hangs_does_not_hold_the_end_of_the_show() -> None:
    release = threading.Event()
    source = Script([], release)
    listening = listener(source, Latest(Level()), [])
    listening.start()
    assert source.is_at_the_end.wait(PATIENCE)

    listening.stop(patience=0.01)

    assert listening._thread.is_alive()
    assert listening._thread.daemon
    release.set()


def test_a_source_that_goes_is_told_and_leaves_silence() -> None:
    source = Script([0.5], AudioError("the microphone has gone"))

    level, told = run_once(source)

    assert level == Level()
    assert told == ["the microphone has gone"]
    assert source.closed == 1


def test_a_driver_that_raises_anything_costs_the_sound_only() -> None:
    _, told = run_once(Script([], RuntimeError("deep in a driver")))

    assert told == ["the sound cannot be followed: RuntimeError('deep in a driver')"]


def test_the_same_cause_is_told_once() -> None:
    told: list[str] = []
    listening = listener(Script([], AudioError("gone")), Latest(Level()), told)

    for _ in range(3):
        listening._tell(AudioError("gone"))

    assert told == ["gone"]


def test_a_wav_file_is_followed(tmp_path: Path) -> None:
    path = write_wav(tmp_path / "beat.wav", [0.2, 0.0])
    source = choose_source(str(path), ManualClock())
    assert isinstance(source, WavFile)
    heard: list[float] = []

    class Ear(Latest[Level]):
        def put(self, value: Level) -> None:
            heard.append(value.value)
            if len(heard) == 20:
                raise AudioError("heard enough")

    run = AudioListener(source, ManualClock(), PARAMETERS.defaults, Ear(Level()), lambda text: None)
    run._stopping.wait = lambda timeout=None: run._stopping.set() or True  # type: ignore[method-assign, func-returns-value]
    run._run()

    assert heard[9] == pytest.approx(0.8, abs=0.02)
    assert heard[19] == pytest.approx(0.8 * np.exp(-0.1 / 0.3), abs=0.02)


def test_without_the_package_the_word_is_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", None)

    level, told = run_once(InputDevice("default"))

    assert level == Level()
    assert told == ["following a sound needs the package sounddevice: pip install 'latentdeck[audio]'"]
    with pytest.raises(AudioUnavailable, match="sounddevice"):
        list_inputs()


class FakeStream:
    samplerate = 1000.0

    def __init__(self, **options: object) -> None:
        assert options["channels"] == 1
        self.reads = 0
        self.is_closed = False

    def start(self) -> None:
        pass

    def read(self, count: int) -> tuple[np.ndarray[tuple[int, int], np.dtype[np.float32]], bool]:
        self.reads += 1
        if self.reads > 1:
            raise FakeLibrary.PortAudioError("Device unavailable\n[PaErrorCode -9985]")
        return np.full((count, 1), 0.25, np.float32), False

    def close(self) -> None:
        self.is_closed = True


class FakeLibrary(ModuleType):
    """As much of sounddevice as is used, with one input called 'Mixer'."""

    class PortAudioError(Exception):
        pass

    InputStream = FakeStream

    @staticmethod
    def query_devices(device: object = None, kind: object = None) -> object:
        mixer = {"name": "Mixer", "max_input_channels": 2, "default_samplerate": 1000.0}
        if kind is None:
            return [mixer, {"name": "Speakers", "max_input_channels": 0}]
        if device not in (None, "Mixer"):
            raise ValueError(f"No input device matching {device!r}")
        return mixer


@pytest.fixture
def _library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "sounddevice", FakeLibrary("sounddevice"))


@pytest.mark.usefixtures("_library")
def test_a_device_gives_mono_blocks_until_it_goes() -> None:
    device = InputDevice("default")
    device.open()

    samples, seconds = device.read()

    assert samples.tolist() == [0.25] * 10
    assert seconds == 0.01
    with pytest.raises(AudioError, match="audio input 'default' has gone: Device unavailable"):
        device.read()
    device.close()
    device.close()


@pytest.mark.usefixtures("_library")
def test_a_device_that_is_not_there_is_told_with_those_that_are() -> None:
    with pytest.raises(AudioError, match=r"no audio input 'Moon': No input device .*; found: Mixer"):
        InputDevice("Moon").open()

    assert list_inputs() == ["Mixer"]
