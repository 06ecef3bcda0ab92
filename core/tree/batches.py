"""Cuts work into batches that fit into memory; too large a batch costs a retry, never the job."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from math import ceil
from typing import TypeVar

from core.tree.denoiser import OutOfMemory

T = TypeVar("T")
R = TypeVar("R")


def _nothing(*_: object) -> None:
    pass


class Batches:
    """Remembers what fitted: after an OutOfMemory the limit stays at half of the batch that was too large.

    Args:
        limit: the largest batch that is tried.
        free: lets go of memory that is kept for later; asked before one item alone is given up.
    """

    def __init__(self, limit: int, free: Callable[[], None] = _nothing) -> None:
        assert limit > 0, "a batch holds at least one item"
        self.limit = limit
        self._free = free

    def run(
        self,
        items: Sequence[T],
        work: Callable[[Sequence[T]], Sequence[R]],
        report: Callable[[str], None] = _nothing,
    ) -> Iterator[list[tuple[T, R]]]:
        """Work through all items in batches of about equal size, and yield each batch with its results.

        Args:
            items: what is to be done.
            work: does a batch.
            report: is told in words when a batch was too large.

        Raises:
            OutOfMemory: not even one item fits.
        """
        done, is_freed = 0, False
        while done < len(items):
            left = len(items) - done
            batch = items[done : done + ceil(left / ceil(left / self.limit))]
            results = None
            try:
                results = work(batch)
            except OutOfMemory:
                if len(batch) == 1 and is_freed:
                    raise
            if results is not None:
                done, is_freed = done + len(batch), False
                yield list(zip(batch, results, strict=True))
            elif len(batch) > 1:
                self.limit = len(batch) // 2
                report(f"out of memory with a batch of {len(batch)}: going on with {self.limit}")
            else:  # not while the exception is there: it holds all that the failed call had made
                self._free()
                is_freed = True
