from __future__ import annotations

import pytest

from controllers.osc.audience import ERRORS_PER_SECOND, MAX_LEASES, Budget, Leases, listen_at_host
from core.control.commands import Origin, Surface
from core.control.errors import CommandRefused


def test_lease_ends_by_itself() -> None:
    leases = Leases()
    leases.subscribe(("10.0.0.2", 9000), "10.0.0.2:5000", 60, now=0.0)

    assert [lease.target for lease in leases.active(now=59.9)] == [("10.0.0.2", 9000)]
    assert leases.active(now=60.0) == []


def test_renewed_lease_runs_on() -> None:
    leases = Leases()
    leases.subscribe(("10.0.0.2", 9000), "10.0.0.2:5000", 60, now=0.0)
    leases.subscribe(("10.0.0.2", 9000), "10.0.0.2:5000", 60, now=50.0)

    assert len(leases.active(now=100.0)) == 1


def test_leases_are_bounded_and_an_ended_one_makes_room() -> None:
    leases = Leases()
    for port in range(MAX_LEASES):
        leases.subscribe(("10.0.0.2", 9000 + port), "10.0.0.2:5000", 60, now=0.0)

    with pytest.raises(CommandRefused, match="already get feedback"):
        leases.subscribe(("10.0.0.2", 8000), "10.0.0.2:5000", 60, now=1.0)
    leases.subscribe(("10.0.0.2", 8000), "10.0.0.2:5000", 60, now=61.0)

    assert len(leases) == 1


def test_unsubscribe_of_a_stranger_does_nothing() -> None:
    Leases().unsubscribe(("10.0.0.2", 9000))


def test_subscriber_is_known_by_the_address_it_sends_from_and_the_one_it_listens_at() -> None:
    leases = Leases()
    leases.subscribe(("10.0.0.2", 9000), "10.0.0.2:5000", 60, now=0.0)
    (lease,) = leases.active(now=0.0)
    lease.listener.catch_up({"depth": 0.0}, {}, now=0.0)

    assert lease.listener.catch_up({"depth": 0.5}, {"depth": Origin(Surface.OSC, "10.0.0.2:5000")}, now=0.1) == {}
    assert lease.listener.catch_up({"depth": 0.6}, {"depth": Origin(Surface.OSC, "10.0.0.2:6000")}, now=0.1) != {}


def test_tablet_is_known_by_its_host() -> None:
    tablet = listen_at_host("10.0.0.2")
    tablet.catch_up({"depth": 0.0}, {}, now=0.0)

    assert tablet.catch_up({"depth": 0.5}, {"depth": Origin(Surface.OSC, "10.0.0.2:6000")}, now=0.1) == {}


def test_error_budget_lasts_a_second_and_is_per_sender() -> None:
    budget = Budget(ERRORS_PER_SECOND)

    assert [budget.spend("a:1", now=0.1) for _ in range(ERRORS_PER_SECOND + 2)] == [True] * ERRORS_PER_SECOND + [
        False
    ] * 2
    assert budget.spend("b:1", now=0.1)
    assert budget.spend("a:1", now=1.2)


def test_error_budget_of_many_senders_takes_bounded_memory() -> None:
    budget = Budget(ERRORS_PER_SECOND)
    for number in range(2000):
        budget.spend(f"sender:{number}", now=0.0)

    assert len(budget._recent) <= 256
