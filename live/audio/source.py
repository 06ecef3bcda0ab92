"""What a source of sound is to the listener, and which one a setting means."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from live.audio.device import InputDevice
from live.audio.follower import Samples
from live.audio.wav_file import WavFile
from live.clock import Clock


class AudioSource(Protocol):
    """Opened, read and closed by one thread."""

    def open(self) -> None:
        """Raises AudioError: it is not there, or cannot be used."""

    def read(self) -> tuple[Samples, float]:
        """Wait for the next block; its samples and its length in seconds. Raises AudioError: the source has gone."""

    def close(self) -> None:
        """May be called twice, and without open."""


def choose_source(name: str, clock: Clock) -> AudioSource:
    """The file or device that audio.source means; nothing is opened yet."""
    path = Path(name)
    return WavFile(path, clock) if path.suffix.lower() == ".wav" else InputDevice(name)
