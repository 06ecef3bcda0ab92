"""All of a show that outlives it: its cues and presets, its parameters, and where it was. Immutable, one per frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.control.commands import CueDraft
from core.control.domain import Value
from core.control.preset import Preset
from core.tree.spec import KeyframeSpec, TransitionSpec


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """Where a show was. Cues are told by their numbers; 0 is one that is not in the setlist any more, or none.

    Attributes:
        position: playhead in the transition, 0..1.
        is_resting: at the cue at that end of it.
        arrivals: as in Plan.
        transition: what was on air, by what makes its pixels: the setlist may have been edited since it was planned.
    """

    from_cue: int
    to_cue: int
    standby: int
    position: float
    is_resting: bool
    arrivals: int
    transition: TransitionSpec

    @property
    def current_cue(self) -> int:
        return self.from_cue if self.rests_at_start else self.to_cue

    @property
    def rests_at_start(self) -> bool:
        return self.is_resting and self.position == 0

    @property
    def keyframe(self) -> KeyframeSpec:
        """The picture that was on air at rest; in a transition the one it leads to."""
        return self.transition.left if self.rests_at_start else self.transition.right


@dataclass(frozen=True, slots=True)
class ShowState:
    """whereabouts None: nothing was on air yet. presets None: nothing is said of them."""

    cues: Sequence[CueDraft]
    parameters: Mapping[str, Value]
    whereabouts: Whereabouts | None = None
    presets: Sequence[Preset] | None = None
