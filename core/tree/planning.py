"""Where branches go and where they start: pure arithmetic on positions and gaps."""

from __future__ import annotations

import heapq
import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

from core.tree.pace import share_lengths
from core.tree.spec import Crossfeed, PictureStart, TreeShape

PLACE_GRID = 64  # places for each part of a gap that is split by its look


@dataclass(frozen=True, slots=True)
class BranchPlan:
    """One branch: its place in 0..1, the step where it starts, and the places of the two neighbours it is mixed from."""

    position: float
    injection_step: int
    left: float
    right: float

    @property
    def weight(self) -> float:
        """Its place between its parents, 0..1."""
        return (self.position - self.left) / (self.right - self.left)


@dataclass(frozen=True, slots=True)
class RoundPlan:
    """Branches grown in one wavefront. The first round also grows the two keyframes, at 0 and 1."""

    branches: tuple[BranchPlan, ...]
    has_keyframes: bool

    @property
    def positions(self) -> tuple[float, ...]:
        """Places of the leaves of this round: keyframes first, then the branches in the order they join."""
        ends = (0.0, 1.0) if self.has_keyframes else ()
        return ends + tuple(branch.position for branch in self.branches)


@lru_cache(maxsize=64)
def plan_tree(shape: TreeShape, steps: int) -> tuple[RoundPlan, ...]:
    """All rounds of a tree with fixed placing: every level splits the widest gaps evenly.

    A branch's parents are its nearest neighbours among the levels before its own, so they exist at its injection step.
    """
    positions = [0.0, 1.0]
    rounds: list[RoundPlan] = []
    for round_index in range(len(shape.rounds)):
        plan = plan_round(shape, steps, round_index, positions)
        positions = sorted(positions + [branch.position for branch in plan.branches])
        rounds.append(plan)
    return tuple(replace(plan, branches=_compress(plan.branches, shape.compression)) for plan in rounds)


def plan_round(
    shape: TreeShape, steps: int, round_index: int, positions: Sequence[float], gaps: Sequence[float] | None = None
) -> RoundPlan:
    """One round, given what is there before it: the positions of all leaves so far, and the gaps between them.

    gaps: to place by what is seen, one fewer than positions; None places by distance alone.
    """
    branches = plan_levels(shape, steps, (round_index, 0), positions, gaps)
    return RoundPlan(branches, has_keyframes=round_index == 0)


def plan_levels(
    shape: TreeShape,
    steps: int,
    level: tuple[int, int],
    positions: Sequence[float],
    gaps: Sequence[float] | None = None,
) -> tuple[BranchPlan, ...]:
    """The levels of a round from one on, given what is there before it; for positions and gaps see plan_round.

    level: index of the round, and of the level in it.
    """
    round_index, first = level
    level_count = sum(len(levels) for levels in shape.rounds)
    levels_before = sum(len(levels) for levels in shape.rounds[:round_index])
    row = sorted(positions)
    widths = None if gaps is None else share_lengths(row, gaps)
    branches: list[BranchPlan] = []
    for index, count in enumerate(shape.rounds[round_index][first:], start=levels_before + first):
        step = _level_step(shape, steps, index, level_count)
        places = split_widest_gaps(row, count, widths)
        branches += [_branch(place, step, row) for place in places]
        finer = sorted(row + places)
        widths = None if widths is None else _divide(row, widths, finer)
        row = finer
    return tuple(branches)


def _divide(row: Sequence[float], widths: Sequence[float], finer: Sequence[float]) -> list[float]:
    """The widths of gaps that were split, as long as nobody has seen the new leaves: equal parts."""
    homes = [bisect_right(row, left) - 1 for left in finer[:-1]]
    return [widths[index] / homes.count(index) for index in homes]


def _level_step(shape: TreeShape, steps: int, level_index: int, level_count: int) -> int:
    if shape.injection_steps:
        return shape.injection_steps[level_index]
    return injection_step(shape.depth, steps, level_index, level_count)


def _compress(branches: tuple[BranchPlan, ...], compression: float) -> tuple[BranchPlan, ...]:
    """The same branches nearer to the middle; planning is done on even places, which divide exactly."""
    if compression == 1:
        return branches
    return tuple(
        BranchPlan(
            compressed(each.position, compression),
            each.injection_step,
            compressed(each.left, compression),
            compressed(each.right, compression),
        )
        for each in branches
    )


def compressed(position: float, compression: float) -> float:
    """A place in 0..1 moved towards 0.5; both ends and the middle stay where they are."""
    offset = 2 * position - 1
    return 0.5 + math.copysign(abs(offset) ** compression, offset) / 2


