"""Input, output and errors of a process that was started without them: by pythonw, a service, or a shell's >&-."""

from __future__ import annotations

import os
import sys


def hold_standard_files() -> None:
    """Have all three, before a recording gets one of their numbers, or a library speaks to a stream that is None.

    Libraries in C write their complaints to number 2, whatever is open there.
    """
    while (descriptor := os.open(os.devnull, os.O_RDWR)) <= 2:
        os.set_inheritable(descriptor, True)  # for the worker, to which the same can happen
    os.close(descriptor)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: SIM115 - as long as the process
