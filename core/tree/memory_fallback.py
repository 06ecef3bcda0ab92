"""What is done when memory ends and not even one sample fits: a round is grown in smaller parts, then with fewer leaves.

Before it come smaller batches, see core.tree.batches. Another program may have taken the memory and give it back, so that each
step down is tried once more.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace

from core.tree.denoiser import OutOfMemory
from core.tree.planning import BranchPlan

Part = tuple[int, int]  # the branches of a round from one index on, up to another


def grow_in_parts(
    branch_count: int, grow: Callable[[Part], None], report: Callable[[str], None], *, has_keyframes: bool
) -> int:
    """Grow all branches of a round at once, or in parts of half as many as often as memory ends.

    Args:
        branch_count: of the round, in the order they join: parents come before their children.
        grow: grows a part, after what came before it. The first part takes the keyframes along, and may hold nothing else.
        report: is told each step down.
        has_keyframes: without them there is no round.

    Returns:
        How many branches were grown; the others were given up.

    Raises:
        OutOfMemory: not even the keyframes fit.
    """
    done, size, is_begun = 0, branch_count, not has_keyframes
    while done < branch_count or not is_begun:
        stop = min(done + size, branch_count)
        try:
            grow((done, stop))
        except OutOfMemory:
            if stop == done:
                raise
            if stop - done == 1 and is_begun:
                report(f"out of memory: {branch_count - done} leaves are left out")
                return done
            size = (stop - done) // 2
            report(f"out of memory: {branch_count - done} branches are grown in parts of {max(1, size)}")
            continue
        done, size, is_begun = stop, max(1, size), True
    return done


def among_the_living(plan: BranchPlan, known: Collection[float], grown: Collection[float]) -> BranchPlan:
    """The branch as planned, or between its nearest neighbours where a parent was given up.

    Args:
        plan: the branch.
        known: places of all branches that there are or will be.
        grown: places of those that can take the parents' place: of the rounds before.
    """
    if plan.left in known and plan.right in known:
        return plan
    left = max(place for place in grown if place < plan.position)
    return replace(plan, left=left, right=min(place for place in grown if place > plan.position))