def damped(guidance: float, position: float, middle: float) -> float:
    """Guidance at a place: what is above 1 falls evenly from both ends to its share in the middle."""
    share = 1 - (1 - middle) * (1 - abs(2 * position - 1))
    return 1 + (guidance - 1) * share if guidance > 1 else guidance


def crossfeed_weights(crossfeed: Crossfeed, start: int, steps: int) -> tuple[float, ...]:
    """The pull on x_0 ... x_S of a branch that starts at x_start, step by step that of the first implementation.

    x_start is the mix of its parents already, so the first latent that is pulled is the one after it. Counted from x_start the
    pull falls evenly to power * decay on x_k for k = round(range * steps) - 1, and then there is none. The clean x_S is never
    pulled: no step would follow to denoise what is mixed into it, and both parents would show through it.
    """
    last = round(crossfeed.range * steps) - 1

    def weight(index: int) -> float:
        if not start < index <= last:
            return 0.0
        share = (index - start) / (last - start)
        return crossfeed.power * (1 - share * (1 - crossfeed.decay))

    return tuple(weight(index) for index in range(steps + 1))


def injection_step(depth: float, steps: int, level_index: int, level_count: int) -> int:
    """The first level starts at round(depth * steps), the others spread evenly from there towards the last step."""
    strength = depth + (1 - depth) * level_index / level_count
    return min(round(strength * steps), steps - 1)


def start_step(start: PictureStart | None, steps: int) -> int:
    """The step where the denoising of a keyframe starts: the later, the more is left of its picture."""
    return 0 if start is None else round((1 - start.strength) * steps)


def split_widest_gaps(positions: list[float], count: int, widths: Sequence[float] | None = None) -> list[float]:
    """Places for count new branches: each goes to the gap whose parts are widest so far, and gaps are split into equal parts.

    positions: sorted, at least two. Ties go to the left, so that the result is the same everywhere.
    widths: how much changes in each gap, where that is not its distance: it is then split into parts of equal change.
    """
    gaps = list(pairwise(positions))
    speeds = None
    if widths is None:
        widths = [right - left for left, right in gaps]
    else:
        speeds = [width / (right - left) for width, (left, right) in zip(widths, gaps, strict=True)]
    parts = [1] * len(gaps)
    widest = [(-width, index) for index, width in enumerate(widths)]
    heapq.heapify(widest)
    for _ in range(count):
        _, index = heapq.heappop(widest)
        parts[index] += 1
        heapq.heappush(widest, (-widths[index] / parts[index], index))
    return [
        left + (right - left) * (part / total if speeds is None else _lean(part, total, speeds, index))
        for index, ((left, right), total) in enumerate(zip(gaps, parts, strict=True))
        for part in range(1, total)
    ]


def _lean(part: int, total: int, speeds: Sequence[float], index: int) -> float:
    """Where in a gap, 0..1, this part of its change has happened, if its speed leads evenly from one neighbour to the other."""
    own = speeds[index]
    start = (own + speeds[index - 1]) / 2 if index > 0 else None
    end = (own + speeds[index + 1]) / 2 if index + 1 < len(speeds) else None
    # at an end of the transition the speed goes on changing as it does in the gap; nowhere may it come to a stop
    first = max(start if start is not None else 2 * own - (own if end is None else end), own / 4)
    last = max(end if end is not None else 2 * own - (own if start is None else start), own / 4)
    share = part / total
    if abs(last - first) > 1e-6 * own:
        share = (math.sqrt(first**2 + share * (last**2 - first**2)) - first) / (last - first)
    # on a grid, so that a worker that measures the same gaps again, to a few digits, finds the very same places
    return round(share * PLACE_GRID * total) / (PLACE_GRID * total)


def _branch(position: float, step: int, positions: list[float]) -> BranchPlan:
    index = bisect_left(positions, position)
    return BranchPlan(position, step, positions[index - 1], positions[index])


def order_for_playing(positions: tuple[float, ...], playable: Iterable[float] = ()) -> tuple[float, ...]:
    """The order in which leaves are painted: both ends, then always the middle of the widest gap, leftmost first.

    playable: places that have their leaf already.
    """
    known = set(playable)
    distances = {place: min((abs(place - other) for other in known), default=1.0) for place in sorted(positions)}
    order: list[float] = []
    while distances:
        place = max(distances, key=lambda position: (position in (0.0, 1.0), distances[position], -position))
        del distances[place]
        for other, distance in distances.items():
            distances[other] = min(distance, abs(other - place))
        order.append(place)
    return tuple(order)
