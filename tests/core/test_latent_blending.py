from __future__ import annotations

import os

os.environ["HF_HUB_OFFLINE"] = "1"

from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
import torch

from core.blending.settable import SETTERS
from core.control.errors import ConfigError, InvalidValue, ModelError
from core.diffusion.device import use_threads
from core.latent_blending import LatentBlending, StableDiffusionHolder
from core.tree.spec import SCENE, Crossfeed, PictureStart
from tests.core.blending.holder import FakeHolder, blending
from tests.core.diffusion.lpips_weights import save_lpips
from tests.core.diffusion.original_layout import save_original
from tests.core.diffusion.tiny_pipelines import save_inpainting, save_sd1, save_sd2, save_tiny_vae, save_xl
from tests.core.tree.fake_denoiser import FakeDenoiser


def greys(pictures: list[Any]) -> list[int]:
    return [int(picture[0, 0, 0]) for picture in pictures]


def model_files(model: str, folder: Path) -> tuple[Path | str, Path | None, int]:
    """Its place, its yaml, and the side of its pictures."""
    if model == "builtin":
        return "builtin", None, 512
    if model == "folder":
        return save_sd1(folder), None, 16
    original = save_original(folder)
    return original.path, original.config, 16


def frames_of(path: Path) -> list[Any]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]


@pytest.mark.parametrize("model", ["builtin", "folder", "file with its yaml"])
@pytest.mark.parametrize("kind_of_device", [str, torch.device])
def test_the_snippet_runs_as_it_stands(model: str, kind_of_device: Callable[[str], Any], tmp_path: Path) -> None:
    fp_ckpt, fp_config, side = model_files(model, tmp_path)
    device = kind_of_device("cpu")

    sdh = StableDiffusionHolder(fp_ckpt, fp_config, device)
    lb = LatentBlending(sdh)
    lb.load_branching_profile(quality="medium", depth_strength=0.4)
    lb.set_prompt1("photo of my first prompt1")
    lb.set_prompt2("photo of my second prompt")
    imgs_transition = lb.run_transition()

    assert len(imgs_transition) == 15
    assert {(picture.shape, picture.dtype.name) for picture in imgs_transition} == {((side, side, 3), "uint8")}
    if model != "builtin":  # which reads "prompt" in both, as a command line's, and nothing else
        assert not np.array_equal(imgs_transition[0], imgs_transition[-1])


def test_pictures_come_in_order_from_the_first_keyframe_to_the_second() -> None:
    lb = blending()
    lb.set_adaptive_placing(False)

    pictures = lb.run_transition()

    assert list(lb.leaves) == [0, 0.25, 0.5, 0.75, 1]
    assert greys(pictures) == greys(list(lb.leaves.values()))
    assert {picture.shape for picture in pictures} == {(16, 32, 3)}


def test_the_same_settings_give_the_same_pictures() -> None:
    assert greys(blending().run_transition()) == greys(blending().run_transition())


def test_the_weight_of_a_prompt_is_how_strongly_its_words_count() -> None:
    lb, without_words = blending(), blending()
    lb.set_prompt1("sea", weight=0)
    lb.set_prompt2("desert", weight=2)
    without_words.set_prompt1("")

    pictures = lb.run_transition()

    assert greys(pictures)[0] == greys(without_words.run_transition())[0]
    assert greys(pictures)[-1] != greys(without_words.run_transition())[-1]


def test_the_weight_goes_with_its_prompt_and_ends_with_it() -> None:
    lb = blending()
    lb.set_prompt2("desert", 2)

    lb.swap_forward()
    lb.set_prompt2("moon")

    assert (lb.state.prompt1, lb.state.weight1, lb.state.weight2) == ("desert", 2, 1)


def test_two_seeds_are_those_of_the_keyframes() -> None:
    lb = blending()

    lb.run_transition(fixed_seeds=[7, 9])

    assert lb.state.last_left is not None
    assert lb.state.last_right is not None
    assert (lb.state.last_left.seed, lb.state.last_right.seed) == (7, 9)


