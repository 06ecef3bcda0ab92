"""Text files that are no setlist, though every line of them could be a prompt: their markup would be painted."""

from __future__ import annotations

import json
from pathlib import Path

from core.control.errors import ConfigError

KINDS = {
    ".rtf": "rich text (RTF)",
    ".json": "JSON",
    ".yaml": "YAML",
    ".yml": "YAML",
    ".html": "a web page",
    ".htm": "a web page",
    ".xml": "XML",
    ".doc": "a document of a word processor",
    ".docx": "a document of a word processor",
    ".odt": "a document of a word processor",
    ".pages": "a document of a word processor",
    ".pdf": "PDF",
}
_BEGINNINGS = {"{\\rtf": ".rtf", "<!doctype": ".html", "<html": ".html", "<?xml": ".xml", "%pdf-": ".pdf"}


def refuse_suffix(path: Path) -> None:
    """Raises ConfigError for a file that is called what no setlist is."""
    if path.suffix.lower() in KINDS:
        raise _refusal(path, KINDS[path.suffix.lower()])


def refuse_markup(text: str, path: Path) -> None:
    """Raises ConfigError for a text that is of another kind than its name says."""
    start = text.lstrip().lower()
    for beginning, suffix in _BEGINNINGS.items():
        if start.startswith(beginning):
            raise _refusal(path, KINDS[suffix])
    if "[[cue]]" in (line.strip() for line in text.splitlines()):
        raise ConfigError(f"{path}: is a setlist in TOML by its [[cue]] tables: let its name end in .toml")
    if _is_object(text) or _is_object(start.partition("\n")[0]):
        raise _refusal(path, "JSON, perhaps the log of a show (latentdeck render --replay)")


def _is_object(text: str) -> bool:
    """Whether it is JSON beyond a single word or number, which may well be a prompt."""
    if not text.lstrip().startswith(("{", "[")):
        return False
    try:
        return isinstance(json.loads(text), dict | list)
    except (ValueError, RecursionError):
        return False


def _refusal(path: Path, kind: str) -> ConfigError:
    return ConfigError(
        f"{path}: is {kind}, and no setlist: that is plain text with a prompt a line, or TOML with [[cue]] tables"
    )
