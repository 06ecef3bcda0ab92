"""A WAV file as a source of sound, over and over, at the pace at which it would be heard."""

from __future__ import annotations

import wave
from collections.abc import Callable
from pathlib import Path

import numpy as np

from core.control.errors import AudioError
from live.audio.follower import Samples
from live.clock import Clock

BLOCK_SECONDS = 0.01
_FULL_SCALE = {1: 2**7, 2: 2**15, 3: 2**23, 4: 2**31}


class WavFile:
    """Reads integer PCM of 8 to 32 bits; several channels are mixed to one."""

    def __init__(self, path: Path, clock: Clock, sleep_until: Callable[[float], None] | None = None) -> None:
        self._path = path
        self._clock = clock
        self._sleep_until = sleep_until or clock.sleep_until
        self._file: wave.Wave_read | None = None
        self._due = 0.0

    def open(self) -> None:
        try:
            self._file = wave.open(str(self._path), "rb")  # noqa: SIM115 - stays open until `close`
        except (OSError, EOFError, wave.Error) as error:
            raise AudioError(f"audio.source {self._path} must be a WAV file of integer samples: {error}") from None
        if not self._file.getnframes() or not self._file.getframerate():
            raise AudioError(f"audio.source {self._path} holds no sound")
        self._due = self._clock.now()

    def read(self) -> tuple[Samples, float]:
        assert self._file is not None, "open first"
        rate = self._file.getframerate()
        data = self._file.readframes(max(1, round(rate * BLOCK_SECONDS)))
        if not data:
            self._file.rewind()
            data = self._file.readframes(max(1, round(rate * BLOCK_SECONDS)))
        samples = _decode(data, self._file.getsampwidth(), self._file.getnchannels())
        if not samples.size:
            raise AudioError(f"audio.source {self._path} ends in the middle of a sample")
        seconds = samples.size / rate
        self._due = max(self._due + seconds, self._clock.now() - 1)  # after a stall it does not race to catch up
        self._sleep_until(self._due)
        return samples, seconds

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def _decode(data: bytes, width: int, channels: int) -> Samples:
    """Little-endian PCM as float32 of one channel; 8 bits are unsigned, as the format has it."""
    count = len(data) // (width * channels) * channels
    raw = np.frombuffer(data, np.uint8, count * width).reshape(count, width)
    if width == 1:
        numbers = raw[:, 0].astype(np.int32) - 128
    else:
        wide = np.zeros((count, 4), np.uint8)
        wide[:, 4 - width :] = raw
        numbers = wide.view("<i4")[:, 0] >> 8 * (4 - width)
    mixed: Samples = (numbers.reshape(-1, channels).mean(axis=1) / _FULL_SCALE[width]).astype(np.float32)
    return mixed