def test_random_seeds_are_kept_so_that_the_run_can_be_repeated() -> None:
    lb = blending()
    pictures = lb.run_transition(fixed_seeds="randomize")

    assert lb.state.seed1 != lb.state.seed2
    assert greys(lb.run_transition()) == greys(pictures)


def test_a_random_seed_is_for_both_keyframes() -> None:
    lb = blending()

    lb.randomize_seed()

    assert lb.state.seed1 == lb.state.seed2 != 0


def test_after_a_swap_the_second_keyframe_is_the_first_and_costs_nothing() -> None:
    holder = FakeHolder()
    lb = blending(holder)
    before = lb.run_transition(fixed_seeds=[7, 9])
    lb.swap_forward()
    lb.set_prompt2("moon")
    holder.denoiser.calls.clear()

    after = lb.run_transition(recycle_img1=True)

    assert np.array_equal(before[-1], after[0])
    assert holder.denoiser.calls[0] == 1  # only the new keyframe


def test_a_recycled_keyframe_stays_whatever_is_set_since() -> None:
    lb = blending()
    before = lb.run_transition()
    lb.set_prompt1("a longer prompt")
    lb.set_prompt2("another prompt, longer still")

    after = lb.run_transition(recycle_img1=True)
    both = lb.run_transition(recycle_img1=True, recycle_img2=True)

    assert greys(after)[0] == greys(before)[0] != greys(lb.run_transition())[0]
    assert greys(after) == greys(both)


@pytest.mark.parametrize(("first", "second"), [(True, False), (False, True)], ids=["first", "second"])
def test_there_is_nothing_to_recycle_before_the_first_run(*, first: bool, second: bool) -> None:
    with pytest.raises(InvalidValue, match="there is no keyframe to recycle yet: run a transition first"):
        blending().run_transition(recycle_img1=first, recycle_img2=second)


def test_branches_by_hand() -> None:
    lb = blending()

    lb.setup_branching(10, [2, 3, 6], list_injection_strength=[0, 0.5, 0.8])

    assert lb.state.levels.injection_steps == (0, 5, 8)
    assert len(lb.run_transition()) == 6


def test_branches_by_hand_begin_with_both_keyframes_where_nothing_else_is_said() -> None:
    lb = blending()

    lb.setup_branching(10, [3, 6], list_injection_idx=[5, 8])

    assert (lb.state.levels.branch_counts, lb.state.levels.injection_steps) == ((2, 3, 6), (0, 5, 8))


@pytest.mark.parametrize("lists", [{}, {"list_injection_strength": [0, 0.5], "list_injection_idx": [0, 5]}])
def test_branches_by_hand_take_one_injection_list(lists: Any) -> None:
    with pytest.raises(InvalidValue, match="give either list_injection_strength or list_injection_idx"):
        blending().setup_branching(10, [2, 3], **lists)


def test_branches_without_lists_are_those_of_the_profile() -> None:
    lb = blending()

    lb.setup_branching(num_inference_steps=10)

    assert (lb.state.levels.step_count, lb.state.levels.branch_counts[-1]) == (10, 15)


def test_what_is_not_named_stays_as_it_is_when_branches_are_set() -> None:
    lb = blending()

    lb.set_branching(nmb_max_branches=9)
    lb.set_branching(depth_strength=0.75)

    assert (lb.state.levels.branch_counts[-1], lb.state.levels.injection_steps[1]) == (9, 3)


