"""Frozen dataclasses as plain tables of text, numbers, lists and tables, and back: what TOML and JSON can carry.

Both ways go by the declared types of the fields, so a new field is carried by itself. A field that is None is left out. Where
one of several dataclasses may stand, the table says which one under `kind`.
"""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import lru_cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from core.control.domain import shorten
from core.control.errors import InvalidValue

KIND = "kind"
_SCALARS = (bool, int, float, str)


def to_plain(value: object, declared: Any) -> Any:
    """A value of the declared type: a dataclass, an enum, a tuple, a mapping by text, text, a number, a switch or None."""
    if is_dataclass(value) and not isinstance(value, type):
        kinds = [option for option in _options(declared) if is_dataclass(option)]
        hints = _hints(type(value))
        table = {field.name: to_plain(getattr(value, field.name), hints[field.name]) for field in fields(value)}
        kind = {KIND: type(value).__name__} if len(kinds) > 1 else {}
        return kind | {name: plain for name, plain in table.items() if plain is not None}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, tuple):
        return [to_plain(item, inner) for item, inner in zip(value, _item_types(declared, len(value)), strict=True)]
    if isinstance(value, Mapping):
        return {name: to_plain(item, Any) for name, item in value.items()}
    return value


def from_plain(declared: Any, raw: object, where: str) -> Any:
    """The value of the declared type that `to_plain` made into raw; `where` begins every error.

    Raises:
        InvalidValue: raw is not what the type declares, or breaks a rule of the dataclass.
    """
    options = _options(declared)
    if raw is None:
        if type(None) in options:
            return None
        raise InvalidValue(f"{where} is missing")
    kinds: dict[str, Any] = {
        option.__name__: option for option in options if isinstance(option, type) and is_dataclass(option)
    }
    if kinds:
        return _dataclass(kinds, raw, where)
    if declared is Any:
        return raw
    for option in options:
        if get_origin(option) is tuple and isinstance(raw, Sequence) and not isinstance(raw, str):
            inner = _item_types(option, len(raw))
            return tuple(from_plain(each, item, where) for each, item in zip(inner, raw, strict=True))
        if isinstance(option, type) and issubclass(option, Enum):
            return _enum(option, raw, where)
    return _scalar(options, raw, where)


def _dataclass(kinds: dict[str, Any], raw: object, where: str) -> Any:
    if not isinstance(raw, Mapping):
        raise InvalidValue(f"{where} must be a table, got {shorten(raw)}")
    kind = raw.get(KIND) if len(kinds) > 1 else next(iter(kinds))
    if not isinstance(kind, str) or kind not in kinds:
        raise InvalidValue(f"{where}: {KIND} must be one of {', '.join(kinds)}, got {shorten(kind)}")
    made, hints = kinds[kind], _hints(kinds[kind])
    known = {field.name: field for field in fields(made)}
    for name in raw:
        if name not in known and name != KIND:
            raise InvalidValue(f"{where}: unknown key {shorten(name)}; known: {', '.join(known)}")
    # Not by its __init__, which may take something else than its fields.
    instance = object.__new__(made)
    for name, field in known.items():
        has_default = field.default is not MISSING and name not in raw
        value = field.default if has_default else from_plain(hints[name], raw.get(name), f"{where}.{name}")
        object.__setattr__(instance, name, value)
    if hasattr(instance, "__post_init__"):
        instance.__post_init__()
    return instance


def _enum(option: type[Enum], raw: object, where: str) -> Enum:
    try:
        return option(raw)
    except ValueError:
        allowed = ", ".join(str(member.value) for member in option)
        raise InvalidValue(f"{where} must be one of {allowed}, got {shorten(raw)}") from None


def _scalar(options: Sequence[Any], raw: object, where: str) -> object:
    if type(raw) in options:
        return raw
    if type(raw) is int and float in options:
        return float(raw)
    allowed = ", ".join(option.__name__ for option in options if option in _SCALARS)
    raise InvalidValue(f"{where} must be {allowed or 'something else'}, got {shorten(raw)}")


def _options(declared: Any) -> Sequence[Any]:
    """The types that may stand where this one is declared."""
    if get_origin(declared) in (Union, types.UnionType):
        return get_args(declared)
    return (declared,)


def _item_types(declared: Any, count: int) -> list[Any]:
    inner: tuple[Any, ...] = ()
    for option in _options(declared):
        if get_origin(option) is tuple:
            inner = get_args(option)
    if len(inner) == 2 and inner[1] is Ellipsis:
        return [inner[0]] * count
    if inner and len(inner) != count:
        raise InvalidValue(f"a list of {len(inner)} is wanted, got {count}")
    return list(inner) or [Any] * count


@lru_cache(maxsize=256)
def _hints(made: type) -> dict[str, Any]:
    return get_type_hints(made)
