"""As many branches as fit into a time: a first level is measured, and the others are planned by what it took."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, replace

from core.blending.levels import MAX_BRANCHES, Levels, levels_for_depth
from core.blending.state import BlendingState
from core.frames.frame import Pixels
from core.tree.build import Grower
from core.tree.planning import plan_tree
from core.tree.spec import TransitionSpec
from core.tree.tree import Tree
from core.tree.watch import Watch

FIRST = 3  # both keyframes and the middle: always made, and enough to measure
GLANCE = 0.3  # of the time of a leaf: a quarter of its pixels
MARGIN = 0.9  # of the time that is left; a measure of three pictures is a rough one

Leaves = dict[float, Pixels]


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds for one sample of the model and step, and for one leaf."""

    sample: float
    leaf: float

    def seconds_for(self, levels: Levels, evaluations: int) -> float:
        """All levels but the first.

        evaluations: UNet samples for each step and branch.
        """
        (plan,) = plan_tree(levels.shape(), levels.step_count)
        steps = sum(levels.step_count - branch.injection_step for branch in plan.branches[1:])
        glances = sum(levels.branch_counts[1:-1])  # at all branches before each level
        pictures = levels.branch_counts[-1] - FIRST + GLANCE * glances
        return steps * evaluations * self.sample + pictures * self.leaf


def run_within(
    seconds: float, state: BlendingState, spec: TransitionSpec, grower: Grower, clock: Callable[[], float]
) -> tuple[Levels, Leaves]:
    """Grow a transition of as many levels as fit; both keyframes and a middle in any case.

    Returns:
        The levels that were made, and their leaves by place.
    """
    started = clock()
    leaves: Leaves = {}
    first = _levels(state, FIRST)
    tree = Tree(_with_levels(spec, state, first), grower.measure)
    pace = _measure(tree, grower, leaves, clock)
    is_guided = max(spec.left.guidance, spec.right.guidance) > 1 and not grower.takes_guidance
    evaluations = 2 if is_guided else 1
    left = MARGIN * (seconds - (clock() - started))

    def needed(count: int) -> float:
        return pace.seconds_for(_levels(state, count), evaluations)

    counts = range(FIRST + 1, MAX_BRANCHES + 1)
    levels = _levels(state, FIRST + bisect_right(counts, left, key=needed))
    if levels != first:
        tree.spec = _with_levels(spec, state, levels)  # what has grown is its first round
        grower.grow_round(tree, 1, Watch(on_leaf=leaves.__setitem__))
    return levels, leaves


def _measure(tree: Tree, grower: Grower, leaves: Leaves, clock: Callable[[], float]) -> Pace:
    """Grow the first level, and tell the time of its samples from that of its leaves."""
    started = grown = clock()
    samples = 0

    def mark(done: int, _: int) -> None:
        nonlocal grown, samples
        grown, samples = clock(), done

    grower.grow_round(tree, 0, Watch(on_progress=mark, on_leaf=leaves.__setitem__))
    return Pace((grown - started) / max(1, samples), (clock() - grown) / FIRST)


def _levels(state: BlendingState, branch_count: int) -> Levels:
    return levels_for_depth(state.depth, state.levels.step_count, branch_count)


def _with_levels(spec: TransitionSpec, state: BlendingState, levels: Levels) -> TransitionSpec:
    """The same transition in two rounds: the first level, and all others."""
    shape = state.shape(levels)
    ((first, *others),) = shape.rounds
    rounds = ((first,), tuple(others)) if others else ((first,),)
    return replace(spec, shape=replace(shape, rounds=rounds))