def test_branches_by_number_and_by_time_exclude_one_another() -> None:
    with pytest.raises(InvalidValue, match="give either t_compute_max_allowed or nmb_max_branches"):
        blending().set_branching(t_compute_max_allowed=5, nmb_max_branches=9)


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        (lambda lb: lb.set_width(30), "width must be a multiple of 8 for fake, got 30"),
        (lambda lb: lb.set_width(32.5), r"width must be a whole number, got 32\.5"),
        (lambda lb: lb.set_seed(1.5), r"seed must be a whole number, got 1\.5"),
        (lambda lb: lb.autosetup_branching(0.5, 4.5), r"num_inference_steps must be a whole number, got 4\.5"),
        (lambda lb: lb.run_transition(fixed_seeds=["a", "b"]), "a seed must be a whole number, got 'a'"),
        (lambda lb: lb.run_transition(fixed_seeds=5), 'fixed_seeds must be two seeds or "randomize", got 5'),
        (lambda lb: lb.set_height(0), "height must be a multiple of 8 for fake, got 0"),
        (lambda lb: lb.set_guidance_scale(-1), r"guidance_scale must be in 0\.\.100, got -1"),
        (lambda lb: lb.set_guidance_mid_damper(2), r"guidance_scale_mid_damper must be in 0\.\.1, got 2"),
        (lambda lb: lb.set_mid_compression_scaler(0), r"mid_compression_scaler must be in 1\.\.4, got 0"),
        (lambda lb: lb.set_branch1_crossfeed(2), r"crossfeed power must be in 0\.\.1, got 2"),
        (lambda lb: lb.set_parental_crossfeed(0.1, 2), r"crossfeed range must be in 0\.\.1, got 2"),
        (lambda lb: lb.set_branching(t_compute_max_allowed=0), "t_compute_max_allowed must be more than 0, got 0"),
        (lambda lb: lb.set_prompt1(5), "prompt1 must be a text, got 5"),
        (lambda lb: lb.set_prompt1("sea", weight=-0.5), r"weight1 must be in 0\.\.2, got -0\.5"),
        (lambda lb: lb.set_prompt2("sea", 2.5), r"weight2 must be in 0\.\.2, got 2\.5"),
        (lambda lb: lb.set_seed(-1), r"a seed must be in 0\.\..*, got -1"),
        (lambda lb: lb.run_transition(fixed_seeds=[1]), r'fixed_seeds must be two seeds or "randomize", got \[1\]'),
        (lambda lb: lb.run_transition(fixed_seeds="any"), r'fixed_seeds must be two seeds or "randomize", got \'any\''),
        (lambda lb: lb.set_image1("no/such.png"), r"picture no/such\.png cannot be read: No such file"),
        (lambda lb: lb.set_image1(np.zeros((4, 4), np.uint8)), r"an image must be \(height, width, 3\) uint8 RGB"),
        (lambda lb: lb.set_image1(np.zeros((4, 4, 3), np.uint8), 2), r"strength must be in 0\.\.1, got 2"),
        (lambda lb: lb.write_movie_transition("film.mp4", 1), "there is no transition yet: run_transition first"),
        (lambda lb: lb.run_multi_transition("film.mp4", ["sea"]), "list_prompts must have at least two prompts, got 1"),
        (
            lambda lb: lb.run_multi_transition("film.mp4", ["sea", "moon"], [1]),
            "list_seeds must have a seed for each of 2 prompts, got 1",
        ),
    ],
    ids=lambda value: value[:20] if isinstance(value, str) else "",
)
def test_what_cannot_be_is_refused_in_the_words_of_the_caller(call: Any, reason: str) -> None:
    with pytest.raises(InvalidValue, match=reason):
        call(blending())


@pytest.mark.parametrize("number", [np.int64, np.uint8, np.float32, torch.tensor], ids=lambda kind: kind.__name__)
def test_numbers_of_numpy_and_torch_are_taken_and_kept_as_plain_ones(number: Any, tmp_path: Path) -> None:
    plain, other = blending(), blending()
    for lb, of in ((plain, int), (other, number)):
        lb.set_width(of(64))
        lb.set_height(of(8))
        lb.set_seed(of(7))
        lb.set_guidance_scale(of(2))
        lb.set_guidance_mid_damper(of(1))
        lb.set_parental_crossfeed(of(1), of(1), of(1))
        lb.set_prompt1("sea", weight=of(2))
        lb.set_image1(np.full((8, 8, 3), 9, np.uint8), strength=of(1))
        lb.setup_branching(of(4), [of(2), of(5)], list_injection_idx=[of(0), of(2)])
        lb.run_transition(fixed_seeds=[of(3), of(4)])

    other.save_state(tmp_path / "state")

    assert other.state == plain.state
    assert LatentBlending.load_state(other.sdh, tmp_path / "state") == plain


