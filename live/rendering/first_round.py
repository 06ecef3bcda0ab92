"""How many leaves the first round of a transition has: as many as this machine makes in the time that a hand waits gladly.

The levels of the tree stay what the settings say; only how many of them are grown before the transition is playable
changes. A transition that has begun keeps its rounds.
"""

from __future__ import annotations

from live.rendering.render_speed import RenderSpeed

Rounds = tuple[tuple[int, ...], ...]

PATIENCE = 1.0  # seconds from nothing to playable
TOO_LONG, SHORT = (
    1.5,
    0.7,
)  # of PATIENCE: the size changes only beyond these, so that a wavering load does not change it


class FirstRound:
    """The rounds for transitions that begin now. Thread: playback only.

    Args:
        rounds: as the settings have them.
        speed: None takes the rounds as they are.

    Attributes (read anywhere, written only here):
        rounds: those for now.
    """

    def __init__(self, rounds: Rounds, speed: RenderSpeed | None) -> None:
        self._speed = speed
        self._sizes = sizes_of(rounds)
        self._index = self._sizes.index(rounds)
        self._used = [self._index]
        self.rounds = rounds

    @property
    def used(self) -> list[Rounds]:
        """All that were handed out so far, the ones for now first."""
        return [self._sizes[index] for index in self._used]

    @property
    def leaf_count(self) -> int:
        return first_leaf_count(self.rounds)

    def follow_speed(self) -> None:
        """Go by what is known of the machine now: one size at a time."""
        if self._speed is None or not self._speed.is_known:
            return
        if self._index > 0 and self._speed.seconds_for(self.leaf_count) > TOO_LONG * PATIENCE:
            self._use(self._index - 1)
        elif self._index + 1 < len(self._sizes):
            finer = first_leaf_count(self._sizes[self._index + 1])
            if self._speed.seconds_for(finer) < SHORT * PATIENCE:
                self._use(self._index + 1)

    def _use(self, index: int) -> None:
        self._index, self.rounds = index, self._sizes[index]
        self._used = [index, *(other for other in self._used if other != index)]


def sizes_of(rounds: Rounds) -> list[Rounds]:
    """The same tree with smaller and larger first rounds, from the coarsest to the finest."""
    branch_count = sum(rounds[0])
    coarse = [((1,), (branch_count - 1,), *rounds[1:])] if branch_count > 1 else []
    merged = [
        (tuple(count for levels in rounds[:count_of_rounds] for count in levels), *rounds[count_of_rounds:])
        for count_of_rounds in range(2, len(rounds) + 1)
    ]
    return [*coarse, rounds, *merged]


def first_leaf_count(rounds: Rounds) -> int:
    """With both keyframes."""
    return sum(rounds[0]) + 2
