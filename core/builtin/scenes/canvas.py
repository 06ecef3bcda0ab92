"""The sheet a scene is drawn on. A wide picture shows more of a scene; it never shows wider things.

y runs from -1 at the top to 1 at the bottom. x has the same unit and its zero in the middle.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

Field: TypeAlias = NDArray[np.floating[Any]]  # (height, width), a value a pixel; float32
Image: TypeAlias = NDArray[np.floating[Any]]  # (height, width, 3), red, green, blue, 0..1 and above; float32
Colour: TypeAlias = NDArray[np.floating[Any]]  # (3,)

REFERENCE_HEIGHT = 256  # sizes in pixels (stars, windows of houses) are meant for this height


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    width: int
    height: int
    x: Field
    y: Field
    columns: Field  # x of each column, shape (width,)

    @property
    def aspect(self) -> float:
        return self.width / self.height

    @property
    def pixels_per_unit(self) -> float:
        return self.height / 2

    @property
    def grain(self) -> int:
        """Side in pixels of what is one pixel at the reference height."""
        return max(1, round(self.height / REFERENCE_HEIGHT))

    def blank(self, colour: Colour) -> Image:
        return np.zeros((self.height, self.width, 3), np.float32) + colour

    def across(self, rng: np.random.Generator, part: float = 1.0) -> float:
        """A random x within the middle part of the width."""
        return rng.uniform(-part, part) * self.aspect

    def row(self, y: float) -> int:
        return int((y + 1) * self.pixels_per_unit)

    def column(self, x: float) -> int:
        return int((x + self.aspect) * self.pixels_per_unit)

    def window(self, x: float, y: float, reach: float) -> tuple[slice, slice]:
        """Rows and columns of the square around (x, y), cut at the borders; may be empty."""
        rows = slice(max(0, self.row(y - reach)), max(0, min(self.height, self.row(y + reach) + 1)))
        columns = slice(max(0, self.column(x - reach)), max(0, min(self.width, self.column(x + reach) + 1)))
        return rows, columns


@lru_cache(maxsize=4)
def make_canvas(width: int, height: int) -> Canvas:
    aspect = width / height
    columns = (((np.arange(width) + 0.5) / width * 2 - 1) * aspect).astype(np.float32)
    rows = ((np.arange(height) + 0.5) / height * 2 - 1).astype(np.float32)
    x, y = np.meshgrid(columns, rows)
    for each in (x, y, columns):
        each.flags.writeable = False
    return Canvas(width, height, x, y, columns)
