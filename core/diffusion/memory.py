"""Tells a lack of memory from all other faults, and gives back what is only kept for later."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from core.tree.denoiser import OutOfMemory


@contextmanager
def memory_faults_named() -> Iterator[None]:
    """Raises OutOfMemory where torch ran out of it."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise OutOfMemory(str(error)) from None
    except RuntimeError as error:
        if "can't allocate memory" not in str(error):  # how torch's CPU allocator says it
            raise
        raise OutOfMemory(str(error)) from None


def free_memory(device: torch.device) -> None:
    """What nothing refers to any more, and what torch has taken from the device and does not use."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
