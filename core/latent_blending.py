"""Latent blending offline: transitions as pictures and films from Python, without the show.

The names are those of the method's first implementation (Lunar Ring), so that its scripts run with few changes. Everything
here is a thin face: what is set is one value, core.blending.state, and what is painted is core.tree with core.diffusion.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice, pairwise
from pathlib import Path
from random import Random
from tempfile import gettempdir
from typing import Any

import numpy as np

from core.blending.deadline import run_within
from core.blending.levels import MAX_BRANCHES, Levels, levels_for_depth, levels_for_quality, steps_for_strengths
from core.blending.state import BlendingState
from core.blending.state_file import load_state, movable, save_state, saved_model
from core.blending.timing import film_frames
from core.blending.upscaling import FACTOR, large_transition, load_small, resample
from core.control.errors import InvalidValue, ModelError
from core.control.parameters import PARAMETERS
from core.diffusion.family import Family
from core.diffusion.model import load_model
from core.frames.film import Film
from core.frames.frame import FrameFormat, Pixels
from core.frames.picture_store import PictureStore
from core.tree.build import Grower, Watch
from core.tree.canvas import find_canvas
from core.tree.denoiser import OutOfMemory
from core.tree.pictures import read_image
from core.tree.spec import (
    MAX_COMPRESSION,
    SCENE,
    Crossfeed,
    InpaintSpec,
    PictureStart,
    RenderSettings,
    TransitionSpec,
    UpscaleSpec,
)
from core.tree.tree import Tree
from core.worker.jobs import BUILTIN, ModelRequest, ModelView

logger = logging.getLogger(__name__)

MOVIE = "movie.mp4"
SEEDS = 2**31  # a random seed is below it
STRENGTH = float(PARAMETERS["strength"].default)
FilePath = str | Path


class StableDiffusionHolder:
    """A loaded model, and what its transitions share: embeddings, and keyframes from one transition to the next.

    Args:
        fp_ckpt: "builtin", a diffusers folder, a hub id, or a .safetensors or .ckpt file.
        fp_config: the original yaml of a model in one file; None takes the one of its name beside it, if there is one.
        device: "auto", "cpu", "cuda", "mps", or a torch.device. None is "auto".
        loras: LoRA files that are added to the model, each with its strength: ["style.safetensors:0.8"].
        tiny_vae: a small autoencoder in the place of the model's own: a folder, or a hub id in the local cache.
        precision: "auto", "float32", "float16", "bfloat16".
        attention: "auto", "sdpa", "xformers".
        sampler: "auto", "ddim", "ddpm", "euler", "euler_ancestral", "lcm", "tcd".

    Raises:
        ModelError: not found, damaged, or not of a kind that is supported.
    """

    def __init__(
        self,
        fp_ckpt: FilePath = "builtin",
        fp_config: FilePath | None = None,
        device: Any = "auto",
        *,
        loras: Sequence[str] = (),
        tiny_vae: FilePath | None = None,
        precision: str = "auto",
        attention: str = "auto",
        sampler: str = "auto",
    ) -> None:
        request = ModelRequest(
            str(fp_ckpt),
            str(device or "auto").removesuffix(":0"),  # the first device is meant by its kind alone
            precision,
            attention,
            sampler=sampler,
            config=str(fp_config or ""),
            loras=tuple(loras),
            tiny_vae=str(tiny_vae or ""),
        )
        model = load_model(request)
        for note in model.notes:
            logger.warning("%s", note)
        self.view: ModelView = model.view
        self.notes = model.notes
        self.grower = Grower(model.denoiser)


class LatentBlending:
    """Settings of a transition between two prompts, and the pictures of the one that was run last.

    It begins with the size and the guidance of the model, the profile "medium", no crossfeed and half of the guidance in the
    middle. Keyframes of the built-in model start from its scenes, those of others from noise.

    Attributes:
        state: all that is set.
        leaves: pictures of the last transition by their place in 0..1, (height, width, 3) uint8 RGB.
    """

    def __init__(
        self,
        sdh: StableDiffusionHolder,
        guidance_scale: float | None = None,
        guidance_scale_mid_damper: float = 0.5,
        mid_compression_scaler: float = 1.0,
    ) -> None:
        self.sdh = sdh
        view = sdh.view
        levels = levels_for_quality("medium", depth=0.4)
        start = PictureStart(SCENE, STRENGTH) if view.name == BUILTIN else None  # as in a show
        self.state = BlendingState(view.width, view.height, view.guidance, levels, start1=start, start2=start)
        if guidance_scale is not None:
            self.set_guidance_scale(guidance_scale)
        self.set_guidance_mid_damper(guidance_scale_mid_damper)
        self.set_mid_compression_scaler(mid_compression_scaler)
        self.leaves: dict[float, Pixels] = {}

    # What is painted

    def set_prompt1(self, prompt: str) -> None:
        self._set(prompt1=prompt)

    def set_prompt2(self, prompt: str) -> None:
        self._set(prompt2=prompt)

    def set_negative_prompt(self, negative_prompt: str) -> None:
        self._set(negative=negative_prompt)

    def set_seed(self, seed: int) -> None:
        """One seed for both keyframes; fixed_seeds of run_transition gives each its own."""
        self._set(seed1=int(seed), seed2=int(seed))

    def randomize_seed(self) -> None:
        """Another seed for both keyframes; it is kept in state, so that the run can be repeated."""
        self.set_seed(Random().randrange(SEEDS))  # noqa: S311

    def set_width(self, width: int) -> None:
        self._set(width=self._checked_side("width", width))

    def set_height(self, height: int) -> None:
        self._set(height=self._checked_side("height", height))

    def set_guidance_scale(self, guidance_scale: float) -> None:
        if not 0 <= guidance_scale <= 100:
            raise InvalidValue(f"guidance_scale must be in 0..100, got {guidance_scale}")
        self._set(guidance=float(guidance_scale))

    def set_guidance_mid_damper(self, guidance_scale_mid_damper: float) -> None:
        """What is left in the middle of the guidance above 1: 1 is all of it, 0 none; from both keyframes it falls evenly."""
        if not 0 <= guidance_scale_mid_damper <= 1:
            raise InvalidValue(f"guidance_scale_mid_damper must be in 0..1, got {guidance_scale_mid_damper}")
        self._set(middle_guidance=guidance_scale_mid_damper)

    def set_mid_compression_scaler(self, mid_compression_scaler: float) -> None:
        """How much leaves are moved to the middle, where most changes happen: 1 is even, up to 4."""
        if not 1 <= mid_compression_scaler <= MAX_COMPRESSION:
            raise InvalidValue(f"mid_compression_scaler must be in 1..{MAX_COMPRESSION}, got {mid_compression_scaler}")
        self._set(compression=mid_compression_scaler)

    def set_adaptive_placing(self, is_adaptive: bool = True) -> None:
        """Whether branches go where neighbouring pictures differ most, as they do at the start, or evenly.

        A mid_compression_scaler above 1 places them by itself.
        """
        self._set(is_adaptive=bool(is_adaptive))

    def set_branch1_crossfeed(
        self, crossfeed_power: float, crossfeed_range: float = 1.0, crossfeed_decay: float = 1.0
    ) -> None:
        """Let the first keyframe pull on the second, so that structure stays across the transition.

        It pulls again at each step: a power of 0.1 is felt, and 0.5 leaves little of the second.

        Args:
            crossfeed_power: 0..1, the pull after the first step.
            crossfeed_range: 0..1, the share of the steps in which it pulls.
            crossfeed_decay: 0..1, what is left of the power at the end of that range.
        """
        self._set(branch1_crossfeed=Crossfeed(crossfeed_power, crossfeed_range, crossfeed_decay))

    def set_parental_crossfeed(
        self, crossfeed_power: float, crossfeed_range: float = 1.0, crossfeed_decay: float = 1.0
    ) -> None:
        """Let the neighbours that a branch was mixed from keep pulling on it; for the arguments see set_branch1_crossfeed."""
        self._set(parental_crossfeed=Crossfeed(crossfeed_power, crossfeed_range, crossfeed_decay))

    def set_image1(self, image: FilePath | Any, strength: float = STRENGTH) -> None:
        """Start the first keyframe from a picture; it is cut to the size of the transition.

        With an upscaler it is the small picture that the keyframe enlarges, and the transition becomes four times as large.

        Args:
            image: a file, something that numpy takes for (height, width, 3) uint8 RGB, or "scene" for the procedural scene of the
                prompt. None goes back to noise.
            strength: 0..1, how much is painted anew; 0 leaves the picture as it is. Not for upscalers.
        """
        if self._is_upscaler:
            self._set(small1=self._small(image))
        else:
            self._set(start1=self._start(image, strength))

    def set_image2(self, image: FilePath | Any, strength: float = STRENGTH) -> None:
        """The same for the second keyframe."""
        if self._is_upscaler:
            self._set(small2=self._small(image))
        else:
            self._set(start2=self._start(image, strength))

    def init_inpainting(
        self, image_source: FilePath | Any = None, mask_image: FilePath | Any = None, init_empty: bool = False
    ) -> None:
        """Paint only a part of a picture in all that follows; the rest of it stays in every leaf, to the last bit.

        Every model can: one that was made for inpainting sees what is around the part, any other is led by it.

        Args:
            image_source: a file, or something that numpy takes for (height, width, 3) uint8 RGB; it is cut to the size of the
                transition.
            mask_image: of the same shape, or of that of the transition: 255 is painted, 0 stays. A file, or something that numpy
                takes for (height, width) or (height, width, 3) uint8.
            init_empty: paint whole pictures again, as before the first call; needs neither picture nor mask.
        """
        if init_empty:
            self._set(inpaint=None)
            return
        if image_source is None or mask_image is None:
            raise InvalidValue("init_inpainting needs image_source and mask_image, or init_empty=True")
        inpaint = InpaintSpec(str(_image_file(image_source)), str(_mask_file(mask_image)))
        find_canvas(inpaint, RenderSettings(self.state.width, self.state.height, steps=1))  # tells now what is wrong
        self._set(inpaint=inpaint)

    # Where branches start

    def load_branching_profile(self, quality: str = "medium", depth_strength: float = 0.4) -> None:
        """Steps and branches by a word: lowest, low, medium, high, ultra.

        depth_strength: 0..1, the share of steps before the first branch: small is inventive, near 1 is close to a cross-fade.
        """
        self._set(levels=levels_for_quality(quality, depth_strength), seconds=None)

    def autosetup_branching(
        self, depth_strength: float = 0.4, num_inference_steps: int = 30, nmb_max_branches: int = 15
    ) -> None:
        """Levels that each about double the branches, from the depth on."""
        self._set(levels=levels_for_depth(depth_strength, num_inference_steps, nmb_max_branches), seconds=None)

    def setup_branching(
        self,
        num_inference_steps: int = 30,
        list_nmb_branches: Sequence[int] | None = None,
        list_injection_strength: Sequence[float] | None = None,
        list_injection_idx: Sequence[int] | None = None,
    ) -> None:
        """Levels by hand: how many branches exist (with both keyframes) from which step, or which share of the steps, on.

        setup_branching(30, [2, 3, 10, 24], list_injection_strength=[0, 0.6, 0.8, 0.9]); without lists the profile's. Where
        the first level does not begin at 0, both keyframes do.
        """
        if list_nmb_branches is None:
            self.autosetup_branching(num_inference_steps=num_inference_steps)
            return
        if (list_injection_strength is None) == (list_injection_idx is None):
            raise InvalidValue("give either list_injection_strength or list_injection_idx with list_nmb_branches")
        steps = (
            steps_for_strengths(list_injection_strength, num_inference_steps)
            if list_injection_strength is not None
            else tuple(list_injection_idx or ())
        )
        counts = tuple(list_nmb_branches)
        if steps and steps[0] > 0:
            counts, steps = (2, *counts), (0, *steps)
        self._set(levels=Levels(num_inference_steps, counts, steps), seconds=None)

    def set_branching(
        self,
        depth_strength: float | None = None,
        t_compute_max_allowed: float | None = None,
        nmb_max_branches: int | None = None,
    ) -> None:
        """Branches by number, or by the seconds that a transition may take on this computer.

        What is None stays as it is. The number that fitted is in state.levels after the run.
        """
        if t_compute_max_allowed is not None and nmb_max_branches is not None:
            raise InvalidValue("give either t_compute_max_allowed or nmb_max_branches")
        depth = self.state.depth if depth_strength is None else depth_strength
        count = self.state.levels.branch_counts[-1] if nmb_max_branches is None else nmb_max_branches
        levels = levels_for_depth(depth, self.state.levels.step_count, count)
        seconds = self.state.seconds if nmb_max_branches is None else None
        self._set(levels=levels, seconds=seconds if t_compute_max_allowed is None else t_compute_max_allowed)

    # The transition

    def run_transition(
        self,
        recycle_img1: bool = False,
        recycle_img2: bool = False,
        fixed_seeds: Sequence[int] | str | None = None,
    ) -> list[Pixels]:
        """Paint the transition.

        Args:
            recycle_img1: keep the first keyframe of the last transition, whatever was set since.
            recycle_img2: the same for the second.
            fixed_seeds: two seeds for the keyframes, or "randomize"; None keeps those that are set.

        Returns:
            Pictures from the first keyframe to the second, each (height, width, 3) uint8 RGB.
        """
        if fixed_seeds is not None:
            self._set_seeds(fixed_seeds)
        spec = self.state.transition(keeps_left=recycle_img1, keeps_right=recycle_img2)
        leaves = self._grow(spec)
        self.leaves = dict(sorted(leaves.items()))
        self._set(last_left=spec.left, last_right=spec.right)
        return list(self.leaves.values())

    def run_multi_transition(
        self,
        fp_movie: FilePath,
        list_prompts: Sequence[str],
        list_seeds: Sequence[int] | None = None,
        fps: float = 24,
        duration_single_trans: float = 15,
    ) -> None:
        """Run through all prompts, and write one film of them. A keyframe is painted once for both its sides.

        Args:
            fp_movie: an mp4 file; one that is there is replaced.
            list_prompts: at least two.
            list_seeds: one for each prompt; None counts up from the first seed that is set.
            fps: frames a second.
            duration_single_trans: seconds from one prompt to the next.
        """
        if len(list_prompts) < 2:
            raise InvalidValue(f"list_prompts must have at least two prompts, got {len(list_prompts)}")
        seeds = [self.state.seed1 + index for index in range(len(list_prompts))] if list_seeds is None else list_seeds
        if len(seeds) != len(list_prompts):
            raise InvalidValue(f"list_seeds must have a seed for each of {len(list_prompts)} prompts, got {len(seeds)}")
        last = len(list_prompts) - 2
        with Film(Path(fp_movie), FrameFormat(self.state.width, self.state.height), fps) as film:
            for index, (prompts, pair) in enumerate(zip(pairwise(list_prompts), pairwise(seeds), strict=True)):
                self._set(prompt1=prompts[0], prompt2=prompts[1])
                leaves = self.run_transition(recycle_img1=index > 0, fixed_seeds=pair)
                _write(film, leaves, _frame_count(duration_single_trans, fps), has_end=index == last)
                if index < last:
                    self.swap_forward()

    # Two stages: small first, then four times as large

    def run_upscaling_step1(
        self,
        dp_img: FilePath,
        depth_strength: float = 0.65,
        num_inference_steps: int = 30,
        nmb_max_branches: int = 10,
        fixed_seeds: Sequence[int] | str | None = None,
    ) -> list[Pixels]:
        """Paint the small transition, and save it for the second stage.

        Args:
            dp_img: a folder for its pictures and state.
            depth_strength: as in autosetup_branching.
            num_inference_steps: denoising steps.
            nmb_max_branches: pictures, both keyframes among them.
            fixed_seeds: as in run_transition.
        """
        self.autosetup_branching(depth_strength, num_inference_steps, nmb_max_branches)
        leaves = self.run_transition(fixed_seeds=fixed_seeds)
        self.write_imgs_transition(dp_img)
        return leaves

    def run_upscaling_step2(
        self,
        dp_img: FilePath,
        depth_strength: float = 0.65,
        num_inference_steps: int = 100,
        nmb_max_branches_highres: int = 5,
        nmb_max_branches_lowres: int = 6,
        duration_single_segment: float = 3,
        fps: float = 24,
        noise_level: int = 20,
    ) -> list[Pixels]:
        """Enlarge the small transition four times with an x4 upscaler, and write it as dp_img/movie.mp4.

        Args:
            dp_img: the folder of the first stage.
            depth_strength: share of the steps before the branches between two small pictures.
            num_inference_steps: denoising steps of the upscaler.
            nmb_max_branches_highres: pictures from one small picture to the next, both among them; 3 or more.
            nmb_max_branches_lowres: how many of the small pictures are enlarged, evenly; 2 or more.
            duration_single_segment: seconds of film from one small picture to the next.
            fps: frames a second.
            noise_level: how much noise is put on a small picture before it is enlarged; the more, the more is invented.

        Returns:
            The large pictures in order, (height, width, 3) uint8 RGB; they are leaves too.

        Raises:
            ModelError: the model is no upscaler, or a single large picture does not fit into memory.
        """
        if not self._is_upscaler:
            raise ModelError(
                f"{self.sdh.view.name} is no x4 upscaler: load stabilityai/stable-diffusion-x4-upscaler into the holder, "
                "or call run_resampling_step2, which needs no model"
            )
        small = load_small(Path(dp_img), nmb_max_branches_lowres)
        spec = large_transition(
            small,
            steps=num_inference_steps,
            depth=depth_strength,
            branch_count=nmb_max_branches_highres,
            noise_level=noise_level,
            guidance=self.state.guidance,
        )
        self.leaves = dict(sorted(self._grow_whole(spec).items()))
        self._set(prompt1=spec.left.prompt, prompt2=spec.right.prompt, last_left=spec.left, last_right=spec.right)
        seconds = duration_single_segment * (len(small.files) - 1)
        self.write_movie_transition(Path(dp_img) / MOVIE, seconds, fps)
        return list(self.leaves.values())

    def run_resampling_step2(
        self,
        dp_img: FilePath,
        nmb_max_branches_lowres: int = MAX_BRANCHES,
        duration_single_segment: float = 3,
        fps: float = 24,
    ) -> list[Pixels]:
        """The second stage without an upscaler: the small pictures resampled to four times their size, which adds no detail.

        For the arguments see run_upscaling_step2.
        """
        small = load_small(Path(dp_img), nmb_max_branches_lowres)
        places = np.linspace(0, 1, len(small.pictures)).tolist()
        self.leaves = {place: resample(leaf) for place, leaf in zip(places, small.pictures, strict=True)}
        seconds = duration_single_segment * (len(small.files) - 1)
        self.write_movie_transition(Path(dp_img) / MOVIE, seconds, fps)
        return list(self.leaves.values())

    def swap_forward(self) -> None:
        """The second keyframe becomes the first: set a new second prompt, and run with recycle_img1=True."""
        self.state = self.state.swapped()

    # Files

    def write_movie_transition(self, fp_movie: FilePath, duration_transition: float, fps: float = 30) -> None:
        """A film of the last transition; between two leaves it shows a mix of them. Seconds, frames a second."""
        leaves = self._painted()
        height, width, _ = leaves[0].shape
        with Film(Path(fp_movie), FrameFormat(width, height), fps) as film:
            _write(film, leaves, _frame_count(duration_transition, fps), has_end=True)

    def write_imgs_transition(self, dp_img: FilePath) -> None:
        """The pictures of the last transition as numbered PNG files, with the state that made them."""
        self._painted()
        self.save_state(dp_img)

    def save_state(self, dp_state: FilePath) -> None:
        """All that is set and the pictures of the last transition, in a folder: state.json, PNG files."""
        save_state(Path(dp_state), self.state, self.leaves, self.sdh.view.name)

    @classmethod
    def load_state(cls, sdh: StableDiffusionHolder, dp_state: FilePath) -> LatentBlending:
        """What save_state has saved, with a model that is loaded already.

        Raises:
            ConfigError: a file is missing or damaged.
        """
        model = saved_model(Path(dp_state))
        if model not in ("", sdh.view.name):
            logger.warning("%s was saved with the model %s; %s paints other pictures", dp_state, model, sdh.view.name)
        loaded = cls(sdh)
        loaded.state, loaded.leaves = load_state(Path(dp_state))
        return loaded

    def __eq__(self, other: object) -> bool:
        """The same settings and pictures; a start picture is the same wherever it lies."""
        if not isinstance(other, LatentBlending):
            return NotImplemented
        same_places = self.leaves.keys() == other.leaves.keys()
        return (
            movable(self.state) == movable(other.state)
            and same_places
            and all(np.array_equal(leaf, other.leaves[place]) for place, leaf in self.leaves.items())
        )

    __hash__ = None  # type: ignore[assignment]

    def _painted(self) -> list[Pixels]:
        if not self.leaves:
            raise InvalidValue("there is no transition yet: run_transition first")
        return list(self.leaves.values())

    def _grow(self, spec: TransitionSpec) -> dict[float, Pixels]:
        if self.state.seconds is None:
            return self._grow_whole(spec)
        with _memory_told(spec):
            levels, leaves = run_within(self.state.seconds, self.state, spec, self.sdh.grower, time.perf_counter)
        self._set(levels=levels)
        return leaves

    def _grow_whole(self, spec: TransitionSpec) -> dict[float, Pixels]:
        leaves: dict[float, Pixels] = {}
        with _memory_told(spec):
            self.sdh.grower.grow_round(Tree(spec), 0, Watch(on_leaf=leaves.__setitem__))
        return leaves

    @property
    def _is_upscaler(self) -> bool:
        return self.sdh.view.family == Family.UPSCALER.value

    def _small(self, image: FilePath | Any) -> UpscaleSpec:
        path = _image_file(image)
        height, width, _ = read_image(path).shape
        self._set(width=FACTOR * width, height=FACTOR * height)
        return UpscaleSpec(str(path))

    def _start(self, image: FilePath | Any, strength: float) -> PictureStart | None:
        if image is None:
            return None
        if isinstance(image, str) and image == SCENE:
            return PictureStart(SCENE, strength)
        path = _image_file(image)
        read_image(path)  # what is wrong with it is told now, and not when the transition is run
        return PictureStart(str(path), strength)

    def _set_seeds(self, seeds: Sequence[int] | str) -> None:
        if seeds == "randomize":
            self._set(seed1=Random().randrange(SEEDS), seed2=Random().randrange(SEEDS))  # noqa: S311
            return
        if isinstance(seeds, str) or len(seeds) != 2:
            raise InvalidValue(f'fixed_seeds must be two seeds or "randomize", got {seeds!r}')
        self._set(seed1=int(seeds[0]), seed2=int(seeds[1]))

    def _set(self, **changes: Any) -> None:
        self.state = replace(self.state, **changes)

    def _checked_side(self, name: str, side: int) -> int:
        step = self.sdh.view.size_step
        if side < step or side % step:
            raise InvalidValue(f"{name} must be a multiple of {step} for {self.sdh.view.name}, got {side}")
        return side


@contextmanager
def _memory_told(spec: TransitionSpec) -> Iterator[None]:
    try:
        yield
    except OutOfMemory as error:
        size = f"{spec.settings.width}x{spec.settings.height}"
        raise ModelError(f"out of memory with a single picture of {size}; a smaller one may fit") from error


def _frame_count(duration: float, fps: float) -> int:
    if not duration > 0:
        raise InvalidValue(f"the duration of a transition must be more than 0, got {duration}")
    return max(1, round(duration * fps))


def _write(film: Film, leaves: Sequence[Pixels], frame_count: int, *, has_end: bool) -> None:
    """frame_count intervals; the frame at the end belongs to the next transition where there is one."""
    frames = film_frames(leaves, frame_count if has_end else frame_count + 1)
    for frame in islice(frames, frame_count):
        film.write(frame)


def _image_file(image: FilePath | Any) -> Path:
    """A file as it is; a picture of the caller's memory as one that is named by what it holds."""
    if isinstance(image, str | Path):
        return Path(image).expanduser()
    pixels = np.asarray(image)
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.dtype != np.uint8:
        raise InvalidValue(f"an image must be (height, width, 3) uint8 RGB, got {pixels.shape} {pixels.dtype}")
    return PictureStore(Path(gettempdir()) / "latentdeck", max_files=None).keep_pixels(pixels)


def _mask_file(mask: FilePath | Any) -> Path:
    if not isinstance(mask, str | Path):
        mask = np.asarray(mask)
        mask = np.repeat(mask[:, :, None], 3, axis=2) if mask.ndim == 2 else mask
    return _image_file(mask)
