"""One tree grown branch by branch, level by level, and in one wavefront.

The transition is one of a chain: its left keyframe is there already. Only ratios from the same run may be compared: the ways take
turns, and each figure is a median.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from time import perf_counter

import numpy as np

from core.bench.meter import DISTANCE, STAGES, Meter
from core.bench.reference import GroupGrower, levels_of
from core.frames.frame import Pixels
from core.tree.build import Grower
from core.tree.gaps import Signature, gap_between, signature_of
from core.tree.planning import BranchPlan
from core.tree.spec import KeyframeSpec, TransitionSpec, TreeShape
from core.tree.tree import Trajectory, Tree
from core.tree.watch import Watch
from core.tree.wavefront import DECODE_LIMIT

# Branches of each level by (steps, branches), for the six trees that the engine was designed with.
KNOWN_LEVELS: Mapping[tuple[int, int], tuple[int, ...]] = {
    (30, 15): (3, 3, 3, 4, 2),
    (30, 30): (6, 6, 6, 7, 5),
    (8, 15): (3, 4, 4, 4),
    (8, 30): (7, 7, 8, 8),
    (4, 15): (5, 10),
    (4, 30): (12, 18),
}
DEPTH = 0.5
LEVEL_COUNT = 4
BATCH_LIMIT = 64  # no way of growing may be held up by the limit of another
FIRST_PROMPT = "the picture before"

Pictures = dict[float, Pixels]
Way = Callable[[], Pictures]
PairDistance = Callable[[Pixels, Pixels], float]


def own_distance(left: Pixels, right: Pixels) -> float:
    """Both pictures anew, as where the distance is a network that takes pairs."""
    return gap_between(signature_of(left), signature_of(right))


@dataclass(frozen=True, slots=True)
class Figures:
    """One way of growing, in one run or as medians of many.

    Attributes:
        leaf_count: new leaves; the left keyframe is none.
        stages: seconds by the names of STAGES; what is missing to `seconds` is the tree's own work.
        peak: bytes: of tensors on a GPU, of the whole process on a CPU; 0 where nobody counts them.
    """

    unet_calls: int
    sample_evaluations: int
    leaf_count: int
    seconds: float
    stages: Mapping[str, float]
    peak: int = 0

    @property
    def mean_batch(self) -> float:
        return self.sample_evaluations / max(1, self.unet_calls)

    @property
    def leaves_per_second(self) -> float:
        return self.leaf_count / self.seconds


@dataclass(frozen=True, slots=True)
class Memory:
    """How the device says what it needed."""

    forget_peak: Callable[[], None] = lambda: None
    read_peak: Callable[[], int] = lambda: 0


def levels_for(steps: int, branch_count: int) -> tuple[int, ...]:
    """Branch counts of the levels: those of a known tree, else about equal ones."""
    known = KNOWN_LEVELS.get((steps, branch_count))
    if known is not None:
        return known
    level_count = max(1, min(LEVEL_COUNT, branch_count, steps // 2))
    return tuple((branch_count + index) // level_count for index in range(level_count))


class EngineBench:
    """One transition, to be grown in each way as often as wanted. Its shape has one round.

    Args:
        pair_distance: how branch by branch compares a new leaf with its neighbours, one pair at a time.
    """

    def __init__(
        self,
        meter: Meter,
        spec: TransitionSpec,
        memory: Memory | None = None,
        pair_distance: PairDistance = own_distance,
    ) -> None:
        assert len(spec.shape.rounds) == 1, "the ways are compared on a tree of one round"
        self._meter, self._spec, self._memory = meter, spec, memory or Memory()
        self._pair_distance = pair_distance
        self._ways: dict[str, Callable[[], Way]] = {
            "branch by branch": self._prepare_one_by_one,
            "level by level": self._prepare_by_level,
            "wavefront": self._prepare_wavefront,
        }

    @property
    def ways(self) -> tuple[str, ...]:
        return tuple(self._ways)

    def run(self, way: str) -> tuple[Figures, Pictures]:
        grow = self._ways[way]()
        meter = self._meter
        meter.reset()
        self._memory.forget_peak()
        started = perf_counter()
        pictures = grow()
        seconds = perf_counter() - started
        stages = {stage: meter.seconds[stage] for stage in STAGES}
        peak = self._memory.read_peak()
        return Figures(meter.unet_calls, meter.sample_evaluations, len(pictures), seconds, stages, peak), pictures

    def compare(self, repeats: int) -> dict[str, Figures]:
        """All ways in turn, repeats times after one round to warm up; medians."""
        runs: dict[str, list[Figures]] = {way: [] for way in self.ways}
        for repeat in range(repeats + 1):
            for way in self.ways:
                figures, _ = self.run(way)
                if repeat:
                    runs[way].append(figures)
        return {way: _median(figures) for way, figures in runs.items()}

    def largest_difference(self) -> int:
        """Of 255, between the pictures of the ways: they grow the same tree."""
        pictures = [self.run(way)[1] for way in self.ways]
        return max(
            int(np.abs(first[place].astype(np.int16) - other[place]).max())
            for first in pictures[:1]
            for other in pictures[1:]
            for place in first
        )

    # The ways. What is done while they are prepared was done for the transition before.

    def _prepare_wavefront(self) -> Way:
        grower, _ = self._grow_before()

        def grow() -> Pictures:
            row = _Row(self._meter, self._pair_distance)
            grower.grow_round(Tree(self._spec), 0, Watch(on_leaf=row.add_once))
            row.pictures.pop(0.0, None)
            return row.pictures

        return grow

    def _prepare_by_level(self) -> Way:
        return self._prepare_groups(levels_of(self._spec), DECODE_LIMIT, measures_twice=False)

    def _prepare_one_by_one(self) -> Way:
        branches = [[branch] for level in levels_of(self._spec) for branch in level]
        return self._prepare_groups(branches, 1, measures_twice=True)

    def _prepare_groups(
        self, groups: Sequence[Sequence[BranchPlan]], decode_limit: int, *, measures_twice: bool
    ) -> Way:
        _, left = self._grow_before()

        def grow() -> Pictures:
            grower, row = GroupGrower(self._meter, self._spec, left), _Row(self._meter, self._pair_distance)
            grower.grow_keyframe()
            self._paint(grower, [1.0], decode_limit, row.add_once)
            for group in groups:
                grower.grow_group(group)
                add = row.add_twice if measures_twice else row.add_once
                self._paint(grower, [plan.position for plan in group], decode_limit, add)
            return row.pictures

        return grow

    def _paint(
        self, grower: GroupGrower, places: Sequence[float], limit: int, add: Callable[[float, Pixels], None]
    ) -> None:
        for start in range(0, len(places), limit):
            batch = places[start : start + limit]
            pictures = self._meter.decode([grower.trajectories[place].newest for place in batch])
            for place, picture in zip(batch, pictures, strict=True):
                add(place, picture)

    def _grow_before(self) -> tuple[Grower, Trajectory]:
        left, settings = self._spec.left, self._spec.settings
        before = KeyframeSpec(FIRST_PROMPT, "", left.seed + 1, left.guidance)
        tree, grower = (
            Tree(TransitionSpec(before, left, settings, TreeShape(DEPTH, ((1,),)))),
            Grower(self._meter, BATCH_LIMIT),
        )
        grower.grow_round(tree, 0)
        return grower, tree.trajectories[1.0]


class _Row:
    """Takes the leaves of one run and measures their gaps."""

    def __init__(self, meter: Meter, pair_distance: PairDistance) -> None:
        self.pictures: Pictures = {}
        self._meter, self._pair_distance = meter, pair_distance
        self._signatures: dict[float, Signature] = {}

    def add_once(self, place: float, picture: Pixels) -> None:
        """One signature for each leaf: a gap between two known ones costs next to nothing."""
        with self._meter.stage(DISTANCE):
            self._signatures[place] = signature_of(picture)
            for neighbour in self._neighbours(place):
                gap_between(self._signatures[place], self._signatures[neighbour])
        self.pictures[place] = picture

    def add_twice(self, place: float, picture: Pixels) -> None:
        """Each pair by itself."""
        with self._meter.stage(DISTANCE):
            for neighbour in self._neighbours(place):
                self._pair_distance(picture, self.pictures[neighbour])
        self.pictures[place] = picture

    def _neighbours(self, place: float) -> list[float]:
        before = [other for other in self.pictures if other < place]
        after = [other for other in self.pictures if other > place]
        return [*([max(before)] if before else []), *([min(after)] if after else [])]


def _median(runs: Sequence[Figures]) -> Figures:
    return Figures(
        runs[0].unet_calls,
        runs[0].sample_evaluations,
        runs[0].leaf_count,
        median(each.seconds for each in runs),
        {stage: median(each.stages[stage] for each in runs) for stage in STAGES},
        max(each.peak for each in runs),
    )


def report(figures: Mapping[str, Figures]) -> str:
    """The table, with the first way as the measure of speed."""
    slowest = next(iter(figures.values()))
    rows: list[tuple[str, ...]] = [
        ("", "UNet calls", "samples", "batch", "seconds", *STAGES, "leaves/s", "speed", "peak MB")
    ]
    rows += [
        (
            way,
            f"{each.unet_calls}",
            f"{each.sample_evaluations}",
            f"{each.mean_batch:.1f}",
            f"{each.seconds:.2f}",
            *(f"{each.stages[stage]:.3f}" for stage in STAGES),
            f"{each.leaves_per_second:.1f}",
            f"{slowest.seconds / each.seconds:.2f}",
            f"{each.peak / 1e6:.0f}" if each.peak else "-",
        )
        for way, each in figures.items()
    ]
    return in_columns(rows)


def in_columns(rows: Sequence[Sequence[str]]) -> str:
    """The first column to the left, numbers to the right."""
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    lines = (
        "  ".join(
            [row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]
        )
        for row in rows
    )
    return "\n".join(line.rstrip() for line in lines)
