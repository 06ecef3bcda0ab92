"""Where this machine keeps what must outlive a show, such as the keys of the remote."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def state_folder() -> Path:
    """The folder by the custom of the system; it may not exist yet."""
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "latentdeck"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / "latentdeck"
    return Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / "latentdeck"
