"""Words for the terminal, which may not be there: a show that is started by an icon, a service or a pipe has none.

No show ends because nobody can read what it says.
"""

from __future__ import annotations

import os
import sys


def say(text: str, end: str = "\n") -> None:
    """Print, as far as there is somebody to read."""
    if sys.stdout is None:  # pythonw, or a shell's >&-
        return
    try:
        sys.stdout.write(encodable(text + end, sys.stdout.encoding))
        sys.stdout.flush()
    except (OSError, ValueError):  # a full disk behind it, a pipe whose reader has gone, closed by somebody
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115 - what is left in the old one must not fail at the exit


def encodable(text: str, encoding: str | None) -> str:
    """The text with a question mark for what a terminal of this encoding cannot show; a QR code there is no loss."""
    encoding = encoding or "ascii"
    return text.encode(encoding, errors="replace").decode(encoding)
