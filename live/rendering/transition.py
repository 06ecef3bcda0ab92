"""One transition as the host knows it: its spec, how far its tree has grown, and its leaves."""

from __future__ import annotations

from core.control.snapshot import Thumbnail
from core.tree.planning import BranchPlan
from core.tree.spec import TransitionSpec
from live.rendering.segment import Segment


class Transition:
    """Playable as soon as round 0 is there; finer with every further round. Thread: playback only."""

    def __init__(self, transition_id: int, spec: TransitionSpec) -> None:
        self.transition_id = transition_id
        self.spec = spec
        self.segment = Segment()
        self.thumbnails: dict[float, Thumbnail] = {}
        self.origins: dict[float, BranchPlan] = {}  # of the branches whose leaves are there
        self.done_rounds: set[int] = set()
        self.steps_progress = self.leaves_progress = 0.0  # of the round that is being rendered
        self.failure = ""

    @property
    def is_playable(self) -> bool:
        return 0 in self.done_rounds

    @property
    def is_complete(self) -> bool:
        return len(self.done_rounds) == len(self.spec.shape.rounds)

    @property
    def leaf_budget(self) -> int:
        return self.spec.shape.leaf_count

    @property
    def readiness(self) -> float:
        """0..1 of the way to being playable."""
        return 1.0 if self.is_playable else (self.steps_progress + self.leaves_progress) / 2

    def note_steps(self, part: float) -> None:
        """So much of the denoising of the round that is being rendered is done, 0..1."""
        self.steps_progress = part

    def note_leaves(self, part: float) -> None:
        """So much of its leaves are there, 0..1."""
        self.leaves_progress = part

    def fail(self, reason: str) -> None:
        """It cannot be rendered, until `retry`."""
        self.failure = reason

    def retry(self) -> None:
        """Give a transition that could not be rendered another chance."""
        self.failure = ""

    def forget_progress(self) -> None:
        self.steps_progress = self.leaves_progress = 0.0
