"""Reads mapping files: TOML in, legal bindings out, and errors that name file, entry, rule and the value found.

A target that this version does not know is only a warning, so that a file may be shared between versions.
The user's own file has the same form; there an entry may be for one `port`, and `to = "nothing"` frees a control.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from controllers.midi.mapping.bindings import Binding
from controllers.midi.mapping.entry import Entry, Freed, check_keys, read_text
from controllers.midi.mapping.led_table import check_led_keys
from core.control.domain import shorten
from core.control.errors import ConfigError
from core.control.files import lines_of

SCHEMA = 1
MAX_BINDINGS = 1000

_FILE_KEYS = frozenset({"schema", "name", "match", "feedback", "led", "map"})
_HEADER = re.compile(r"\s*\[\[\s*map\s*\]\]")


@dataclass(frozen=True, slots=True)
class MidiMap:
    """One mapping file.

    Attributes:
        match: globs on the port name.
        feedback: what the owner of the controller should know about its lights.
        warnings: entries that were left out, with the reason.
    """

    name: str
    match: tuple[str, ...]
    bindings: tuple[Binding, ...]
    warnings: tuple[str, ...] = ()
    freed: tuple[Freed, ...] = ()
    feedback: str = ""

    def fit(self, port_name: str) -> int:
        """How closely this map is meant for a port: the length of the longest glob that matches, 0 for none."""
        return max((len(glob) for glob in self.match if name_fits(port_name, (glob,))), default=0)


def name_fits(port_name: str, globs: Sequence[str]) -> bool:
    """Whether a port name matches one of the globs, without regard to case."""
    return any(fnmatchcase(port_name.casefold(), glob.casefold()) for glob in globs)


def parse_map(text: str, file: str) -> MidiMap:
    """Raises ConfigError."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file}: not TOML: {error}") from None
    check_keys(table, _FILE_KEYS, file)
    if table.get("schema") != SCHEMA:
        raise ConfigError(f"{file}: schema must be {SCHEMA}, got {shorten(table.get('schema'))}")
    entries = table.get("map", [])
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ConfigError(f"{file}: map must be a list of [[map]] tables, got {shorten(entries)}")
    if len(entries) > MAX_BINDINGS:
        raise ConfigError(f"{file}: a file may hold {MAX_BINDINGS} [[map]] tables, got {len(entries)}")
    leds = _led_defaults(table.get("led", {}), file)
    places = _places(text, len(entries))
    parsed = [
        Entry(entry, leds, f"{file}: {place} ({shorten(entry.get('on'))})").parse()
        for place, entry in zip(places, entries, strict=True)
    ]
    return MidiMap(
        name=read_text(table.get("name"), "name", file),
        match=_globs(table.get("match", []), file),
        bindings=tuple(item for item in parsed if isinstance(item, Binding)),
        warnings=tuple(item for item in parsed if isinstance(item, str)),
        freed=tuple(item for item in parsed if isinstance(item, Freed)),
        feedback=read_text(table["feedback"], "feedback", file) if "feedback" in table else "",
    )


def _places(text: str, count: int) -> list[str]:
    """How errors name the entries: by line where each has a header of its own, else by number."""
    lines = [number for number, line in enumerate(lines_of(text), 1) if _HEADER.match(line)]
    if len(lines) != count:  # an inline list, or a header inside of a longer text
        return [f"map {number}" for number in range(1, count + 1)]
    return [f"line {line}: map {number}" for number, line in enumerate(lines, 1)]


def _led_defaults(raw: object, file: str) -> Mapping[str, object]:
    if not isinstance(raw, dict):
        raise ConfigError(f"{file}: led must be a [led] table, got {shorten(raw)}")
    check_led_keys(raw, file)
    return raw


def _globs(raw: object, where: str) -> tuple[str, ...]:
    if not isinstance(raw, list):
        raise ConfigError(f"{where}: match must be a list of port names with wildcards, got {shorten(raw)}")
    return tuple(read_text(glob, "match", where) for glob in raw)
