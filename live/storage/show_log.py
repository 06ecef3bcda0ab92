"""The log of a show: what hands asked for, and what was on air in which frame, enough to render the same show again.

JSON, a line each, written by a thread of its own. The first line has the show as it began. A log that a crash cut off is whole
up to its last line.
"""

from __future__ import annotations

import json
import logging
import threading
from collections import deque
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from core.control import commands as c
from core.control.commands import Command
from core.tree.spec import TransitionSpec
from live.playback.protocols import FrameNote, Tell
from live.show.playhead import OnAir
from live.storage.plain import to_plain

logger = logging.getLogger(__name__)

LOG_SCHEMA = 2
READABLE_SCHEMAS = (1, 2)  # the first one has nothing of sound and clocks from outside
LOG_SUFFIX = ".show.log"
WRITE_INTERVAL = 0.5  # seconds; what a crash can cost
MAX_WAITING = 10_000  # lines in memory; a disk that hangs longer leaves a hole, and the hole is told
FRAMES_PER_SIGN = 30  # so that a crash at rest does not take the rest
LOGS_KEPT = 20
UNTOLD = {"cue_place": 0.0, "loudness": 0.0}  # what a replay takes before the first line that says it
# Each of these comes back as another command, or changes nothing that is seen.
NOT_LOGGED = (c.ChoosePicture, c.CapturePicture, c.SaveShow, c.LoadShow, c.TakeStill)


class ShowLog:
    """
    Args:
        header: the first line, see `header`.
        tell: takes what is wrong with the disk.
    """

    def __init__(self, path: Path, header: Mapping[str, Any], tell: Tell | None = None) -> None:
        self.path = path
        self._tell = tell
        self._waiting: deque[Mapping[str, Any] | tuple[int, Command] | tuple[int, OnAir]] = deque([header])
        self._lost = 0
        self._on_air: OnAir | None = None
        self._noted: dict[str, float] = dict(UNTOLD)
        self._noted_at = 0
        self._last_frame = 0
        self._unwritten = b""  # lines that the disk has not taken
        self._size = 0  # of the file, up to its last whole line
        self._trouble = ""
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._work, name="show log", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Write what waits; playback must have ended. Also right when start was never called."""
        if self._thread.is_alive():
            self.end()
            self._stopping.set()
            self._thread.join()

    # Thread: playback; does not block

    def command(self, frame: int, command: Command) -> None:
        """A command was carried out in this frame, before its picture."""
        takes_away = isinstance(command, c.ChoosePicture) and not command.name  # done at once, no other command comes
        if takes_away or not isinstance(command, NOT_LOGGED):
            self._add((frame, command))

    def dissolve(self, frame: int, seconds: float) -> None:
        """From this frame on the picture comes in over the last one, within `seconds`; 0 is a hard cut."""
        self._add({"frame": frame, "dissolve": seconds})

    def frame(self, frame: int, missed: int, note: FrameNote) -> None:
        """A frame was made; missed frames before it were not. What has not changed since the last line is not said again."""
        self._last_frame = frame
        if missed:
            self._add({"frame": frame, "missed": missed})
        told = {"beat": note.beat, "loudness": note.loudness}
        if note.on_air is not None:
            told |= {"place": note.place, "cue_place": note.cue_place}
            if note.on_air is not self._on_air:
                self._on_air = note.on_air
                self._noted.pop("place", None)
                self._add((frame, note.on_air))
        changed = {name: value for name, value in told.items() if value is not None and value != self._noted.get(name)}
        if not changed and note.on_air is not None and frame - self._noted_at >= FRAMES_PER_SIGN:
            changed = {"place": note.place}
        if changed:
            self._noted.update(changed)
            self._noted_at = frame
            self._add({"frame": frame, **changed})

    def end(self) -> None:
        """The show ended with the last frame that was told."""
        self._add({"frame": self._last_frame, "end": True})

    def _add(self, item: Mapping[str, Any] | tuple[int, Command] | tuple[int, OnAir]) -> None:
        if len(self._waiting) >= MAX_WAITING:
            self._lost += 1
            return
        if self._lost:
            self._waiting.append({"lost": self._lost})
            self._lost = 0
        self._waiting.append(item)

    # Thread: the log's own

    def write(self) -> None:
        """Write all lines that wait. While the disk is full they go on waiting, as many as there is room for."""
        if self._unwritten and not self._append():
            return
        items = [self._waiting.popleft() for _ in range(len(self._waiting))]
        lines = (json.dumps(_as_line(item), allow_nan=False, separators=(",", ":")) for item in items)
        self._unwritten = "".join(f"{line}\n" for line in lines).encode()
        if self._unwritten:
            self._append()

    def _append(self) -> bool:
        """Whether the disk has taken the lines; what it took of them before it was full is written over."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab") as file:
                file.truncate(min(self._size, file.tell()))
                file.write(self._unwritten)
                file.flush()
                size = file.tell()
        except OSError as error:
            self._complain(f"{self.path} cannot be written: {error.strerror}; the log of the show goes on when it can")
            return False
        self._size, self._unwritten = size, b""
        if self._trouble:
            self._trouble = ""
            logger.info("the log of the show goes on: %s", self.path)
        return True

    def _complain(self, text: str) -> None:
        if text != self._trouble:
            self._trouble = text
            logger.error("%s", text)
            if self._tell is not None:
                self._tell(text)

    def _work(self) -> None:
        try:
            with suppress(OSError):
                _forget_old(self.path)
            while not self._stopping.wait(WRITE_INTERVAL):
                self.write()
            self.write()
        except Exception:  # what waits is bounded, so that the show goes on without its log
            logger.exception("the log of the show ends")


def header(version: str, fps: float, show: str) -> dict[str, Any]:
    """The first line. show: the text of a show file as the show began, for the folder of the log."""
    return {"log": LOG_SCHEMA, "version": version, "fps": fps, "show": show}


def _as_line(item: Mapping[str, Any] | tuple[int, Command] | tuple[int, OnAir]) -> Mapping[str, Any]:
    if isinstance(item, Mapping):
        return item
    frame, what = item
    if isinstance(what, OnAir):
        spec = to_plain(what.transition.spec, TransitionSpec)
        return {"frame": frame, "from_cue": what.from_cue, "to_cue": what.to_cue, "transition": spec}
    return {"frame": frame, "command": to_plain(what, Command)}


def _forget_old(path: Path) -> None:
    """Keep the last logs only, so that a machine that plays every night does not fill its disk."""
    logs = sorted(path.parent.glob(f"*{LOG_SUFFIX}"), key=lambda each: each.stat().st_mtime)
    for old in logs[: max(0, len(logs) - LOGS_KEPT + 1)]:
        old.unlink(missing_ok=True)
