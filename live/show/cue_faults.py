"""Cues that cannot be shown because a file of theirs cannot be had: the show passes them over until it is there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from core.control.commands import CueDraft
from core.setlist import Cue
from live.values.parameters import LiveParameters

FileFaults = Mapping[str, str]  # why a file cannot be had, by its path

NO_FAULTS: FileFaults = MappingProxyType({})


class CueFaults:
    """Thread: playback only.

    Attributes:
        files: those that somebody has looked at and found wanting; replaced as a whole.
    """

    def __init__(self, parameters: LiveParameters) -> None:
        self.files = NO_FAULTS
        self._parameters = parameters

    def replace(self, files: FileFaults) -> None:
        """Go by another look at the files."""
        self.files = files

    def of(self, cue: CueDraft) -> str:
        """Why this cue cannot be shown; empty when it can. With strength 1 a picture is not needed."""
        if not self.files:
            return ""
        strength = self._parameters.settled("strength") if cue.strength is None else cue.strength
        picture = cue.picture if float(strength) < 1 else ""
        mask = cue.mask if self._parameters.settled("mask") else ""
        return self.files.get(picture) or self.files.get(mask) or ""


def in_words(cues: Sequence[Cue], path: str, fault: str) -> str:
    """What the operator is told of a file, with the cues that are not shown for it."""
    numbers = [str(number) for number, cue in enumerate(cues, start=1) if path in (cue.picture, cue.mask)]
    which = f"cues {', '.join(numbers)}" if len(numbers) > 1 else f"cue {''.join(numbers)}"
    return f"{which} cannot be shown: {fault}"
