"""How loud the sound is, as a hand on a fader would follow it: quick up, slow down. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

FRESH_SECONDS = 0.5  # a level that is older comes from a source that hangs, and counts as silence

Samples = npt.NDArray[np.float32]  # one channel, -1..1


def loudness_of(samples: Samples) -> float:
    """Root mean square of a block, 0..1; 0 for no samples, and for samples that are not finite."""
    if not samples.size:
        return 0.0
    loudness = math.sqrt(float(np.mean(np.square(samples, dtype=np.float64))))
    return min(loudness, 1.0) if math.isfinite(loudness) else 0.0


class EnvelopeFollower:
    """One-pole smoothing with two times: after `attack` (or `release`) seconds 63 % of a step is made."""

    def __init__(self) -> None:
        self.level = 0.0

    def feed(self, loudness: float, elapsed: float, attack: float, release: float) -> float:
        """Follow the loudness of the last `elapsed` seconds; returns the new level."""
        time = attack if loudness > self.level else release
        self.level += (loudness - self.level) * (1 - math.exp(-elapsed / time) if time > 0 else 1.0)
        return self.level


@dataclass(frozen=True, slots=True)
class Level:
    """How loud it is, 0..1, and when that was, in seconds on the clock of the sinks."""

    value: float = 0.0
    at: float = 0.0

    def now(self, now: float) -> float:
        return self.value if now - self.at <= FRESH_SECONDS else 0.0
