"""What a measurement has to ask of the device: whether it has finished, and how much memory it needed."""

from __future__ import annotations

import re
from pathlib import Path

import torch

STATUS, CLEAR = Path("/proc/self/status"), Path("/proc/self/clear_refs")
FORGET_PEAK = "5"  # proc(5): the peak of the resident memory begins at what is resident now


def finish_work(device: torch.device) -> None:
    """Wait until all that was given to the device is computed; a CPU has always finished."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def forget_peak(device: torch.device) -> None:
    """Let the peak begin anew; on a CPU only Linux can."""
    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    elif device.type == "cpu" and CLEAR.exists():
        CLEAR.write_text(FORGET_PEAK)


def read_peak(device: torch.device) -> int:
    """The most bytes since `forget_peak`: of tensors on a GPU, of the whole process on a CPU; 0 where nobody counts them."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    if device.type != "cpu" or not STATUS.exists():
        return 0
    found = re.search(r"^VmHWM:\s+(\d+) kB$", STATUS.read_text(), re.MULTILINE)
    return int(found[1]) * 1024 if found else 0
