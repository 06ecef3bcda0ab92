"""What can be set on a LatentBlending: each call checks its values and changes one immutable state."""

from __future__ import annotations

from collections.abc import Sequence, Sized
from dataclasses import replace
from random import Random
from typing import Any

from core.blending.holder import StableDiffusionHolder
from core.blending.images import FilePath, image_file, mask_file
from core.blending.levels import Levels, levels_for_depth, levels_for_quality, steps_for_strengths
from core.blending.plain import plain, whole
from core.blending.settable import Settable
from core.blending.state import BlendingState
from core.blending.upscaling import FACTOR
from core.control.errors import InvalidValue
from core.control.parameters import PARAMETERS
from core.model_request import BUILTIN
from core.tree.canvas import find_canvas
from core.tree.pictures import read_image
from core.tree.spec import (
    MAX_COMPRESSION,
    SCENE,
    Crossfeed,
    InpaintSpec,
    PictureStart,
    RenderSettings,
    UpscaleSpec,
)

SEEDS = 2**31  # a random seed is below it
STRENGTH = float(PARAMETERS["strength"].default)


class BlendingSettings(Settable):
    """The half of LatentBlending that paints nothing."""

    sdh: StableDiffusionHolder
    state: BlendingState

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

    def set_prompt1(self, prompt: str, weight: float = 1.0) -> None:
        """weight: 0..2, how strongly its words count: 0 paints as with no words, 1 as they are, 2 exaggerates."""
        self._set(prompt1=prompt, weight1=weight)

    def set_prompt2(self, prompt: str, weight: float = 1.0) -> None:
        """The same for the second keyframe."""
        self._set(prompt2=prompt, weight2=weight)

    def set_negative_prompt(self, negative_prompt: str) -> None:
        self._set(negative=negative_prompt)

    def set_seed(self, seed: int) -> None:
        """One seed for both keyframes; fixed_seeds of run_transition gives each its own."""
        number = whole("seed", seed)
        self._set(seed1=number, seed2=number)

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
            crossfeed_power: 0..1, the pull at the start.
            crossfeed_range: 0..1, the share of the steps before which it pulls; the finished latent is never pulled.
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
        if self.sdh.is_upscaler:
            self._set(small1=self._small(image))
        else:
            self._set(start1=self._start(image, strength))

    def set_image2(self, image: FilePath | Any, strength: float = STRENGTH) -> None:
        """The same for the second keyframe."""
        if self.sdh.is_upscaler:
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
        inpaint = InpaintSpec(str(image_file(image_source)), str(mask_file(mask_image)))
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
        step_count = whole("num_inference_steps", num_inference_steps)
        branch_count = whole("nmb_max_branches", nmb_max_branches)
        self._set(levels=levels_for_depth(depth_strength, step_count, branch_count), seconds=None)

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
        step_count = whole("num_inference_steps", num_inference_steps)
        counts = tuple(whole("list_nmb_branches", count) for count in list_nmb_branches)
        if list_injection_idx is not None:
            steps = tuple(whole("list_injection_idx", step) for step in list_injection_idx)
        else:
            assert list_injection_strength is not None, "one of both is given"
            steps = steps_for_strengths(list_injection_strength, step_count)
        if steps and steps[0] > 0:
            counts, steps = (2, *counts), (0, *steps)
        self._set(levels=Levels(step_count, counts, steps), seconds=None)

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
        most = self.state.levels.branch_counts[-1] if nmb_max_branches is None else nmb_max_branches
        count = whole("nmb_max_branches", most)
        levels = levels_for_depth(depth, self.state.levels.step_count, count)
        seconds = self.state.seconds if nmb_max_branches is None else None
        self._set(levels=levels, seconds=seconds if t_compute_max_allowed is None else t_compute_max_allowed)

    def _set_seeds(self, seeds: Sequence[int] | str) -> None:
        if isinstance(seeds, str) and seeds == "randomize":
            self._set(seed1=Random().randrange(SEEDS), seed2=Random().randrange(SEEDS))  # noqa: S311
            return
        if isinstance(seeds, str) or not isinstance(seeds, Sized) or len(seeds) != 2:
            raise InvalidValue(f'fixed_seeds must be two seeds or "randomize", got {seeds!r}')
        first, second = (whole("a seed", seed) for seed in seeds)
        self._set(seed1=first, seed2=second)

    def _small(self, image: FilePath | Any) -> UpscaleSpec:
        path = image_file(image)
        height, width, _ = read_image(path).shape
        self._set(width=FACTOR * width, height=FACTOR * height)
        return UpscaleSpec(str(path))

    def _start(self, image: FilePath | Any, strength: float) -> PictureStart | None:
        if image is None:
            return None
        if isinstance(image, str) and image == SCENE:
            return PictureStart(SCENE, strength)
        path = image_file(image)
        read_image(path)  # what is wrong with it is told now, and not when the transition is run
        return PictureStart(str(path), strength)

    def _set(self, **changes: Any) -> None:
        self.state = replace(self.state, **{name: plain(value) for name, value in changes.items()})

    def _checked_side(self, name: str, side: int) -> int:
        side, step = whole(name, side), self.sdh.view.size_step
        if side < step or side % step:
            raise InvalidValue(f"{name} must be a multiple of {step} for {self.sdh.view.name}, got {side}")
        return side
