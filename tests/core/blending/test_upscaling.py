from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from core.blending.upscaling import large_transition, load_small, resample
from core.builtin.scenes.prompt import scene_for_prompt
from core.builtin.scenes.render import render_scene
from core.control.errors import ConfigError, InvalidValue, ModelError
from core.frames.frame import Pixels
from core.latent_blending import LatentBlending, StableDiffusionHolder
from core.tree.pictures import read_image
from core.tree.planning import plan_tree
from tests.core.blending.holder import FakeHolder, blending
from tests.core.diffusion.tiny_pipelines import save_sd1, save_upscaler
from tests.core.test_latent_blending import frames_of

ONLY_KEYFRAMES = 2


@pytest.fixture
def small_folder(tmp_path: Path) -> Path:
    """Five pictures of 32 x 16, from "sea" to "desert"."""
    folder = tmp_path / "small"
    lb = blending()
    lb.run_upscaling_step1(folder, 0.5, num_inference_steps=4, nmb_max_branches=5, fixed_seeds=[40, 200])
    return folder


def test_the_first_stage_is_a_saved_transition(small_folder: Path) -> None:
    loaded = LatentBlending.load_state(blending().sdh, small_folder)

    assert len(loaded.leaves) == 5
    assert (loaded.state.prompt1, loaded.state.seed2) == ("sea", 200)


@pytest.mark.parametrize(("count", "names"), [(2, "04"), (3, "024"), (4, "0134"), (5, "01234"), (99, "01234")])
def test_small_pictures_are_chosen_evenly_with_both_keyframes(count: int, names: str, small_folder: Path) -> None:
    small = load_small(small_folder, count)

    assert [path.name for path in small.files] == [f"leaf_000{name}.png" for name in names]
    assert small.large_size == (128, 64)


def test_every_small_picture_is_enlarged_from_the_first_step_on_and_branches_lie_between(small_folder: Path) -> None:
    small = load_small(small_folder, 3)

    spec = large_transition(small, steps=10, depth=0.6, branch_count=4, noise_level=30, guidance=9.0)

    (plan,) = plan_tree(spec.shape, 10)
    starts = {round(branch.position, 3): branch.injection_step for branch in plan.branches}
    assert starts == {0.5: 0, 0.167: 6, 0.333: 6, 0.667: 6, 0.833: 6}
    assert [place for place, _ in spec.waypoints] == [0.5]
    assert (spec.settings.width, spec.settings.height) == (128, 64)
    assert spec.left.upscale is not None
    assert np.array_equal(read_image(Path(spec.left.upscale.picture)), small.pictures[0])
    assert spec.left.upscale.noise_level == 30
    assert (spec.left.prompt, spec.right.prompt, spec.left.guidance) == ("sea", "desert", 9.0)


def test_a_prompt_keeps_its_weight_in_the_second_stage(tmp_path: Path) -> None:
    small, large = blending(), blending(FakeHolder())
    large.sdh.is_upscaler = True  # type: ignore[misc]
    small.set_prompt2("desert", weight=2)
    small.run_upscaling_step1(tmp_path, 0.5, 4, 3)

    large.run_upscaling_step2(tmp_path, num_inference_steps=4)

    assert large.state.last_right is not None
    assert (large.state.weight1, large.state.weight2, large.state.last_right.weight) == (1, 2, 2)


def test_a_first_stage_that_is_run_again_is_enlarged_anew(tmp_path: Path) -> None:
    """The same folder, prompts and seeds; the pictures differ, for they have come from other pictures."""
    small, holder, fresh = blending(), FakeHolder(), FakeHolder()
    holder.is_upscaler = fresh.is_upscaler = True
    small.run_upscaling_step1(tmp_path, 0.5, 4, 3, fixed_seeds=[40, 200])
    blending(holder).run_upscaling_step2(tmp_path, num_inference_steps=4)
    small.set_guidance_scale(1.0)
    small.run_upscaling_step1(tmp_path, 0.5, 4, 3, fixed_seeds=[40, 200])

    again = blending(holder).run_upscaling_step2(tmp_path, num_inference_steps=4)

    expected = blending(fresh).run_upscaling_step2(tmp_path, num_inference_steps=4)
    assert all(np.array_equal(one, other) for one, other in zip(again, expected, strict=True))


def test_two_small_pictures_are_the_keyframes_alone(small_folder: Path) -> None:
    small = load_small(small_folder, ONLY_KEYFRAMES)

    spec = large_transition(small, steps=10, depth=1.0, branch_count=3, noise_level=20, guidance=1.0)

    (plan,) = plan_tree(spec.shape, 10)
    assert [(branch.position, branch.injection_step) for branch in plan.branches] == [(0.5, 9)]


