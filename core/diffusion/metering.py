"""What a measurement has to ask of the device: whether it has finished, and how much memory it needed."""

from __future__ import annotations

import torch


def finish_work(device: torch.device) -> None:
    """Wait until all that was given to the device is computed; a CPU has always finished."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def forget_peak(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)


def read_peak(device: torch.device) -> int:
    """The most bytes of tensors at a time since `forget_peak`; 0 where the device does not count them."""
    return torch.cuda.max_memory_allocated(device) if device.type == "cuda" else 0
