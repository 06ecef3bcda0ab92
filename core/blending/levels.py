"""How many branches a transition has and at which steps they start, in the words of the offline API.

A level counts all branches that exist from its step on, both keyframes among them: 2, 3, 5, 9 at steps 0, 15, 20, 25.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from core.control.errors import InvalidValue
from core.tree.planning import injection_step
from core.tree.spec import Placing, TreeShape

QUALITIES = {"lowest": (12, 5), "low": (15, 9), "medium": (30, 15), "high": (60, 20), "ultra": (100, 30)}
STAGES = {"upscaling_step1": (40, 12), "upscaling_step2": (100, 6)}  # of the first implementation
MAX_BRANCHES = 1000


@dataclass(frozen=True, slots=True)
class Levels:
    """
    Attributes:
        step_count: denoising steps.
        branch_counts: for each level the branches that exist from there on; rises.
        injection_steps: for each level the step where its new branches start; 0 for the first, never falls.
    """

    step_count: int
    branch_counts: tuple[int, ...]
    injection_steps: tuple[int, ...]

    def __post_init__(self) -> None:
        if not 1 <= self.step_count <= 1000:
            raise InvalidValue(f"num_inference_steps must be in 1..1000, got {self.step_count}")
        if not self.branch_counts or len(self.branch_counts) != len(self.injection_steps):
            raise InvalidValue(
                "list_nmb_branches and the injection list must be of one length, with a value for each level, "
                f"got {len(self.branch_counts)} and {len(self.injection_steps)}"
            )
        _check_branch_counts(self.branch_counts)
        self._check_injection_steps()

    def _check_injection_steps(self) -> None:
        steps = self.injection_steps
        if steps[0] != 0 or any(later < earlier for earlier, later in pairwise(steps)):
            raise InvalidValue(f"list_injection_idx must begin with 0 and never fall, got {list(steps)}")
        if steps[-1] >= self.step_count:
            raise InvalidValue(
                f"list_injection_idx must stay below {self.step_count} inference steps, got {list(steps)}"
            )

    def shape(self, compression: float = 1.0, placing: Placing = Placing.FIXED) -> TreeShape:
        """The tree that these levels mean, grown in one wavefront."""
        new = [self.branch_counts[0] - 2, *(later - earlier for earlier, later in pairwise(self.branch_counts))]
        levels = [(count, step) for count, step in zip(new, self.injection_steps, strict=True) if count]
        counts, steps = tuple(count for count, _ in levels), tuple(step for _, step in levels)
        return TreeShape(depth=0.0, rounds=(counts,), injection_steps=steps, compression=compression, placing=placing)


def levels_for_depth(depth: float, step_count: int, branch_count: int) -> Levels:
    """Levels that each about double the branches; they start from round(depth * step_count) on, evenly to the last step."""
    if not 0 <= depth <= 1:
        raise InvalidValue(f"depth_strength must be in 0..1, got {depth}")
    if not 2 <= branch_count <= MAX_BRANCHES:
        raise InvalidValue(f"nmb_max_branches must be in 2..{MAX_BRANCHES}, got {branch_count}")
    counts = [2]
    while counts[-1] < branch_count:
        counts.append(min(2 * counts[-1] - 1, branch_count))  # a branch in every gap
    later = [injection_step(depth, step_count, index, len(counts) - 1) for index in range(len(counts) - 1)]
    return Levels(step_count, tuple(counts), (0, *later))


def levels_for_quality(quality: str, depth: float) -> Levels:
    known = QUALITIES | STAGES
    if quality not in known:
        raise InvalidValue(f"quality must be one of {', '.join(known)}, got {quality!r}")
    step_count, branch_count = known[quality]
    return levels_for_depth(depth, step_count, branch_count)


def steps_for_strengths(strengths: Sequence[float], step_count: int) -> tuple[int, ...]:
    """Injection steps for injection strengths, which are shares of the steps."""
    if any(not 0 <= strength < 1 for strength in strengths):
        raise InvalidValue(f"list_injection_strength must be 0 or more and below 1, got {list(strengths)}")
    return tuple(min(round(strength * step_count), step_count - 1) for strength in strengths)


def _check_branch_counts(counts: tuple[int, ...]) -> None:
    if counts[0] < 2 or any(later <= earlier for earlier, later in pairwise(counts)):
        raise InvalidValue(f"list_nmb_branches must begin with 2 or more and rise, got {list(counts)}")
    if counts[-1] > MAX_BRANCHES:
        raise InvalidValue(f"list_nmb_branches must stay within {MAX_BRANCHES}, got {counts[-1]}")
