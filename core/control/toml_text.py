"""Writes TOML as a person would: what is simple first, then tables in their order. tomllib reads, but does not write.

What it takes: text, whole and finite numbers, switches, lists of those (also nested), tables, and lists of tables.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def to_toml(table: Mapping[str, Any]) -> str:
    """The document; None values are left out.

    Raises:
        TypeError: a value is of a kind that TOML does not have.
    """
    return "\n".join(_lines(table, ())).strip("\n") + "\n"


def _lines(table: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    inner = {key: value for key, value in table.items() if isinstance(value, Mapping) or _is_array_of_tables(value)}
    lines = [f"{_key(key)} = {_value(value)}" for key, value in table.items() if value is not None and key not in inner]
    for key, value in inner.items():
        below = (*path, key)
        if isinstance(value, Mapping):
            has_own = not value or any(not isinstance(item, Mapping) for item in value.values())
            lines += [*(["", f"[{_dotted(below)}]"] if has_own else []), *_lines(value, below)]
            continue
        for item in value:
            lines += ["", f"[[{_dotted(below)}]]", *_lines(item, below)]
    return lines


def _is_array_of_tables(value: object) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(isinstance(item, Mapping) for item in value)


def _value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int):
        return str(int(value))
    if isinstance(value, float) and math.isfinite(value):
        return repr(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(_value(item) for item in value)}]"
    raise TypeError(f"TOML has no way to write {value!r}")


def _text(text: str) -> str:
    # JSON's escapes are a part of TOML's, but for DEL, which JSON leaves as it is, and for / which nobody escapes.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(key: str) -> str:
    """Dots in a key part tables, as in `transition.speed = 1.0`."""
    return _dotted(tuple(key.split(".")))


def _dotted(parts: tuple[str, ...]) -> str:
    return ".".join(part if _BARE.fullmatch(part) else _text(part) for part in parts)
