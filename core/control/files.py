"""Reading TOML and text that people write by hand, and writing files so that a crash never leaves half of one.

Errors name the file, the place and what would be right."""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

from core.control.errors import ConfigError

UTF_16 = (b"\xff\xfe", b"\xfe\xff")  # its byte order marks
BYTE_ORDER_MARK = "\ufeff"  # also in mid-file, where files were joined


def read_text(path: Path) -> str:
    """The file as text, without byte order marks.

    Raises:
        ConfigError: it is missing, not a file, or neither UTF-8 nor UTF-16 with its mark.
    """
    return _as_text(_read(path), path)


def lines_of(text: str) -> list[str]:
    """The lines of a text as editors count them; `splitlines` also splits at what web pages and word processors leave inside one."""
    return re.split("\r\n|[\r\n]", text)


def read_whole_lines(path: Path) -> list[str]:
    """The lines of a file that a crash may have cut off: what comes behind the last end of a line is left out, whatever it is.

    Raises:
        ConfigError: as `read_text`.
    """
    data = _read(path)
    return _as_text(data[: data.rfind(b"\n") + 1], path).splitlines()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from None


def _as_text(data: bytes, path: Path) -> str:
    if data.startswith(UTF_16):  # of PowerShell's > and of editors on Windows
        return _as_text(_from_utf_16(data, path), path)
    try:
        if b"\0" in data[:1024]:
            raise ConfigError(
                f"{path}: must be text in UTF-8, found zero bytes: is it UTF-16, or no text? Save it as UTF-8"
            )
        return data.decode().replace(BYTE_ORDER_MARK, "")
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise ConfigError(
            f"{path}: line {line}: must be UTF-8 text, found byte 0x{error.object[error.start]:02x}; save it as UTF-8"
        ) from None


def _from_utf_16(data: bytes, path: Path) -> bytes:
    try:
        return data.decode("utf-16").encode()
    except UnicodeDecodeError as error:
        raise ConfigError(f"{path}: begins as UTF-16 and is damaged: {error.reason}; save it as UTF-8") from None


def read_toml(path: Path) -> dict[str, Any]:
    """The file as TOML; raises ConfigError with line and column when it is damaged."""
    try:
        return tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{path}: is not valid TOML: {error}") from None


def write_whole(path: Path, text: str, backup: Path | None = None) -> None:
    """Replace a file in one step: whoever reads it, also after a power cut, finds the old text or the new one, whole.

    backup: where the text that was there before is kept.

    Raises:
        OSError: the disk is full, or the folder is missing or may not be written to; the old file is as it was.
    """
    data = text.encode()
    if backup is not None and path.exists():
        write_bytes_whole(backup, path.read_bytes())
    write_bytes_whole(path, data)


def write_bytes_whole(path: Path, data: bytes) -> None:
    """The same for bytes."""
    part = path.with_name(
        f".{path.name}.{os.getpid()}.part"
    )  # in the same folder: a rename is one step only within a disk
    try:
        with part.open("wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    """Have the new name on the disk too; Windows does that by itself and cannot open folders."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def unused(path: Path) -> Path:
    """path itself, or with the first free number behind its stem: show.mp4, show-2.mp4, show-3.mp4."""
    if not os.path.exists(path):  # unlike Path.exists it raises nothing, opening the file will say what is wrong
        return path
    numbered = (path.with_name(f"{path.stem}-{number}{path.suffix}") for number in count(2))
    return next(candidate for candidate in numbered if not candidate.exists())


def flatten(table: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, object]]:
    """Nested tables as dotted names with their values."""
    for key, value in table.items():
        name = f"{prefix}{key}"
        if isinstance(value, dict):
            yield from flatten(value, f"{name}.")
        else:
            yield name, value
