"""All that is set on a LatentBlending, as one value; and the transition that it means."""

from __future__ import annotations

from dataclasses import dataclass, replace

from core.blending.levels import Levels
from core.control.cue_fields import MAX_WEIGHT
from core.control.errors import InvalidValue
from core.tree.spec import (
    NO_CROSSFEED,
    SCENE,
    Crossfeed,
    InpaintSpec,
    KeyframeSpec,
    PictureStart,
    Placing,
    RenderSettings,
    TransitionSpec,
    TreeShape,
    UpscaleSpec,
)

SEED_LIMIT = 2**63  # torch takes no larger ones


@dataclass(frozen=True, slots=True)
class BlendingState:
    """
    Attributes:
        width, height: pixels.
        middle_guidance: what is left of the guidance above 1 in the middle, 0..1.
        compression: how much leaves are moved towards the middle; 1 is even.
        is_adaptive: branches go where neighbouring leaves differ most; it needs a compression of 1.
        seconds: time for a transition, of which levels are made as many as fit; None makes all levels.
        start1, start2: pictures that the keyframes start from.
        small1, small2: for an upscaler, the small pictures that the keyframes enlarge.
        inpaint: the picture and the mask that both keyframes are painted on; None paints the whole frame.
        weight1, weight2: how strongly the words of the prompts count, 0..2.
        last_left, last_right: keyframes of the transition that was run last.
    """

    width: int
    height: int
    guidance: float
    levels: Levels
    prompt1: str = ""
    prompt2: str = ""
    negative: str = ""
    seed1: int = 0
    seed2: int = 0
    middle_guidance: float = 0.5
    compression: float = 1.0
    is_adaptive: bool = True
    branch1_crossfeed: Crossfeed = NO_CROSSFEED
    parental_crossfeed: Crossfeed = NO_CROSSFEED
    seconds: float | None = None
    start1: PictureStart | None = None
    start2: PictureStart | None = None
    small1: UpscaleSpec | None = None
    small2: UpscaleSpec | None = None
    inpaint: InpaintSpec | None = None
    last_left: KeyframeSpec | None = None
    last_right: KeyframeSpec | None = None
    weight1: float = 1.0
    weight2: float = 1.0

    def __post_init__(self) -> None:
        for name, side in (("width", self.width), ("height", self.height)):
            if side < 1:
                raise InvalidValue(f"{name} must be 1 or more, got {side}")
        for name, prompt in (("prompt1", self.prompt1), ("prompt2", self.prompt2), ("negative_prompt", self.negative)):
            if not isinstance(prompt, str):
                raise InvalidValue(f"{name} must be a text, got {prompt!r}")
        for name, weight in (("weight1", self.weight1), ("weight2", self.weight2)):
            if not 0 <= weight <= MAX_WEIGHT:
                raise InvalidValue(f"{name} must be in 0..{MAX_WEIGHT}, got {weight}")
        for seed in (self.seed1, self.seed2):
            if not 0 <= seed < SEED_LIMIT:
                raise InvalidValue(f"a seed must be in 0..{SEED_LIMIT - 1}, got {seed}")
        if self.seconds is not None and not self.seconds > 0:
            raise InvalidValue(f"t_compute_max_allowed must be more than 0, got {self.seconds}")

    @property
    def depth(self) -> float:
        """The share of steps before the first branch."""
        later = [step for step in self.levels.injection_steps if step] or [0]
        return later[0] / self.levels.step_count

    def shape(self, levels: Levels) -> TreeShape:
        placing = Placing.ADAPTIVE if self.is_adaptive and self.compression == 1 else Placing.FIXED
        return levels.shape(self.compression, placing)

    def swapped(self) -> BlendingState:
        """The second keyframe as the first: the next transition goes on from there. A picture was for one keyframe, scenes are for all."""
        scenes = [start for start in (self.start2, self.start1) if start is not None and start.source == SCENE]
        return replace(
            self,
            prompt1=self.prompt2,
            weight1=self.weight2,
            seed1=self.seed2,
            start1=self.start2,
            small1=self.small2,
            start2=scenes[0] if scenes else None,
            last_left=self.last_right,
            last_right=None,
        )

    def transition(self, *, keeps_left: bool = False, keeps_right: bool = False) -> TransitionSpec:
        """What is to be grown; a keyframe that is kept is that of the last transition, whatever was set since.

        Raises:
            InvalidValue: there is no last transition, or a value breaks a rule of the tree.
        """
        left, right = self.last_left if keeps_left else self._left(), self.last_right if keeps_right else None
        if left is None or (keeps_right and right is None):
            raise InvalidValue("there is no keyframe to recycle yet: run a transition first")
        settings = RenderSettings(self.width, self.height, self.levels.step_count)
        return TransitionSpec(
            left,
            right or self._right(left),
            settings,
            self.shape(self.levels),
            self.parental_crossfeed,
            self.middle_guidance,
        )

    def _left(self) -> KeyframeSpec:
        prompt, start = (self.prompt1, self.negative, self.seed1), self.start1
        return KeyframeSpec(
            *prompt, self.guidance, start, inpaint=self.inpaint, upscale=self.small1, weight=self.weight1
        )

    def _right(self, left: KeyframeSpec) -> KeyframeSpec:
        prompt, start = (self.prompt2, self.negative, self.seed2), self.start2
        own = KeyframeSpec(
            *prompt, self.guidance, start, inpaint=self.inpaint, upscale=self.small2, weight=self.weight2
        )
        if self.branch1_crossfeed.power == 0:
            return own
        return replace(own, leader=left, crossfeed=self.branch1_crossfeed)
