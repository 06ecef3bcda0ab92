"""Noise that scenes are textured with: tileable banks, made once and looked up, and one-dimensional profiles."""

from __future__ import annotations

from enum import Enum
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.builtin.scenes.canvas import Canvas, Field

SIDE = 1024  # of a bank, in texels; a power of two, so that wrapping is a bit mask
CELLS = 8  # cells along a side of the cell banks
Offset = tuple[int, int]


class Bank(Enum):
    """All banks are 0..1, about uniform, except the distances of the cell banks."""

    SOFT = "soft"
    CLOUDY = "cloudy"
    FINE = "fine"
    RIDGES = "ridges"
    CELL_CENTRE = "cell centre"  # distance to the centre of the cell, in cells
    CELL_EDGE = "cell edge"  # about twice the distance to the next cell
    CELL_SHADE = "cell shade"  # one random value for each cell


SPECTRA = {  # seed, steepness, lowest and highest frequency
    Bank.SOFT: (1, 2.6, 2, 200),
    Bank.CLOUDY: (2, 1.9, 2, 400),
    Bank.FINE: (3, 1.45, 4, 400),
    Bank.RIDGES: (5, 2.0, 2, 400),
}


def random_offset(rng: np.random.Generator) -> Offset:
    across, down = rng.integers(0, SIDE, 2)
    return int(across), int(down)


def texture(rng: np.random.Generator, bank: Bank, x: Field, y: Field, scale: float) -> Field:
    """A random place of a bank, seen through the coordinates x and y; scale is texels a unit."""
    return texture_at(bank, x, y, scale, random_offset(rng))


def texture_at(bank: Bank, x: Field, y: Field, scale: float, offset: Offset) -> Field:
    table = _bank(bank)
    across, down = x * scale + offset[0], y * scale + offset[1]
    left, top = np.floor(across), np.floor(down)
    column, row = left.astype(np.int32) & (SIDE - 1), top.astype(np.int32) & (SIDE - 1)
    if bank is Bank.CELL_SHADE:
        shade: Field = table[row, column]
        return shade
    right, below = (column + 1) & (SIDE - 1), (row + 1) & (SIDE - 1)
    part_x, part_y = (across - left).astype(np.float32), (down - top).astype(np.float32)
    upper = table[row, column] * (1 - part_x) + table[row, right] * part_x
    lower = table[below, column] * (1 - part_x) + table[below, right] * part_x
    result: Field = upper + (lower - upper) * part_y
    return result


def profile(
    rng: np.random.Generator,
    count: int,
    *,
    steepness: float = 1.6,
    lowest: float = 1,
    highest: float = 80,
    periods: float = 1,
) -> Field:
    """A wavy line of count values, -1..1; frequencies are waves in count / periods values."""
    frequency = np.arange(count // 2 + 1, dtype=np.float32) / periods
    frequency[0] = 1
    is_used = (frequency >= lowest) & (frequency <= highest)
    is_used[0] = False
    strength = np.where(is_used, frequency**-steepness, 0)
    phases = rng.standard_normal(len(frequency)) + 1j * rng.standard_normal(len(frequency))
    line = np.fft.irfft(phases * strength, n=count).astype(np.float32)
    result: Field = line / (np.abs(line).max() + 1e-6)
    return result


def skyline(rng: np.random.Generator, canvas: Canvas, *, steepness: float = 1.6, highest: float = 80) -> Field:
    """A profile over the columns of a canvas, of the same shape whatever its width."""
    return profile(rng, canvas.width, steepness=steepness, highest=highest, periods=canvas.aspect)


@cache
def _bank(bank: Bank) -> Field:
    if bank in SPECTRA:
        table = _spectral_noise(*SPECTRA[bank])
        return (1 - np.abs(2 * table - 1)).astype(np.float32) if bank is Bank.RIDGES else table
    return _cells()[bank]


def _spectral_noise(seed: int, steepness: float, lowest: float, highest: float) -> Field:
    rng = np.random.default_rng(seed)
    axis = np.fft.fftfreq(SIDE) * SIDE
    frequency = np.sqrt(axis[:, None] ** 2 + axis[None, : SIDE // 2 + 1] ** 2)
    frequency[0, 0] = 1
    strength = np.where((frequency >= lowest) & (frequency <= highest), frequency**-steepness, 0)
    phases = rng.standard_normal(frequency.shape) + 1j * rng.standard_normal(frequency.shape)
    noise = np.fft.irfft2(phases * strength, s=(SIDE, SIDE))
    result: Field = (1 / (1 + np.exp(-1.7 * noise / noise.std()))).astype(np.float32)  # from normal to about uniform
    return result


@cache
def _cells() -> dict[Bank, Field]:
    """Cellular noise (Worley 1996): one random point in each square of a grid."""
    rng = np.random.default_rng(6)
    points, shades = rng.random((CELLS, CELLS, 2)), rng.random((CELLS, CELLS))
    place = (np.arange(SIDE) + 0.5) / SIDE * CELLS
    nearest = np.full((SIDE, SIDE), 9.0, np.float32)
    second, shade = nearest.copy(), nearest.copy()
    for down in (-1, 0, 1):
        for across in (-1, 0, 1):
            distance, candidate = _neighbour(place, points, shades, (across, down))
            is_nearer = distance < nearest
            second = np.where(is_nearer, nearest, np.minimum(second, distance))
            shade = np.where(is_nearer, candidate, shade)
            nearest = np.minimum(nearest, distance)
    return {Bank.CELL_CENTRE: nearest, Bank.CELL_EDGE: second - nearest, Bank.CELL_SHADE: shade}


def _neighbour(place: NDArray[Any], points: NDArray[Any], shades: NDArray[Any], step: Offset) -> tuple[Field, Field]:
    """Distance from each texel to the point of the square beside its own, and that square's shade."""
    column = np.floor(place).astype(np.int32) + step[0]
    row = np.floor(place).astype(np.int32) + step[1]
    rows, columns = np.meshgrid(row % CELLS, column % CELLS, indexing="ij")
    x = column[None, :] + points[rows, columns, 0] - place[None, :]
    y = row[:, None] + points[rows, columns, 1] - place[:, None]
    return np.sqrt(x * x + y * y).astype(np.float32), shades[rows, columns].astype(np.float32)
