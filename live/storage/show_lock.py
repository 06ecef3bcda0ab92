"""Which of several runs on one show file writes its autosave: each has its own, and none is taken for the rest of a crash.

A lock of the system on a small file beside the autosave. The system lets go of it when the process ends, however it ends.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import sys
from dataclasses import replace
from pathlib import Path

from core.control.errors import ConfigError
from live.storage.show_paths import ShowPlace

logger = logging.getLogger(__name__)

MOST_RUNS = 9  # on one show; more are a mistake of a script
TAKEN = frozenset({errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK, errno.EDEADLK})


class ShowLock:
    """The one place that this run has for itself. Not for several threads at a time.

    Attributes:
        words: what the operator must know, when another run has the show open too; empty otherwise.
    """

    def __init__(self) -> None:
        self.words = ""
        self._file: int | None = None
        self._path: Path | None = None

    def claim(self, place: ShowPlace) -> ShowPlace:
        """The place with the first autosave that no other run writes, from now on ours; the one before is given back.

        Where no lock can be had, on some network disks, the place is as it was.

        Raises:
            ConfigError: MOST_RUNS others have it open.
        """
        claimed, file = _lock_first(place)
        self.release()
        self._file, self._path = file, claimed.lock
        self.words = _words(claimed) if claimed.run > 1 else ""
        return claimed

    def release(self) -> None:
        """Let the next run have it; also right when there is nothing."""
        if self._file is not None and self._path is not None:
            with contextlib.suppress(OSError):  # Windows keeps a file that is open
                self._path.unlink()
            os.close(self._file)
        self._file = None


def _lock_first(place: ShowPlace) -> tuple[ShowPlace, int | None]:
    """The first place that is free, with its lock."""
    for run in range(1, MOST_RUNS + 1):
        claimed = replace(place, run=run)
        try:
            file = _lock(claimed.lock)
        except OSError as error:
            logger.warning("%s cannot be locked: %s", claimed.lock, error.strerror)
            return claimed, None
        if file is not None:
            return claimed, file
    raise ConfigError(f"{place.path}: is open in {MOST_RUNS} other runs of latentdeck: end one first")


def _words(place: ShowPlace) -> str:
    owner = _owner(replace(place, run=1).lock)
    return (
        f"{place.path.name} is open in another latentdeck{owner}: the autosaves of this one go to {place.autosave.name}, "
        "and what is saved last counts"
    )


def _owner(path: Path) -> str:
    try:
        number = path.read_text().strip()
    except OSError:
        return ""
    return f" (process {number})" if number.isdecimal() else ""


def _lock(path: Path) -> int | None:
    """An open file that is locked for this process; None when another one has it.

    Raises:
        OSError: there can be no lock.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            _lock_file(file)
        except OSError as error:
            os.close(file)
            if error.errno in TAKEN:
                return None
            raise
        if _is_same(file, path):
            os.ftruncate(file, 0)
            os.write(file, b"%d\n" % os.getpid())
            return file
        os.close(file)  # whoever had it took the file away in this moment


def _is_same(file: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(file), path.stat())
    except FileNotFoundError:
        return False


def _lock_file(file: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        os.lseek(file, 1 << 20, os.SEEK_SET)  # the first bytes stay readable for others
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        finally:
            os.lseek(file, 0, os.SEEK_SET)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
