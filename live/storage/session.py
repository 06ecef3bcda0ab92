"""Keeps the show on disk, in a thread of its own: autosaves, saves and loads by name, stills. Playback hands over and goes on.

What was loaded comes back to the show as one more command, so that nothing here touches what playback owns.
"""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from core.control.commands import Origin, ReplaceShow, Submission
from core.control.errors import CommandRefused, LatentdeckError
from core.control.files import write_whole
from live.playback.protocols import Tell
from live.show.state import ShowState
from live.storage.show_file import ShowFile, format_show, load_show
from live.storage.show_lock import ShowLock
from live.storage.show_paths import ShowPlace, backup_of

logger = logging.getLogger(__name__)

AUTOSAVE_INTERVAL = 4.0  # seconds, so that with a slow disk too no more than 10 are lost
MAX_WAITING = 16  # jobs; a hand that asks for more leans on the key

Job = Callable[[], str]  # does it, and says in words what was done


@dataclass(frozen=True, slots=True)
class _Asked:
    job: Job
    origin: Origin


class Session:
    """
    Args:
        settings: of the show, as its file carries them.
        state: the show now. Thread: any.
        submit: takes the command that puts a loaded show in the place of the running one.
        lock: holds place; None when nobody else can have it.
    """

    def __init__(
        self,
        place: ShowPlace,
        settings: Mapping[str, Any],
        state: Callable[[], ShowState],
        submit: Callable[[Submission], None],
        tell: Tell,
        lock: ShowLock | None = None,
    ) -> None:
        self._place = place
        self._lock = lock
        self._settings = settings
        self._state = state
        self._submit = submit
        self._tell = tell
        self._saved_text = ""
        self._trouble = ""  # why the last autosave failed, so that it is told once
        self._waiting: queue.Queue[_Asked | None] = queue.Queue(MAX_WAITING)
        self._thread = threading.Thread(target=self._work, name="session", daemon=True)

    @property
    def place(self) -> ShowPlace:
        return self._place

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Finish what was asked for and write the last autosave; also right when start was never called."""
        if self._thread.is_alive():
            self._waiting.put(None)
            self._thread.join()
            self.autosave(has_ended=True)

    # Thread: playback; does not block. Each raises CommandRefused when too much is waiting.

    def save(self, name: str, origin: Origin) -> None:
        """Write the show to its file, or to another one below its folder."""
        self.ask(lambda: self._save(name), origin)

    def load(self, name: str, origin: Origin) -> None:
        """Read a show file below the folder of this one, and put it in the place of the running show."""
        self.ask(lambda: self._load(name, origin), origin)

    def ask(self, job: Job, origin: Origin) -> None:
        """Do a job in the session's thread, and tell the origin what came of it."""
        try:
            self._waiting.put_nowait(_Asked(job, origin))
        except queue.Full:
            raise CommandRefused(f"{MAX_WAITING} files are still being written: try again in a moment") from None

    # Thread: the session's own

    def autosave(self, *, has_ended: bool = False) -> None:
        """Write the autosave if the show has changed; a failure is told once and tried again the next time."""
        text = format_show(ShowFile(self._state(), self._settings, has_ended), self._place.folder)
        if text == self._saved_text:
            return
        try:
            self._place.folder.mkdir(parents=True, exist_ok=True)
            write_whole(self._place.autosave, text, self._place.autosave_before)
        except OSError as error:
            self._complain(
                f"autosave to {self._place.autosave} failed: {error.strerror}; the show is not safe from a crash"
            )
            return
        self._saved_text, self._trouble = text, ""

    def do(self, asked: _Asked) -> None:
        """Do one job; whatever happens, the next one must still be done."""
        try:
            self._tell(asked.job(), asked.origin, is_error=False)
        except LatentdeckError as error:
            self._tell(str(error), asked.origin)
        except Exception as error:
            logger.exception("a job of the session failed")
            self._tell(f"the session failed: {error!r}", asked.origin)

    def _work(self) -> None:
        due = time.monotonic() + AUTOSAVE_INTERVAL
        while True:
            try:
                asked = self._waiting.get(timeout=max(0.0, due - time.monotonic()))
            except queue.Empty:
                due = time.monotonic() + AUTOSAVE_INTERVAL
                self._autosave_safely()
                continue
            if asked is None:
                return
            self.do(asked)

    def _autosave_safely(self) -> None:
        try:
            self.autosave()
        except Exception as error:  # a show that cannot be written today must be tried again with its next change
            logger.exception("autosave failed")
            self._complain(f"autosave failed: {error!r}; the show is not safe from a crash")

    def _save(self, name: str) -> str:
        place = self._place.named(name) if name else self._place
        # The show, not the moment: a show that was saved at the sound check begins at its first cue.
        saved = ShowFile(replace(self._state(), whereabouts=None), self._settings)
        try:
            place.path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(place.path, format_show(saved, place.path.parent), backup_of(place.path))
        except OSError as error:
            raise CommandRefused(
                f"{place.path} cannot be written: {error.strerror}; the show goes on unsaved"
            ) from error
        self._move_to(place)
        logger.info("the show was saved to %s", place.path)
        return f"saved to {place.path.name}{self._warning}"

    def _load(self, name: str, origin: Origin) -> str:
        place = self._place.named(name)
        show = load_show(place.path)
        where = show.state.whereabouts
        command = ReplaceShow(
            tuple(show.state.cues),
            tuple(show.state.parameters.items()),
            where.current_cue if where else 0,
            place.path.name,
            None if show.state.presets is None else tuple(show.state.presets),
        )
        self._submit(Submission(command, origin))
        self._move_to(place)
        logger.info("the show was replaced by %s", place.path)
        rest = (
            "; its settings of model, tree and output act at the next start" if show.settings != self._settings else ""
        )
        return f"loaded {place.path.name}{rest}{self._warning}"

    def _move_to(self, place: ShowPlace) -> None:
        """Go on at another place; the autosave of the place before is closed, so that nobody takes it for a crash."""
        if (place.path, place.folder) != (self._place.path, self._place.folder):
            self.autosave(has_ended=True)
            self._place = place if self._lock is None else self._lock.claim(place)
            self._saved_text = ""

    @property
    def _warning(self) -> str:
        return f"; {self._lock.words}" if self._lock is not None and self._lock.words else ""

    def _complain(self, text: str) -> None:
        if text != self._trouble:
            self._trouble = text
            logger.error("%s", text)
            self._tell(text)
