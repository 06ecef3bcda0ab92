"""Setlists on disk: TOML with a [[cue]] table each, or plain text with a prompt a line (empty lines and # lines are skipped)."""

from __future__ import annotations

from dataclasses import replace
from importlib import resources
from pathlib import Path
from typing import Any

from core.control.commands import CueDraft
from core.control.cue_fields import CUE_FIELDS, MAX_CUES
from core.control.errors import ConfigError, InvalidValue
from live.files import read_text, read_toml


def load_setlist(path: Path) -> list[CueDraft]:
    """The cues of a setlist file, whole or not at all.

    Raises:
        ConfigError: says file, cue or line, rule and value found.
    """
    drafts = _from_toml(path) if path.suffix.lower() == ".toml" else _from_text(path)
    if not 1 <= len(drafts) <= MAX_CUES:
        raise ConfigError(f"{path}: must hold 1..{MAX_CUES} cues, got {len(drafts)}")
    return drafts


def demo_setlist() -> list[CueDraft]:
    """The setlist that plays when no other is given."""
    with resources.as_file(resources.files("live") / "demo.toml") as path:
        return load_setlist(path)


def draft_from_prompt(prompt: str, where: str) -> CueDraft:
    """A cue with nothing but a prompt; `where` names the place in the error.

    Raises:
        ConfigError: the prompt is empty, too long or not printable.
    """
    return _draft({"prompt": prompt}, where)


def _from_text(path: Path) -> list[CueDraft]:
    lines = enumerate(read_text(path).splitlines(), start=1)
    return [
        draft_from_prompt(line, f"{path}: line {n}")
        for n, line in lines
        if line.strip() and not line.lstrip().startswith("#")
    ]


def _from_toml(path: Path) -> list[CueDraft]:
    document = read_toml(path)
    tables = document.pop("cue", None)
    if document:
        raise ConfigError(f"{path}: unknown key '{next(iter(document))}'; a setlist holds only [[cue]] tables")
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise ConfigError(f"{path}: must hold [[cue]] tables, each with a prompt")
    drafts = [_draft(table, f"{path}: cue {number}") for number, table in enumerate(tables, start=1)]
    return [_with_picture(draft, path, number) for number, draft in enumerate(drafts, start=1)]


def _with_picture(draft: CueDraft, path: Path, number: int) -> CueDraft:
    """The path of a picture is meant relative to the setlist."""
    if not draft.picture:
        return draft
    picture = path.parent / draft.picture
    if not picture.is_file():
        raise ConfigError(f"{path}: cue {number}: picture must be an image file, found none at {picture}")
    return replace(draft, picture=str(picture.resolve()))


def _draft(table: dict[str, Any], where: str) -> CueDraft:
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
