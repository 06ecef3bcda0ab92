"""What a live run is measured with: times of ticks and of frames, and the memory and processor time of a process."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.frames.frame import Frame, FrameFormat


@dataclass(frozen=True, slots=True)
class Spread:
    """How a duration is spread, in milliseconds; count is 0 when there was nothing to measure."""

    count: int
    p50: float
    p99: float
    p999: float
    worst: float

    @classmethod
    def of(cls, seconds: Sequence[float]) -> Spread:
        if not len(seconds):
            return cls(0, 0.0, 0.0, 0.0, 0.0)
        p50, p99, p999, worst = (
            float(value) for value in np.percentile(np.asarray(seconds) * 1000, (50, 99, 99.9, 100))
        )
        return cls(len(seconds), p50, p99, p999, worst)


class TickMeter:
    """Notes each tick of playback. Thread: playback only; read it when playback has ended."""

    def __init__(self) -> None:
        self.starts: list[float] = []
        self.ends: list[float] = []

    def __call__(self, start: float, end: float) -> None:
        self.starts.append(start)
        self.ends.append(end)

    def durations(self, since: float) -> list[float]:
        """Seconds that ticks took."""
        return [end - start for start, end in zip(self.starts, self.ends, strict=True) if start >= since]

    def intervals(self, since: float) -> list[float]:
        """Seconds from the end of a tick, when its picture has been offered, to the end of the next one."""
        ends = [end for end in self.ends if end >= since]
        return list(np.diff(ends))


class CountingSink:
    """Counts the frames that reach a sink, and the gaps in their numbers."""

    def __init__(self, name: str = "bench") -> None:
        self.name = name
        self.arrivals: list[float] = []
        self.numbers: list[int] = []

    def open(self, frame_format: FrameFormat, fps: float) -> None:
        """Nothing to open."""

    def send(self, frame: Frame) -> None:
        self.arrivals.append(time.monotonic())
        self.numbers.append(frame.number)

    def close(self) -> None:
        """Nothing to close."""


@dataclass(frozen=True, slots=True)
class Footprint:
    """Megabytes: rss is all that a process has touched, own is without what it shares, such as the slots for leaves."""

    rss: float
    own: float


def footprint(process_id: int | None) -> Footprint | None:
    """None where the system does not tell, or the process has gone."""
    if process_id is None:
        return None
    try:
        _, resident, shared, *_ = map(int, Path(f"/proc/{process_id}/statm").read_text().split())
        page = os.sysconf("SC_PAGE_SIZE") / 1e6
        return Footprint(resident * page, (resident - shared) * page)
    except (OSError, ValueError, AttributeError):
        resident_mb = _memory_by_ps(process_id)
        return None if resident_mb is None else Footprint(resident_mb, resident_mb)


def _memory_by_ps(process_id: int) -> float | None:
    try:
        done = subprocess.run(  # noqa: S603 - a number of ours
            ["ps", "-o", "rss=", "-p", str(process_id)],  # noqa: S607 - where Unix keeps it
            capture_output=True,
            text=True,
            timeout=5,
            check=True,
        )
        return int(done.stdout) / 1000
    except (OSError, ValueError, subprocess.SubprocessError):
        return None


def processor_seconds(process_id: int | None) -> float | None:
    """Processor time that a process has used so far; None where the system does not tell."""
    try:
        fields = Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    except (OSError, ValueError, IndexError, AttributeError):
        return None
