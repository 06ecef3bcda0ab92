"""Numbers of a caller as numbers of Python: scripts compute their sizes, seeds and strengths with numpy, or with torch."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from typing import Any

import numpy as np

from core.control.errors import InvalidValue


def plain(value: Any) -> Any:
    """The same value without numbers and arrays of numpy or torch, also inside lists, tuples and dataclasses.

    They would pass every check and fail much later, where the value is written into a file.
    """
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, list | tuple):
        return tuple(plain(each) for each in value)
    if is_dataclass(value) and not isinstance(value, type):
        changes = {field.name: plain(getattr(value, field.name)) for field in fields(value)}
        return replace(value, **changes)
    if type(value).__module__.partition(".")[0] in ("numpy", "torch") and hasattr(value, "item"):
        return value.item()
    return value


def whole(name: str, value: Any) -> int:
    """A whole number, of whatever kind.

    Raises:
        InvalidValue: it is no number, or not a whole one.
    """
    number = plain(value)
    if isinstance(number, bool) or not isinstance(number, int | float) or number != number // 1:
        raise InvalidValue(f"{name} must be a whole number, got {value!r}")
    return int(number)
