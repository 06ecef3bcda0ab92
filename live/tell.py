"""How a helper thread says what became of a thing that a hand has asked for."""

from __future__ import annotations

from typing import Protocol

from core.control.commands import Origin


class Tell(Protocol):
    """Takes words for who asked, or for everybody. Thread: any; does not block. Playback.announce in a show."""

    def __call__(self, text: str, origin: Origin | None = None, *, is_error: bool = True) -> None: ...
