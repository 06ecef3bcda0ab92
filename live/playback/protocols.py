"""Whom playback works with, each as the few calls that it makes of them. None of these calls may block."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from core.control.commands import Command, Origin
from core.control.mailbox import Latest
from core.control.snapshot import SinkView, WorkerView
from core.frames.frame import Frame
from core.worker.jobs import HostMessage, WorkerMessage
from live.rendering.lookahead import Schedule
from live.show.outlook import Ahead, OnScreen, Outlook
from live.show.playhead import OnAir


class Worker(Protocol):
    """The render worker as playback sees it; live.rendering.supervisor.Compute in a show."""

    @property
    def view(self) -> Latest[WorkerView]: ...

    def send(self, message: HostMessage) -> None: ...

    def receive(self, limit: int) -> list[WorkerMessage]: ...


class Conductor(Protocol):
    """Says what is on screen in each frame: the show itself, or a log of it; live.show.show.Show, live.offline.replay.Replay."""

    @property
    def swing_beat(self) -> float:
        """The beat that oscillators go by."""

    @property
    def on_screen(self) -> OnScreen | None:
        """As in Outlook, at any time."""

    def advance(self, elapsed: float) -> None:
        """Go on to the next frame, by so many seconds of the show."""

    def ahead(self) -> Ahead:
        """What the renderer is to make."""

    def schedule(self) -> Schedule:
        """When that will be on air, as far as one can tell."""

    def outlook(self, ahead: Ahead) -> Outlook:
        """What the frame shows; called when what is ahead has been ordered."""

    def take_dissolve(self) -> float | None:
        """Seconds of the dissolve that the next picture comes in with, once; 0 is a hard cut."""

    def take_remarks(self) -> list[str]:
        """What everybody must be told, once."""


class Output(Protocol):
    """One sink with its runner."""

    def offer(self, frame: Frame) -> None: ...

    def view(self, now: float) -> SinkView: ...


class Stills(Protocol):
    """Writes stills, one at a time; live.storage.stills.Stills in a show."""

    def check(self) -> None:
        """Raises CommandRefused while one is being written."""

    def keep(self, frame: Frame, origin: Origin) -> None: ...


@dataclass(frozen=True, slots=True)
class FrameNote:
    """What a frame was made of that no command tells; a replay goes by these very numbers.

    Attributes:
        on_air: the transition that made the picture, also one that only drifts; None for the test card.
        place: where in its tree, 0..1.
        cue_place: where in its tree the picture of the cue is, 0 or 1.
        beat: that oscillators went by, when a clock from outside led it; None when none did.
        loudness: 0..1, of the sound that was followed; None when it moved nothing.
    """

    on_air: OnAir | None
    place: float = 0.0
    cue_place: float = 0.0
    beat: float | None = None
    loudness: float | None = None


class Log(Protocol):
    """Notes what happens in which frame; live.storage.show_log.ShowLog in a show. No call blocks."""

    def command(self, frame: int, command: Command) -> None: ...

    def dissolve(self, frame: int, seconds: float) -> None: ...

    def frame(self, frame: int, missed: int, note: FrameNote) -> None: ...


class Tell(Protocol):
    """Takes words for who asked, or for everybody. Thread: any; does not block. Playback.announce in a show."""

    def __call__(self, text: str, origin: Origin | None = None, *, is_error: bool = True) -> None: ...
