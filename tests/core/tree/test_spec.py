from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import pytest

from core.control.errors import InvalidValue
from core.tree.spec import (
    LEADER_LIMIT,
    Crossfeed,
    Graft,
    InpaintSpec,
    KeyframeSpec,
    RenderSettings,
    TransitionSpec,
    TreeShape,
)


@pytest.mark.parametrize("guidance", [-0.1, 100.1, float("nan")])
def test_guidance_out_of_range_is_refused_with_its_value(guidance: float) -> None:
    with pytest.raises(InvalidValue, match=r"guidance must be in 0\.\.100"):
        KeyframeSpec("sea", "", 1, guidance)


@pytest.mark.parametrize("weight", [-0.1, 2.1, float("nan")])
def test_weight_out_of_range_is_refused_with_its_value(weight: float) -> None:
    with pytest.raises(InvalidValue, match=rf"weight must be in 0\.\.2, got {weight}"):
        KeyframeSpec("sea", "", 1, 3.0, weight=weight)


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


@pytest.mark.parametrize("name", ["power", "range", "decay"])
@pytest.mark.parametrize("value", [-0.1, 1.1, float("nan")])
def test_a_crossfeed_out_of_range_is_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(InvalidValue, match=rf"crossfeed {name} must be in 0\.\.1"):
        Crossfeed(**{name: value})


@pytest.mark.parametrize("share", [-0.1, 1.1])
def test_guidance_in_the_middle_out_of_range_is_refused(share: float) -> None:
    keyframe = KeyframeSpec("sea", "", 1, 3.0)

    with pytest.raises(InvalidValue, match=r"middle_guidance must be in 0\.\.1"):
        TransitionSpec(keyframe, keyframe, RenderSettings(256, 256, 8), TreeShape(0.5, ((3,),)), middle_guidance=share)


def test_a_level_that_starts_after_the_last_step_is_refused() -> None:
    keyframe, shape = KeyframeSpec("sea", "", 1, 3.0), TreeShape(0.5, ((3,),), injection_steps=(8,))

    with pytest.raises(InvalidValue, match=r"injection_steps must be below 8 steps, got \(8,\)"):
        TransitionSpec(keyframe, keyframe, RenderSettings(256, 256, 8), shape)


def test_a_chain_of_keyframes_ends_before_the_stack_does() -> None:
    keyframe = KeyframeSpec("sea", "", 0, 3.0)
    for seed in range(LEADER_LIMIT):
        keyframe = replace(keyframe, seed=seed, leader=keyframe)

    assert hash(keyframe) == hash(replace(keyframe))
    assert len(list(keyframe.leaders)) == LEADER_LIMIT
    with pytest.raises(InvalidValue, match="at most 200 keyframes can follow one another"):
        replace(keyframe, leader=keyframe)


def test_the_ground_of_a_keyframe_is_what_it_is_painted_on_and_else_itself() -> None:
    sea, desert = KeyframeSpec("sea", "", 1, 3.0), KeyframeSpec("desert", "", 2, 3.0)
    masked = replace(desert, inpaint=InpaintSpec(sea, "mask.png"))

    assert sea.ground is sea
    assert masked.ground is sea
    assert replace(desert, inpaint=InpaintSpec("still.png", "mask.png")).ground == "still.png"


def test_the_ground_of_a_graft_is_that_of_its_ends() -> None:
    sea, desert = KeyframeSpec("sea", "", 1, 3.0), KeyframeSpec("desert", "", 2, 3.0)
    masked = replace(desert, inpaint=InpaintSpec(sea, "mask.png"))
    settings, shape = RenderSettings(256, 256, 8), TreeShape(0.5, ((3,),))

    def graft(left: KeyframeSpec, right: KeyframeSpec) -> KeyframeSpec:
        return KeyframeSpec("", "", 0, 3.0, graft=Graft(TransitionSpec(left, right, settings, shape), 0.25))

    free = graft(sea, desert)
    assert graft(sea, masked).ground == graft(masked, desert).ground == sea
    assert free.ground is free
    assert graft(graft(sea, masked), desert).ground == sea
