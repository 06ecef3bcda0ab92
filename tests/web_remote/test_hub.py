from __future__ import annotations

from core.control.snapshot import Snapshot
from web_remote.access import Role
from web_remote.hub import ERRORS_KEPT, RateLimit, Remote


def test_a_bucket_lets_a_second_of_messages_through_at_once() -> None:
    rate = RateLimit(200, now=0.0)

    assert sum(rate.spend(now=0.0) for _ in range(300)) == 200


def test_a_bucket_refills_with_time_and_never_overflows() -> None:
    rate = RateLimit(200, now=0.0)
    for _ in range(200):
        rate.spend(now=0.0)

    assert [rate.spend(now=0.004), rate.spend(now=0.005), rate.spend(now=0.006)] == [False, True, False]
    assert sum(rate.spend(now=60.0) for _ in range(300)) == 200


def test_an_empty_bucket_is_news_once_until_it_has_recovered() -> None:
    rate = RateLimit(10, now=0.0)
    while rate.spend(now=0.0):
        pass

    assert [rate.is_news(), rate.is_news()] == [True, False]
    rate.spend(now=0.3)
    assert not rate.is_news()
    rate.spend(now=10.0)
    assert rate.is_news()


def test_errors_of_a_remote_that_does_not_read_are_bounded() -> None:
    remote = Remote(1, Role.OPERATOR, Snapshot(), now=0.0)

    for number in range(1000):
        remote.fail(f"{number} " + "x" * 10_000)

    messages = remote.news(Snapshot(), now=0.1)
    assert len(messages) == ERRORS_KEPT
    assert all(len(str(message["text"])) <= 300 for message in messages)


def test_a_slow_remote_gets_one_large_change_instead_of_many_small_ones() -> None:
    remote = Remote(1, Role.OPERATOR, Snapshot(position=0.1), now=0.0)

    messages = remote.news(Snapshot(position=0.9, late=5), now=0.1)

    assert messages == [{"type": "state", "state": {"position": 0.9}}]
    assert remote.news(Snapshot(position=0.9), now=0.2) == []
