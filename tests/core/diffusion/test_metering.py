from __future__ import annotations

import sys

import pytest
import torch

from core.diffusion.metering import finish_work, forget_peak, read_peak

CPU = torch.device("cpu")


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets the peak of a process begin anew")
def test_the_peak_of_a_process_begins_anew() -> None:
    forget_peak(CPU)
    before = read_peak(CPU)

    torch.ones(50_000_000, dtype=torch.uint8).sum()

    peak = read_peak(CPU)
    assert peak > before + 45_000_000
    forget_peak(CPU)
    assert read_peak(CPU) < peak


def test_a_cpu_has_always_finished() -> None:
    finish_work(CPU)
