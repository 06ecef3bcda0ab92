"""Latent blending offline: transitions as pictures and films from Python, without the show.

The names are those of the method's first implementation (Lunar Ring), so that its scripts run with few changes. Everything
here is a thin face: what is set is one value, core.blending.state, and what is painted is core.tree with core.diffusion.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice, pairwise
from pathlib import Path

import numpy as np

from core.blending.deadline import run_within
from core.blending.holder import StableDiffusionHolder
from core.blending.images import FilePath
from core.blending.levels import MAX_BRANCHES
from core.blending.settings import BlendingSettings
from core.blending.state_file import load_state, movable, save_state, saved_model
from core.blending.timing import film_frames
from core.blending.upscaling import large_transition, load_small, resample
from core.control.errors import InvalidValue, ModelError
from core.frames.film import Film
from core.frames.frame import FrameFormat, Pixels
from core.tree.denoiser import OutOfMemory
from core.tree.spec import LEADER_LIMIT, TransitionSpec
from core.tree.tree import Tree
from core.tree.watch import Watch

__all__ = ["LatentBlending", "StableDiffusionHolder"]

logger = logging.getLogger(__name__)

MOVIE = "movie.mp4"


class LatentBlending(BlendingSettings):
    """Settings of a transition between two prompts, and the pictures of the one that was run last.

    It begins with the size and the guidance of the model, the profile "medium", no crossfeed and half of the guidance in the
    middle. Keyframes of the built-in model start from its scenes, those of others from noise.

    Attributes:
        state: all that is set.
        leaves: pictures of the last transition by their place in 0..1, (height, width, 3) uint8 RGB.
    """

    leaves: dict[float, Pixels]

    def __init__(
        self,
        sdh: StableDiffusionHolder,
        guidance_scale: float | None = None,
        guidance_scale_mid_damper: float = 0.5,
        mid_compression_scaler: float = 1.0,
    ) -> None:
        super().__init__(sdh, guidance_scale, guidance_scale_mid_damper, mid_compression_scaler)
        self.leaves = {}

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
            list_prompts: at least two, each of weight 1; with a branch1_crossfeed at most 201, since each keyframe then hangs on
                all before it.
            list_seeds: one for each prompt; None counts up from the first seed that is set.
            fps: frames a second.
            duration_single_trans: seconds from one prompt to the next.
        """
        if len(list_prompts) < 2:
            raise InvalidValue(f"list_prompts must have at least two prompts, got {len(list_prompts)}")
        if self.state.branch1_crossfeed.power and len(list_prompts) > LEADER_LIMIT + 1:
            raise InvalidValue(
                f"list_prompts must have at most {LEADER_LIMIT + 1} prompts with a branch1_crossfeed, got {len(list_prompts)}"
            )
        seeds = [self.state.seed1 + index for index in range(len(list_prompts))] if list_seeds is None else list_seeds
        if len(seeds) != len(list_prompts):
            raise InvalidValue(f"list_seeds must have a seed for each of {len(list_prompts)} prompts, got {len(seeds)}")
        last = len(list_prompts) - 2
        with Film(Path(fp_movie), FrameFormat(self.state.width, self.state.height), fps) as film:
            for index, (prompts, pair) in enumerate(zip(pairwise(list_prompts), pairwise(seeds), strict=True)):
                self.set_prompt1(prompts[0])
                self.set_prompt2(prompts[1])
                leaves = self.run_transition(recycle_img1=index > 0, fixed_seeds=pair)
                self._write(film, leaves, _frame_count(duration_single_trans, fps), has_end=index == last)
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
        if not self.sdh.is_upscaler:
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
        self.set_prompt1(spec.left.prompt, spec.left.weight)
        self.set_prompt2(spec.right.prompt, spec.right.weight)
        self._set(last_left=spec.left, last_right=spec.right)
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
            self._write(film, leaves, _frame_count(duration_transition, fps), has_end=True)

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
            tree = Tree(spec, self.sdh.grower.measure)
            self.sdh.grower.grow_round(tree, 0, Watch(on_leaf=leaves.__setitem__))
        return leaves

    def _write(self, film: Film, leaves: Sequence[Pixels], frame_count: int, *, has_end: bool) -> None:
        """frame_count intervals; the frame at the end belongs to the next transition where there is one."""
        frames = film_frames(leaves, frame_count if has_end else frame_count + 1, self.sdh.grower.measure)
        for frame in islice(frames, frame_count):
            film.write(frame)


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
