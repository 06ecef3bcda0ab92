"""What is rendered next: the transitions that will be on air soonest, playable first, fine later, within the slots there are.

Pure bookkeeping: it makes job messages and takes the worker's answers, and never waits for anything.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from core.control.snapshot import LookaheadView, Thumbnail
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
from live.rendering.deadlines import URGENT_COUNT, Candidate, in_order, is_worth_it
from live.rendering.render_speed import RenderSpeed
from live.rendering.transition import Transition

JOBS_IN_FLIGHT = 2  # one rendering, one waiting in the worker, so that it never idles between two
RECONSIDER_AFTER = 15  # wishes: what was not worth rendering, or had no room, may be so by now


@dataclass(frozen=True, slots=True)
class Schedule:
    """When what is wanted will be on air.

    Attributes:
        dues: seconds until each of the transitions that are wanted; where one is missing there is all the time.
        seconds_on_air: how long the transition on air stays there.
        playhead: the place of the picture in it, 0..1.
    """

    dues: tuple[float, ...] = ()
    seconds_on_air: float = math.inf
    playhead: float = 0.0

    def due(self, place: int) -> float:
        return self.dues[place] if place < len(self.dues) else math.inf


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
        self._specs: Sequence[TransitionSpec] = ()  # the last wish as it was said
        self._keep: frozenset[int] = frozenset()
        self._near_count = URGENT_COUNT
        self._slot_count = 0
        self._evicted = 0
        self._is_changed = True
        self._wishes = 0  # since the last time that jobs were chosen
        self._view: tuple[int, LookaheadView] = (-1, LookaheadView())
        self._next_id = 1
        self._thumbnail_count = 0
        self.speed = RenderSpeed()
        self.version = 0  # counts changes that a snapshot shows
        self.is_starved = False  # what is on air soon has no slots
        self.is_full = False  # what comes later has none

    def use_pool(self, pool: SlotPool) -> None:
        """Take slots from this pool from now on; no slot may be out."""
        assert not self._transitions, "the pool changed while transitions held slots of the old one"
        self._pool = pool
        self._slot_count = pool.free_count
        self._is_changed = True

    def find(self, spec: TransitionSpec) -> Transition | None:
        return self._transitions.get(spec)

    @property
    def rendering(self) -> frozenset[int]:
        """The transition that the worker renders now; its next job waits there."""
        return frozenset(job.transition_id for job in list(self._jobs.values())[:1])

    def view(self) -> LookaheadView:
        """What is kept ready, for the outside."""
        if self._view[0] != self.version:
            found = [self._transitions.get(spec) for spec in self._wanted]
            view = LookaheadView(
                leaves=sum(len(transition.segment.slots) for transition in self._by_id.values()),
                slots_used=self._slot_count - self._pool.free_count,
                slot_count=self._slot_count,
                ready=sum(transition is not None and transition.is_playable for transition in found),
                wanted=len(found),
                evicted=self._evicted,
                leaves_per_second=round(self.speed.leaves_per_second, 1) if self.speed.is_known else None,
                is_full=self.is_full,
            )
            self._view = (self.version, view)
        return self._view[1]

    def want(
        self,
        specs: Sequence[TransitionSpec],
        keep: frozenset[int],
        schedule: Callable[[], Schedule] = Schedule,
        near_count: int = URGENT_COUNT,
    ) -> list[HostMessage]:
        """Say what is wanted, soonest on air first; returns messages for the worker.

        keep: transitions behind the one on air, which stay as long as what comes soon has room without them.
        near_count: so many of them may be on screen in the next moment.
        schedule: asked only when something can be ordered. Saying the very same specs again costs nothing.
        """
        self._wishes += 1
        is_same = specs is self._specs and keep == self._keep and self._wishes < RECONSIDER_AFTER
        if is_same and not self._is_changed:
            return []
        if specs is not self._specs:
            self._specs, self._wanted = specs, tuple(dict.fromkeys(specs))
            self.version += 1
        self._keep, self._wishes, self._is_changed, self._near_count = keep, 0, False, near_count
        return self._order(schedule())

    def _order(self, schedule: Schedule) -> list[HostMessage]:
        candidates = self._candidates(schedule)
        messages = self._cancel_unwanted() + self._cancel_less_urgent(candidates)
        while len(self._jobs) < JOBS_IN_FLIGHT:
            job = self._next_job(candidates, schedule, messages)
            if job is None:
                break
            self._jobs[job.job_id] = job
            self._painted[job.job_id] = set()
            messages.append(job)
            candidates = self._candidates(schedule)
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
        transition.note_leaves(len(self._painted[leaf.job_id]) / len(job.slots))
        self.version += 1

    def round_done(self, done: RoundDone) -> None:
        job = self._close_job(done.job_id)
        if job is not None:
            transition = self._by_id[job.transition_id]
            if done.unet_calls:  # else it was only painted again
                self.speed.note(len(job.slots), done.seconds)
            transition.note_round(job.round_index)

    def job_cancelled(self, cancelled: JobCancelled) -> None:
        """A transition that nobody wants and that has no leaf goes at once: without slots it would never make room."""
        job = self._close_job(cancelled.job_id)
        transition = self._by_id.get(job.transition_id) if job is not None else None
        if transition is not None:
            self._drop_if_empty(transition)

    def job_failed(self, failed: JobFailed) -> Transition | None:
        """The transition whose job failed: it is not tried again until `retry_failed`."""
        job = self._close_job(failed.job_id)
        if job is None:
            return None
        transition = self._by_id[job.transition_id]
        transition.fail(failed.reason)
        return transition

    def retry_failed(self) -> None:
        """Give every failed transition another chance; one that nobody wants and that has no leaf goes, as when it is cancelled."""
        for transition in [each for each in self._by_id.values() if each.failure]:
            transition.retry()
            self._is_changed = True
            self.version += 1
            self._drop_if_empty(transition)

    def progress(self, progress: JobProgress) -> None:
        job = self._jobs.get(progress.job_id)
        if job is not None:
            self._by_id[job.transition_id].note_steps(progress.done / max(1, progress.total))
            self.version += 1

    def _close_job(self, job_id: int) -> GrowRound | None:
        job = self._jobs.pop(job_id, None)
        if job is None:
            return None
        painted = self._painted.pop(job_id)
        self._cancelled.discard(job_id)
        self._is_changed = True
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

    def _cancel_less_urgent(self, candidates: Sequence[Candidate]) -> list[HostMessage]:
        """Refinements and far transitions, when one that is on air soon has not even begun: a hand may be waiting for it."""
        is_waited_for = bool(candidates) and candidates[0].round_index == 0 and candidates[0].place < self._near_count
        if not is_waited_for or len(self._jobs) < JOBS_IN_FLIGHT:
            return []
        near = self._wanted[: self._near_count]
        dispensable = [
            job
            for job in self._jobs.values()
            if job.job_id not in self._cancelled and (job.round_index > 0 or job.spec not in near)
        ]
        self._cancelled.update(job.job_id for job in dispensable)
        return [CancelJob(job.job_id) for job in dispensable]

    def _next_job(
        self, candidates: Sequence[Candidate], schedule: Schedule, messages: list[HostMessage]
    ) -> GrowRound | None:
        """The most urgent round that has room; forgets what is less urgent to make room."""
        self.is_starved = self.is_full = False
        for candidate in candidates:
            spec, needed = self._wanted[candidate.place], candidate.leaf_count
            self._make_room(needed, candidate.place, messages)
            if self._pool.free_count < needed:
                self.is_full = True
                self.is_starved = self.is_starved or candidate.place < URGENT_COUNT
                continue
            slots = tuple(self._pool.lend() for _ in range(needed))
            transition = self._transitions.get(spec) or self._create(spec)
            job_id = self._next_id
            self._next_id += 1
            playhead = schedule.playhead if candidate.place == 0 else 0.0
            return GrowRound(job_id, transition.transition_id, spec, candidate.round_index, slots, playhead)  # type: ignore[arg-type]
        return None

    def _candidates(self, schedule: Schedule) -> list[Candidate]:
        """The next round of each wanted transition that still has one to order, the most urgent first."""
        found = []
        for place, spec in enumerate(self._wanted):
            round_index = self._next_round(spec)
            if round_index is not None:
                leaf_count = spec.shape.leaf_counts[round_index]
                found.append(Candidate(place, round_index, leaf_count, schedule.due(place), self._near_count))
        seconds_for = self.speed.seconds_for
        useful = [each for each in found if is_worth_it(each, schedule.seconds_on_air, seconds_for)]
        return in_order(useful, seconds_for)

    def _next_round(self, spec: TransitionSpec) -> int | None:
        """The first round that is neither done nor ordered; None when there is none, or when it failed."""
        transition = self._transitions.get(spec)
        if transition is None:
            return 0
        if transition.failure or transition.is_complete:
            return None
        live_jobs = (job for job in self._jobs.values() if job.job_id not in self._cancelled)
        ordered = {job.round_index for job in live_jobs if job.transition_id == transition.transition_id}
        taken = transition.done_rounds | ordered
        return next((index for index in range(len(spec.shape.rounds)) if index not in taken), None)

    def _create(self, spec: TransitionSpec) -> Transition:
        transition = Transition(self._next_id, spec)
        self._next_id += 1
        self._transitions[spec] = self._by_id[transition.transition_id] = transition
        return transition

    def _make_room(self, needed: int, place: int, messages: list[HostMessage]) -> None:
        """Forget transitions until there is room for a round of this one: first those that nobody needs, oldest first.

        A transition that is on air soon takes the place of those further away, and in the end of those that are behind.
        """
        if self._pool.free_count >= needed:
            return
        for transition in [*self._unneeded(), *self._less_urgent(place)]:
            if self._pool.free_count >= needed:
                return
            self._forget(transition)
            messages.append(ForgetTransition(transition.transition_id))

    def _unneeded(self) -> list[Transition]:
        wanted = set(self._wanted)
        return [
            transition
            for transition in self._by_id.values()
            if transition.spec not in wanted and not self._is_in_use(transition)
        ]

    def _less_urgent(self, place: int) -> list[Transition]:
        """What may be given up for this one, the most dispensable first: nothing, unless it is on air soon."""
        if place >= self._near_count:
            return []
        further = (self._transitions.get(other) for other in reversed(self._wanted[self._near_count :]))
        dispensable = [other for other in further if other is not None and not self._is_in_use(other)]
        behind = [other for other in self._by_id.values() if other.transition_id in self._keep]
        near = self._wanted[: self._near_count]
        return dispensable + [other for other in behind if other.spec not in near and not self._has_job(other)]

    def _is_in_use(self, transition: Transition) -> bool:
        return transition.transition_id in self._keep or self._has_job(transition)

    def _has_job(self, transition: Transition) -> bool:
        return any(job.transition_id == transition.transition_id for job in self._jobs.values())

    def _forget(self, transition: Transition) -> None:
        for slot in transition.segment.slots:
            self._pool.give_back(slot)
        self._drop(transition)
        self._evicted += 1

    def _drop_if_empty(self, transition: Transition) -> None:
        if transition.segment.slots or transition.spec in self._wanted or self._is_in_use(transition):
            return
        self._drop(transition)

    def _drop(self, transition: Transition) -> None:
        del self._transitions[transition.spec]
        del self._by_id[transition.transition_id]
        self.version += 1
