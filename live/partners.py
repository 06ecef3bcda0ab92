"""Whom playback works with, each as the few calls that it makes of them. None of these calls may block."""

from __future__ import annotations

from typing import Protocol

from core.control.commands import Command, Origin
from core.control.mailbox import Latest
from core.control.snapshot import SinkView, WorkerView
from core.frames.frame import Frame
from core.worker.jobs import HostMessage, WorkerMessage
from live.playhead import OnAir


class Worker(Protocol):
    """The render worker as playback sees it; live.compute.Compute in a show."""

    @property
    def view(self) -> Latest[WorkerView]: ...

    def send(self, message: HostMessage) -> None: ...

    def receive(self, limit: int) -> list[WorkerMessage]: ...


class Output(Protocol):
    """One sink with its runner."""

    def offer(self, frame: Frame) -> None: ...

    def view(self, now: float) -> SinkView: ...


class Stills(Protocol):
    """Writes stills, one at a time; live.stills.Stills in a show."""

    def check(self) -> None:
        """Raises CommandRefused while one is being written."""

    def keep(self, frame: Frame, origin: Origin) -> None: ...


class Log(Protocol):
    """Notes what happens in which frame; live.show_log.ShowLog in a show. No call blocks."""

    def command(self, frame: int, command: Command) -> None: ...

    def dissolve(self, frame: int, seconds: float) -> None: ...

    def frame(self, frame: int, missed: int, shown: OnAir | None, place: float) -> None: ...
