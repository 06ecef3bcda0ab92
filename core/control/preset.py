"""A preset: the look under a name and a number, to be recalled by one touch. The number is a place on the pads, and stays when
others go.
"""

from __future__ import annotations

from dataclasses import dataclass

from core.control.domain import Domain, Kind, Value

MAX_PRESETS = 64  # the pads of a grid
MAX_NAME_CHARACTERS = 40  # of which a pad shows a dozen

NUMBER = Domain(Kind.INTEGER, 1, MAX_PRESETS)
NAME = Domain(Kind.TEXT, max_length=MAX_NAME_CHARACTERS)
PRESET = Domain(Kind.NAME_OR_NUMBER, 1, MAX_PRESETS, max_length=MAX_NAME_CHARACTERS)

PresetRef = int | str  # its number or its name


@dataclass(frozen=True, slots=True)
class Preset:
    """parameters: legal values of some or all of `core.control.parameters.IN_PRESETS`; what is not named stays as it is."""

    number: int
    name: str
    parameters: tuple[tuple[str, Value], ...]
