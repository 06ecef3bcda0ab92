"""What a training is judged by: the decoder in decibels, the whole by pictures of fixed prompts."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

PROMPTS = (
    "sunset over the ocean, orange and purple",
    "green aurora borealis",
    "neon blue tunnel",
    "fiery flames",
    "pink flower",
    "blue jellyfish, dark",
    "synthwave grid, magenta and cyan",
    "gold mandala",
    "city skyline at night, blue",
    "black and white op art stripes",
    "rainbow liquid",
    "purple galaxy",
    "misty mountains, teal",
    "icy snowflake",
    "red eye",
    "jellyfish in a nebula",
    "stained glass, sunset colors",
    "neon laser beams, green",
)


def decibels(pictures: Iterable[NDArray[np.uint8]], others: Iterable[NDArray[np.uint8]]) -> float:
    """Peak signal to noise ratio, the mean over pairs of pictures."""
    errors = [np.square(one.astype(np.float64) - other).mean() for one, other in zip(pictures, others, strict=True)]
    return float(np.mean(10 * np.log10(255**2 / np.array(errors))))
