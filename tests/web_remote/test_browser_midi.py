from __future__ import annotations

import pytest

from core.control.errors import InvalidValue
from web_remote.browser_midi import MAX_MESSAGES, BrowserMidi, parse_midi


def test_messages_of_a_port_are_bytes_in_order() -> None:
    found = parse_midi({"midi": [[176, 7, 64], [248], [192, 4]], "port": "Desk"})

    assert found == BrowserMidi("Desk", (b"\xb0\x07\x40", b"\xf8", b"\xc0\x04"))


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ({"midi": 7, "port": "Desk"}, "must be a list of 1..64 messages"),
        ({"midi": [], "port": "Desk"}, "must be a list of 1..64 messages"),
        ({"midi": [[248]] * (MAX_MESSAGES + 1), "port": "Desk"}, "must be a list of 1..64 messages"),
        ({"midi": [7], "port": "Desk"}, "must be 1..3 numbers in 0..255"),
        ({"midi": [[]], "port": "Desk"}, "must be 1..3 numbers"),
        ({"midi": [[176, 7, 64, 1]], "port": "Desk"}, "must be 1..3 numbers"),
        ({"midi": [[176, 7, 256]], "port": "Desk"}, "must be 1..3 numbers"),
        ({"midi": [[176, True, 1]], "port": "Desk"}, "must be 1..3 numbers"),
        ({"midi": [[7, 7, 64]], "port": "Desk"}, "a status byte from 128"),
        ({"midi": [[176, 7, 200]], "port": "Desk"}, "data below 128"),
        ({"midi": [[248]]}, "port must be text"),
        ({"midi": [[248]], "port": "x" * 101}, "port must be text of 1..100"),
        ({"midi": [[248]], "port": "Desk", "at": 3}, "may hold midi, port"),
    ],
)
def test_a_wrong_message_is_refused_with_its_rule(message: dict[str, object], words: str) -> None:
    with pytest.raises(InvalidValue, match=words):
        parse_midi(message)
