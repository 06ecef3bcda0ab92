"""A show that was played, from its log: the same hands, and in every frame the same place in the same transition.

What was on air is taken from the log and not decided again: when a tree was ready, and where GO turned off, went by how fast
the machine was that evening. Here every tree is complete before its first frame. So is what came from outside: how loud the
sound was, and the beat of another clock.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import replace

from core.control import commands as c
from core.control.commands import Command, Origin, Submission, Surface
from core.control.mailbox import CommandQueue
from core.control.snapshot import Snapshot
from core.tree.graft import in_size
from live.audio.follower import Level
from live.playback.playback import Playback
from live.rendering.deadlines import URGENT_COUNT
from live.rendering.lookahead import Schedule
from live.show.outlook import Ahead, OnScreen, Outlook
from live.show.plan import Planned
from live.show.playhead import OnAir
from live.show.show import Show
from live.storage.log_reader import Track

LOG_ORIGIN = Origin(Surface.SHOW, "log")
COMING = 3  # transitions that are rendered behind the one on air


class Replay:
    """Leads the picture through a track, in the place of the rules of the show: a `Conductor`. Thread: playback only.

    Args:
        show: on which the commands of the track act; all but those that lead it, see `LoggedCommands`.
    """

    def __init__(self, track: Track, show: Show) -> None:
        self._track = track
        self._show = show
        self._frames = sorted(track.starts)  # in which something goes on air
        self._begun = -1  # index of the transition on air
        self._shown: OnAir | None = None
        self._place = 0.0
        self._dissolve: float | None = None
        self._ahead = Ahead()
        self._ahead_from = (-1, -1)  # indices of the one on air and of that of this frame

    @property
    def swing_beat(self) -> float:
        beat = self._track.beats.at(self._track.frame)
        return self._show.swing_beat if beat is None else beat

    @property
    def on_screen(self) -> OnScreen | None:
        if self._shown is None:
            return None
        transition = self._shown.transition
        return transition, transition.segment.moment_of(self._place)

    def advance(self, elapsed: float) -> None:
        track, index = self._track, self._index()
        self._dissolve = track.dissolves.get(track.frame)
        if index < 0:
            return
        if index != self._begun:
            self._begun, self._shown = index, self._find(track.starts[self._frames[index]])
        self._place = track.places.at(track.frame) or 0.0
        assert self._shown is not None, "a frame has a place in no transition"
        position = self._shown.transition.segment.moment_of(self._place)
        self._show.playhead.follow(self._shown, position, is_resting=self._place in (0.0, 1.0))

    def ahead(self) -> Ahead:
        """The transition of this frame and those that follow in the track, each once.

        In the frame that takes another one on air that from the frame before is the first: a panic there begins with its cue.
        """
        now, settings = max(0, self._index()), self._show.specs.settings
        first = self._begun if 0 <= self._begun < now else now
        if settings is not None and self._ahead_from != (first, now):
            frames = {self._frames[first], *self._frames[now : now + 1 + COMING]}
            planned = [self._track.starts[frame] for frame in sorted(frames)]
            sized = {each.spec: each for each in (replace(each, spec=in_size(each.spec, settings)) for each in planned)}
            self._ahead_from = (first, now)
            follow = tuple(sized.values())
            self._ahead = Ahead(follow, URGENT_COUNT, self._show.playhead.kept, follow[1:], tuple(sized))
        return self._ahead

    def schedule(self) -> Schedule:
        """Nobody waits for a leaf: all of them are made before their frame."""
        return Schedule()

    def outlook(self, ahead: Ahead) -> Outlook:
        seen, on_screen = self._show.outlook(ahead), self.on_screen
        place, cue_leaf = self._track.cue_places.at(self._track.frame), seen.cue_leaf
        if on_screen is not None and place is not None:
            cue_leaf = on_screen[0], place
        return replace(
            seen,
            on_screen=on_screen,
            cue_leaf=cue_leaf,
            position=0.0 if on_screen is None else on_screen[1],
            is_moving=False,  # nothing counts as repeated here: it was so in the show
        )

    def take_dissolve(self) -> float | None:
        dissolve, self._dissolve = self._dissolve, None
        return dissolve

    def take_remarks(self) -> list[str]:
        return self._show.take_remarks()

    def _find(self, planned: Planned) -> OnAir:
        assert self._show.specs.settings is not None, "a frame was made before the model was there"
        transition = self._show.plan.find(in_size(planned.spec, self._show.specs.settings))
        assert transition is not None, "a frame was made before its tree was there"
        return OnAir(transition, planned.from_cue, planned.to_cue)

    def _index(self) -> int:
        """Of the transition on air in this frame; -1 before the first."""
        return bisect_right(self._frames, self._track.frame) - 1


class LoggedCommands(CommandQueue):
    """What was carried out in the frame that is made, in that order: it was coalesced when it was played.

    Where commands have led the show is in the track; those would lead it there a second time, and come without that.
    """

    def __init__(self, track: Track) -> None:
        super().__init__()
        self._track = track

    def drain(self, limit: int) -> list[Submission]:
        commands = self._track.commands.get(self._track.frame, ())
        return [Submission(rest, LOG_ORIGIN) for command in commands for rest in without_leading(command)]


def without_leading(command: Command) -> tuple[Command, ...]:
    """What is left of a command when the places of the show are known already."""
    match command:
        case c.Go():
            return c.SetParameter("hold", False), c.ReleasePanic()
        case c.GoBack():
            return (c.SetParameter("hold", False),)
        case c.Cut() | c.ReleasePosition():
            return ()
        case c.SetParameter("position") | c.AddToParameter("position") | c.ResetParameter("position"):
            return ()
    return (command,)


def play(track: Track, playback: Playback, wait: Callable[[], None]) -> Iterator[Snapshot]:
    """Make the frames of a track, one after the other.

    Args:
        track: keeps where it is in it.
        playback: with a Replay and LoggedCommands of this track.
        wait: returns when the next frame can be final.
    """
    for number, missed in track.ticks():
        now = number / track.fps
        playback.loudness.put(Level(track.loudness.at(number) or 0.0, now))
        wait()
        yield playback.tick(now, missed=missed)
