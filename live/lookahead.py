"""What is rendered next: the transitions that will be on air soonest, playable first, fine later, within the slots there are.

Pure bookkeeping: it makes job messages and takes the worker's answers, and never waits for anything.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

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
        self._painted: dict[int, set[float]] = {}  # per job, the places whose slots now belong to the segment
        self._cancelled: set[int] = set()
        self._wanted: tuple[TransitionSpec, ...] = ()
        self._keep: frozenset[int] = frozenset()
        self._next_id = 1
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
        """Say what is wanted, soonest on air first, and which transitions must stay; returns messages for the worker."""
        self._wanted = tuple(dict.fromkeys(specs))
        self._keep = keep
        messages = self._cancel_unwanted()
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
        if job is None or self._by_id[job.transition_id].segment.has(leaf.position):
            return
        transition = self._by_id[job.transition_id]
        transition.segment.add(leaf.position, leaf.slot, playhead)
        self._painted[leaf.job_id].add(leaf.position)
        self.version += 1

    def round_done(self, done: RoundDone) -> None:
        job = self._close_job(done.job_id)
        if job is not None:
            transition = self._by_id[job.transition_id]
            transition.rounds_done, transition.round_progress = job.round_index + 1, 0.0

    def job_cancelled(self, cancelled: JobCancelled) -> None:
        self._close_job(cancelled.job_id)

    def job_failed(self, failed: JobFailed) -> Transition | None:
        """The transition whose job failed: it is not tried again as long as its spec stays the same."""
        job = self._close_job(failed.job_id)
        if job is None:
            return None
        transition = self._by_id[job.transition_id]
        transition.failure = failed.reason
        return transition

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
        places = self._by_id[job.transition_id].rounds[job.round_index].positions
        for place, slot in zip(places, job.slots, strict=True):
            if place not in painted:
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

    def _next_job(self, messages: list[HostMessage]) -> GrowRound | None:
        """The most urgent round that has room; forgets unneeded transitions to make room."""
        self.is_starved = False
        for transition in sorted(self._candidates(), key=self._urgency):
            round_index = self._rounds_ordered(transition)
            needed = len(transition.rounds[round_index].positions)
            self._make_room(needed, messages)
            if self._pool.free_count < needed:
                self.is_starved = True
                continue
            slots = tuple(self._pool.lend() for _ in range(needed))
            job_id = self._next_id
            self._next_id += 1
            return GrowRound(job_id, transition.transition_id, transition.spec, round_index, slots)  # type: ignore[arg-type]
        return None

    def _candidates(self) -> list[Transition]:
        """Wanted transitions that still have a round to order, made on first sight."""
        found = []
        for spec in self._wanted:
            transition = self._transitions.get(spec) or self._create(spec)
            if not transition.failure and self._rounds_ordered(transition) < len(transition.rounds):
                found.append(transition)
        return found

    def _rounds_ordered(self, transition: Transition) -> int:
        live_jobs = [job for job in self._jobs.values() if job.job_id not in self._cancelled]
        return transition.rounds_done + sum(job.transition_id == transition.transition_id for job in live_jobs)

    def _urgency(self, transition: Transition) -> tuple[bool, int, int]:
        place = self._wanted.index(transition.spec)
        return (place >= URGENT_COUNT, self._rounds_ordered(transition), place)

    def _create(self, spec: TransitionSpec) -> Transition:
        transition = Transition(self._next_id, spec)
        self._next_id += 1
        self._transitions[spec] = self._by_id[transition.transition_id] = transition
        return transition

    def _make_room(self, needed: int, messages: list[HostMessage]) -> None:
        """Forget transitions, oldest first, that are neither wanted nor kept nor being rendered, until there is room."""
        busy = self.rendering
        for transition in list(self._by_id.values()):
            if self._pool.free_count >= needed:
                return
            identity = transition.transition_id
            if transition.spec in self._wanted or identity in self._keep or identity in busy:
                continue
            self._forget(transition)
            messages.append(ForgetTransition(identity))

    def _forget(self, transition: Transition) -> None:
        for slot in transition.segment.slots:
            self._pool.give_back(slot)
        del self._transitions[transition.spec]
        del self._by_id[transition.transition_id]
        self.version += 1
