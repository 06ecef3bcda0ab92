"""What is known of one transition: the trajectories that later rounds start from."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.frames.frame import Pixels
from core.tree.denoiser import Conditioning, Latent, NoiseKey, Sample
from core.tree.planning import RoundPlan, plan_tree
from core.tree.spec import KeyframeSpec, TransitionSpec


@dataclass(slots=True)
class Trajectory:
    """Latents x_k of one branch from the step where it starts; a keyframe has all, x_0 (noise) ... x_S (clean)."""

    start: int
    latents: list[Latent]

    @property
    def step_index(self) -> int:
        """The step that comes next; the step count when it is finished."""
        return self.start + len(self.latents) - 1

    @property
    def newest(self) -> Latent:
        return self.latents[-1]

    def at(self, step_index: int) -> Latent:
        """x_k, the latent before this step."""
        assert step_index >= self.start, f"the branch starts at step {self.start}, not {step_index}"
        return self.latents[step_index - self.start]


@dataclass(slots=True)
class Keyframe:
    """One end of a transition, grown once and shared by the transitions on both sides of it."""

    trajectory: Trajectory
    picture: Pixels | None = None


@dataclass(slots=True)
class Branch:
    """One place of the tree while it grows."""

    trajectory: Trajectory
    conditioning: Conditioning
    noise: NoiseKey

    @property
    def sample(self) -> Sample:
        """It as it stands before its next step."""
        return Sample(self.trajectory.newest, self.trajectory.step_index, self.conditioning, self.noise)


@dataclass(slots=True)
class Tree:
    """The state of one transition. Rounds are grown in order; each starts from what the ones before it have left."""

    spec: TransitionSpec
    rounds_done: int = 0
    trajectories: dict[float, Trajectory] = field(default_factory=dict)

    @property
    def rounds(self) -> tuple[RoundPlan, ...]:
        return plan_tree(self.spec.shape, self.spec.settings.steps)

    @property
    def ends(self) -> dict[float, KeyframeSpec]:
        return {0.0: self.spec.left, 1.0: self.spec.right}

    def positions_before(self, round_index: int) -> tuple[float, ...]:
        """Places of all leaves of earlier rounds."""
        return tuple(position for plan in self.rounds[:round_index] for position in plan.positions)
