"""Reads the log of a show into what it says of each frame."""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.control.commands import Command
from core.control.domain import shorten
from core.control.errors import ConfigError, InvalidValue
from core.control.files import read_whole_lines
from core.tree.spec import TransitionSpec
from live.show.plan import Planned
from live.storage.plain import from_plain
from live.storage.show_file import ShowFile, parse_show
from live.storage.show_log import READABLE_SCHEMAS, UNTOLD

LONGEST_DISSOLVE = 60.0  # seconds; more is no log of ours


class Course:
    """A number over the frames, told where it changes.

    before: what it is up to the first of them.
    """

    def __init__(self, before: float | None = None) -> None:
        self._frames = [-1]
        self._values = [before]

    def add(self, frame: int, value: float) -> None:
        """Raises InvalidValue when frames do not rise."""
        if frame <= self._frames[-1]:
            raise InvalidValue(f"frame must be over {self._frames[-1]}, got {frame}")
        self._frames.append(frame)
        self._values.append(value)

    def at(self, frame: int) -> float | None:
        return self._values[bisect_right(self._frames, frame) - 1]


@dataclass(slots=True)
class Track:
    """What a log says, by frame.

    Attributes:
        starts: the transition that went on air in a frame.
        places: where in it the picture is.
        cue_places: where in it the picture of the cue is; None in a log that does not say so.
        beats: that oscillators went by, from where a clock outside gave it; None before.
        loudness: of the sound.
        dissolves: seconds of the dissolve that began in a frame; 0 is a hard cut.
        gaps: frames that were never made, by the first of them.
        last_frame: of the show.
        frame: the one that is made next; `ticks` moves it on.
    """

    fps: float
    show: ShowFile
    commands: dict[int, list[Command]] = field(default_factory=dict)
    starts: dict[int, Planned] = field(default_factory=dict)
    places: Course = field(default_factory=lambda: Course(0.0))
    cue_places: Course = field(default_factory=Course)
    beats: Course = field(default_factory=Course)
    loudness: Course = field(default_factory=lambda: Course(0.0))
    dissolves: dict[int, float] = field(default_factory=dict)
    gaps: dict[int, int] = field(default_factory=dict)
    last_frame: int = 0
    frame: int = 0

    @property
    def first_on_air(self) -> int:
        return min(self.starts)

    def ticks(self) -> Iterator[tuple[int, int]]:
        """The frames that were made, each with how many before it were not."""
        number = 0
        while number <= self.last_frame:
            missed = self.gaps.get(number, 0)
            self.frame = number + missed
            yield self.frame, missed
            number += missed + 1


def read_log(path: Path) -> Track:
    """The log of a show; what a crash cut off at its end is left out.

    Raises:
        ConfigError: says file, line and what is wrong, also when lines are missing in its middle.
    """
    lines = read_whole_lines(path)
    if not lines:
        raise ConfigError(f"{path}: is empty; it must be the log of a show")
    number = 1
    try:
        track = _track(_object(lines[0], path, number), path)
        for number, line in enumerate(lines[1:], start=2):
            _take(track, _object(line, path, number))
    except InvalidValue as error:
        raise ConfigError(f"{path}: line {number}: {error}") from None
    if not track.starts:
        raise ConfigError(f"{path}: nothing was on air in this show")
    return track


def _object(line: str, path: Path, number: int) -> dict[str, Any]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise ConfigError(f"{path}: line {number}: must be a JSON object, got {shorten(line)}")
    return found


def _track(head: dict[str, Any], path: Path) -> Track:
    schema = head.get("log")
    if schema not in READABLE_SCHEMAS:
        known = " or ".join(str(each) for each in READABLE_SCHEMAS)
        raise InvalidValue(f"log must be {known}, got {shorten(schema)}")
    fps, show = from_plain(float, head.get("fps"), "fps"), from_plain(str, head.get("show"), "show")
    cue_places = Course() if schema == 1 else Course(UNTOLD["cue_place"])
    return Track(fps, parse_show(show, path), cue_places=cue_places)


def _take(track: Track, line: dict[str, Any]) -> None:
    """One line into the track; raises InvalidValue."""
    if "lost" in line:
        raise InvalidValue(f"{line['lost']} lines are missing here: the disk was too slow that evening")
    frame = from_plain(int, line.get("frame"), "frame")
    track.last_frame = max(track.last_frame, frame)
    if "command" in line:
        track.commands.setdefault(frame, []).append(from_plain(Command, line["command"], "command"))
    elif "transition" in line:
        spec = from_plain(TransitionSpec, line["transition"], "transition")
        ends = (from_plain(int, line.get(name), name) for name in ("from_cue", "to_cue"))
        track.starts[frame] = Planned(spec, *ends)
    elif "dissolve" in line:
        track.dissolves[frame] = _dissolve(line["dissolve"])
    elif "missed" in line:
        missed = from_plain(int, line["missed"], "missed")
        track.gaps[frame - missed] = missed
    elif not _take_numbers(track, frame, line) and "end" not in line:
        raise InvalidValue(
            "a line must hold command, transition, place, cue_place, beat, loudness, dissolve, missed or end, "
            f"got {shorten(sorted(line))}"
        )


def _take_numbers(track: Track, frame: int, line: Mapping[str, Any]) -> bool:
    """What the picture of a frame went by; whether there was any."""
    parts = {"place": track.places, "cue_place": track.cue_places, "loudness": track.loudness, "beat": track.beats}
    told = {name: from_plain(float, line[name], name) for name in parts if name in line}
    for name, value in told.items():
        is_legal = math.isfinite(value) if name == "beat" else 0 <= value <= 1
        if not is_legal:
            raise InvalidValue(f"{name} must be {'finite' if name == 'beat' else 'in 0..1'}, got {value:g}")
        parts[name].add(frame, value)
    return bool(told)


def _dissolve(value: object) -> float:
    seconds: float = from_plain(float, value, "dissolve")
    if not 0 <= seconds <= LONGEST_DISSOLVE:
        raise InvalidValue(f"dissolve must be in 0..{LONGEST_DISSOLVE:g} seconds, got {seconds:g}")
    return seconds
