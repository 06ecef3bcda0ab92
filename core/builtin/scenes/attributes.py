"""What a scene shows, in words that the vocabulary knows."""

from __future__ import annotations

from dataclasses import dataclass

from core.builtin.scenes.palette import COLOURS, PAIRABLE
from core.builtin.scenes.vocabulary import BACKDROPS, FAMILIES, SUBJECTS, Mood, Style


@dataclass(frozen=True, slots=True)
class SceneAttributes:
    """One scene, but for the chances of its seed.

    Raises:
        ValueError: a word that the vocabulary lacks, or a combination that no painter knows.
    """

    family: str
    colour: str
    second_colour: str | None = None
    mood: Mood | None = None
    style: Style | None = None
    backdrop: str | None = None  # another family, behind a subject

    def __post_init__(self) -> None:
        _require("family", self.family, FAMILIES)
        _require("colour", self.colour, COLOURS)
        if self.second_colour is not None:
            _require("colour beside a second colour", self.colour, PAIRABLE)
            _require("second colour", self.second_colour, PAIRABLE)
        if self.backdrop is not None:
            _require("family before a backdrop", self.family, SUBJECTS)
            _require("backdrop", self.backdrop, BACKDROPS)


def _require(name: str, value: str, allowed: tuple[str, ...]) -> None:
    if value not in allowed:
        raise ValueError(f"{name} must be one of {', '.join(allowed)}; got {value!r}")
