from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
import pytest

from core.control.errors import AudioError
from live.audio.wav_file import BLOCK_SECONDS, WavFile
from live.clock import ManualClock

RATE = 8000


def write_wav(path: Path, levels: list[float], *, width: int = 2, channels: int = 1) -> Path:
    """A tenth of a second of each level, the same in all channels."""
    numbers = np.repeat(np.array(levels) * (2 ** (8 * width - 1) - 1), RATE // 10).astype(np.int64)
    data = (numbers + (128 if width == 1 else 0)).astype("<i8").view(np.uint8).reshape(-1, 8)[:, :width]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(width)
        file.setframerate(RATE)
        file.writeframes(np.repeat(data, channels, axis=0).tobytes())
    return path


@pytest.mark.parametrize("width", [1, 2, 3, 4])
@pytest.mark.parametrize("channels", [1, 2])
def test_samples_come_at_full_scale_whatever_the_format(tmp_path: Path, width: int, channels: int) -> None:
    source = WavFile(write_wav(tmp_path / "a.wav", [0.5, -0.25], width=width, channels=channels), ManualClock())
    source.open()

    blocks = [source.read()[0] for _ in range(20)]
    source.close()

    assert blocks[0] == pytest.approx(np.full(80, 0.5), abs=0.01)
    assert blocks[19] == pytest.approx(np.full(80, -0.25), abs=0.01)


def test_reading_takes_as_long_as_hearing_and_starts_again_at_the_end(tmp_path: Path) -> None:
    clock = ManualClock(5.0)
    source = WavFile(write_wav(tmp_path / "a.wav", [0.5, 0.0]), clock)
    source.open()

    levels = [float(source.read()[0][0]) for _ in range(25)]
    source.close()

    assert clock.now() == pytest.approx(5.0 + 25 * BLOCK_SECONDS)
    assert [levels[9], levels[10], levels[20]] == pytest.approx([0.5, 0.0, 0.5], abs=0.01)


@pytest.mark.parametrize("content", [None, b"", b"RIFF", b"not a wave file at all, not even nearly"])
def test_what_is_no_wav_file_is_told_by_the_name_of_its_setting(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "a.wav"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(AudioError, match=r"audio\.source .*a\.wav"):
        WavFile(path, ManualClock()).open()


def test_a_file_without_sound_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="holds no sound"):
        WavFile(write_wav(tmp_path / "a.wav", []), ManualClock()).open()


def test_it_closes_twice_and_without_open(tmp_path: Path) -> None:
    source = WavFile(tmp_path / "a.wav", ManualClock())

    source.close()
    source.close()
