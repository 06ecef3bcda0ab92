"""Where a show is kept on disk: its file, the autosave beside it, and what a start takes up again."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from core.control.errors import ConfigError, InvalidValue
from live.storage.show_file import SUFFIX, ShowFile, load_show
from live.storage.show_log import LOG_SUFFIX

logger = logging.getLogger(__name__)

UNTITLED = "untitled.toml"


class Restore(StrEnum):
    """When a start takes up the autosave instead of the show file."""

    AFTER_CRASH = "after a crash"
    ALWAYS = "always"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class ShowPlace:
    """The files of one show.

    Attributes:
        path: the show file, whether it is there or not.
        folder: where its autosaves go.
        run: counts the runs that have the show open at a time, each with an autosave of its own.
    """

    path: Path
    folder: Path
    run: int = 1

    @property
    def autosave(self) -> Path:
        return self.folder / f"{self.path.stem}.autosave{self._number}{SUFFIX}"

    @property
    def autosave_before(self) -> Path:
        """The autosave before the last one, should that be damaged."""
        return backup_of(self.autosave)

    def new_log(self, moment: datetime) -> Path:
        """Where the log of a run goes that begins now."""
        return self.folder / "logs" / f"{self.path.stem}-{moment:%Y%m%d-%H%M%S}{self._number}{LOG_SUFFIX}"

    @property
    def lock(self) -> Path:
        """The file whose owner may write the autosave."""
        return self.folder / f".{self.autosave.name}.lock"

    @property
    def _number(self) -> str:
        return f"-{self.run}" if self.run > 1 else ""

    def named(self, name: str) -> ShowPlace:
        """The place of another show, whose file lies below the folder of this one; the name may come over the network.

        Raises:
            InvalidValue: the name leads out of the folder.
        """
        folder = self.path.parent
        path = folder / (name if name.lower().endswith(SUFFIX) else f"{name}{SUFFIX}")
        if Path(name).is_absolute() or not path.resolve().is_relative_to(folder.resolve()):
            raise InvalidValue(f"a show must be named by its path below {folder}, got {name!r}")
        return ShowPlace(path, path.parent if self.folder == folder else self.folder)


def backup_of(path: Path) -> Path:
    """Where the file that was there before is kept when it is written anew: a show file too, by its suffix."""
    return path.with_name(f"{path.stem}.bak{path.suffix}")


def place_of(show: Path | None, folder: str, state_folder: Path) -> ShowPlace:
    """The place of a show file or setlist; None is a show that has no file yet.

    folder: where autosaves go by the settings; empty is beside the show, or the state folder where that cannot be.
    """
    if show is None:
        home = Path(folder) if folder else state_folder
        return ShowPlace(home / UNTITLED, home)
    beside = show.parent if os.access(show.parent, os.W_OK) else state_folder
    return ShowPlace(show.with_suffix(SUFFIX), Path(folder) if folder else beside)


def find_autosave(place: ShowPlace, show: Path | None, restore: Restore) -> ShowFile | None:
    """The autosave that a start takes up; None when it begins with the show file.

    After a crash that is the autosave it left behind, unless somebody has edited the show file since.

    Raises:
        ConfigError: it is asked for, and there is none that can be read.
    """
    if restore is Restore.NEVER:
        return None
    path, saved = _read_autosave(place)
    if saved is None:
        if restore is Restore.ALWAYS:
            raise ConfigError(f"there is no autosave to restore at {place.autosave}")
        return None
    if restore is Restore.ALWAYS:
        return saved
    if saved.has_ended:
        return None
    if show is not None and show.exists() and show.stat().st_mtime > path.stat().st_mtime:
        logger.warning("%s is newer than %s, which is left aside; --restore takes it up", show, path)
        return None
    return saved


def _read_autosave(place: ShowPlace) -> tuple[Path, ShowFile | None]:
    """The last autosave, or the one before when that is damaged."""
    for path in (place.autosave, place.autosave_before):
        if not path.exists():
            continue
        try:
            return path, load_show(path)
        except ConfigError as error:
            logger.error("%s", error)
    return place.autosave, None
