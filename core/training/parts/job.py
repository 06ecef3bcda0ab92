"""What the parts of a training share: where it is written, and how it goes on."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from core.diffusion.device import has_quick_bfloat16
from core.training.loop import Training

logger = logging.getLogger(__name__)

CROP, BATCH = 96, 5  # pixels a side, and samples of each process: small steps bring more in the first hours


@dataclass(frozen=True, slots=True)
class Job:
    """
    Attributes:
        folder: of everything that is written; its `pictures` are rendered once.
        minutes: of this part, with what it had before.
        pictures: of each shape.
        is_fresh: the text encoder and the denoiser start from nothing, not from the built-in ones.
    """

    part: str
    folder: Path
    minutes: float
    pictures: int
    crop: int = CROP
    batch: int = BATCH
    is_fresh: bool = False

    def checkpoint(self, part: str) -> Path:
        return self.folder / f"{part}.pt"


def resume(training: Training, checkpoint: Path) -> None:
    if checkpoint.exists():
        training.load(checkpoint)
        logger.info("%s: goes on at step %d", checkpoint.stem, training.step_index)


def quick() -> Any:
    return torch.autocast("cpu", torch.bfloat16, enabled=has_quick_bfloat16())
