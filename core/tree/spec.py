"""What makes a transition: everything that decides its pixels, hashable, so that equal specs share one tree."""

from __future__ import annotations

from dataclasses import dataclass

from core.control.errors import InvalidValue

SCENE = "scene"  # PictureStart.source: the procedural scene that the built-in model's scenes have for the prompt


@dataclass(frozen=True, slots=True)
class PictureStart:
    """A keyframe starts from a picture instead of pure noise.

    Attributes:
        source: SCENE, or the path of an image file.
        strength: 0..1, how much of the picture is painted anew; 1 is all of it, 0 leaves the picture as it is.
    """

    source: str
    strength: float

    def __post_init__(self) -> None:
        if not 0 <= self.strength <= 1:
            raise InvalidValue(f"strength must be in 0..1, got {self.strength}")


@dataclass(frozen=True, slots=True)
class KeyframeSpec:
    """One end of a transition. An empty prompt is legal: the unconditional picture.

    guidance is the scale of classifier-free guidance, 0..100; 1 or below means none, at half the cost. It belongs to the
    keyframe, so that the right end of one transition is the left end of the next even when the knob has moved between;
    a branch takes the linear mix of its two ends. start None is pure noise of the seed.
    """

    prompt: str
    negative: str
    seed: int
    guidance: float
    start: PictureStart | None = None

    def __post_init__(self) -> None:
        if not 0 <= self.guidance <= 100:
            raise InvalidValue(f"guidance must be in 0..100, got {self.guidance}")


@dataclass(frozen=True, slots=True)
class RenderSettings:
    """How pictures are made: pixels (multiples of the model's latent scale) and denoising steps."""

    width: int
    height: int
    steps: int

    def __post_init__(self) -> None:
        if not 1 <= self.steps <= 1000:
            raise InvalidValue(f"steps must be in 1..1000, got {self.steps}")


@dataclass(frozen=True, slots=True)
class TreeShape:
    """How many branches, and where they leave their parents.

    Attributes:
        depth: depth_strength in 0..1: the first level starts at step round(depth * steps).
        rounds: for each round, the branch counts of its levels; each level starts later than the one before it.
            ((3,), (4, 8)) means: round 0 grows the keyframes and 3 branches, round 1 grows 4 and then 8 in one wavefront.
    """

    depth: float
    rounds: tuple[tuple[int, ...], ...]

    def __post_init__(self) -> None:
        if not 0 <= self.depth <= 1:
            raise InvalidValue(f"depth must be in 0..1, got {self.depth}")
        if not self.rounds or any(count < 1 for levels in self.rounds for count in levels):
            raise InvalidValue(f"rounds must be levels of at least one branch each, got {self.rounds}")

    @property
    def leaf_count(self) -> int:
        """All leaves with the two keyframes."""
        return 2 + sum(count for levels in self.rounds for count in levels)


@dataclass(frozen=True, slots=True)
class TransitionSpec:
    left: KeyframeSpec
    right: KeyframeSpec
    settings: RenderSettings
    shape: TreeShape
