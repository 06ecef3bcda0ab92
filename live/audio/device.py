"""A microphone or a line input as a source of sound; sounddevice is loaded when one is opened, and only here."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from core.control.errors import AudioError, AudioUnavailable
from live.audio.follower import Samples

DEFAULT = "default"
BLOCK_SECONDS = 0.01


class InputDevice:
    """name: DEFAULT, or a part of the name of a device."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._stream: Any = None
        self._block = 0

    def open(self) -> None:
        library = _library()
        device = None if self._name == DEFAULT else self._name
        try:
            rate = float(library.query_devices(device, "input")["default_samplerate"])
            self._block = max(1, round(rate * BLOCK_SECONDS))
            self._stream = library.InputStream(
                samplerate=rate, blocksize=self._block, device=device, channels=1, dtype="float32"
            )
            self._stream.start()
        except (ValueError, library.PortAudioError) as error:
            self.close()
            raise AudioError(
                f"no audio input '{self._name}': {_in_a_line(error)}; found: {', '.join(list_inputs()) or 'none'}"
            ) from None

    def read(self) -> tuple[Samples, float]:
        assert self._stream is not None, "open first"
        try:
            data, _ = self._stream.read(self._block)
        except Exception as error:  # PortAudio's, of a module that is only known when it is loaded
            raise AudioError(f"the audio input '{self._name}' has gone: {_in_a_line(error)}") from None
        return np.ascontiguousarray(data[:, 0]), self._block / float(self._stream.samplerate)

    def close(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None


def list_inputs() -> list[str]:
    """Raises AudioUnavailable: sounddevice or PortAudio is missing."""
    library = _library()
    try:
        return [str(device["name"]) for device in library.query_devices() if device["max_input_channels"] > 0]
    except library.PortAudioError as error:
        raise AudioUnavailable(f"the audio devices cannot be listed: {_in_a_line(error)}") from None


def _library() -> ModuleType:
    try:
        import sounddevice
    except ImportError:
        raise AudioUnavailable(
            "following a sound needs the package sounddevice: pip install 'latentdeck[audio]'"
        ) from None
    except OSError as error:  # the package is there, the library of the system is not
        raise AudioUnavailable(
            f"following a sound needs PortAudio (Debian: apt install libportaudio2): {_in_a_line(error)}"
        ) from None
    library: ModuleType = sounddevice
    return library


def _in_a_line(error: BaseException) -> str:
    return " ".join(str(error).split())
