"""Who may do what: two keys, two roles, and limits for those who only knock. Pure."""

from __future__ import annotations

import hmac
from collections import Counter
from dataclasses import dataclass
from enum import StrEnum

LOG_INTERVAL = 10.0  # s between two lines about refusals of one kind


class Role(StrEnum):
    """What a key allows: a viewer sees everything and commands nothing."""

    OPERATOR = "operator"
    VIEWER = "viewer"


@dataclass(frozen=True, slots=True)
class Keys:
    """What a browser must show. viewer empty: nobody comes in as a viewer."""

    operator: str
    viewer: str = ""

    def __post_init__(self) -> None:
        assert self.operator, "without a token everybody could play"
        assert self.operator != self.viewer, "a viewer must not have the operator's key"

    def role_of(self, shown: object) -> Role | None:
        """The role that this key opens, None for a wrong one; its time does not tell how much of it was right."""
        is_operator, is_viewer = _is_same(shown, self.operator), _is_same(shown, self.viewer)
        if is_operator:
            return Role.OPERATOR
        return Role.VIEWER if is_viewer and self.viewer else None


def _is_same(shown: object, key: str) -> bool:
    text = shown if isinstance(shown, str) else ""
    return hmac.compare_digest(text.encode(errors="replace"), key.encode())


class Door:
    """Counts who is inside, all together and from each address."""

    def __init__(self, most: int, most_of_one: int) -> None:
        self._most = most
        self._most_of_one = most_of_one
        self._inside: Counter[str] = Counter()

    def __len__(self) -> int:
        return self._inside.total()

    def enter(self, address: str) -> bool:
        """Let one more in, or False; who was let in must `leave` once."""
        if len(self) >= self._most or self._inside[address] >= self._most_of_one:
            return False
        self._inside[address] += 1
        return True

    def leave(self, address: str) -> None:
        self._inside[address] -= 1
        if self._inside[address] <= 0:
            del self._inside[address]


class LogLimit:
    """One line for many of a kind: whoever knocks again and again must not fill the log."""

    def __init__(self, interval: float = LOG_INTERVAL) -> None:
        self.count = 0
        self._interval = interval
        self._logged = -interval

    def is_due(self, now: float) -> bool:
        """Count one more, and say whether it is to be logged."""
        self.count += 1
        if now - self._logged < self._interval:
            return False
        self._logged = now
        return True
