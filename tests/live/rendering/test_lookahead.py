from __future__ import annotations

from core.tree.planning import plan_tree
from core.tree.spec import KeyframeSpec, RenderSettings, TransitionSpec, TreeShape
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
from live.rendering.lookahead import JOBS_IN_FLIGHT, RECONSIDER_AFTER, Lookahead, Schedule

NOTHING: frozenset[int] = frozenset()


class CountingPool:
    """Slots without pixels."""

    def __init__(self, slot_count: int) -> None:
        self._free = list(range(slot_count))

    @property
    def free_count(self) -> int:
        return len(self._free)

    def lend(self) -> int | None:
        return self._free.pop() if self._free else None

    def give_back(self, slot: int) -> None:
        assert slot not in self._free
        self._free.append(slot)


def spec(left: int, right: int) -> TransitionSpec:
    ends = [KeyframeSpec("", "", seed, 3.0) for seed in (left, right)]
    return TransitionSpec(ends[0], ends[1], RenderSettings(32, 16, 4), TreeShape(0.5, ((3,), (4,))))


def lookahead_with(slot_count: int) -> tuple[Lookahead, CountingPool]:
    lookahead, pool = Lookahead(), CountingPool(slot_count)
    lookahead.use_pool(pool)
    return lookahead, pool


def jobs(messages: list[HostMessage]) -> list[GrowRound]:
    return [message for message in messages if isinstance(message, GrowRound)]


def finish(lookahead: Lookahead, job: GrowRound) -> None:
    transition = lookahead.find(job.spec)
    assert transition is not None
    places = plan_tree(job.spec.shape, job.spec.settings.steps)[job.round_index].positions
    for position, slot in zip(places, job.slots, strict=True):
        lookahead.leaf_ready(LeafReady(job.job_id, job.transition_id, position, slot), None)
    lookahead.round_done(RoundDone(job.job_id, job.transition_id, job.round_index, 0.1, 1, 1))


def leaves_now() -> Schedule:
    return Schedule(seconds_on_air=0.0)


def test_first_rounds_come_before_refinement() -> None:
    lookahead, _ = lookahead_with(100)

    ordered = jobs(lookahead.want([spec(1, 2), spec(2, 3)], NOTHING))

    assert [(job.spec, job.round_index) for job in ordered] == [(spec(1, 2), 0), (spec(2, 3), 0)]


def test_no_more_jobs_than_the_worker_should_have() -> None:
    lookahead, _ = lookahead_with(100)

    ordered = jobs(lookahead.want([spec(n, n + 1) for n in range(5)], NOTHING))

    assert len(ordered) == JOBS_IN_FLIGHT


def test_near_transition_is_refined_before_a_far_one_begins() -> None:
    lookahead, _ = lookahead_with(100)
    wanted = [spec(1, 2), spec(2, 3), spec(3, 4)]
    for job in jobs(lookahead.want(wanted, NOTHING)):
        finish(lookahead, job)

    ordered = jobs(lookahead.want(wanted, NOTHING))

    assert [(job.spec, job.round_index) for job in ordered] == [(spec(1, 2), 1), (spec(2, 3), 1)]


def test_job_that_is_not_wanted_any_more_is_cancelled_once() -> None:
    lookahead, _ = lookahead_with(100)
    (first, _) = jobs(lookahead.want([spec(1, 2), spec(2, 3)], NOTHING))

    messages = lookahead.want([spec(2, 3)], NOTHING) + lookahead.want([spec(2, 3)], NOTHING)

    assert [message for message in messages if isinstance(message, CancelJob)] == [CancelJob(first.job_id)]


def test_failed_job_gives_its_slots_back_and_is_not_tried_again() -> None:
    lookahead, pool = lookahead_with(5)
    (job,) = jobs(lookahead.want([spec(1, 2)], NOTHING))

    failed = lookahead.job_failed(JobFailed(job.job_id, "no such luck"))

    assert failed is not None
    assert failed.failure == "no such luck"
    assert pool.free_count == 5
    assert lookahead.want([spec(1, 2)], NOTHING) == []


def test_room_is_made_by_forgetting_what_nobody_needs() -> None:
    lookahead, _ = lookahead_with(5)
    (job,) = jobs(lookahead.want([spec(1, 2)], NOTHING))
    finish(lookahead, job)

    messages = lookahead.want([spec(2, 3)], NOTHING)

    assert ForgetTransition(job.transition_id) in messages
    assert [ordered.spec for ordered in jobs(messages)] == [spec(2, 3)]
    assert lookahead.find(spec(1, 2)) is None


def test_kept_transition_stays_while_there_is_something_else_to_forget() -> None:
    lookahead, _ = lookahead_with(14)
    (old, kept) = jobs(lookahead.want([spec(1, 2), spec(2, 3)], NOTHING))
    finish(lookahead, old)
    finish(lookahead, kept)

    lookahead.want([spec(3, 4)], frozenset({kept.transition_id}))

    assert lookahead.find(spec(1, 2)) is None
    assert lookahead.find(spec(2, 3)) is not None


