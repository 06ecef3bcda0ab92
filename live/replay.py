"""A show that was played, from its log: the same hands, and in every frame the same place in the same transition.

What was on air is taken from the log and not decided again: when a tree was ready, and where GO turned off, went by how fast
the machine was that evening. Here every tree is complete before its first frame. So is what came from outside: how loud the
sound was, and the beat of another clock.
"""

from __future__ import annotations

import json
import math
from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from core.control.commands import Command, Origin, Submission, Surface
from core.control.domain import shorten
from core.control.errors import ConfigError, InvalidValue
from core.control.mailbox import CommandQueue
from core.control.snapshot import Snapshot
from core.plain import from_plain
from core.tree.graft import in_size
from core.tree.spec import TransitionSpec
from live.audio.follower import Level
from live.files import read_whole_lines
from live.plan import Planned
from live.playback import Playback
from live.playhead import OnAir
from live.show import Show
from live.show_file import ShowFile, parse_show
from live.show_log import READABLE_SCHEMAS, UNTOLD
from live.transition import Transition

LOG_ORIGIN = Origin(Surface.SHOW, "log")
LONGEST_DISSOLVE = 60.0  # seconds; more is no log of ours
COMING = 3  # transitions that are rendered behind the one on air


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
        frame: the one that is made next; set it before each tick.
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
            yield number + missed, missed
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


class ReplayedShow(Show):
    """A show whose playhead follows a track; hands act on everything else. Thread: playback only."""

    def __init__(self, track: Track, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._track = track
        self._frames = sorted(track.starts)  # in which something goes on air
        self._begun = -1  # index of the transition on air
        self._place = 0.0
        self._coming: tuple[Planned, ...] = ()
        self._coming_from = (-1, -1)  # indices of the one on air and of that of this frame

    @property
    def is_moving(self) -> bool:
        """Nothing counts as repeated here: it was so in the show."""
        return False

    @property
    def shown_position(self) -> float:
        return 0.0 if self.on_air is None else self.on_air.transition.segment.moment_of(self._place)

    @property
    def cue_leaf(self) -> tuple[Transition, float] | None:
        place = self._track.cue_places.at(self._track.frame)
        if self.on_air is None or place is None:
            return super().cue_leaf
        return self.on_air.transition, place

    @property
    def swing_beat(self) -> float:
        beat = self._track.beats.at(self._track.frame)
        return super().swing_beat if beat is None else beat

    # Where hands have led the show is in the track; what they ask for would lead it there a second time.

    def ask_go(self) -> None: ...

    def ask_cut(self) -> None: ...

    def scrub(self, position: float) -> None: ...

    def forget_pending(self) -> None: ...

    # Time

    def wanted(self) -> tuple[Planned, ...]:
        """The transition of this frame and those that follow in the track, each once.

        In the frame that takes another one on air that from the frame before is the first: a panic there begins with its cue.
        """
        now, settings = max(0, self._index()), self.plan.settings
        first = self._begun if 0 <= self._begun < now else now
        if settings is not None and self._coming_from != (first, now):
            frames = {self._frames[first], *self._frames[now : now + 1 + COMING]}
            planned = [self._track.starts[frame] for frame in sorted(frames)]
            sized = [replace(each, spec=in_size(each.spec, settings)) for each in planned]
            self._coming_from, self._coming = (first, now), tuple({each.spec: each for each in sized}.values())
        return self._coming

    def advance(self, elapsed: float) -> None:
        self.dissolve = self._track.dissolves.get(self._track.frame)
        index = self._index()
        if index < 0:
            return
        if index != self._begun:
            self._begun = index
            self._take(self._track.starts[self._frames[index]])
        self._place = self._track.places.at(self._track.frame) or 0.0
        self.playhead.position = self.shown_position
        self.playhead.is_resting = self._place in (0.0, 1.0)

    def _take(self, planned: Planned) -> None:
        assert self.plan.settings is not None, "a frame was made before the model was there"
        transition = self.plan.find(in_size(planned.spec, self.plan.settings))
        assert transition is not None, "a frame was made before its tree was there"
        self.playhead.take(OnAir(transition, planned.from_cue, planned.to_cue), 0.0, is_resting=False)

    def _index(self) -> int:
        """Of the transition on air in this frame; -1 before the first."""
        return bisect_right(self._frames, self._track.frame) - 1


class LoggedCommands(CommandQueue):
    """What was carried out in the frame that is made, in that order: it was coalesced when it was played."""

    def __init__(self, track: Track) -> None:
        super().__init__()
        self._track = track

    def drain(self, limit: int) -> list[Submission]:
        return [Submission(command, LOG_ORIGIN) for command in self._track.commands.get(self._track.frame, ())]


def play(track: Track, playback: Playback, wait: Callable[[], None]) -> Iterator[Snapshot]:
    """Make the frames of a track, one after the other.

    Args:
        track: where it is in it is kept there.
        playback: of a ReplayedShow and LoggedCommands of this track.
        wait: returns when the next frame can be final.
    """
    for number, missed in track.ticks():
        track.frame = number
        now = number / track.fps
        playback.loudness.put(Level(track.loudness.at(number) or 0.0, now))
        wait()
        yield playback.tick(now, missed=missed)
