"""Messages between the host and the render worker: the only words they share. Everything here is small and picklable.

The host decides what is rendered next and lends the slots; the worker never takes a slot on its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.frames.shared_pool import PoolDescription
from core.model_request import ModelView
from core.tree.planning import BranchPlan
from core.tree.spec import TransitionSpec

# Host to worker


@dataclass(frozen=True, slots=True)
class AttachPool:
    """Paint into this pool from now on; the one before is forgotten."""

    pool: PoolDescription


@dataclass(frozen=True, slots=True)
class GrowRound:
    """Grow one round of a tree and paint its leaves.

    slots: one for each leaf, shape.leaf_counts[round_index] in all; which leaf went where is said by LeafReady. The same round gets
    the same slots again, also after a restart. Earlier rounds that the worker does not have are grown again without painting.
    playhead: a place in 0..1; leaves behind it are painted last.
    """

    job_id: int
    transition_id: int
    spec: TransitionSpec
    round_index: int
    slots: tuple[int, ...]
    playhead: float = 0.0


@dataclass(frozen=True, slots=True)
class CancelJob:
    """Stop before the next step; answered by JobCancelled, or by RoundDone when it was too late."""

    job_id: int


@dataclass(frozen=True, slots=True)
class ForgetTransition:
    """The tree's latents are not needed any more."""

    transition_id: int


@dataclass(frozen=True, slots=True)
class Stop:
    """Finish and exit."""


HostMessage = AttachPool | GrowRound | CancelJob | ForgetTransition | Stop


# Worker to host


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """Sent every HEARTBEAT_INTERVAL by a thread of its own; stalled_for is how long a job has shown no progress, 0 when idle."""

    stalled_for: float


@dataclass(frozen=True, slots=True)
class WorkerOnline:
    model: ModelView
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WorkerNote:
    """Something that the operator should know, such as what was done where memory ended; the work goes on."""

    text: str


@dataclass(frozen=True, slots=True)
class WorkerRefused:
    """The model cannot be loaded; trying again would not help. The worker exits."""

    reason: str


@dataclass(frozen=True, slots=True)
class JobProgress:
    """done of total sample evaluations of this round."""

    job_id: int
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class LeafReady:
    """A leaf is painted.

    Attributes:
        gaps: the nearest leaf that was ready before it on each side, and the gap to it.
        origin: how its branch began; None for a keyframe.
        thumbnail: a small JPEG file of it; empty when there is none.
    """

    job_id: int
    transition_id: int
    position: float
    slot: int
    gaps: tuple[tuple[float, float], ...] = ()
    origin: BranchPlan | None = None
    thumbnail: bytes = b""


@dataclass(frozen=True, slots=True)
class RoundDone:
    """All leaves of the round are painted. unet_calls and sample_evaluations count this round only."""

    job_id: int
    transition_id: int
    round_index: int
    seconds: float
    unet_calls: int
    sample_evaluations: int


@dataclass(frozen=True, slots=True)
class JobCancelled:
    job_id: int


@dataclass(frozen=True, slots=True)
class JobFailed:
    """This job cannot be done; the worker goes on with the next."""

    job_id: int
    reason: str


WorkerMessage = (
    Heartbeat
    | WorkerOnline
    | WorkerNote
    | WorkerRefused
    | JobProgress
    | LeafReady
    | RoundDone
    | JobCancelled
    | JobFailed
)

HEARTBEAT_INTERVAL = 0.5
