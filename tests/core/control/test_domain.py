from __future__ import annotations

import math

import pytest

from core.control.domain import SHOWN_CHARACTERS, Domain, Kind, Value, shorten
from core.control.errors import InvalidValue

NUMBER = Domain(Kind.NUMBER, -4, 4)
INTEGER = Domain(Kind.INTEGER, 1, 9)
SWITCH = Domain(Kind.SWITCH)
CHOICE = Domain(Kind.CHOICE, choices=("sway", "hold"))
TEXT = Domain(Kind.TEXT, max_length=10)
PATH = Domain(Kind.TEXT, max_length=20, is_path=True)

NOT_A_NUMBER: list[object] = [math.nan, math.inf, -math.inf, 10**400, None, "one", b"1", [1], (1,), {}, 1j]


@pytest.mark.parametrize(
    ("domain", "raw", "value"),
    [
        (NUMBER, 2, 2.0),
        (NUMBER, -4, -4.0),
        (NUMBER, True, 1.0),
        (NUMBER, 4.0000001, 4.0),  # float32 rounding
        (INTEGER, 3.0, 3),
        (INTEGER, 9, 9),
        (SWITCH, 0, False),
        (SWITCH, 0.25, True),
        (SWITCH, True, True),
        (SWITCH, "on", True),
        (SWITCH, "1", True),
        (SWITCH, "True", True),
        (SWITCH, " YES ", True),
        (SWITCH, "off", False),
        (SWITCH, "0", False),
        (SWITCH, "false", False),
        (SWITCH, "no", False),
        (CHOICE, "hold", "hold"),
        (CHOICE, 0, "sway"),
        (CHOICE, 1.0, "hold"),
        (TEXT, "gold", "gold"),
        (TEXT, "  gold \n leaf ", "gold leaf"),
        (TEXT, "  0123456789  ", "0123456789"),
        (
            TEXT,
            "\ufeffgo\u200bld\u200b \ufeff",
            "gold",
        ),  # a byte order mark, and what web pages leave in what is copied
        (TEXT, "\u0645\u06cc\u200c\u062e", "\u0645\u06cc\u200c\u062e"),  # Persian, with its zero width non-joiner
        (TEXT, "\u0915\u094d\u200d\u0937", "\u0915\u094d\u200d\u0937"),  # Hindi, with a joiner
        (TEXT, "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\U0001f468\u200d\U0001f469\u200d\U0001f467"),  # a family
        (
            TEXT,
            "\u200f\u05d9\u05dd\u2067a\u2069",
            "\u200f\u05d9\u05dd\u2067a\u2069",
        ),  # Hebrew with a mark and an isolate
        (TEXT, "wa\u00adve \U0001fffd", "wa\u00adve \U0001fffd"),  # a soft hyphen, and a sign that no Unicode has yet
        (TEXT, "a\u2028b\x85c", "a b c"),
        (PATH, " a  b\u200b.png", " a  b\u200b.png"),
    ],
    ids=repr,
)
def test_legal_input_becomes_a_value_of_the_right_type(domain: Domain, raw: object, value: Value) -> None:
    coerced = domain.coerce("x", raw)

    assert (coerced, type(coerced)) == (value, type(value))


@pytest.mark.parametrize("raw", NOT_A_NUMBER, ids=shorten)
@pytest.mark.parametrize("domain", [NUMBER, INTEGER, SWITCH], ids=lambda domain: domain.kind)
def test_what_is_no_finite_number_is_refused(domain: Domain, raw: object) -> None:
    with pytest.raises(InvalidValue, match=r"^speed must be "):
        domain.coerce("speed", raw)


@pytest.mark.parametrize(
    ("domain", "raw"),
    [
        (NUMBER, 4.1),
        (NUMBER, -1e300),
        (NUMBER, "1"),
        (INTEGER, "1"),
        (SWITCH, ""),
        (SWITCH, "2"),
        (INTEGER, 0),
        (INTEGER, 10),
        (INTEGER, 2.5),
        (CHOICE, "drift"),
        (CHOICE, 2),
        (CHOICE, -1),
        (CHOICE, 0.5),
        (CHOICE, math.nan),
        (CHOICE, True),
        (CHOICE, ["sway"]),
        (TEXT, ""),
        (TEXT, " \t\n "),
        (TEXT, "01234567890"),
        (TEXT, "a\x00b"),
        (TEXT, "a\x1b[31m"),
        (TEXT, "a\x7f"),
        (TEXT, "a\x9b31m"),
        (TEXT, "\u200b\ufeff"),
        (TEXT, "\ud800"),
        (TEXT, 7),
        (TEXT, b"gold"),
        (TEXT, None),
    ],
    ids=repr,
)
def test_input_outside_the_rule_is_refused(domain: Domain, raw: object) -> None:
    with pytest.raises(InvalidValue):
        domain.coerce("x", raw)


@pytest.mark.parametrize("raw", [-1, -2000, 2**31, 2**31 + 2000], ids=str)
def test_a_wide_range_of_whole_numbers_has_no_slack(raw: int) -> None:
    with pytest.raises(InvalidValue):
        Domain(Kind.INTEGER, 0, 2**31 - 1).coerce("seed", raw)


@pytest.mark.parametrize(
    ("domain", "words"),
    [
        (NUMBER, "speed must be a number in -4..4, got 9"),
        (INTEGER, "speed must be a whole number in 1..9, got 99"),
        (SWITCH, "speed must be on or off (also 1/0, true/false, yes/no), got 'maybe'"),
        (CHOICE, "speed must be one of sway, hold, got 'maybe'"),
        (TEXT, "speed must be text of 1..10 characters, got 12 characters"),
    ],
    ids=lambda value: value.kind if isinstance(value, Domain) else "",
)
def test_the_error_has_name_rule_and_value(domain: Domain, words: str) -> None:
    raw = {Kind.NUMBER: 9, Kind.INTEGER: 99, Kind.TEXT: "x" * 12}.get(domain.kind, "maybe")

    with pytest.raises(InvalidValue) as caught:
        domain.coerce("speed", raw)

    assert str(caught.value) == words


class Hostile:
    def __repr__(self) -> str:
        raise RuntimeError("no")


@pytest.mark.parametrize(
    "raw", ["x" * 10_000, 10**5000, ["x" * 100], "\x1b[2J", Hostile()], ids=lambda raw: type(raw).__name__
)
def test_a_shown_value_is_short_and_without_control_characters(raw: object) -> None:
    shown = shorten(raw)

    assert len(shown) <= SHOWN_CHARACTERS + 10
    assert shown.isprintable()
