"""Keeps the pictures that cues start from, in a thread of its own: playback hands over and goes on.

A picture that is kept comes back to the show as one more command, so that nothing here touches what playback owns.
"""

from __future__ import annotations

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from core.control.commands import ById, Origin, PictureUse, PutPicture, Submission
from core.control.errors import CommandRefused, InvalidValue, LatentdeckError
from core.frames.frame import Pixels
from core.frames.picture_store import MAX_BYTES, PictureStore

logger = logging.getLogger(__name__)

MAX_WAITING = 8  # pictures in memory; a hand that asks for more leans on the key


@dataclass(frozen=True, slots=True)
class _Wish:
    """A picture that is to be kept, and what for; `keep` takes its time and returns its path."""

    keep: Callable[[], Path]
    use: PictureUse
    cue: ById
    origin: Origin


class PictureDesk:
    """
    Args:
        submit: takes the command that puts a picture on its cue.
        tell: takes what went wrong, for who asked.
    """

    def __init__(
        self, store: PictureStore, submit: Callable[[Submission], None], tell: Callable[[str, Origin], None]
    ) -> None:
        self._store = store
        self._submit = submit
        self._tell = tell
        self._waiting: queue.Queue[_Wish | None] = queue.Queue(MAX_WAITING)
        self._thread = threading.Thread(target=self._work, name="pictures", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Let what is being kept be finished; also right when start was never called."""
        if self._thread.is_alive():
            self._waiting.put(None)
            self._thread.join()

    def choose(self, name: str, use: PictureUse, cue: ById, origin: Origin) -> None:
        """Put a file of the store's folder on a cue. Thread: any; does not block."""
        self._ask(_Wish(lambda: self._store.keep(self._read(name)), use, cue, origin))

    def capture(self, pixels: Pixels, cue: ById, origin: Origin) -> None:
        """Put these pixels on a cue. Thread: any; does not block."""
        self._ask(_Wish(lambda: self._store.keep_pixels(pixels), PictureUse.START, cue, origin))

    def work_once(self) -> bool:
        """Wait for one picture and keep it; False when it was the sign to end."""
        wish = self._waiting.get()
        if wish is None:
            return False
        try:
            self._submit(Submission(PutPicture(wish.cue, str(wish.keep()), wish.use), wish.origin))
        except LatentdeckError as error:
            self._tell(str(error), wish.origin)
        except Exception as error:  # whatever it was, the next picture must still be kept
            logger.exception("a picture could not be kept")
            self._tell(f"the picture could not be kept: {error!r}", wish.origin)
        return True

    def _work(self) -> None:
        while self.work_once():
            pass

    def _ask(self, wish: _Wish) -> None:
        try:
            self._waiting.put_nowait(wish)
        except queue.Full:
            raise CommandRefused(f"{MAX_WAITING} pictures are still being kept: try again in a moment") from None

    def _read(self, name: str) -> bytes:
        """A file of the folder, and of nowhere else: the name comes over the network."""
        if Path(name).name != name or name in (".", ".."):
            raise InvalidValue(f"a picture must be the name of a file in {self._store.folder}, got {name!r}")
        try:
            with (self._store.folder / name).open("rb") as file:
                return file.read(MAX_BYTES + 1)  # what is more than the store takes, it refuses
        except OSError as error:
            raise InvalidValue(f"picture {self._store.folder / name} cannot be read: {error.strerror}") from error
