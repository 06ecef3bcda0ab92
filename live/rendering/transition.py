"""One transition as the host knows it: its spec, how far its tree has grown, and its leaves."""

from __future__ import annotations

from core.control.snapshot import Thumbnail
from core.tree.planning import BranchPlan
from core.tree.spec import TransitionSpec
from live.rendering.segment import Segment


class Transition:
    """Playable as soon as round 0 is there; finer with every further round. Thread: playback only.

    Attributes (read anywhere, written only here):
        done_rounds: by index.
        is_playable: the first of them is done.
        readiness: 0..1 of the way to being playable.
        failure: why it cannot be rendered; empty when nothing has failed.
    """

    def __init__(self, transition_id: int, spec: TransitionSpec) -> None:
        self.transition_id = transition_id
        self.spec = spec
        self.segment = Segment()
        self.thumbnails: dict[float, Thumbnail] = {}
        self.origins: dict[float, BranchPlan] = {}  # of the branches whose leaves are there
        self.done_rounds: frozenset[int] = frozenset()
        self.is_playable = False
        self.readiness = 0.0
        self.failure = ""
        self._steps_progress = self._leaves_progress = 0.0  # of the round that is being rendered

    @property
    def is_complete(self) -> bool:
        return len(self.done_rounds) == len(self.spec.shape.rounds)

    @property
    def leaf_budget(self) -> int:
        return self.spec.shape.leaf_count

    def note_steps(self, part: float) -> None:
        """So much of the denoising of the round that is being rendered is done, 0..1."""
        self._note_progress(part, self._leaves_progress)

    def note_leaves(self, part: float) -> None:
        """So much of its leaves are there, 0..1."""
        self._note_progress(self._steps_progress, part)

    def note_round(self, index: int) -> None:
        """A round is done."""
        self.done_rounds |= {index}
        self.is_playable = 0 in self.done_rounds
        self._note_progress(0.0, 0.0)

    def fail(self, reason: str) -> None:
        """It cannot be rendered, until `retry`."""
        self.failure = reason

    def retry(self) -> None:
        """Give a transition that could not be rendered another chance."""
        self.failure = ""

    def _note_progress(self, steps: float, leaves: float) -> None:
        self._steps_progress, self._leaves_progress = steps, leaves
        self.readiness = 1.0 if self.is_playable else (steps + leaves) / 2
