"""The reference tables of the documents, made from the registry and the settings: `python -m live.generate.reference docs/reference.md` renews them."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import fields
from pathlib import Path

from controllers.feedback import STATUS, describe_status
from core.control.actions import ACTIONS, Action
from core.control.cue_fields import CUE_FIELDS, CueField
from core.control.domain import Domain, Kind
from core.control.errors import ConfigError
from core.control.osc_address import osc_address
from core.control.parameters import LFO_COUNT, NO_TARGET, PARAMETERS, Parameter
from core.control.snapshot import Snapshot
from live.config import OSC_ROOT, SECTIONS, Settings
from live.generate.states import state_table, step_table

_FIELD_ACTIONS = {
    f"standby.{name}": name for name, field in CUE_FIELDS.items() if name != "prompt" and not field.is_file
}
_FURTHER_SLOT = re.compile(r"lfo\.[2-9]\.")


def address_of(name: str) -> str:
    return osc_address(OSC_ROOT, name)


def parameter_table() -> str:
    """One row per parameter; those of a number of equals are in one."""
    rows = (_parameter_row(parameter) for parameter in PARAMETERS.values() if not _FURTHER_SLOT.match(parameter.name))
    return _table(("OSC address", "value", "default", "meaning"), rows)


def action_table() -> str:
    """One row per action; those that edit a field of the standby cue are in one."""
    rows = [
        (f"`{address_of(action.name)}`", _arguments(action), action.doc)
        for action in ACTIONS.values()
        if action.name not in _FIELD_ACTIONS
    ]
    fields_row = (
        f"`{address_of('standby')}/FIELD`",
        "a value",
        f"change a field of the standby cue: {' · '.join(_FIELD_ACTIONS.values())}",
    )
    return _table(("OSC address", "arguments", "meaning"), [*rows, fields_row])


def cue_table() -> str:
    """One row per field of a cue."""
    rows = (
        (
            f"`{field.name}`",
            _values(field.domain) + (f" {field.unit}" if field.unit else ""),
            _not_set(field),
            field.doc,
        )
        for field in CUE_FIELDS.values()
    )
    return _table(("key", "value", "when it is not set", "meaning"), rows)


def settings_table() -> str:
    """One row per key of the settings file."""
    defaults = Settings()
    rows = [
        (f"`{section}.{item.name}`", _default(item.default), item.metadata["doc"])
        for section in SECTIONS
        for item in fields(getattr(defaults, section))
    ]
    return _table(("key", "default", "meaning"), rows)


def status_table() -> str:
    """One row per read-only value."""
    rows = (
        (f"`{address_of(name)}`", _kind(value), STATUS[name].doc) for name, value in describe_status(Snapshot()).items()
    )
    return _table(("OSC address", "type", "meaning"), rows)


TABLES: dict[str, Callable[[], str]] = {
    "parameters": parameter_table,
    "actions": action_table,
    "settings": settings_table,
    "cue": cue_table,
    "status": status_table,
    "states": state_table,
    "steps": step_table,
}
# Which tables a document has.
DOCUMENTS = {
    "reference.md": ("parameters", "actions", "settings"),
    "show.md": ("cue",),
    "osc.md": ("status",),
    "states.md": ("states", "steps"),
}


def renewed(text: str, document: str = "reference.md") -> str:
    """The text with the part between `<!-- NAME -->` and `<!-- /NAME -->` replaced, for every table of the document.

    Raises:
        ConfigError: a mark is missing.
    """
    for name in DOCUMENTS[document]:
        opening, closing = f"<!-- {name} -->\n", f"<!-- /{name} -->"
        before, found, rest = text.partition(opening)
        _, closed, after = rest.partition(closing)
        if not found or not closed:
            raise ConfigError(f"the text has no place marked {opening.strip()} ... {closing}")
        text = f"{before}{opening}{TABLES[name]()}{closing}{after}"
    return text


def _kind(value: object) -> str:
    """How a value travels: switches as 1 and 0, as some tools know no other."""
    if isinstance(value, bool):
        return "1/0"
    return {int: "int", float: "float"}.get(type(value), "text")


def _not_set(field: CueField) -> str:
    if field.name == "prompt":
        return "(must be set)"
    return f"`{field.fallback}`" if field.fallback else field.otherwise


def _parameter_row(parameter: Parameter) -> tuple[str, ...]:
    unit = f" {parameter.unit}" if parameter.unit else ""
    address = f"`{address_of(parameter.name)}`"
    if parameter.name.startswith("lfo.1."):
        address = f"{address.replace('/1/', '/N/')}, N 1 … {LFO_COUNT}"
    return (address, _values(parameter.domain) + unit, _default(parameter.default), parameter.doc)


def _values(domain: Domain) -> str:
    match domain.kind:
        case Kind.SWITCH:
            return "on/off"
        case Kind.CHOICE if NO_TARGET in domain.choices:
            return f"{NO_TARGET}, or the name of a parameter with a range"
        case Kind.CHOICE:
            return " · ".join(domain.choices)
        case Kind.TEXT:
            return "text"
        case Kind.INTEGER:
            return f"{domain.minimum:.0f} … {domain.maximum:.0f}"
        case Kind.NAME_OR_NUMBER:
            return f"name, or {domain.minimum:.0f} … {domain.maximum:.0f}"
        case _:
            return f"{domain.minimum:g} … {domain.maximum:g}"


def _arguments(action: Action) -> str:
    shown = [f"{argument.name} ({_values(argument.domain)})" for argument in action.arguments]
    optional = [
        f"[{text}]" if argument.is_optional else text for text, argument in zip(shown, action.arguments, strict=True)
    ]
    return ", ".join(optional) or "none"


def _default(value: object) -> str:
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple):
        return str([list(item) if isinstance(item, tuple) else item for item in value])
    return str(value) if value != "" else "empty"


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in lines)


def main() -> None:
    for name in sys.argv[1:]:
        path = Path(name)
        path.write_text(renewed(path.read_text(encoding="utf-8"), path.name), encoding="utf-8")


if __name__ == "__main__":
    main()