def test_arrays_are_taken_where_lists_are() -> None:
    lb, other = blending(), blending()
    array: Any = np.array  # the types ask for less than what is taken
    lb.setup_branching(4, array([2, 3, 5]), list_injection_strength=array([0, 0.5, 0.75]))
    other.setup_branching(4, [2, 3, 5], list_injection_idx=array([0, 2, 3]))

    lb.run_transition(fixed_seeds=array([1, 2]))
    other.run_transition(fixed_seeds=(1, 2))

    assert lb == other


def test_a_film_takes_its_times_and_seeds_from_arrays(tmp_path: Path) -> None:
    lb, prompts, seeds = blending(), np.array(["sea", "desert"]), np.array([0, 250])
    multi: Any = lb.run_multi_transition  # the types ask for less than what is taken

    multi(tmp_path / "film.mp4", prompts, seeds, np.float32(10), np.float32(1))

    assert len(frames_of(tmp_path / "film.mp4")) == 10


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("width", r"call set_width\(\)"),
        ("branch1_influence", r"call set_branch1_crossfeed\(\)"),
        ("branch1_crossfeed_power", r"call set_branch1_crossfeed\(\)"),
        ("parental_crossfeed_decay", r"call set_parental_crossfeed\(\)"),
        ("guidance_scale_mid_damper", r"call set_guidance_mid_damper\(\)"),
        ("prompt1", r"call set_prompt1\(\)"),
        ("seed1", r"call set_seed\(\)"),
        ("num_inference_steps", r"call setup_branching\(\)"),
        ("set_prompt1", r"call set_prompt1\(\)"),
        ("colour_of_the_frame", "it would change nothing"),
    ],
)
def test_an_attribute_that_means_nothing_is_refused_with_what_to_call(name: str, advice: str) -> None:
    with pytest.raises(AttributeError, match=f"LatentBlending has no attribute '{name}' to set: {advice}"):
        setattr(blending(), name, 0.3)


def test_every_method_that_is_advised_exists() -> None:
    assert all(callable(getattr(LatentBlending, name)) for name in SETTERS.values())


def test_a_subclass_has_the_attributes_that_it_declares() -> None:
    class Mine(LatentBlending):
        mood: str

    lb = Mine(blending().sdh)
    lb.mood = "blue"

    assert lb.mood == "blue"


def test_a_holder_refuses_attributes_too() -> None:
    sdh = StableDiffusionHolder(device="cpu")

    with pytest.raises(AttributeError, match="'precision' to set: give precision= when you make a holder"):
        sdh.precision = "float16"  # type: ignore[attr-defined]
    with pytest.raises(AttributeError, match=r"'height' to set: sizes, .* are set on LatentBlending"):
        sdh.height = 512  # type: ignore[attr-defined]


def test_a_holder_leaves_the_threads_of_the_process_alone_unless_it_is_told() -> None:
    before = torch.get_num_threads(), cv2.getNumThreads()
    try:
        use_threads(3)
        StableDiffusionHolder(device="cpu")
        kept = torch.get_num_threads(), cv2.getNumThreads()
        StableDiffusionHolder(device="cpu", threads=2)
        told = torch.get_num_threads(), cv2.getNumThreads()
    finally:
        torch.set_num_threads(before[0])
        cv2.setNumThreads(before[1])

    assert kept == (3, 3)
    assert told == (2, 2)


@pytest.mark.parametrize("threads", [0, -1, 1.5, "two"])
def test_threads_that_cannot_be_are_refused(threads: Any) -> None:
    with pytest.raises(InvalidValue, match="threads must be"):
        StableDiffusionHolder(device="cpu", threads=threads)