def test_kept_transition_makes_room_for_what_comes_soon() -> None:
    lookahead, _ = lookahead_with(5)
    (job,) = jobs(lookahead.want([spec(1, 2)], NOTHING))
    finish(lookahead, job)

    messages = lookahead.want([spec(2, 3)], frozenset({job.transition_id}))

    assert [ordered.spec for ordered in jobs(messages)] == [spec(2, 3)]


def test_what_is_on_air_and_what_is_rendered_is_never_forgotten() -> None:
    lookahead, _ = lookahead_with(10)
    (on_air, _) = jobs(lookahead.want([spec(1, 2), spec(2, 3)], NOTHING))
    finish(lookahead, on_air)

    lookahead.want([spec(1, 2), spec(3, 4)], NOTHING)

    assert lookahead.find(spec(1, 2)) is not None
    assert lookahead.find(spec(2, 3)) is not None
    assert lookahead.is_starved


def test_transition_without_a_leaf_that_nobody_wants_is_forgotten_when_its_job_ends() -> None:
    lookahead, pool = lookahead_with(100)
    for seed in range(1, 50):
        for job in jobs(lookahead.want([spec(seed, 99)], NOTHING)):
            lookahead.want([spec(seed + 1, 99)], NOTHING)
            lookahead.job_cancelled(JobCancelled(job.job_id))

    assert pool.free_count >= 100 - 2 * 3
    assert sum(lookahead.find(spec(seed, 99)) is not None for seed in range(60)) <= JOBS_IN_FLIGHT


def test_round_that_comes_late_from_a_cancelled_job_does_not_hide_another_round() -> None:
    lookahead, _ = lookahead_with(100)
    (first,) = jobs(lookahead.want([spec(1, 2)], NOTHING))[:1]
    lookahead.want([], NOTHING)
    again = jobs(lookahead.want([spec(1, 2)], NOTHING))

    finish(lookahead, first)
    for job in again:
        finish(lookahead, job)
    rest = jobs(lookahead.want([spec(1, 2)], NOTHING))
    for job in rest:
        finish(lookahead, job)

    transition = lookahead.find(spec(1, 2))
    assert transition is not None
    assert transition.is_complete
    assert len(transition.segment.positions) == spec(1, 2).shape.leaf_count


def test_failed_transition_gets_another_chance_when_it_is_given_one() -> None:
    lookahead, _ = lookahead_with(5)
    (job,) = jobs(lookahead.want([spec(1, 2)], NOTHING))
    lookahead.job_failed(JobFailed(job.job_id, "no such luck"))

    lookahead.retry_failed()

    assert [ordered.spec for ordered in jobs(lookahead.want([spec(1, 2)], NOTHING))] == [spec(1, 2)]


def test_failed_transitions_that_nobody_wants_any_more_do_not_pile_up() -> None:
    lookahead, _ = lookahead_with(100)
    for job in jobs(lookahead.want([spec(1, 2)], NOTHING)):
        lookahead.job_failed(JobFailed(job.job_id, "no such luck"))
    lookahead.want([spec(2, 3)], NOTHING)

    lookahead.retry_failed()

    assert lookahead.find(spec(1, 2)) is None


def test_leaf_painted_twice_after_a_restart_counts_once() -> None:
    lookahead, pool = lookahead_with(5)
    (job,) = jobs(lookahead.want([spec(1, 2)], NOTHING))
    lookahead.leaf_ready(LeafReady(job.job_id, job.transition_id, 0.0, job.slots[0]), None)

    finish(lookahead, job)

    transition = lookahead.find(spec(1, 2))
    assert transition is not None
    assert transition.segment.positions == (0.0, 0.25, 0.5, 0.75, 1.0)
    assert pool.free_count == 0


def test_no_slot_is_lost_over_many_changes_of_mind() -> None:
    lookahead, pool = lookahead_with(20)
    open_jobs: list[GrowRound] = []
    for n in range(40):
        open_jobs += jobs(lookahead.want([spec(n, n + 1), spec(n + 1, n + 2)], NOTHING))
        while len(open_jobs) > 1:
            finish(lookahead, open_jobs.pop(0))
    for job in open_jobs:
        finish(lookahead, job)

    lookahead.want([], NOTHING)
    held = sum(len(t.segment.slots) for n in range(42) if (t := lookahead.find(spec(n, n + 1))))

    assert pool.free_count + held == 20


def test_a_leaf_in_a_slot_that_shows_another_is_not_taken_in() -> None:
    lookahead, pool = lookahead_with(5)
    (job,) = jobs(lookahead.want([spec(1, 2)], NOTHING))
    lookahead.leaf_ready(LeafReady(job.job_id, job.transition_id, 0.5, job.slots[2]), None)

    lookahead.leaf_ready(LeafReady(job.job_id, job.transition_id, 0.4, job.slots[2]), None)

    lookahead.round_done(RoundDone(job.job_id, job.transition_id, 0, 0.1, 1, 1))
    transition = lookahead.find(spec(1, 2))
    assert transition is not None
    assert transition.segment.slots == (job.slots[2],)
    assert pool.free_count == 4


