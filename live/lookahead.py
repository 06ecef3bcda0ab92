"""What is rendered next: the transitions that will be on air soonest, playable first, fine later, within the slots there are.

Pure bookkeeping: it makes job messages and takes the worker's answers, and never waits for anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from core.control.snapshot import Thumbnail
from core.tree.spec import TransitionSpec
from core.worker.jobs import (
    CancelJob,
    ForgetTransition,
    GrowRound,
    HostMessage,
    JobCancelled,
    JobFailed,
    JobProgress,
    LeafReady,
    RoundDone,
)
from live.render_speed import RenderSpeed
from live.transition import Transition

JOBS_IN_FLIGHT = 2  # one rendering, one waiting in the worker, so that it never idles between two
URGENT_COUNT = 2  # the transition on air and the next one are finished before any other is begun


class SlotPool(Protocol):
    """Where leaves are painted; SharedFramePool in a show."""

    def lend(self) -> int | None: ...

    def give_back(self, slot: int) -> None: ...

    @property
    def free_count(self) -> int: ...


class NoSlots:
    """The pool before the model has told its size: nothing can be lent, so nothing is rendered."""

    free_count = 0

    def lend(self) -> int | None:
        return None

    def give_back(self, slot: int) -> None:
        raise AssertionError("no slot was ever lent")


class Lookahead:
    """Owns all transitions and the slots lent to jobs. Thread: playback only."""

    def __init__(self) -> None:
        self._pool: SlotPool = NoSlots()
        self._transitions: dict[TransitionSpec, Transition] = {}
        self._by_id: dict[int, Transition] = {}
        self._jobs: dict[int, GrowRound] = {}
        self._painted: dict[int, set[int]] = {}  # per job, the slots that now belong to the segment
        self._cancelled: set[int] = set()
        self._wanted: tuple[TransitionSpec, ...] = ()
        self._keep: frozenset[int] = frozenset()
        self._next_id = 1
        self._thumbnail_count = 0
        self.speed = RenderSpeed()
        self.version = 0  # counts changes that a snapshot shows
        self.is_starved = False  # the last wish could not be met for lack of slots

    def use_pool(self, pool: SlotPool) -> None:
        """Take slots from this pool from now on; no slot may be out."""
        assert not self._transitions, "the pool changed while transitions held slots of the old one"
        self._pool = pool

    def find(self, spec: TransitionSpec) -> Transition | None:
        return self._transitions.get(spec)

    @property
    def rendering(self) -> frozenset[int]:
        """Identities of the transitions that the worker has jobs for."""
        return frozenset(job.transition_id for job in self._jobs.values())

    def want(self, specs: Sequence[TransitionSpec], keep: frozenset[int]) -> list[HostMessage]:
        """Say what is wanted, soonest on air first; returns messages for the worker.

        keep: transitions behind the one on air, which stay as long as what comes soon has room without them.
        """
        self._wanted = tuple(dict.fromkeys(specs))
        self._keep = keep
        messages = self._cancel_unwanted() + self._cancel_less_urgent()
        while len(self._jobs) < JOBS_IN_FLIGHT:
            job = self._next_job(messages)
            if job is None:
                break
            self._jobs[job.job_id] = job
            self._painted[job.job_id] = set()
            messages.append(job)
        return messages

    def leaf_ready(self, leaf: LeafReady, playhead: float | None) -> None:
        """Take in a painted leaf; one that is there already was painted again after a restart or a cancelled job."""
        job = self._jobs.get(leaf.job_id)
        if job is None or leaf.slot in self._painted[leaf.job_id]:
            return
        transition = self._by_id[job.transition_id]
        if transition.segment.has(leaf.position):
            return
        transition.segment.add(leaf.position, leaf.slot, playhead, leaf.gaps)
        if leaf.origin is not None:
            transition.origins[leaf.position] = leaf.origin
        if leaf.thumbnail:
            self._thumbnail_count += 1
            transition.thumbnails[leaf.position] = Thumbnail(self._thumbnail_count, leaf.thumbnail)
        self._painted[leaf.job_id].add(leaf.slot)
        self.version += 1

    def round_done(self, done: RoundDone) -> None:
        job = self._close_job(done.job_id)
        if job is not None:
            transition = self._by_id[job.transition_id]
            if done.unet_calls:  # else it was only painted again
                self.speed.note(len(job.slots), done.seconds)
            transition.done_rounds.add(job.round_index)
            transition.round_progress = 0.0

    def job_cancelled(self, cancelled: JobCancelled) -> None:
        self._close_job(cancelled.job_id)

    def job_failed(self, failed: JobFailed) -> Transition | None:
        """The transition whose job failed: it is not tried again until `retry_failed`."""
        job = self._close_job(failed.job_id)
        if job is None:
            return None
        transition = self._by_id[job.transition_id]
        transition.failure = failed.reason
        return transition

    def retry_failed(self) -> None:
        """Give every failed transition another chance."""
        for transition in self._by_id.values():
            if transition.failure:
                transition.failure = ""
                self.version += 1

    def progress(self, progress: JobProgress) -> None:
        job = self._jobs.get(progress.job_id)
        if job is not None:
            self._by_id[job.transition_id].round_progress = progress.done / max(1, progress.total)
            self.version += 1

    def _close_job(self, job_id: int) -> GrowRound | None:
        job = self._jobs.pop(job_id, None)
        if job is None:
            return None
        painted = self._painted.pop(job_id)
        self._cancelled.discard(job_id)
        for slot in job.slots:
            if slot not in painted:
                self._pool.give_back(slot)
        self.version += 1
        return job

    def _cancel_unwanted(self) -> list[HostMessage]:
        wanted = set(self._wanted)
        messages: list[HostMessage] = []
        for job in self._jobs.values():
            if job.spec not in wanted and job.job_id not in self._cancelled:
                self._cancelled.add(job.job_id)
                messages.append(CancelJob(job.job_id))
        return messages

    def _cancel_less_urgent(self) -> list[HostMessage]:
        """Refinements and far transitions, when one that is on air soon has not even begun: a hand may be waiting for it."""
        most_urgent = min(self._candidates(), key=self._urgency, default=None)
        if most_urgent is None or len(self._jobs) < JOBS_IN_FLIGHT:
            return []
        is_far, round_index, _ = self._urgency(most_urgent)
        if is_far or round_index > 0:
            return []
        near = self._wanted[:URGENT_COUNT]
        dispensable = [
            job
            for job in self._jobs.values()
            if job.job_id not in self._cancelled and (job.round_index > 0 or job.spec not in near)
        ]
        self._cancelled.update(job.job_id for job in dispensable)
        return [CancelJob(job.job_id) for job in dispensable]

    def _next_job(self, messages: list[HostMessage]) -> GrowRound | None:
        """The most urgent round that has room; forgets what is less urgent to make room."""
        self.is_starved = False
        for spec in sorted(self._candidates(), key=self._urgency):
            round_index = self._next_round(spec)
            assert round_index is not None
            needed = spec.shape.leaf_counts[round_index]
            self._make_room(needed, spec, messages)
            if self._pool.free_count < needed:
                self.is_starved = True
                continue
            slots = tuple(self._pool.lend() for _ in range(needed))
            transition = self._transitions.get(spec) or self._create(spec)
            job_id = self._next_id
            self._next_id += 1
            return GrowRound(job_id, transition.transition_id, spec, round_index, slots)  # type: ignore[arg-type]
        return None

    def _candidates(self) -> list[TransitionSpec]:
        """Wanted transitions that still have a round to order."""
        return [spec for spec in self._wanted if self._next_round(spec) is not None]

    def _next_round(self, spec: TransitionSpec) -> int | None:
        """The first round that is neither done nor ordered; None when there is none, or when it failed."""
        transition = self._transitions.get(spec)
        if transition is None:
            return 0
        live_jobs = (job for job in self._jobs.values() if job.job_id not in self._cancelled)
        ordered = {job.round_index for job in live_jobs if job.transition_id == transition.transition_id}
        taken = transition.done_rounds | ordered
        open_rounds = (index for index in range(len(spec.shape.rounds)) if index not in taken)
        return None if transition.failure else next(open_rounds, None)

    def _urgency(self, spec: TransitionSpec) -> tuple[bool, int, int]:
        place = self._wanted.index(spec)
        return (place >= URGENT_COUNT, self._next_round(spec) or 0, place)

    def _create(self, spec: TransitionSpec) -> Transition:
        transition = Transition(self._next_id, spec)
        self._next_id += 1
        self._transitions[spec] = self._by_id[transition.transition_id] = transition
        return transition

    def _make_room(self, needed: int, spec: TransitionSpec, messages: list[HostMessage]) -> None:
        """Forget transitions until there is room for a round of this one: first those that nobody needs, oldest first.

        A transition that is on air soon takes the place of those further away, and in the end of those that are behind.
        """
        for transition in [*self._unneeded(), *self._less_urgent(spec)]:
            if self._pool.free_count >= needed:
                return
            self._forget(transition)
            messages.append(ForgetTransition(transition.transition_id))

    def _unneeded(self) -> list[Transition]:
        return [
            transition
            for transition in self._by_id.values()
            if transition.spec not in self._wanted and not self._is_in_use(transition)
        ]

    def _less_urgent(self, spec: TransitionSpec) -> list[Transition]:
        """What may be given up for this one, the most dispensable first: nothing, unless it is on air soon."""
        place = self._wanted.index(spec)
        if place >= URGENT_COUNT:
            return []
        further = (self._transitions.get(other) for other in reversed(self._wanted[URGENT_COUNT:]))
        dispensable = [other for other in further if other is not None and not self._is_in_use(other)]
        behind = [other for other in self._by_id.values() if other.transition_id in self._keep]
        return dispensable + [other for other in behind if other.spec not in self._wanted]

    def _is_in_use(self, transition: Transition) -> bool:
        return transition.transition_id in self._keep or transition.transition_id in self.rendering

    def _forget(self, transition: Transition) -> None:
        for slot in transition.segment.slots:
            self._pool.give_back(slot)
        del self._transitions[transition.spec]
        del self._by_id[transition.transition_id]
        self.version += 1