def test_a_film_whose_keyframes_would_hang_on_too_many_is_refused_before_it_is_painted(tmp_path: Path) -> None:
    holder = FakeHolder()
    lb = blending(holder)
    lb.set_branch1_crossfeed(0.5)

    with pytest.raises(
        InvalidValue, match="list_prompts must have at most 201 prompts with a branch1_crossfeed, got 202"
    ):
        lb.run_multi_transition(tmp_path / "film.mp4", [f"{index}" for index in range(202)])

    assert holder.denoiser.calls == []
    assert not list(tmp_path.iterdir())


def test_full_crossfeed_of_the_first_keyframe_leaves_the_second_one_its_last_step() -> None:
    lb = blending()
    lb.set_branch1_crossfeed(1.0, crossfeed_range=1.0, crossfeed_decay=1.0)

    one, other = (greys(lb.run_transition(fixed_seeds=[40, seed])) for seed in (200, 100))

    assert one == other  # nothing is left of its own noise
    assert one[0] != one[-1]  # and its prompt has the last word


def test_full_parental_crossfeed_still_paints_each_branch() -> None:
    lb = blending()
    lb.set_parental_crossfeed(1.0)

    first, *between, last = greys(lb.run_transition(fixed_seeds=[40, 200]))

    places = list(lb.leaves)[1:-1]
    cross_fade = [first + (last - first) * place for place in places]
    assert all(abs(grey - mixed) > 1 for grey, mixed in zip(between, cross_fade, strict=True))


def test_damped_guidance_does_not_leak_into_the_next_transition() -> None:
    damped, plain = blending(), blending()
    damped.set_guidance_mid_damper(0.0)
    plain.set_guidance_mid_damper(1.0)
    for lb in (damped, plain):
        lb.run_transition()
        lb.swap_forward()
        lb.set_prompt2("moon")

    pictures = [lb.run_transition(recycle_img1=True) for lb in (damped, plain)]

    assert [greys(each)[0] for each in pictures] == [greys(pictures[0])[0]] * 2
    assert [greys(each)[-1] for each in pictures] == [greys(pictures[0])[-1]] * 2
    assert greys(pictures[0]) != greys(pictures[1])


def test_pictures_gather_where_they_differ_most() -> None:
    adaptive, even = blending(), blending()
    even.set_adaptive_placing(False)

    jumps = [np.abs(np.diff(greys(lb.run_transition(fixed_seeds=[40, 200])))) for lb in (adaptive, even)]

    assert list(adaptive.leaves) != list(even.leaves)
    assert jumps[0].max() < jumps[1].max()


def test_compression_puts_more_pictures_into_the_middle() -> None:
    lb = blending()
    lb.set_mid_compression_scaler(2)

    lb.run_transition()

    assert list(lb.leaves) == [0, 0.375, 0.5, 0.625, 1]


def test_keyframes_start_from_pictures() -> None:
    lb = blending()
    lb.set_image1(np.full((20, 40, 3), 123, np.uint8), strength=0)

    pictures = lb.run_transition()

    assert greys(pictures)[0] == pytest.approx(123, abs=1)


def test_a_picture_is_for_one_keyframe_and_scenes_are_for_all() -> None:
    lb = blending()
    lb.set_image2(np.full((20, 40, 3), 123, np.uint8), strength=0)
    lb.run_transition()
    lb.swap_forward()

    assert lb.state.start1 is not None
    assert lb.state.start2 is None

    lb.set_image2("scene", 0.25)
    lb.swap_forward()
    assert lb.state.start1 == lb.state.start2 == PictureStart(SCENE, 0.25)

    lb.set_image2(np.full((20, 40, 3), 123, np.uint8))
    lb.swap_forward()
    assert lb.state.start2 == PictureStart(SCENE, 0.25)


