"""Tells a lack of memory from all other faults, and gives back what is only kept for later."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from core.tree.denoiser import OutOfMemory

# How it is said where torch has no exception for it: by its CPU allocator, by MPS, and by libraries that allocate by themselves.
SHORTAGES = (
    "can't allocate memory",
    "MPS backend out of memory",
    "CUDA error: out of memory",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
)


@contextmanager
def memory_faults_named() -> Iterator[None]:
    """Raises OutOfMemory where torch ran out of it."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise OutOfMemory(str(error)) from None
    except RuntimeError as error:
        if not any(words in str(error) for words in SHORTAGES):
            raise
        raise OutOfMemory(str(error)) from None


def free_memory(device: torch.device) -> None:
    """What nothing refers to any more, and what torch has taken from the device and does not use."""
    gc.collect()
    if device.type == "cuda":
        torch.cuda.empty_cache()
    elif device.type == "mps":
        torch.mps.empty_cache()
