"""How fast this machine makes leaves, learned from the rounds it has finished."""

from __future__ import annotations

FIRST_GUESS = 0.1  # seconds a leaf, before the first round has told
MEMORY = 0.7  # share of what is known that stays when another round has told


class RenderSpeed:
    """Thread: playback only."""

    def __init__(self) -> None:
        self._leaf_seconds: float | None = None

    @property
    def is_known(self) -> bool:
        return self._leaf_seconds is not None

    @property
    def leaves_per_second(self) -> float:
        return 1 / self.seconds_for(1)

    def note(self, leaf_count: int, seconds: float) -> None:
        """A round of so many leaves took so long. Rounds change, and so does the load of the machine: the last ones count most."""
        told = seconds / leaf_count
        known = told if self._leaf_seconds is None else self._leaf_seconds
        self._leaf_seconds = MEMORY * known + (1 - MEMORY) * told

    def seconds_for(self, leaf_count: int) -> float:
        """How long a round of so many leaves is likely to take."""
        return leaf_count * (FIRST_GUESS if self._leaf_seconds is None else self._leaf_seconds)
