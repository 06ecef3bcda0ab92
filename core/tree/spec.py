"""What makes a transition: everything that decides its pixels, hashable, so that equal specs share one tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise

from core.control.cue_fields import MAX_WEIGHT
from core.control.errors import InvalidValue

MAX_COMPRESSION = 4  # beyond it hardly a leaf is left near the keyframes
GRAFT_LIMIT = 16  # a worker that starts again has to grow them all anew, one after the other
LEADER_LIMIT = 200  # comparing and hashing go down the chain, and Python's stack ends at 1000
SCENE = "scene"  # PictureStart.source: the procedural scene that the built-in model's scenes have for the prompt


@dataclass(frozen=True, slots=True)
class PictureStart:
    """A keyframe starts from a picture instead of pure noise.

    Attributes:
        source: SCENE, or the path of an image file.
        strength: 0..1, how much of the picture is painted anew; 1 is all of it, 0 leaves the picture as it is.
        scene: the kind of scene, where one is asked for by name; otherwise the words of the prompt choose it.
    """

    source: str
    strength: float
    scene: str | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= 1:
            raise InvalidValue(f"strength must be in 0..1, got {self.strength}")


@dataclass(frozen=True, slots=True)
class InpaintSpec:
    """Only a part of a picture is painted; the rest stays as it is, to the last bit.

    Attributes:
        picture: the path of an image file, or the keyframe whose picture it is: so a part of what is on air stays as it is.
        mask: the path of an image file: white is painted, black kept, grey a mix of both. It has the shape of the picture or of the
            frame; each is cut to the frame by itself.
    """

    picture: str | KeyframeSpec
    mask: str


@dataclass(frozen=True, slots=True)
class UpscaleSpec:
    """A small picture that an upscaler makes as large as the frame.

    Attributes:
        picture: the path of an image file; it is cut to the shape of the frame.
        noise_level: 0 or more, in training steps of the model: how much noise is put on the picture; the more, the more is invented.
    """

    picture: str
    noise_level: int = 20

    def __post_init__(self) -> None:
        if self.noise_level < 0:
            raise InvalidValue(f"noise_level must be 0 or more, got {self.noise_level}")


@dataclass(frozen=True, slots=True)
class Wander:
    """A neighbour of a keyframe: its noise is turned towards that of another seed.

    Attributes:
        weight: 0..1, how far: 0 is the keyframe itself, 1 the noise of the other seed.
    """

    seed: int
    weight: float

    def __post_init__(self) -> None:
        if not 0 <= self.weight <= 1:
            raise InvalidValue(f"the weight of a wander must be in 0..1, got {self.weight}")


@dataclass(frozen=True, slots=True)
class Crossfeed:
    """How others keep pulling on a branch or keyframe after the step where it starts.

    They pull on what a step is about to denoise, so never on the finished latent.

    Attributes:
        power: 0..1, the pull where it starts: 0 is none, 1 puts theirs in the place of its own.
        range: 0..1, the share of the steps before which they pull: the last is step round(range * steps) - 1, counted from 0.
        decay: 0..1, what is left of the power before that last step; on the way there it falls evenly.
    """

    power: float = 0.0
    range: float = 1.0
    decay: float = 1.0

    def __post_init__(self) -> None:
        for name in ("power", "range", "decay"):
            value = getattr(self, name)
            if not 0 <= value <= 1:
                raise InvalidValue(f"crossfeed {name} must be in 0..1, got {value}")


NO_CROSSFEED = Crossfeed()


@dataclass(frozen=True, slots=True)
class KeyframeSpec:
    """One end of a transition. An empty prompt is legal: the unconditional picture.

    guidance is the scale of classifier-free guidance, 0..100; 1 or below means none, at half the cost. It belongs to the
    keyframe, so that the right end of one transition is the left end of the next even when the knob has moved between;
    a branch takes the linear mix of its two ends. start None is pure noise of the seed.
    leader is another keyframe that pulls on this one as crossfeed says, so that structure stays across the transition.
    inpaint None paints the whole frame. upscale is for upscalers alone: they enlarge a picture, and cannot paint without.
    graft makes the keyframe a leaf of another transition; `graft_keyframe` fills in the rest. wander makes it a neighbour.
    weight, 0..2, is how strongly the words of the prompt count: 0 paints as with no words, 1 as it is, 2 exaggerates. It
    leaves the negative prompt and the picture that it starts from as they are.
    """

    prompt: str
    negative: str
    seed: int
    guidance: float
    start: PictureStart | None = None
    leader: KeyframeSpec | None = None
    crossfeed: Crossfeed = NO_CROSSFEED
    inpaint: InpaintSpec | None = None
    upscale: UpscaleSpec | None = None
    graft: Graft | None = None
    wander: Wander | None = None
    weight: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.guidance <= 100:
            raise InvalidValue(f"guidance must be in 0..100, got {self.guidance}")
        if not 0 <= self.weight <= MAX_WEIGHT:
            raise InvalidValue(f"weight must be in 0..{MAX_WEIGHT}, got {self.weight}")
        if self.graft_depth > GRAFT_LIMIT:
            raise InvalidValue(f"at most {GRAFT_LIMIT} grafts can follow one another")
        if sum(1 for _ in self.leaders) > LEADER_LIMIT:
            raise InvalidValue(f"at most {LEADER_LIMIT} keyframes can follow one another by crossfeed")

    @property
    def leaders(self) -> Iterator[KeyframeSpec]:
        """The keyframe that pulls on this one, then the one that pulls on that, and so on."""
        leader = self.leader
        while leader is not None:
            yield leader
            leader = leader.leader

    @property
    def ground(self) -> str | KeyframeSpec:
        """What a mask keeps when a part of this keyframe is painted over: itself, or what it is painted on already."""
        if self.inpaint is not None:
            return self.inpaint.picture
        if self.graft is not None:
            for end in (self.graft.transition.right, self.graft.transition.left):
                if end.ground is not end:
                    return end.ground
        return self

    @property
    def graft_depth(self) -> int:
        """How many grafts follow one another up to this keyframe; 0 for one that starts from noise or a picture."""
        depth, graft = 0, self.graft
        while graft is not None:
            depth, graft = depth + 1, graft.transition.left.graft
        return depth


@dataclass(frozen=True, slots=True)
class RenderSettings:
    """How pictures are made: pixels (multiples of the model's latent scale) and denoising steps."""

    width: int
    height: int
    steps: int

    def __post_init__(self) -> None:
        if not 1 <= self.steps <= 1000:
            raise InvalidValue(f"steps must be in 1..1000, got {self.steps}")

    @property
    def trajectory_bytes(self) -> int:
        """About what a whole trajectory takes: four numbers of 4 bytes for each cell of 8 x 8 pixels and step."""
        return self.width * self.height * self.steps // 4


class Placing(Enum):
    """Where the branches of a round go: evenly, or where the leaves of the rounds before it differ most."""

    FIXED = "fixed"
    ADAPTIVE = "adaptive"


@dataclass(frozen=True, slots=True)
class TreeShape:
    """How many branches, and where they leave their parents.

    Attributes:
        depth: depth_strength in 0..1: the first level starts at step round(depth * steps).
        rounds: for each round, the branch counts of its levels; each level starts later than the one before it.
            ((3,), (4, 8)) means: round 0 grows the keyframes and 3 branches, round 1 grows 4 and then 8 in one wavefront.
        injection_steps: where each level starts, one for each level of all rounds; empty leaves it to depth.
        compression: 1 places leaves evenly; more moves them towards the middle, where most changes happen.
        placing: with ADAPTIVE only the number of leaves is known beforehand; a later round finds its places when it begins.
    """

    depth: float
    rounds: tuple[tuple[int, ...], ...]
    injection_steps: tuple[int, ...] = ()
    compression: float = 1.0
    placing: Placing = Placing.FIXED

    def __post_init__(self) -> None:
        if not 0 <= self.depth <= 1:
            raise InvalidValue(f"depth must be in 0..1, got {self.depth}")
        if not self.rounds or any(count < 1 for levels in self.rounds for count in levels):
            raise InvalidValue(f"rounds must be levels of at least one branch each, got {self.rounds}")
        if not 1 <= self.compression <= MAX_COMPRESSION:
            raise InvalidValue(f"compression must be in 1..{MAX_COMPRESSION}, got {self.compression}")
        if self.placing is Placing.ADAPTIVE and self.compression != 1:
            raise InvalidValue(
                f"compression is for fixed places; with adaptive ones it must be 1, got {self.compression}"
            )
        self._check_injection_steps()

    def _check_injection_steps(self) -> None:
        steps, level_count = self.injection_steps, sum(len(levels) for levels in self.rounds)
        if not steps:
            return
        if len(steps) != level_count:
            raise InvalidValue(f"injection_steps must be one for each of {level_count} levels, got {steps}")
        if steps[0] < 0 or any(later < earlier for earlier, later in pairwise(steps)):
            raise InvalidValue(f"injection_steps must be 0 or more and never fall, got {steps}")

    @property
    def leaf_count(self) -> int:
        """All leaves with the two keyframes."""
        return sum(self.leaf_counts)

    @property
    def leaf_counts(self) -> tuple[int, ...]:
        """Leaves of each round; those of the first one include the two keyframes."""
        return tuple(sum(levels) + (2 if index == 0 else 0) for index, levels in enumerate(self.rounds))


@dataclass(frozen=True, slots=True)
class TransitionSpec:
    """All of one transition.

    Attributes:
        crossfeed: how the parents of a branch keep pulling on it.
        middle_guidance: 0..1, what is left in the middle of the guidance above 1; from both ends it falls evenly.
        waypoints: for an upscaler, small pictures on the way by their place between 0 and 1, rising; between two of them, and
            between one and a keyframe, their linear mix is enlarged.
    """

    left: KeyframeSpec
    right: KeyframeSpec
    settings: RenderSettings
    shape: TreeShape
    crossfeed: Crossfeed = NO_CROSSFEED
    middle_guidance: float = 1.0
    waypoints: tuple[tuple[float, UpscaleSpec], ...] = ()

    def __post_init__(self) -> None:
        self._check_waypoints()
        if not 0 <= self.middle_guidance <= 1:
            raise InvalidValue(f"middle_guidance must be in 0..1, got {self.middle_guidance}")
        if self.shape.injection_steps and self.shape.injection_steps[-1] >= self.settings.steps:
            raise InvalidValue(
                f"injection_steps must be below {self.settings.steps} steps, got {self.shape.injection_steps}"
            )

    def _check_waypoints(self) -> None:
        has_ends = self.left.upscale is not None and self.right.upscale is not None
        if (self.left.upscale is None) != (self.right.upscale is None) or (self.waypoints and not has_ends):
            raise InvalidValue("both keyframes need a small picture where one of them, or the way between, has one")
        places = [0.0, *(place for place, _ in self.waypoints), 1.0]
        if any(right <= left for left, right in pairwise(places)):
            raise InvalidValue(f"places of waypoints must rise between 0 and 1, got {places[1:-1]}")


@dataclass(frozen=True, slots=True)
class Graft:
    """The leaf at a position, 0..1, of a transition: a new one can start from it."""

    transition: TransitionSpec
    position: float

    def __post_init__(self) -> None:
        if not 0 <= self.position <= 1:
            raise InvalidValue(f"the position of a graft must be in 0..1, got {self.position}")
