"""Writes stills of the program as PNG files, in a thread of its own: playback hands one frame over and goes on."""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from core.control.commands import Origin
from core.control.errors import CommandRefused
from core.control.files import write_bytes_whole
from core.frames.frame import Frame
from core.frames.image import encode_png
from live.playback.protocols import Tell

logger = logging.getLogger(__name__)


class Stills:
    """One still at a time: playback has kept one frame more than its sinks need.

    Args:
        folder: made when the first still comes.
        tell: takes what became of it, for who asked.
        now: the time of the day, which names the file.
    """

    def __init__(
        self, folder: Path, tell: Tell, now: Callable[[], datetime] = lambda: datetime.now().astimezone()
    ) -> None:
        self._folder = folder
        self._tell = tell
        self._now = now
        self._waiting: queue.Queue[tuple[Frame, Origin] | None] = queue.Queue()
        self._is_busy = threading.Event()
        self._thread = threading.Thread(target=self._work, name="stills", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Let a still that is being written be finished; also right when start was never called."""
        if self._thread.is_alive():
            self._waiting.put(None)
            self._thread.join()

    def check(self) -> None:
        """Raises CommandRefused while a still is being written. Thread: playback; does not block."""
        if self._is_busy.is_set():
            raise CommandRefused("the last still is still being written: try again in a moment")

    def keep(self, frame: Frame, origin: Origin) -> None:
        """Write this frame. Thread: playback; does not block."""
        self._is_busy.set()
        self._waiting.put((frame.retain(), origin))

    def work_once(self) -> bool:
        """Wait for one still and write it; False when it was the sign to end."""
        item = self._waiting.get()
        if item is None:
            return False
        frame, origin = item
        path = self._folder / f"latentdeck-{self._now():%Y%m%d-%H%M%S}-{frame.number}.png"
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            write_bytes_whole(path, encode_png(frame.pixels))
            self._tell(f"still: {path}", origin, is_error=False)
            logger.info("still: %s", path)
        except OSError as error:
            self._tell(f"the still {path} cannot be written: {error.strerror}", origin)
        finally:
            frame.release()
            self._is_busy.clear()
        return True

    def _work(self) -> None:
        while self.work_once():
            pass