def test_the_second_stage_makes_a_film_four_times_as_large(tmp_path: Path) -> None:
    small = LatentBlending(StableDiffusionHolder(save_sd1(tmp_path / "model"), device="cpu"))
    small.set_prompt1("red sea")
    small.set_prompt2("blue moon")
    small.set_width(16)
    small.set_height(8)
    small.run_upscaling_step1(tmp_path / "film", 0.5, 4, 3, fixed_seeds=[1, 2])
    large = LatentBlending(StableDiffusionHolder(save_upscaler(tmp_path / "upscaler"), device="cpu"))

    pictures = large.run_upscaling_step2(
        tmp_path / "film",
        0.5,
        num_inference_steps=3,
        nmb_max_branches_highres=3,
        nmb_max_branches_lowres=3,
        duration_single_segment=0.5,
        fps=10,
    )

    assert [picture.shape for picture in pictures] == [(32, 64, 3)] * 5
    assert [frame.shape for frame in frames_of(tmp_path / "film" / "movie.mp4")] == [(32, 64, 3)] * 10
    assert (large.state.prompt1, large.state.prompt2) == ("red sea", "blue moon")
    large.save_state(tmp_path / "large")
    assert LatentBlending.load_state(large.sdh, tmp_path / "large") == large


def test_with_an_upscaler_images_are_the_small_pictures_of_the_keyframes(tmp_path: Path) -> None:
    lb = LatentBlending(StableDiffusionHolder(save_upscaler(tmp_path / "upscaler"), device="cpu"))
    lb.autosetup_branching(0.5, num_inference_steps=3, nmb_max_branches=3)
    with pytest.raises(ModelError, match="an upscaler needs the small picture of each keyframe"):
        lb.run_transition()

    lb.set_image1(np.full((8, 4, 3), 40, np.uint8))
    lb.set_image2(np.full((8, 4, 3), 200, np.uint8))

    assert [picture.shape for picture in lb.run_transition()] == [(32, 16, 3)] * 3
    lb.save_state(tmp_path / "state")
    assert LatentBlending.load_state(lb.sdh, tmp_path / "state") == lb


def test_without_an_upscaler_the_second_stage_is_refused_and_resampling_named(small_folder: Path) -> None:
    with pytest.raises(ModelError, match=r"fake is no x4 upscaler: load .*, or call run_resampling_step2"):
        blending().run_upscaling_step2(small_folder)


def test_resampling_makes_the_same_film_without_a_model(small_folder: Path) -> None:
    lb = blending()

    pictures = lb.run_resampling_step2(small_folder, duration_single_segment=0.25, fps=8)

    assert [picture.shape for picture in pictures] == [(64, 128, 3)] * 5
    assert len(frames_of(small_folder / "movie.mp4")) == 8


@pytest.mark.parametrize(
    ("choices", "reason"),
    [
        ({"depth": 1.5}, r"depth_strength must be in 0\.\.1, got 1.5"),
        ({"branch_count": 2}, "nmb_max_branches_highres must be 3 or more, got 2"),
        ({"noise_level": -1}, "noise_level must be 0 or more, got -1"),
        ({"steps": 0}, r"num_inference_steps must be in 1\.\.1000, got 0"),
    ],
)
def test_what_cannot_be_is_refused(choices: dict[str, float], reason: str, small_folder: Path) -> None:
    usual = {"steps": 10, "depth": 0.5, "branch_count": 3, "noise_level": 20, "guidance": 9.0}

    with pytest.raises(InvalidValue, match=reason):
        large_transition(load_small(small_folder, 3), **(usual | choices))  # type: ignore[arg-type]


def test_a_folder_without_a_transition_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"state\.json cannot be read"):
        load_small(tmp_path, 3)

    blending().save_state(tmp_path)
    with pytest.raises(InvalidValue, match="holds no transition: run_upscaling_step1 first"):
        load_small(tmp_path, 3)


def test_one_small_picture_is_no_transition(small_folder: Path) -> None:
    with pytest.raises(InvalidValue, match="nmb_max_branches_lowres must be 2 or more, got 1"):
        load_small(small_folder, 1)


def test_resampling_is_nearer_to_the_truth_than_cubic_interpolation() -> None:
    ratios = []
    for prompt in ("stained glass", "gold mandala", "flower", "eye"):
        truth = render_scene(scene_for_prompt(prompt, 1), 1, 256, 256)
        small = np.asarray(cv2.resize(truth, (64, 64), interpolation=cv2.INTER_AREA), np.uint8)
        plain = np.asarray(cv2.resize(small, (256, 256), interpolation=cv2.INTER_CUBIC), np.uint8)
        ratios.append(error(resample(small), truth) / error(plain, truth))

    assert max(ratios) < 0.97


def error(picture: Pixels, truth: Pixels) -> float:
    return float(np.sqrt(np.mean((picture.astype(float) - truth) ** 2)))


def test_a_resampled_picture_made_small_again_is_the_picture() -> None:
    small = np.random.default_rng(2).integers(60, 190, (32, 48, 3), np.uint8)

    again = cv2.resize(resample(small), (48, 32), interpolation=cv2.INTER_AREA)

    assert float(np.abs(again.astype(int) - small).mean()) < 2
