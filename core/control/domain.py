"""What a value may be: its kind, range and choices, and the only code that turns raw input into it.

Out-of-range, NaN and wrong-kind input is refused, never repaired. There are two mercies. Float32 rounding: a fader that
sends 1.0000001 means 1. And what nobody sees in pasted text: byte order marks and zero width spaces are dropped.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from enum import StrEnum

from core.control.errors import InvalidValue

Value = bool | int | float | str

ROUNDING = 1e-6  # of the range: float32 senders miss the end of a range by up to 6e-8 of it
# Other format characters stay: Persian and Hindi are spelled with zero width joiners, emoji are built with them. Nor is a
# character refused for being unknown to this Python: there are new emoji every year.
UNSEEN = str.maketrans("", "", "\ufeff\u200b")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")  # category Cc
_HALF = re.compile(
    r"[\ud800-\udfff]"
)  # of a pair of UTF-16, or a byte that is not UTF-8: neither can be written to a file
SWITCH_WORDS = {"on": True, "1": True, "true": True, "yes": True, "off": False, "0": False, "false": False, "no": False}
SHOWN_CHARACTERS = 40  # of a refused value, so that a 10,000-character prompt does not fill the error


class Kind(StrEnum):
    NUMBER = "number"
    INTEGER = "integer"
    SWITCH = "switch"
    CHOICE = "choice"
    TEXT = "text"
    NAME_OR_NUMBER = "name or number"


@dataclass(frozen=True, slots=True)
class Domain:
    """The legal values of one parameter or argument.

    minimum and maximum bound numbers; min_length (0 or 1) and max_length bound text; a name or number has both.
    is_path: text that is taken as it stands, for two spaces in a path are two spaces.
    """

    kind: Kind
    minimum: float = 0.0
    maximum: float = 1.0
    choices: tuple[str, ...] = ()
    max_length: int = 0
    min_length: int = 1
    is_path: bool = False

    def coerce(self, name: str, raw: object) -> Value:
        """Turn raw input into a legal value.

        Numbers accept int, float and bool; switches accept bool, numbers (non-zero is on) and the words of SWITCH_WORDS in any case;
        choices accept their name or 0-based index; text accepts str only, with one space for every stretch of white space; a name that is nothing but
        digits is a number.

        Raises:
            InvalidValue: says the name, the rule and the value found.
        """
        match self.kind:
            case Kind.NUMBER:
                return self._number(name, raw)
            case Kind.INTEGER:
                return self._integer(name, raw)
            case Kind.SWITCH:
                return self._switch(name, raw)
            case Kind.CHOICE:
                return self._choice(name, raw)
            case Kind.TEXT:
                return self._text(name, raw)
            case Kind.NAME_OR_NUMBER:
                return self._name_or_number(name, raw)

    def rule(self) -> str:
        """The rule in words, as error messages and the README use it."""
        match self.kind:
            case Kind.NUMBER:
                return f"a number in {self.minimum:g}..{self.maximum:g}"
            case Kind.INTEGER:
                return f"a whole number in {self.minimum:.0f}..{self.maximum:.0f}"
            case Kind.SWITCH:
                return "on or off (also 1/0, true/false, yes/no)"
            case Kind.CHOICE:
                return "one of " + ", ".join(self.choices)
            case Kind.TEXT:
                return f"text of {self.min_length}..{self.max_length} characters"
            case Kind.NAME_OR_NUMBER:
                lengths = f"{self.min_length}..{self.max_length}"
                return f"a name of {lengths} characters or a whole number in {self.minimum:.0f}..{self.maximum:.0f}"

    def _refuse(self, name: str, raw: object) -> InvalidValue:
        return InvalidValue(f"{name} must be {self.rule()}, got {shorten(raw)}")

    def _number(self, name: str, raw: object) -> float:
        return self._in_range(name, raw, slack=ROUNDING * (self.maximum - self.minimum))

    def _in_range(self, name: str, raw: object, slack: float) -> float:
        number = finite(raw)
        if number is None or not self.minimum - slack <= number <= self.maximum + slack:
            raise self._refuse(name, raw)
        return float(min(max(number, self.minimum), self.maximum))

    def _integer(self, name: str, raw: object) -> int:
        number = self._in_range(name, raw, slack=0.0)
        if number != int(number):
            raise self._refuse(name, raw)
        return int(number)

    def _switch(self, name: str, raw: object) -> bool:
        if isinstance(raw, str) and (word := raw.strip().casefold()) in SWITCH_WORDS:
            return SWITCH_WORDS[word]
        number = finite(raw)
        if number is None:
            raise self._refuse(name, raw)
        return bool(number)

    def _choice(self, name: str, raw: object) -> str:
        if isinstance(raw, str) and raw in self.choices:
            return raw
        if isinstance(raw, int | float) and not isinstance(raw, bool) and raw in range(len(self.choices)):
            return self.choices[int(raw)]
        raise self._refuse(name, raw)

    def _text(self, name: str, raw: object) -> str:
        if not isinstance(raw, str):
            raise self._refuse(name, raw)
        text = raw if self.is_path else " ".join(raw.translate(UNSEEN).split())
        if not text and self.min_length > 0:
            raise InvalidValue(f"{name} must be {self.rule()}, got empty text")
        if len(text) > self.max_length:
            raise InvalidValue(f"{name} must be {self.rule()}, got {len(text)} characters")
        if _CONTROL.search(text):
            raise InvalidValue(f"{name} must be text without control characters, got {shorten(raw)}")
        if _HALF.search(text):
            raise InvalidValue(f"{name} must be Unicode text, got {shorten(raw)}")
        return text

    def _name_or_number(self, name: str, raw: object) -> int | str:
        if not isinstance(raw, str):
            return self._integer(name, raw)
        text = self._text(name, raw)
        return self._integer(name, int(text)) if text.isdecimal() else text


def finite(raw: object) -> float | None:
    """The number that raw is, or None when it is none, not finite, or an int that no float can hold."""
    if not isinstance(raw, int | float):
        return None
    try:
        number = float(raw)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def shorten(raw: object) -> str:
    """A value as an error message shows it: at most SHOWN_CHARACTERS of it, never raw control characters."""
    try:
        text = repr(raw)
    except Exception as error:  # a hostile __repr__ must not replace the error that is being reported
        return f"<unprintable {type(raw).__name__}: {type(error).__name__}>"
    return text if len(text) <= SHOWN_CHARACTERS else text[: SHOWN_CHARACTERS - 3] + "..."
