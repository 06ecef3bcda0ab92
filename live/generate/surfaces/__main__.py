"""`python -m live.generate.surfaces examples` writes the ready surfaces anew from the registry."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

from live.config import OSC_ROOT
from live.generate.surfaces.pure_data import write_patch
from live.generate.surfaces.stage_control import write_session

FILES: dict[str, Callable[[str], str]] = {"latentdeck.pd": write_patch, "open_stage_control.json": write_session}


def main() -> None:
    folder = Path(sys.argv[1])
    for name, write in FILES.items():
        (folder / name).write_text(write(OSC_ROOT), encoding="utf-8")


if __name__ == "__main__":
    main()
