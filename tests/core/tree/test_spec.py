from __future__ import annotations

import subprocess
import sys

import pytest

from core.control.errors import InvalidValue
from core.tree.spec import KeyframeSpec, RenderSettings, TreeShape


@pytest.mark.parametrize("guidance", [-0.1, 100.1, float("nan")])
def test_guidance_out_of_range_is_refused_with_its_value(guidance: float) -> None:
    with pytest.raises(InvalidValue, match=r"guidance must be in 0\.\.100"):
        KeyframeSpec("sea", "", 1, guidance)


@pytest.mark.parametrize("steps", [0, 1001])
def test_steps_out_of_range_are_refused_with_their_value(steps: int) -> None:
    with pytest.raises(InvalidValue, match=f"steps must be in 1..1000, got {steps}"):
        RenderSettings(256, 256, steps)


def test_leaves_are_all_branches_and_both_keyframes() -> None:
    assert TreeShape(0.5, ((3,), (4, 8))).leaf_count == 17


def test_the_host_side_of_the_tree_never_imports_torch() -> None:
    modules = "core.tree.spec, core.tree.planning, core.tree.build, core.worker.jobs, core.worker.process"

    code = f"import sys, {modules}; sys.exit('torch' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
