from __future__ import annotations

from collections.abc import Callable

from core.control.commands import Submission
from core.control.snapshot import Snapshot, Thumbnail, TransitionView
from web_remote.access import Role
from web_remote.hub import ERRORS_KEPT, THUMBNAILS_AT_ONCE, Hub, RateLimit, Remote


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


class FakeMidi:
    """Writes down what is played, and lights a pad for each message."""

    def __init__(self) -> None:
        self.played: list[tuple[str, str, bytes]] = []

    def receive_remote(self, browser: str, port: str, data: bytes, light: Callable[[bytes], None]) -> None:
        self.played.append((browser, port, data))
        light(bytes((0x90, data[1], 127)))

    def browser_left(self, browser: str) -> None:
        self.played.clear()


def hub_with(midi: FakeMidi | None) -> tuple[Hub, list[Submission]]:
    submissions: list[Submission] = []
    return Hub(submissions.append, Snapshot, midi=midi), submissions


def test_midi_of_a_browser_is_played_in_order_and_its_lights_come_back() -> None:
    midi = FakeMidi()
    hub, submissions = hub_with(midi)
    remote = Remote(1, Role.OPERATOR, Snapshot(), now=0.0)

    hub.receive(remote, '{"midi": [[144, 60, 127], [144, 61, 127]], "port": "Desk"}', now=0.0)

    assert midi.played == [("remote 1", "Desk", b"\x90\x3c\x7f"), ("remote 1", "Desk", b"\x90\x3d\x7f")]
    assert remote.news(Snapshot(), now=0.1) == [
        {"type": "midi", "port": "Desk", "midi": [[144, 60, 127], [144, 61, 127]]}
    ]
    assert remote.news(Snapshot(), now=0.1) == []
    assert submissions == []


def test_midi_of_a_viewer_is_not_played() -> None:
    midi = FakeMidi()
    hub, _ = hub_with(midi)

    hub.receive(Remote(1, Role.VIEWER, Snapshot(), now=0.0), '{"midi": [[144, 60, 127]], "port": "Desk"}', now=0.0)

    assert midi.played == []


def test_a_show_without_midi_says_so() -> None:
    hub, _ = hub_with(None)
    remote = Remote(1, Role.OPERATOR, Snapshot(), now=0.0)

    hub.receive(remote, '{"midi": [[144, 60, 127]], "port": "Desk"}', now=0.0)

    assert remote.news(Snapshot(), now=0.1) == [{"type": "error", "text": "MIDI is off in this show (midi.enabled)"}]


def test_each_thumbnail_is_told_once_and_few_at_a_time() -> None:
    count = THUMBNAILS_AT_ONCE + 2
    small = tuple(Thumbnail(number, b"jpeg") for number in range(count))
    snapshot = Snapshot(coming=(TransitionView(1, 2, (0.0,) * count, count, thumbnails=small),))
    remote = Remote(1, Role.OPERATOR, snapshot, now=0.0)

    told = [
        [message["number"] for message in remote.news(snapshot, now=0.1) if message["type"] == "thumbnail"]
        for _ in range(3)
    ]

    assert told == [list(range(THUMBNAILS_AT_ONCE)), [THUMBNAILS_AT_ONCE, THUMBNAILS_AT_ONCE + 1], []]
