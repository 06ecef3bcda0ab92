"""How much fine detail an autoencoder leaves of the scenes, family by family, and whether its cells can be seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np

from core.frames.frame import Pixels

STAGE = (1280, 720)  # pixels of the output that is looked at
COARSE_WIDTH = 448  # what has no more detail than a picture of this width loses nothing on the way down and back


@dataclass(frozen=True, slots=True)
class Acuity:
    """Of the pictures of one family, as they are shown on a stage of 1280x720.

    Attributes:
        kept_detail: mean squared error of scaling down to 448 wide and back, by that of the scenes drawn at 1280x720: 1 is as
            crisp as what is drawn, 0 has nothing that a picture of 448 pixels would not have.
        edge_excess: mean step of brightness over the edges of cells, by that beside them; 1 where no grid shows.
    """

    kept_detail: float
    edge_excess: float


def acuity_of(drawn: Sequence[Pixels], shown: Sequence[Pixels], cell: int) -> Acuity:
    """
    Args:
        drawn: scenes at 1280x720.
        shown: the same through the model, at the size of its leaves.
        cell: pixels of a side of a latent's cell, at the size of a leaf.
    """
    staged = [cv2.resize(picture, STAGE, interpolation=cv2.INTER_CUBIC) for picture in shown]
    wanted, found = (float(np.mean([detail(each) for each in pictures])) for pictures in (drawn, staged))
    return Acuity(found / wanted if wanted else 1.0, float(np.mean([edge_excess(each, cell) for each in shown])))


def detail(picture: Pixels) -> float:
    """Mean squared error, in bytes, of scaling down to 448 wide and back."""
    height, width = picture.shape[:2]
    size = (COARSE_WIDTH, round(height * COARSE_WIDTH / width))
    coarse = cv2.resize(picture.astype(np.float32), size, interpolation=cv2.INTER_AREA)
    back = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC)
    return float(np.square(picture - back).mean())


def edge_excess(picture: Pixels, cell: int) -> float:
    """Mean step of brightness between neighbours across the edges of cells, by that one pixel to either side; 1 for a flat picture."""
    grey = picture.astype(np.float32).mean(2)
    at, beside = [], []
    for lines in (grey, grey.T):
        steps = np.abs(np.diff(lines, axis=1)).mean(0)  # steps[i] lies between columns i and i + 1
        edges = np.arange(cell - 1, len(steps) - 1, cell)
        at.append(steps[edges].mean())
        beside.append((steps[edges - 1].mean() + steps[edges + 1].mean()) / 2)
    total = float(np.sum(beside))
    return float(np.sum(at)) / total if total else 1.0


def report(rows: Mapping[str, Acuity]) -> str:
    """A Markdown table, least kept first, and the mean."""
    lines = ["| family | detail kept | steps at edges of cells |", "| --- | --- | --- |"]
    for name, row in sorted(rows.items(), key=lambda item: item[1].kept_detail):
        lines.append(f"| {name} | {row.kept_detail:.2f} | {row.edge_excess:.3f} |")
    kept, excess = ([getattr(row, name) for row in rows.values()] for name in ("kept_detail", "edge_excess"))
    return "\n".join([*lines, f"| mean of {len(rows)} | {np.mean(kept):.2f} | {np.mean(excess):.3f} |"])
