"""What a run starts with: the show file or the autosave of the last run, and settings from all places in their order."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from core.control.commands import CueDraft
from core.control.errors import ConfigError
from core.control.preset import Preset
from core.prompt_tags import in_words, tags_of
from live.config import Settings, apply_table
from live.show.state import Whereabouts
from live.storage.log_reader import Track
from live.storage.picture_check import require_pictures
from live.storage.setlist_file import draft_from_prompt
from live.storage.show_file import ShowFile, demo_setlist, load_show
from live.storage.show_paths import Restore, ShowPlace, backup_of, find_autosave, place_of

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ShowStart:
    """place None: this show is not kept on disk. is_restored: it goes on where an autosave has left it."""

    settings: Settings
    cues: Sequence[CueDraft]
    where: Whereabouts | None = None
    presets: Sequence[Preset] = ()
    place: ShowPlace | None = None
    is_restored: bool = False


def start_live(
    settings: Settings, command_line: Mapping[str, Any], show: Path | None, prompts: Sequence[str], state_folder: Path,
    restore: Restore, claim: Callable[[ShowPlace], ShowPlace] = lambda place: place,
) -> ShowStart:  # fmt: skip
    """The start of a live run.

    Args:
        settings: defaults with the settings file over them.
        command_line: in the shape of a settings file; it goes over everything else.
        show: a show file or setlist; None takes that of the settings.
        prompts: of the command line, as cues behind those of the show.
        state_folder: where a show goes that has no file yet.
        restore: when the autosave of the last run is taken up.
        claim: takes the place of the show for this run, or the next one that is free.

    Raises:
        ConfigError: a file is damaged, or there is nothing to restore though that was asked for.
    """
    path = _path(settings, show)
    place = place_of(path, settings.session.folder, state_folder)
    if settings.session.enabled:
        place = claim(place)
    is_new = path is None and bool(prompts) and restore is not Restore.ALWAYS
    saved = find_autosave(place, path, restore) if settings.session.enabled and not is_new else None
    start = _start(settings, command_line, saved or _load(path), () if saved else prompts)
    return replace(start, place=place if settings.session.enabled else None, is_restored=saved is not None)


def start_offline(
    settings: Settings, command_line: Mapping[str, Any], show: Path | None, prompts: Sequence[str]
) -> ShowStart:
    """The same for a film: from its first cue, and nothing is kept.

    Raises:
        ConfigError: also when a picture of a cue cannot be had.
    """
    start = _start(settings, command_line, _load(_path(settings, show)), prompts)
    require_pictures(start.cues)
    return replace(start, where=None)


def start_replay(settings: Settings, command_line: Mapping[str, Any], track: Track) -> Settings:
    """The settings for a film of a show that was played: its own, but what the command line says; never another frame rate."""
    wanted = _start(settings, command_line, track.show, ()).settings
    return replace(wanted, output=replace(wanted.output, fps=track.fps))


def _path(settings: Settings, show: Path | None) -> Path | None:
    return show or (Path(settings.setlist) if settings.setlist else None)


def _load(path: Path | None) -> ShowFile | None:
    if path is None:
        return None
    try:
        return load_show(path)
    except ConfigError as error:
        before = backup_of(path)
        if not before.exists():
            raise
        raise ConfigError(f"{error}; the file before it is kept in {before}") from None


def _start(
    settings: Settings, command_line: Mapping[str, Any], show: ShowFile | None, prompts: Sequence[str]
) -> ShowStart:
    cues = [] if show is None else list(show.state.cues)
    cues += [draft_from_prompt(prompt, "command line: --prompt") for prompt in prompts]
    tags = [(number, tags_of(cue)) for number, cue in enumerate(cues, start=1)]
    if tagged := [each for each in tags if each[1]]:
        logger.warning("%s", in_words(tagged))
    if show is None:
        return ShowStart(apply_table(settings, command_line, "command line"), cues or demo_setlist())
    settings = apply_table(settings, show.settings, "settings of the show")
    parameters = MappingProxyType({**settings.parameters, **show.state.parameters})
    settings = apply_table(replace(settings, parameters=parameters), command_line, "command line")
    return ShowStart(settings, cues, show.state.whereabouts, show.state.presets or ())
