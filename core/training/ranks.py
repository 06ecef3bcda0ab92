"""Several processes that train one model: each computes a part of every batch, and all make the same step.

On a busy computer two processes of one thread are several times as fast as one process of two, whose threads wait for each other
a thousand times a step.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, distributed, multiprocessing


@dataclass(frozen=True, slots=True)
class Ranks:
    """Where this process stands among those of a training.

    Attributes:
        index: 0 for the first, which keeps the clock, saves and logs.
        count: of processes.
    """

    index: int = 0
    count: int = 1

    @property
    def is_first(self) -> bool:
        return self.index == 0

    def average(self, tensors: Sequence[Tensor]) -> None:
        """Replace each tensor by its mean over all processes."""
        if self.count == 1:
            return
        flat = torch.cat([tensor.detach().reshape(-1).float() for tensor in tensors])
        distributed.all_reduce(flat)
        parts = torch.split(flat / self.count, [tensor.numel() for tensor in tensors])
        with torch.no_grad():
            for tensor, part in zip(tensors, parts, strict=True):
                tensor.copy_(part.view_as(tensor))

    def agree(self, value: float) -> float:
        """What the first process says."""
        if self.count == 1:
            return value
        told = torch.tensor([value], dtype=torch.float64)
        distributed.broadcast(told, 0)
        return float(told)


ALONE = Ranks()


def run_ranks(count: int, job: Callable[..., None], *arguments: Any) -> None:
    """Call job(ranks, *arguments) in so many processes of one thread each, and wait for them; with one, here."""
    if count == 1:
        job(ALONE, *arguments)
        return
    with tempfile.TemporaryDirectory() as folder:
        arguments = (count, Path(folder) / "meeting", job, arguments)
        multiprocessing.spawn(_run, arguments, nprocs=count)  # type: ignore[attr-defined,no-untyped-call]


def _run(index: int, count: int, meeting: Path, job: Callable[..., None], arguments: tuple[Any, ...]) -> None:
    torch.set_num_threads(1)
    distributed.init_process_group("gloo", init_method=meeting.as_uri(), rank=index, world_size=count)
    try:
        job(Ranks(index, count), *arguments)
    finally:
        distributed.destroy_process_group()
