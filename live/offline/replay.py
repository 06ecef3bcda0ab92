"""A show that was played, from its log: the same hands, and in every frame the same place in the same transition.

What was on air is taken from the log and not decided again: when a tree was ready, and where GO turned off, went by how fast
the machine was that evening. Here every tree is complete before its first frame. So is what came from outside: how loud the
sound was, and the beat of another clock.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from core.control.commands import Origin, Submission, Surface
from core.control.mailbox import CommandQueue
from core.control.snapshot import Snapshot
from core.tree.graft import in_size
from live.audio.follower import Level
from live.playback.playback import Playback
from live.rendering.transition import Transition
from live.show.plan import Planned
from live.show.playhead import OnAir
from live.show.show import Show
from live.storage.log_reader import Track

LOG_ORIGIN = Origin(Surface.SHOW, "log")
COMING = 3  # transitions that are rendered behind the one on air


class ReplayedShow(Show):
    """A show whose playhead follows a track; hands act on everything else. Thread: playback only."""

    def __init__(self, track: Track, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._track = track
        self._frames = sorted(track.starts)  # in which something goes on air
        self._begun = -1  # index of the transition on air
        self._place = 0.0
        self._shown: OnAir | None = None
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
        now, settings = max(0, self._index()), self.specs.settings
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
        assert self._shown is not None
        position = self._shown.transition.segment.moment_of(self._place)
        self.playhead.follow(self._shown, position, is_resting=self._place in (0.0, 1.0))

    def _take(self, planned: Planned) -> None:
        assert self.specs.settings is not None, "a frame was made before the model was there"
        transition = self.plan.find(in_size(planned.spec, self.specs.settings))
        assert transition is not None, "a frame was made before its tree was there"
        self._shown = OnAir(transition, planned.from_cue, planned.to_cue)

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
