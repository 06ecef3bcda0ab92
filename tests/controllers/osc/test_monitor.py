from __future__ import annotations

import pytest

from controllers.osc.guard import Message
from controllers.osc.monitor import MAX_LINES, SHOWN_CHARACTERS, OscMonitor
from core.control.traffic import OscView, TrafficLine

SENDER = "127.0.0.1:9000"


def view(monitor: OscMonitor, now: float = 10.0) -> OscView:
    return monitor.view(port=7770, listeners=0, now=now)


def test_each_address_keeps_its_last_message_newest_first() -> None:
    monitor = OscMonitor()
    monitor.note_message(Message("/vj/go", (1,)), SENDER, now=1.0)
    for step in range(100):
        monitor.note_message(Message("/vj/depth", (step / 100,)), SENDER, now=2.0)

    assert view(monitor, now=4.0).lines == (
        TrafficLine(SENDER, "/vj/depth 0.99", count=100, age=2.0),
        TrafficLine(SENDER, "/vj/go 1", count=1, age=3.0),
    )


def test_a_refused_message_carries_its_reason_until_the_next_good_one() -> None:
    monitor = OscMonitor()
    wrong = Message("/vj/depth", (7.0,))
    monitor.note_message(wrong, SENDER, now=1.0)
    monitor.note_rejection("depth must be in 0..1", SENDER, now=1.0, message=wrong)
    refused = view(monitor)
    monitor.note_message(Message("/vj/depth", (0.5,)), SENDER, now=2.0)

    assert refused.lines[0].refusal == "depth must be in 0..1"
    assert refused.last_rejection == f"{SENDER}: depth must be in 0..1"
    assert view(monitor).lines[0].refusal == ""


def test_a_packet_that_cannot_be_read_has_a_line_of_its_own() -> None:
    monitor = OscMonitor()
    monitor.note_rejection("an OSC packet starts with '/'", SENDER, now=1.0)

    assert view(monitor).lines == (TrafficLine(SENDER, "a packet", 1, 9.0, "an OSC packet starts with '/'"),)
    assert view(monitor).rejected == 1


def test_addresses_without_end_take_bounded_memory_and_the_oldest_goes() -> None:
    monitor = OscMonitor()
    for number in range(1000):
        monitor.note_message(Message(f"/vj/{number}"), SENDER, now=0.0)

    lines = view(monitor).lines

    assert len(lines) == MAX_LINES
    assert lines[0].text == "/vj/999"


@pytest.mark.parametrize("argument", ["x" * 60_000, b"x" * 60_000, [0.5] * 60_000], ids=["text", "blob", "array"])
def test_a_long_argument_is_shown_short(argument: object) -> None:
    monitor = OscMonitor()
    monitor.note_message(Message("/a", (argument,)), SENDER, now=0.0)

    assert len(view(monitor).lines[0].text) <= SHOWN_CHARACTERS + len("/a ")


def test_rate_is_counted_over_a_second() -> None:
    monitor = OscMonitor()
    monitor.beat(now=5.0)
    for _ in range(30):
        monitor.note_message(Message("/vj/go"), SENDER, now=5.1)
    monitor.beat(now=5.5)
    early = view(monitor).rate
    monitor.beat(now=6.5)

    assert early == 0
    assert view(monitor).rate == pytest.approx(20.0)
