"""Cuts work into batches that fit into memory; too large a batch costs a retry, never the job."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from math import ceil
from typing import TypeVar

from core.tree.denoiser import OutOfMemory

logger = logging.getLogger(__name__)

T = TypeVar("T")
R = TypeVar("R")


class Batches:
    """Remembers what fitted: after an OutOfMemory the limit stays at half of the batch that was too large."""

    def __init__(self, limit: int) -> None:
        assert limit > 0, "a batch holds at least one item"
        self.limit = limit

    def run(self, items: Sequence[T], work: Callable[[Sequence[T]], Sequence[R]]) -> Iterator[list[tuple[T, R]]]:
        """Work through all items in batches of about equal size, and yield each batch with its results.

        Raises:
            OutOfMemory: not even one item fits.
        """
        done = 0
        while done < len(items):
            left = len(items) - done
            batch = items[done : done + ceil(left / ceil(left / self.limit))]
            try:
                results = work(batch)
            except OutOfMemory:
                if len(batch) == 1:
                    raise
                self.limit = len(batch) // 2
                logger.warning("out of memory with a batch of %d; going on with %d", len(batch), self.limit)
                continue
            done += len(batch)
            yield list(zip(batch, results, strict=True))
