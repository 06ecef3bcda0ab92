"""The ways of playing one transition that are judged against each other, with as many leaves and as many frames."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from core.bench.engine import Pictures
from core.bench.quality import Frame, Quality, judge, play
from core.frames.frame import Pixels
from core.tree.build import Grower
from core.tree.gaps import Measure, gaps_along
from core.tree.pace import even_pace
from core.tree.spec import Placing, TransitionSpec
from core.tree.tree import Tree
from core.tree.watch import Watch

FIRST_ROUND = 3  # as in the settings of a show: 3 branches, then 4, 8, 16


def rounds_for(branch_count: int) -> tuple[tuple[int, ...], ...]:
    """Rounds as a show grows them, for so many branches."""
    assert branch_count > 0, "a tree has at least one branch"
    rounds: list[tuple[int, ...]] = []
    size, left = FIRST_ROUND, branch_count
    while left:
        rounds.append((min(size, left),))
        left -= rounds[-1][0]
        size = 4 if size == FIRST_ROUND else 2 * size
    return tuple(rounds)


def qualities_of(grower: Grower, spec: TransitionSpec, frame_count: int) -> dict[str, Quality]:
    """Each way of playing this transition, judged."""
    fixed, adaptive = (
        grow(grower, replace(spec, shape=replace(spec.shape, placing=placing)))
        for placing in (Placing.FIXED, Placing.ADAPTIVE)
    )
    ends = {place: fixed[place] for place in (0.0, 1.0)}
    even, measure = _evenly(frame_count), grower.measure
    played = {
        "cross-fade": (ends, play(ends, even)),
        "fixed places": (fixed, play(fixed, even)),
        "fixed places, even pace": (fixed, play_evenly(fixed, frame_count, measure)),
        "adaptive places": (adaptive, play(adaptive, even)),
        "adaptive places, even pace": (adaptive, play_evenly(adaptive, frame_count, measure)),
    }
    return {way: judge(leaves, frames, measure) for way, (leaves, frames) in played.items()}


def grow(grower: Grower, spec: TransitionSpec) -> Pictures:
    """All leaves of a transition."""
    leaves: Pictures = {}

    def take(position: float, picture: Pixels) -> None:
        leaves[position] = picture

    tree = Tree(spec, grower.measure)
    for round_index in range(len(spec.shape.rounds)):
        grower.grow_round(tree, round_index, Watch(on_leaf=take))
    return leaves


def play_evenly(leaves: Pictures, frame_count: int, measure: Measure) -> list[Frame]:
    """Output frames in perceptual time."""
    places = sorted(leaves)
    gaps = gaps_along([leaves[place] for place in places], measure)
    pace = even_pace(places, [float(gap) for gap in gaps])
    return play(leaves, [pace.place_at(moment) for moment in _evenly(frame_count)])


def _evenly(frame_count: int) -> Sequence[float]:
    return [index / (frame_count - 1) for index in range(frame_count)]
