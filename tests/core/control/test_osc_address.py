from __future__ import annotations

import re
from pathlib import Path

from core.control.osc_address import osc_address

ROOT = Path(__file__).parents[3]
HOME = ROOT / "core" / "control" / "osc_address.py"
REPLACES_DOTS = re.compile(r"""\.replace\((['"])\.\1, (['"])/\2\)""")


def test_dots_become_slashes_below_the_root() -> None:
    assert osc_address("/vj", "lfo.1.depth") == "/vj/lfo/1/depth"
    assert osc_address("/vj", "depth") == "/vj/depth"


def test_nobody_else_makes_an_address_from_a_name() -> None:
    files = [path for folder in ("core", "live", "controllers", "web_remote") for path in (ROOT / folder).rglob("*.py")]

    assert [path for path in files if path != HOME and REPLACES_DOTS.search(path.read_text(encoding="utf-8"))] == []
