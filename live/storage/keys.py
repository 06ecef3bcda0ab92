"""The keys of the web remote: made once and kept, so that a browser source and a phone still get in after a restart."""

from __future__ import annotations

import logging
import os
import secrets
from dataclasses import replace
from pathlib import Path

from core.control.errors import ConfigError
from core.control.files import read_toml
from live.config import WebSection

logger = logging.getLogger(__name__)

KEY_BYTES = 16  # 128 bits
FILE_NAME = "keys.toml"


def with_keys(web: WebSection, folder: Path) -> WebSection:
    """The section with the keys that its user has left empty: those kept in the folder, or new ones that are kept there.

    Raises:
        ConfigError: the file is damaged.
    """
    if web.token and web.viewer_token:
        return web
    kept = _kept_keys(folder / FILE_NAME)
    return replace(web, token=web.token or kept["operator"], viewer_token=web.viewer_token or kept["viewer"])


def new_key() -> str:
    return secrets.token_urlsafe(KEY_BYTES)


def _kept_keys(path: Path) -> dict[str, str]:
    if path.exists():
        found = read_toml(path)
        for name in ("operator", "viewer"):
            if not isinstance(found.get(name), str) or not found[name]:
                raise ConfigError(f"{path}: needs a key called {name}; remove the file to have new ones made")
        return {name: found[name] for name in ("operator", "viewer")}
    keys = {"operator": new_key(), "viewer": new_key()}
    try:
        _write_private(path, "".join(f'{name} = "{key}"\n' for name, key in keys.items()))
    except OSError as error:
        logger.warning("the keys of the remote cannot be kept, so its address changes: %s", error)
    return keys


def _write_private(path: Path, text: str) -> None:
    """A new file that nobody but its owner reads, from its first moment on."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
