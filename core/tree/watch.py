"""How the growing of a round is seen, stopped and counted from outside."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from core.frames.frame import Pixels

logger = logging.getLogger(__name__)


class Cancelled(Exception):
    """The round was stopped on request; what was finished before it stays in the tree."""


def _go_on() -> bool:
    return False


def _ignore(*_: object) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Watch:
    """How a round is seen from outside. All are called in the growing thread, between two calls of the model.

    Attributes:
        should_stop: asked before each call of the model.
        on_progress: sample evaluations that are done, and those of the whole round.
        on_leaf: a place and its picture, (height, width, 3) uint8 RGB.
        on_shortage: what was done where memory ended, in words.
        playhead: a place; leaves behind it are painted last.
    """

    should_stop: Callable[[], bool] = _go_on
    on_progress: Callable[[int, int], None] = _ignore
    on_leaf: Callable[[float, Pixels], None] = _ignore
    on_shortage: Callable[[str], None] = logger.warning
    playhead: float = 0.0


@dataclass(slots=True)
class Effort:
    """What a round took: calls of the model, and the samples in them (two for each branch with guidance)."""

    unet_calls: int = 0
    sample_evaluations: int = 0
