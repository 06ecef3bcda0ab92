"""The pull of others on a branch or keyframe that grows: parents on their branch, a leading keyframe on the one that follows it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from core.tree.denoiser import Latent


@dataclass(frozen=True, slots=True)
class Pull:
    """
    Attributes:
        theirs: the x_k of those who pull, at k; they are always asked before the branch itself.
        weights: for each k, 0 leaves the branch's own x_k and 1 puts theirs in its place.
    """

    theirs: Callable[[int], Latent]
    weights: tuple[float, ...]

    def replaces(self, step_index: int) -> bool:
        """Whether nothing of the branch's own x_k is left: then the step towards it need not be computed."""
        return self.weights[step_index] == 1


def count_steps(weights: tuple[float, ...], start: int) -> int:
    """How many steps have to be computed of a branch that starts at x_start."""
    return sum(weight != 1 for weight in weights[start + 1 :])
