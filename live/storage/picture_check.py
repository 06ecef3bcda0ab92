"""Looks through the pictures and masks of a setlist in a thread of its own, so that a bad one is known before its cue comes.

Decoding them all takes seconds: no start waits for it. A file that comes back, on a disk that was plugged in late, is noticed too.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import MappingProxyType

from core.control.commands import CueDraft
from core.control.errors import ConfigError, InvalidValue
from core.tree.pictures import check_picture
from live.show.cue_faults import NO_FAULTS, FileFaults

logger = logging.getLogger(__name__)

PATIENCE = 2.0  # seconds at the end; a network disk that hangs must not hold up the end of the show
INTERVAL = 2.0  # seconds between two looks; one at files that have not changed costs a few microseconds each

Stamp = tuple[int, int] | None  # time and size of a file; None when it is not there


class PictureCheck:
    """
    Args:
        cues: of the show now. Thread: any.
        publish: takes all files that cannot be had, whenever that has changed.
    """

    def __init__(self, cues: Callable[[], Sequence[CueDraft]], publish: Callable[[FileFaults], None]) -> None:
        self._cues = cues
        self._publish = publish
        self._stamps: dict[str, Stamp] = {}
        self._faults: FileFaults = NO_FAULTS
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="picture check", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Also right when start was never called."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(PATIENCE)

    def look(self) -> None:
        """Check each file that is new or has changed, those that are not there first: they take no time."""
        stamps = {path: _stamp(path) for path in files_of(self._cues())}
        self._tell({path: fault for path, fault in self._faults.items() if path in stamps})
        for path in sorted(stamps, key=lambda path: stamps[path] is not None):
            if self._stopping.is_set():
                return
            if path not in self._stamps or self._stamps[path] != stamps[path]:
                fault = fault_of(path)
                others = {other: words for other, words in self._faults.items() if other != path}
                self._tell({**others, path: fault} if fault else others)
        self._stamps = stamps

    def _tell(self, faults: dict[str, str]) -> None:
        if faults == self._faults:
            return
        for path in faults.keys() - self._faults.keys():
            logger.warning("%s", faults[path])
        self._faults = MappingProxyType(faults)
        self._publish(self._faults)

    def _work(self) -> None:
        try:
            self.look()
            while not self._stopping.wait(INTERVAL):
                self.look()
        except Exception:  # the worker still tells of each picture that it cannot have
            logger.exception("pictures are not checked any more")


def files_of(cues: Iterable[CueDraft]) -> list[str]:
    """The pictures and masks of these cues, each once."""
    return list(dict.fromkeys(path for cue in cues for path in (cue.picture, cue.mask) if path))


def fault_of(path: str) -> str:
    """Why there is no picture to be had of this file; empty when there is."""
    try:
        check_picture(Path(path))
    except InvalidValue as error:
        return str(error)
    return ""


def require_pictures(cues: Sequence[CueDraft]) -> None:
    """For a film, which nobody watches while it is made.

    Raises:
        ConfigError: a picture or mask cannot be had.
    """
    for path in files_of(cues):
        if fault := fault_of(path):
            number = next(number for number, cue in enumerate(cues, start=1) if path in (cue.picture, cue.mask))
            raise ConfigError(f"cue {number} cannot be shown: {fault}")


def _stamp(path: str) -> Stamp:
    try:
        found = Path(path).stat()
    except (OSError, ValueError):
        return None
    return found.st_mtime_ns, found.st_size
