from __future__ import annotations

import threading

import pytest

from core.control.commands import (
    AddToParameter,
    ByNumber,
    Command,
    Cut,
    Go,
    MoveCue,
    Origin,
    ResetParameter,
    SelectStandby,
    SetParameter,
    Submission,
    Surface,
)
from core.control.errors import CommandRefused
from core.control.mailbox import DEFAULT_CAPACITY, CommandQueue, Latest

ORIGIN = Origin(Surface.OSC, "127.0.0.1")
ALL = 10**6


def submit(queue: CommandQueue, *commands: Command) -> None:
    for command in commands:
        queue.submit(Submission(command, ORIGIN))


def drain(queue: CommandQueue, limit: int = ALL) -> list[Command]:
    return [submission.command for submission in queue.drain(limit)]


def fill(queue: CommandQueue, capacity: int) -> None:
    submit(queue, *[Go() for _ in range(capacity)])


def test_what_goes_in_comes_out_once_with_its_origin() -> None:
    queue = CommandQueue()
    submit(queue, Go())

    assert queue.drain(ALL) == [Submission(Go(), ORIGIN)]
    assert queue.drain(ALL) == []


def test_a_flood_of_moves_becomes_the_last_one() -> None:
    queue = CommandQueue()
    submit(queue, *[SetParameter("depth", index / 1000) for index in range(1000)])

    assert drain(queue) == [SetParameter("depth", 0.999)]


def test_two_parameters_do_not_coalesce_with_each_other() -> None:
    queue = CommandQueue()
    submit(queue, SetParameter("depth", 0.1), SetParameter("guidance", 2.0), SetParameter("depth", 0.3))

    assert drain(queue) == [SetParameter("depth", 0.3), SetParameter("guidance", 2.0)]


def test_a_value_never_overtakes_an_action() -> None:
    queue = CommandQueue()
    sent: list[Command] = [
        SetParameter("depth", 0.1),
        Go(),
        SetParameter("depth", 0.9),
        Cut(),
        SetParameter("depth", 0.5),
    ]
    submit(queue, *sent)

    assert drain(queue) == sent


def test_steps_of_an_endless_knob_add_up() -> None:
    queue = CommandQueue()

    submit(queue, *[AddToParameter("depth", 0.25)] * 3)

    assert drain(queue) == [AddToParameter("depth", 0.75)]


def test_steps_before_a_set_value_are_forgotten_and_steps_after_it_are_kept() -> None:
    queue = CommandQueue()

    submit(queue, AddToParameter("depth", 0.5), SetParameter("depth", 0.1), AddToParameter("depth", 0.25))

    assert drain(queue) == [SetParameter("depth", 0.1), AddToParameter("depth", 0.25)]


def test_set_value_after_a_step_wins() -> None:
    queue = CommandQueue()

    submit(queue, SetParameter("depth", 0.1), AddToParameter("depth", 0.25), SetParameter("depth", 0.2))

    assert drain(queue) == [SetParameter("depth", 0.2)]


def test_draining_is_bounded_and_goes_on_where_it_stopped() -> None:
    queue = CommandQueue()
    sent = [SelectStandby(ByNumber(index)) for index in range(5)]
    submit(queue, *sent)

    assert drain(queue, limit=3) == sent[:3]
    assert drain(queue, limit=3) == sent[3:]


def test_a_value_that_was_drained_is_not_changed_by_a_later_one() -> None:
    queue = CommandQueue()
    submit(queue, SetParameter("depth", 0.1))
    drain(queue)
    submit(queue, SetParameter("depth", 0.2))

    assert drain(queue) == [SetParameter("depth", 0.2)]


def test_a_full_queue_refuses_actions_to_their_sender() -> None:
    queue = CommandQueue(capacity=3)
    fill(queue, 3)

    with pytest.raises(CommandRefused, match="Cut refused: 3 commands already wait"):
        submit(queue, Cut())


def test_a_full_queue_drops_and_counts_values() -> None:
    queue = CommandQueue(capacity=3)
    fill(queue, 3)

    submit(queue, SetParameter("depth", 0.1), SetParameter("guidance", 1.0))

    assert queue.dropped_values == 2
    assert len(drain(queue)) == 3


def test_a_full_queue_still_moves_a_value_that_waits_in_it() -> None:
    queue = CommandQueue(capacity=2)
    submit(queue, Go(), SetParameter("depth", 0.1))

    submit(queue, SetParameter("depth", 0.9))

    assert drain(queue) == [Go(), SetParameter("depth", 0.9)]
    assert queue.dropped_values == 0


@pytest.mark.parametrize("name", ["freeze", "output.blackout"])
def test_blackout_and_freeze_get_through_a_full_queue_and_come_first(name: str) -> None:
    queue = CommandQueue(capacity=2)
    fill(queue, 2)

    submit(queue, SetParameter(name, False), SetParameter(name, True))

    assert drain(queue, limit=1) == [SetParameter(name, True)]
    assert drain(queue) == [Go(), Go()]


def test_even_a_drain_of_nothing_takes_the_unstoppable() -> None:
    queue = CommandQueue()
    submit(queue, Go(), SetParameter("freeze", True), SetParameter("output.blackout", True))

    assert drain(queue, limit=0) == [SetParameter("freeze", True), SetParameter("output.blackout", True)]


def test_many_senders_lose_nothing() -> None:
    queue = CommandQueue()
    sender_count, per_sender = 8, DEFAULT_CAPACITY // 8
    start = threading.Barrier(sender_count)

    def send(sender: int) -> None:
        start.wait()
        submit(queue, *[MoveCue(ByNumber(sender), index) for index in range(per_sender)])

    threads = [threading.Thread(target=send, args=(sender,)) for sender in range(sender_count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    came = [command for command in drain(queue) if isinstance(command, MoveCue)]
    for sender in range(sender_count):
        assert [command.number for command in came if command.cue == ByNumber(sender)] == list(range(per_sender))


def test_latest_keeps_the_newest_only() -> None:
    latest = Latest(1)
    latest.put(2)
    latest.put(3)

    assert (latest.get(), latest.get()) == (3, 3)


def test_a_reset_never_undoes_the_blackout_that_came_after_it() -> None:
    queue = CommandQueue()
    submit(queue, ResetParameter("output.blackout"), SetParameter("output.blackout", True))

    assert drain(queue) == [SetParameter("output.blackout", True)]
