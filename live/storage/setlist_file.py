"""Cues as people write them: plain text with a prompt a line (empty lines and # lines are skipped), or [[cue]] tables of TOML."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from core.control.commands import CueDraft
from core.control.cue_fields import CUE_FIELDS, MAX_CUES
from core.control.domain import UNSEEN
from core.control.errors import ConfigError, InvalidValue
from core.control.files import lines_of, read_text
from live.storage.foreign_text import refuse_markup, refuse_suffix

_NOT_SET = {field.name: field.default for field in fields(CueDraft)}
FILES = tuple(name for name, field in CUE_FIELDS.items() if field.is_file)


def read_setlist(path: Path) -> list[CueDraft]:
    """The cues of a text file, whole or not at all.

    Raises:
        ConfigError: says file, line, rule and value found, also of a file that is no setlist at all.
    """
    refuse_suffix(path)
    text = read_text(path)
    refuse_markup(text, path)
    lines = enumerate(lines_of(text.translate(UNSEEN)), start=1)
    drafts = [
        draft_from_prompt(line, f"{path}: line {number}")
        for number, line in lines
        if line.strip() and not line.lstrip().startswith("#")
    ]
    check_count(drafts, str(path))
    return drafts


def check_count(drafts: Sequence[CueDraft], where: str) -> None:
    """Raises ConfigError when there are no cues, or too many."""
    if not 1 <= len(drafts) <= MAX_CUES:
        raise ConfigError(f"{where}: must hold 1..{MAX_CUES} cues, got {len(drafts)}")


def draft_from_prompt(prompt: str, where: str) -> CueDraft:
    """A cue with nothing but a prompt; `where` names the place in the error.

    Raises:
        ConfigError: the prompt is empty, too long, or has control characters.
    """
    return draft_from_table({"prompt": prompt}, where)


def draft_from_table(table: dict[str, Any], where: str) -> CueDraft:
    """The cue that a [[cue]] table describes.

    Raises:
        ConfigError: an unknown key, no prompt, or a value that breaks its rule; says which.
    """
    for key in table:
        if key not in CUE_FIELDS:
            raise ConfigError(f"{where}: unknown key '{key}'; known: {', '.join(CUE_FIELDS)}")
    if "prompt" not in table:
        raise ConfigError(f"{where}: has no prompt")
    try:
        values: dict[str, Any] = {
            key: CUE_FIELDS[key].domain.coerce(f"{where}: {key}", value) for key, value in table.items()
        }
    except InvalidValue as error:
        raise ConfigError(str(error)) from None
    return CueDraft(**values)


def table_from_draft(draft: CueDraft, folder: Path) -> dict[str, Any]:
    """The [[cue]] table of a cue in a file that lies in folder: what is set, in the order of the fields."""
    values = {name: getattr(draft, name) for name in CUE_FIELDS}
    table = {name: value for name, value in values.items() if value != _NOT_SET[name]}
    return {name: _path_from(folder, value) if name in FILES else value for name, value in table.items()}


def with_files(draft: CueDraft, folder: Path) -> CueDraft:
    """The paths of a cue are meant relative to the folder of its file. Whether they lead anywhere is found out elsewhere."""
    found: dict[str, Any] = {
        name: str((folder / getattr(draft, name)).resolve()) for name in FILES if getattr(draft, name)
    }
    return replace(draft, **found)


def _path_from(folder: Path, path: str) -> str:
    """Relative when the file lies below the folder, so that both can be carried to another machine."""
    resolved = Path(path).resolve()
    inside = resolved.is_relative_to(folder.resolve())
    return resolved.relative_to(folder.resolve()).as_posix() if inside else os.fspath(resolved)