def test_gaps_set_the_pace_of_the_timeline() -> None:
    lookahead, _ = lookahead_with(5)
    (job,) = jobs(lookahead.want([spec(1, 2)], NOTHING))
    for slot, (place, gaps) in enumerate([(0.0, ()), (1.0, ((0.0, 0.4),)), (0.5, ((0.0, 0.3), (1.0, 0.1)))]):
        lookahead.leaf_ready(LeafReady(job.job_id, job.transition_id, place, job.slots[slot], gaps), None)

    transition = lookahead.find(spec(1, 2))

    assert transition is not None
    assert 0.7 < transition.segment.positions[1] < 0.75


def test_hand_that_waits_for_a_first_round_stops_refinements() -> None:
    lookahead, _ = lookahead_with(100)
    for job in jobs(lookahead.want([spec(1, 2), spec(2, 3)], NOTHING)):
        finish(lookahead, job)
    refining = jobs(lookahead.want([spec(1, 2), spec(2, 3)], NOTHING))

    messages = lookahead.want([spec(1, 2), spec(2, 9)], NOTHING)

    assert {message.job_id for message in messages if isinstance(message, CancelJob)} == {
        job.job_id for job in refining
    }


def test_refinement_that_comes_after_the_playhead_is_not_ordered() -> None:
    lookahead, _ = lookahead_with(100)
    (job,) = jobs(lookahead.want([spec(1, 2)], NOTHING, leaves_now))
    finish(lookahead, job)

    leaving = lookahead.want([spec(1, 2)], NOTHING, leaves_now)

    assert leaving == []


def test_what_was_not_worth_it_is_thought_over_again() -> None:
    lookahead, _ = lookahead_with(100)
    specs = (spec(1, 2),)
    (job,) = jobs(lookahead.want(specs, NOTHING, leaves_now))
    finish(lookahead, job)
    lookahead.want(specs, NOTHING, leaves_now)

    ordered = [lookahead.want(specs, NOTHING) for _ in range(RECONSIDER_AFTER)]

    assert [job.round_index for messages in ordered for job in jobs(messages)] == [1]


def test_same_wish_again_costs_nothing_and_orders_nothing() -> None:
    lookahead, _ = lookahead_with(100)
    specs = tuple(spec(n, n + 1) for n in range(4))
    lookahead.want(specs, NOTHING)

    def fail() -> Schedule:
        raise AssertionError("nothing has changed")

    assert lookahead.want(specs, NOTHING, fail) == []


def test_job_knows_where_the_playhead_is() -> None:
    lookahead, _ = lookahead_with(100)

    first, second = jobs(lookahead.want([spec(1, 2), spec(2, 3)], NOTHING, lambda: Schedule(playhead=0.4)))

    assert (first.playhead, second.playhead) == (0.4, 0.0)


def test_first_round_further_on_goes_before_a_refinement_when_it_would_be_late() -> None:
    lookahead, _ = lookahead_with(100)
    wanted = (spec(1, 2), spec(2, 3), spec(3, 4))
    for job in jobs(lookahead.want(wanted, NOTHING)):
        finish(lookahead, job)

    ordered = jobs(lookahead.want(wanted, NOTHING, lambda: Schedule((0.0, 0.05, 0.1))))

    assert (ordered[0].spec, ordered[0].round_index) == (spec(3, 4), 0)


def test_numbers_say_what_is_held_and_that_it_is_full() -> None:
    lookahead, _ = lookahead_with(12)
    wanted = [spec(n, n + 1) for n in range(3)]
    for job in jobs(lookahead.want(wanted, NOTHING)):
        finish(lookahead, job)

    lookahead.want(wanted, NOTHING)
    view = lookahead.view()

    assert (view.leaves, view.slots_used, view.slot_count) == (10, 10, 12)
    assert (view.ready, view.wanted) == (2, 3)
    assert view.is_full
    assert view.leaves_per_second == 50.0


def test_transition_that_had_to_make_room_is_counted() -> None:
    lookahead, _ = lookahead_with(5)
    (job,) = jobs(lookahead.want([spec(1, 2)], NOTHING))
    finish(lookahead, job)

    lookahead.want([spec(2, 3)], NOTHING)

    assert lookahead.view().evicted == 1


def test_only_the_transition_that_the_worker_is_at_is_being_rendered() -> None:
    lookahead, _ = lookahead_with(100)

    first, _ = jobs(lookahead.want([spec(1, 2), spec(2, 3)], NOTHING))

    assert lookahead.rendering == {first.transition_id}


def test_progress_is_made_of_steps_and_of_leaves() -> None:
    lookahead, _ = lookahead_with(100)
    (job,) = jobs(lookahead.want([spec(1, 2)], NOTHING, leaves_now))
    transition = lookahead.find(spec(1, 2))
    assert transition is not None

    lookahead.progress(JobProgress(job.job_id, 10, 10))
    steps_done = transition.readiness
    lookahead.leaf_ready(LeafReady(job.job_id, job.transition_id, 0.0, job.slots[0]), None)

    assert (steps_done, transition.readiness) == (0.5, 0.6)
