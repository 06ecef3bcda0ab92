"""Hand-over between threads: CommandQueue towards playback, Latest away from it. Neither ever blocks for long.

Values are coalesced, actions keep their order: a flood of fader moves between two frames becomes one move, but never
overtakes a GO that was sent before or after it.
"""

from __future__ import annotations

import threading
from collections.abc import Hashable
from typing import Generic, TypeVar

from core.control.commands import (
    AddToParameter,
    Origin,
    Panic,
    ResetParameter,
    SetParameter,
    Submission,
)
from core.control.errors import CommandRefused
from core.control.parameters import PARAMETERS

T = TypeVar("T")

_UNSTOPPABLE = PARAMETERS.names_where(lambda parameter: parameter.is_unstoppable)

PANIC_PRESSES = 2  # in one frame; the second one means at once, a third has nothing to add
DEFAULT_CAPACITY = 1024  # 34 commands a frame at 30 fps for a whole second; no hand does that


class Latest(Generic[T]):
    """One slot; the newest value wins."""

    def __init__(self, value: T) -> None:
        self._value = value

    def put(self, value: T) -> None:
        """Thread: the owner's. Assigning one reference is atomic, so no lock."""
        self._value = value

    def get(self) -> T:
        """Thread: any; does not block."""
        return self._value


class CommandQueue:
    """Bounded queue of submissions with coalescing of values and a place of their own for unstoppable ones."""

    def __init__(self, capacity: int = DEFAULT_CAPACITY) -> None:
        self._capacity = capacity
        self._lock = threading.Lock()
        self._pending: dict[Hashable, Submission] = {}
        self._unstoppable: dict[str, Submission] = {}
        self._panics: list[Submission] = []
        self._epoch = 0
        self._dropped_values = 0

    @property
    def dropped_values(self) -> int:
        """How many continuous values were dropped because the queue was full."""
        return self._dropped_values

    def submit(self, submission: Submission) -> None:
        """Queue a command for the next tick. Thread: any; does not block.

        Raises:
            CommandRefused: the queue is full and the command is an action; values are dropped and counted instead.
        """
        command = submission.command
        with self._lock:
            if isinstance(command, SetParameter | ResetParameter) and command.name in _UNSTOPPABLE:
                self._unstoppable[command.name] = submission
                return
            if isinstance(command, Panic):
                self._panics = [*self._panics, submission][:PANIC_PRESSES]
                return
            if isinstance(command, SetParameter):
                self._pending.pop(
                    ("add", command.name, self._epoch), None
                )  # what it was moved to does not matter any more
                self._submit_value(("set", command.name, self._epoch), submission)
                return
            if isinstance(command, AddToParameter):
                self._submit_move(command, submission.origin)
                return
            if len(self._pending) >= self._capacity:
                raise CommandRefused(f"{type(command).__name__} refused: {self._capacity} commands already wait")
            self._epoch += 1
            self._pending[self._epoch] = submission

    def drain(self, limit: int) -> list[Submission]:
        """Take at most `limit` submissions, and panics behind them, so that no GO of the same frame takes one back.

        Unstoppable values come first. Thread: playback only.
        """
        with self._lock:
            taken = list(self._unstoppable.values())
            self._unstoppable.clear()
            keys = list(self._pending)[: max(0, limit - len(taken))]
            taken.extend(self._pending.pop(key) for key in keys)
            taken.extend(self._panics)
            self._panics = []
        return taken

    def _submit_move(self, move: AddToParameter, origin: Origin) -> None:
        """Endless knobs add up within a frame."""
        key = ("add", move.name, self._epoch)
        waiting = self._pending.get(key)
        if waiting is not None and isinstance(waiting.command, AddToParameter):
            move = AddToParameter(move.name, waiting.command.delta + move.delta)
        self._submit_value(key, Submission(move, origin))

    def _submit_value(self, key: Hashable, submission: Submission) -> None:
        if key not in self._pending and len(self._pending) >= self._capacity:
            self._dropped_values += 1
            return
        self._pending[key] = submission
