"""Show files: a setlist with its parameters and presets, the settings of this show, and where it was. TOML that a person may edit.

A file with nothing but [[cue]] tables is a show file too, and so is a text with a prompt a line. A `mask` above the cues is for
all that name none.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from importlib import resources
from pathlib import Path
from types import MappingProxyType
from typing import Any

from core.control.commands import CueDraft
from core.control.domain import Value, shorten
from core.control.errors import ConfigError, InvalidValue, LatentdeckError
from core.control.files import flatten, lines_of, read_text
from core.control.parameters import PARAMETERS
from core.control.preset import NAME, NUMBER, Preset
from core.control.toml_text import to_toml
from core.presets import check_presets
from live.config import Settings, apply_table
from live.show.state import ShowState, Whereabouts
from live.storage.plain import from_plain, to_plain
from live.storage.setlist_file import check_count, draft_from_table, read_setlist, table_from_draft, with_files

SCHEMA = 1
SUFFIX = ".toml"
SHOW_SECTIONS = ("model", "tree", "output")  # what belongs to a show and not to the machine it runs on
_NOT_KEPT = PARAMETERS.names_where(lambda parameter: parameter.moves_by_itself)  # the whereabouts tell where it was
_KEYS = ("schema", "ended", "parameters", "settings", "mask", "cue", "preset", "whereabouts")
_PRESET_KEYS = ("number", "name", "parameters")


@dataclass(frozen=True, slots=True)
class ShowFile:
    """What a show file holds.

    Attributes:
        settings: tables as in a settings file, of SHOW_SECTIONS only.
        has_ended: of an autosave, whether its show came to its end; False is left behind by a crash.
    """

    state: ShowState
    settings: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    has_ended: bool = True


def load_show(path: Path) -> ShowFile:
    """A show file, a setlist in TOML or one in text; whole or not at all.

    Raises:
        ConfigError: says file, line, rule and value found.
    """
    if path.suffix.lower() != SUFFIX:
        return ShowFile(ShowState(tuple(read_setlist(path)), {}))
    return parse_show(read_text(path), path)


def demo_setlist() -> tuple[CueDraft, ...]:
    """The setlist that plays when no other is given."""
    with resources.as_file(resources.files("live") / "demo.toml") as path:
        return tuple(load_show(path).state.cues)


def parse_show(text: str, path: Path) -> ShowFile:
    """The text of a show file; path is where it lies, for its pictures and for errors.

    Raises:
        ConfigError: says file, line, rule and value found.
    """
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: is not valid TOML: {error}") from None
    reader = _Reader(text, path)
    for key in document:
        if key not in _KEYS:
            raise ConfigError(f"{reader.at(key)}: unknown key '{key}'; known: {', '.join(_KEYS)}")
    if document.get("schema", SCHEMA) != SCHEMA:
        raise ConfigError(f"{reader.at('schema')}: schema must be {SCHEMA}, got {shorten(document['schema'])}")
    state = ShowState(
        reader.cues(document), reader.parameters(document), reader.whereabouts(document), reader.presets(document)
    )
    return ShowFile(state, reader.settings(document), document.get("ended", True) is not False)


def format_show(show: ShowFile, folder: Path) -> str:
    """The text of a show file that is to lie in folder."""
    state = show.state
    document: dict[str, Any] = {
        "schema": SCHEMA,
        "ended": show.has_ended,
        "settings": show.settings or None,
        "parameters": {name: value for name, value in state.parameters.items() if name not in _NOT_KEPT},
        "cue": [table_from_draft(cue, folder) for cue in state.cues],
        "preset": [_table_from_preset(preset) for preset in state.presets or ()] or None,
        "whereabouts": to_plain(state.whereabouts, Whereabouts) if state.whereabouts else None,
    }
    return to_toml({key: value for key, value in document.items() if value is not None})


def _table_from_preset(preset: Preset) -> dict[str, Any]:
    return {"number": preset.number, "name": preset.name, "parameters": dict(preset.parameters)}


def show_settings(settings: Settings) -> dict[str, Any]:
    """What the settings of a run say of the show itself, as a show file carries it: only what is not the default."""
    defaults = Settings()
    tables: dict[str, Any] = {}
    for name in SHOW_SECTIONS:
        section, usual = getattr(settings, name), getattr(defaults, name)
        table = {
            item.name: getattr(section, item.name)
            for item in fields(section)
            if getattr(section, item.name) != getattr(usual, item.name)
        }
        if table:
            tables[name] = table
    return tables


class _Reader:
    """Turns the tables of one document into what they mean; every error names the line."""

    def __init__(self, text: str, path: Path) -> None:
        self._lines = lines_of(text)
        self._path = path

    def at(self, key: str, after: int = 0) -> str:
        """The place of a key for an error: its first line from `after` on, as well as lines can tell."""
        spelled = re.compile(rf'\s*\[*\s*"?(.*\.)?{re.escape(key.rpartition(".")[2])}"?\s*[=\].]')
        found = (number for number, line in enumerate(self._lines[after:], after + 1) if spelled.match(line))
        number = next(found, after)
        return f"{self._path}: line {number}" if number else str(self._path)

    def cues(self, document: dict[str, Any]) -> tuple[CueDraft, ...]:
        tables = document.get("cue")
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            raise ConfigError(f"{self._path}: must hold [[cue]] tables, each with a prompt")
        headings = self._headings("cue")
        shared = {"mask": document["mask"]} if "mask" in document else {}
        drafts = []
        for number, table in enumerate(tables, start=1):
            line = headings[number - 1] if len(headings) == len(tables) else 0
            place = f"{self._path}: line {line}: cue {number}" if line else f"{self._path}: cue {number}"
            drafts.append(with_files(draft_from_table({**shared, **table}, place), self._path.parent))
        if "schema" not in document or drafts:  # a show may have lost all its cues, a setlist without one is a mistake
            check_count(drafts, str(self._path))
        for number, draft in enumerate(drafts, start=1):
            if draft.jump is not None and draft.jump > len(drafts):
                raise ConfigError(f"{self._path}: cue {number}: jump must be in 1..{len(drafts)}, got {draft.jump}")
        return tuple(drafts)

    def parameters(self, document: dict[str, Any]) -> dict[str, Value]:
        values = self._values(document.get("parameters", {}), "parameters", after=0)
        for name in _NOT_KEPT & values.keys():
            raise ConfigError(f"{self.at(name)}: parameters: {name} cannot be kept: it is a hand on the playhead")
        return values

    def presets(self, document: dict[str, Any]) -> tuple[Preset, ...] | None:
        """None for a mere setlist, which says nothing of them."""
        if "schema" not in document and "preset" not in document:
            return None
        tables = document.get("preset", [])
        if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
            raise ConfigError(f"{self.at('preset')}: preset must be [[preset]] tables, got {shorten(tables)}")
        headings = self._headings("preset")
        presets: list[Preset] = []
        for count, table in enumerate(tables):
            after = headings[count] - 1 if len(headings) == len(tables) else 0
            place = self.at("preset", after)
            presets.append(self._preset(table, place, after))
            try:
                check_presets(presets)
            except InvalidValue as error:
                raise ConfigError(f"{place}: {error}") from None
        return check_presets(presets).kept

    def _preset(self, table: dict[str, Any], place: str, after: int) -> Preset:
        for key in table:
            if key not in _PRESET_KEYS:
                raise ConfigError(f"{place}: preset: unknown key '{key}'; known: {', '.join(_PRESET_KEYS)}")
        try:
            number = int(NUMBER.coerce("number", table.get("number")))
            name = str(NAME.coerce("name", table.get("name")))
        except InvalidValue as error:
            raise ConfigError(f"{place}: preset: {error}") from None
        values = self._values(table.get("parameters", {}), f"preset {number}: parameters", after)
        for each in values:
            if not PARAMETERS[each].in_presets:
                raise ConfigError(f"{self.at(each, after)}: preset {number}: {each} is nothing that a preset may move")
        return Preset(number, name, tuple(values.items()))

    def _values(self, table: object, what: str, after: int) -> dict[str, Value]:
        """Values of parameters, by their names; what and after say where they stand."""
        if not isinstance(table, dict):
            raise ConfigError(f"{self.at('parameters', after)}: {what} must be a table, got {shorten(table)}")
        values = {}
        for name, raw in flatten(table):
            try:
                values[name] = PARAMETERS.coerce(name, raw)
            except LatentdeckError as error:
                raise ConfigError(f"{self.at(name, after)}: {what}: {error}") from None
        return values

    def _headings(self, key: str) -> list[int]:
        """The lines of the [[key]] tables, counted from 1."""
        heading = re.compile(rf"\s*\[\[\s*{key}\s*\]\]")
        return [number for number, line in enumerate(self._lines, start=1) if heading.match(line)]

    def settings(self, document: dict[str, Any]) -> dict[str, Any]:
        """Checked by the rules of the settings, and kept as they are."""
        tables = document.get("settings", {})
        if not isinstance(tables, dict):
            raise ConfigError(f"{self.at('settings')}: settings must be a table, got {shorten(tables)}")
        for name in tables:
            if name not in SHOW_SECTIONS:
                raise ConfigError(
                    f"{self.at(name)}: unknown key 'settings.{name}'; a show has {', '.join(SHOW_SECTIONS)}"
                )
        apply_table(Settings(), tables, f"{self.at('settings')}: settings")
        return tables

    def whereabouts(self, document: dict[str, Any]) -> Whereabouts | None:
        if "whereabouts" not in document:
            return None
        try:
            found: Whereabouts = from_plain(Whereabouts, document["whereabouts"], "whereabouts")
        except InvalidValue as error:
            raise ConfigError(f"{self.at('whereabouts')}: {error}") from None
        if not 0 <= found.position <= 1:
            raise ConfigError(f"{self.at('position')}: whereabouts.position must be in 0..1, got {found.position}")
        return found
