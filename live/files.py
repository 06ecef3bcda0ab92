"""Reading TOML and text that people write by hand: errors name the file, the place and what would be right."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.control.errors import ConfigError


def read_text(path: Path) -> str:
    """The file as text.

    Raises:
        ConfigError: it is missing, not a file, or not UTF-8.
    """
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError(
            f"{path}: line {line}: must be UTF-8 text, found byte 0x{error.object[error.start]:02x}"
        ) from None
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None


def read_toml(path: Path) -> dict[str, Any]:
    """The file as TOML; raises ConfigError with line and column when it is damaged."""
    try:
        return tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: is not valid TOML: {error}") from None


def flatten(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Nested tables as dotted names with their values."""
    for key, value in table.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            yield from flatten(value, f"{name}.")
        else:
            yield name, value
