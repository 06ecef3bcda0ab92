"""The names of the first implementation of latent blending, by which its scripts call ours: all there, with their arguments."""

from __future__ import annotations

import os

os.environ["HF_HUB_OFFLINE"] = "1"

import inspect
from pathlib import Path

import pytest

from core.blending.levels import QUALITIES, STAGES
from core.latent_blending import LatentBlending, StableDiffusionHolder
from tests.core.blending.holder import blending

CALLS: dict[str, tuple[str, ...]] = {
    "__init__": ("sdh", "guidance_scale", "guidance_scale_mid_damper", "mid_compression_scaler"),
    "load_branching_profile": ("quality", "depth_strength"),
    "autosetup_branching": ("depth_strength", "num_inference_steps", "nmb_max_branches"),
    "setup_branching": ("num_inference_steps", "list_nmb_branches", "list_injection_strength", "list_injection_idx"),
    "set_branching": ("depth_strength", "t_compute_max_allowed", "nmb_max_branches"),
    "set_prompt1": ("prompt",),
    "set_prompt2": ("prompt",),
    "set_negative_prompt": ("negative_prompt",),
    "set_seed": ("seed",),
    "randomize_seed": (),
    "set_width": ("width",),
    "set_height": ("height",),
    "set_guidance_scale": ("guidance_scale",),
    "set_guidance_mid_damper": ("guidance_scale_mid_damper",),
    "set_mid_compression_scaler": ("mid_compression_scaler",),
    "set_branch1_crossfeed": ("crossfeed_power", "crossfeed_range", "crossfeed_decay"),
    "set_parental_crossfeed": ("crossfeed_power", "crossfeed_range", "crossfeed_decay"),
    "set_image1": ("image",),
    "set_image2": ("image",),
    "init_inpainting": ("image_source", "mask_image", "init_empty"),
    "run_transition": ("recycle_img1", "recycle_img2", "fixed_seeds"),
    "run_multi_transition": ("fp_movie", "list_prompts", "list_seeds", "fps", "duration_single_trans"),
    "run_upscaling_step1": ("dp_img", "depth_strength", "num_inference_steps", "nmb_max_branches", "fixed_seeds"),
    "run_upscaling_step2": (
        "dp_img",
        "depth_strength",
        "num_inference_steps",
        "nmb_max_branches_highres",
        "nmb_max_branches_lowres",
        "duration_single_segment",
        "fps",
    ),
    "swap_forward": (),
    "write_movie_transition": ("fp_movie", "duration_transition", "fps"),
    "write_imgs_transition": ("dp_img",),
    "save_state": ("dp_state",),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_call_takes_the_arguments_of_the_first_implementation_in_its_order(name: str) -> None:
    found = list(inspect.signature(getattr(LatentBlending, name)).parameters)[1:]

    assert tuple(found[: len(CALLS[name])]) == CALLS[name]


@pytest.mark.parametrize("name", CALLS)
def test_what_the_first_implementation_does_not_know_may_be_left_out(name: str) -> None:
    found = list(inspect.signature(getattr(LatentBlending, name)).parameters.values())[1 + len(CALLS[name]) :]

    assert all(parameter.default is not inspect.Parameter.empty for parameter in found)


def test_every_public_call_is_in_the_list() -> None:
    """A call that is ours alone is named here, so that the list cannot go stale."""
    ours = {"load_state", "set_adaptive_placing", "run_resampling_step2"}
    public = {name for name in dir(LatentBlending) if not name.startswith("_")}

    assert public - ours == set(CALLS) - {"__init__"}


def test_every_call_stands_in_the_page_about_them() -> None:
    page = (Path(__file__).parents[2] / "docs" / "offline.md").read_text(encoding="utf-8")

    assert [name for name in dir(LatentBlending) if not name.startswith("_") and name not in page] == []


def test_a_holder_takes_checkpoint_config_and_device() -> None:
    first, second, third, *others = inspect.signature(StableDiffusionHolder).parameters.values()

    assert [each.name for each in (first, second, third)] == ["fp_ckpt", "fp_config", "device"]
    assert all(each.kind is inspect.Parameter.KEYWORD_ONLY for each in others)


@pytest.mark.parametrize("quality", [*QUALITIES, *STAGES])
def test_every_profile_is_known(quality: str) -> None:
    lb = blending()
    lb.load_branching_profile(quality=quality, depth_strength=0.4)

    assert lb.state.depth == pytest.approx(0.4, abs=0.5 / lb.state.levels.step_count)