def left_half(width: int = 32, height: int = 16) -> Any:
    """A mask that paints the left half."""
    mask = np.zeros((height, width), np.uint8)
    mask[:, : width // 2] = 255
    return mask


def test_only_what_the_mask_says_is_painted() -> None:
    lb = blending()
    lb.init_inpainting(np.full((16, 32, 3), 200, np.uint8), left_half())

    pictures = lb.run_transition()

    assert all((picture[:, 16:] == 200).all() for picture in pictures)
    assert len({int(picture[0, 0, 0]) for picture in pictures}) > 1


# diffusers makes numpy arrays of tensors in the way of numpy 1
@pytest.mark.filterwarnings("ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning")
@pytest.mark.parametrize("save", [save_sd1, save_sd2, save_xl, save_inpainting], ids=lambda save: save.__name__)
def test_every_model_with_an_encoder_starts_from_pictures_and_keeps_what_a_mask_says(
    save: Callable[[Path], Path], tmp_path: Path
) -> None:
    lb = LatentBlending(StableDiffusionHolder(save(tmp_path), device="cpu"))
    lb.autosetup_branching(0.5, num_inference_steps=3, nmb_max_branches=3)
    lb.set_width(32)
    lb.set_height(16)
    picture = np.random.default_rng(1).integers(0, 256, (16, 32, 3), np.uint8)
    plain = lb.run_transition()

    lb.set_image1(np.full((16, 32, 3), 40, np.uint8), strength=0.5)
    started = lb.run_transition()
    lb.init_inpainting(picture, left_half())
    masked = lb.run_transition()

    assert not np.array_equal(started[0], plain[0])
    assert np.array_equal(started[-1], plain[-1])
    assert all(np.array_equal(leaf[:, 16:], picture[:, 16:]) for leaf in masked)
    assert not np.array_equal(masked[0][:, :16], masked[-1][:, :16])


def test_inpainting_is_for_both_keyframes_of_all_transitions_until_it_is_taken_back() -> None:
    lb = blending()
    lb.init_inpainting(np.full((16, 32, 3), 200, np.uint8), left_half())
    lb.run_transition()
    lb.swap_forward()
    lb.set_prompt2("moon")

    assert all((picture[:, 16:] == 200).all() for picture in lb.run_transition(recycle_img1=True))

    lb.init_inpainting(init_empty=True)
    assert not any((picture[:, 16:] == 200).all() for picture in lb.run_transition())


@pytest.mark.parametrize(
    ("mask", "reason"),
    [
        (None, "init_inpainting needs image_source and mask_image, or init_empty=True"),
        (
            np.zeros((8, 8), np.uint8),
            r"must have the shape of its picture \(32x16\) or of the frame \(32x16\), got 8x8",
        ),
        (np.zeros((16, 32), bool), r"an image must be \(height, width, 3\) uint8 RGB, or RGBA, got \(16, 32, 3\) bool"),
        ("no/such.png", r"picture no/such\.png cannot be read"),
    ],
    ids=["none", "shape", "bool", "file"],
)
def test_a_mask_that_cannot_be_is_refused_and_nothing_changes(mask: Any, reason: str) -> None:
    lb = blending()

    with pytest.raises(InvalidValue, match=reason):
        lb.init_inpainting(np.full((16, 32, 3), 200, np.uint8), mask)

    assert lb.state.inpaint is None


def test_a_model_in_one_file_with_its_yaml(tmp_path: Path) -> None:
    original = save_original(tmp_path)

    lb = LatentBlending(StableDiffusionHolder(original.path, original.config, torch.device("cpu")))
    lb.autosetup_branching(0.5, num_inference_steps=3, nmb_max_branches=3)

    assert [picture.shape for picture in lb.run_transition()] == [(16, 16, 3)] * 3


def test_what_is_to_be_said_of_a_model_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    StableDiffusionHolder(save_sd1(tmp_path / "model"), device=None)

    assert "the model's sampler PNDMScheduler needs the steps before" in caplog.text


def test_a_holder_takes_a_tiny_vae_a_sampler_and_loras(tmp_path: Path) -> None:
    folder, tiny = save_sd1(tmp_path / "model"), save_tiny_vae(tmp_path / "tiny")

    sdh = StableDiffusionHolder(folder, device="cpu", tiny_vae=tiny, sampler="lcm")
    lb = LatentBlending(sdh)
    lb.autosetup_branching(0.5, num_inference_steps=3, nmb_max_branches=3)

    assert (sdh.view.steps, sdh.view.guidance, sdh.notes) == (4, 1.0, ())
    assert len(lb.run_transition()) == 3
    with pytest.raises(ModelError, match=r"no LoRA file .*none\.safetensors"):
        StableDiffusionHolder(folder, device="cpu", loras=[f"{tmp_path}/none.safetensors:0.5"])


def test_a_holder_measures_by_lpips(tmp_path: Path) -> None:
    sdh = StableDiffusionHolder(save_sd1(tmp_path / "model"), device="cpu", lpips=save_lpips(tmp_path / "lpips"))
    lb = LatentBlending(sdh)
    lb.autosetup_branching(0.5, num_inference_steps=3, nmb_max_branches=5)

    assert type(sdh.grower.measure).__name__ == "Lpips"
    assert len(lb.run_transition()) == 5
    lb.write_movie_transition(tmp_path / "film.mp4", 0.2)
    assert (tmp_path / "film.mp4").stat().st_size > 0
    with pytest.raises(ModelError, match="lpips: no folder"):
        StableDiffusionHolder(tmp_path / "model", device="cpu", lpips="none")


def test_a_film_of_the_transition_has_its_length(tmp_path: Path) -> None:
    lb = blending()
    lb.set_width(64)
    lb.set_height(64)
    lb.sdh.grower._denoiser.size = (64, 64)  # type: ignore[attr-defined]
    pictures = lb.run_transition()

    lb.write_movie_transition(tmp_path / "film.mp4", 0.5, fps=24)

    frames = frames_of(tmp_path / "film.mp4")
    assert len(frames) == 12
    assert int(frames[0].mean()) == pytest.approx(int(pictures[0].mean()), abs=3)
    assert int(frames[-1].mean()) == pytest.approx(int(pictures[-1].mean()), abs=3)


def test_a_film_has_the_size_of_the_pictures_whatever_is_set_since(tmp_path: Path) -> None:
    lb = blending()
    lb.run_transition()
    lb.set_width(800)

    lb.write_movie_transition(tmp_path / "film.mp4", 0.1)

    assert {frame.shape for frame in frames_of(tmp_path / "film.mp4")} == {(16, 32, 3)}


def test_out_of_memory_is_told_in_words() -> None:
    with pytest.raises(ModelError, match="out of memory with a single picture of 32x16; a smaller one may fit"):
        blending(FakeHolder(FakeDenoiser(memory=0))).run_transition()


def test_what_every_transition_begins_with_can_be_given_at_once() -> None:
    lb = LatentBlending(blending().sdh, guidance_scale=4, guidance_scale_mid_damper=0.25, mid_compression_scaler=1.5)

    assert (lb.state.guidance, lb.state.middle_guidance, lb.state.compression) == (4, 0.25, 1.5)


def test_a_film_of_many_prompts_is_stitched_without_a_repeated_frame(tmp_path: Path) -> None:
    holder = FakeHolder(FakeDenoiser(size=(64, 64)))
    lb = blending(holder)
    lb.set_width(64)
    lb.set_height(64)

    lb.run_multi_transition(tmp_path / "film.mp4", ["sea", "desert", "moon"], [0, 250, 10], 10, 1.0)

    levels = [frame.mean() for frame in frames_of(tmp_path / "film.mp4")]
    assert len(levels) == 20
    assert holder.denoiser.calls[0] == 2
    assert sum(holder.denoiser.calls) == 3 * 4 + 2 * (2 + 2 * 1)  # three keyframes, not four; and three branches each
    assert min(abs(np.diff(levels))) > 0.5


def test_seeds_of_many_prompts_count_up_unless_they_are_given(tmp_path: Path) -> None:
    lb = blending()
    lb.set_seed(5)

    lb.run_multi_transition(tmp_path / "film.mp4", ["sea", "desert", "moon"], fps=10, duration_single_trans=0.2)

    assert (lb.state.seed1, lb.state.seed2) == (6, 7)


def changed_in_every_way(tmp_path: Path) -> LatentBlending:
    """Each setting has another value than at the start."""
    lb = blending()
    lb.set_width(64)
    lb.set_height(32)
    lb.init_inpainting(np.full((32, 64, 3), 200, np.uint8), left_half(64, 32))
    lb.set_image1(np.full((20, 20, 3), 55, np.uint8), strength=0.5)
    lb.set_prompt1("sea", weight=0.5)
    lb.set_prompt2("desert", weight=2)
    lb.set_negative_prompt("fog")
    lb.set_guidance_scale(5)
    lb.set_guidance_mid_damper(0.25)
    lb.set_mid_compression_scaler(1.5)
    lb.set_adaptive_placing(False)
    lb.set_branch1_crossfeed(0.5, 0.6, 0.9)
    lb.set_parental_crossfeed(0.25, 0.8, 0.7)
    lb.set_image2(np.full((20, 20, 3), 77, np.uint8), strength=0.75)
    lb.setup_branching(6, [2, 4, 7], list_injection_idx=[0, 3, 5])
    lb.sdh.grower._denoiser.size = (64, 32)  # type: ignore[attr-defined]
    lb.run_transition(fixed_seeds=[3, 4])
    return lb


def test_every_setting_is_in_what_is_saved(tmp_path: Path) -> None:
    changed, untouched = changed_in_every_way(tmp_path).state, blending().state

    same = [field.name for field in fields(changed) if getattr(changed, field.name) == getattr(untouched, field.name)]

    # prompts are compared below, small pictures by the tests of upscaling, and a time is taken back by branches by hand
    assert same == ["prompt1", "prompt2", "seconds", "small1", "small2"]


def test_a_saved_state_comes_back_equal_and_paints_the_same(tmp_path: Path) -> None:
    saved = changed_in_every_way(tmp_path)

    saved.save_state(tmp_path / "state")
    loaded = LatentBlending.load_state(saved.sdh, tmp_path / "state")

    assert loaded == saved
    assert loaded.state.parental_crossfeed == Crossfeed(0.25, 0.8, 0.7)
    assert greys(loaded.run_transition()) == greys(saved.run_transition(recycle_img1=True))


def test_a_saved_state_needs_nothing_outside_its_folder(tmp_path: Path) -> None:
    saved = changed_in_every_way(tmp_path)
    saved.save_state(tmp_path / "state")
    (tmp_path / "state").rename(tmp_path / "elsewhere")

    loaded = LatentBlending.load_state(saved.sdh, tmp_path / "elsewhere")

    assert loaded.state.start2 is not None
    assert Path(loaded.state.start2.source).parent == tmp_path / "elsewhere"
    assert loaded == saved


def test_a_state_of_another_model_is_loaded_and_said(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    blending().save_state(tmp_path)
    LatentBlending.load_state(blending().sdh, tmp_path)
    assert caplog.text == ""

    path = tmp_path / "state.json"
    path.write_text(path.read_text().replace('"model": "fake"', '"model": "sd-turbo"'))
    LatentBlending.load_state(blending().sdh, tmp_path)

    assert "was saved with the model sd-turbo; fake paints other pictures" in caplog.text


def test_another_setting_or_picture_is_not_equal(tmp_path: Path) -> None:
    one, other = blending(), blending()
    assert one == other

    other.set_guidance_scale(9)

    assert one != other
    one.run_transition()
    assert one != blending()


def test_pictures_are_written_in_order(tmp_path: Path) -> None:
    lb = blending()
    lb.run_transition()

    lb.write_imgs_transition(tmp_path / "pictures")

    assert sorted(path.name for path in (tmp_path / "pictures").iterdir()) == [
        *(f"leaf_{index:04}.png" for index in range(5)),
        "state.json",
    ]


def test_a_state_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"state\.json cannot be read: No such file"):
        LatentBlending.load_state(blending().sdh, tmp_path)
