"""Which round is rendered next, when each transition has a time at which it must be playable. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

URGENT_COUNT = 2  # the transition on air and the next one are fine before any other is


@dataclass(frozen=True, slots=True)
class Candidate:
    """A round that could be rendered now.

    Attributes:
        place: of its transition among those that are wanted; 0 is on air.
        due: seconds until that transition is on air.
        near_count: so many from place 0 on are fine before any other is begun.
    """

    place: int
    round_index: int
    leaf_count: int
    due: float
    near_count: int = URGENT_COUNT

    @property
    def urgency(self) -> tuple[bool, int, int]:
        return (self.place >= self.near_count, self.round_index, self.place)


def in_order(candidates: Sequence[Candidate], seconds_for: Callable[[int], float]) -> list[Candidate]:
    """The most urgent one first.

    What comes soon is refined before anything else is begun, unless a first round further on would then be too late.

    seconds_for: how long so many leaves take.
    """
    ordered = sorted(candidates, key=lambda candidate: candidate.urgency)
    if not ordered or ordered[0].round_index == 0:
        return ordered
    before = seconds_for(ordered[0].leaf_count)
    for candidate in sorted((each for each in ordered if each.round_index == 0), key=lambda each: each.place):
        before += seconds_for(candidate.leaf_count)
        if before > candidate.due:
            return sorted(ordered, key=lambda each: (each.round_index > 0, each.urgency))
    return ordered


def is_worth_it(candidate: Candidate, seconds_on_air: float, seconds_for: Callable[[int], float]) -> bool:
    """Whether the leaves come before the playhead has left the transition on air."""
    return candidate.place > 0 or candidate.round_index == 0 or seconds_for(candidate.leaf_count) < seconds_on_air
