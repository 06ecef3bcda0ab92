"""The same tree grown without the wavefront: one branch after the other, or one level after the other.

This is what the wavefront of core.tree.build is measured against; a show never uses it. Crossfeed is left out.
"""

from __future__ import annotations

from collections.abc import Sequence

from core.tree.denoiser import Conditioning, Denoiser, Embedding, NoiseKey
from core.tree.planning import BranchPlan, plan_tree
from core.tree.spec import TransitionSpec
from core.tree.tree import Branch, Trajectory


class GroupGrower:
    """Grows a tree group by group: all of a group together, each group only when the one before it is finished.

    left: the trajectory of the left keyframe, which the transition before this one has left.
    """

    def __init__(self, denoiser: Denoiser, spec: TransitionSpec, left: Trajectory) -> None:
        self._denoiser = denoiser
        self._spec = spec
        self._embeddings: dict[str, Embedding] = {}
        self._negatives: dict[str, Embedding] = {}
        self.trajectories: dict[float, Trajectory] = {0.0: left}

    def grow_keyframe(self) -> None:
        """The right keyframe, alone."""
        latent = self._denoiser.first_latent(self._spec.right.seed, self._spec.settings)
        self._grow([self._branch(1.0, Trajectory(0, [latent]))])

    def grow_group(self, plans: Sequence[BranchPlan]) -> None:
        """Branches of one level; their parents are finished."""
        self._grow([self._branch(plan.position, self._start(plan)) for plan in plans])

    def _start(self, plan: BranchPlan) -> Trajectory:
        left, right = (self.trajectories[place].at(plan.injection_step) for place in (plan.left, plan.right))
        return Trajectory(plan.injection_step, [self._denoiser.mix_latents(left, right, plan.weight)])

    def _grow(self, branches: Sequence[Branch]) -> None:
        step_count = self._spec.settings.steps
        while branches[0].trajectory.step_index < step_count:
            latents = self._denoiser.advance([branch.sample for branch in branches], step_count)
            for branch, latent in zip(branches, latents, strict=True):
                branch.trajectory.latents.append(latent)

    def _branch(self, position: float, trajectory: Trajectory) -> Branch:
        left, right = self._spec.left, self._spec.right
        self.trajectories[position] = trajectory
        conditioning = Conditioning(
            self._denoiser.mix_embeddings(self._encode(left.prompt), self._encode(right.prompt), position),
            self._denoiser.mix_embeddings(
                self._encode_negative(left.negative), self._encode_negative(right.negative), position
            ),
            left.guidance + (right.guidance - left.guidance) * position,
            is_told=self._denoiser.takes_guidance,
        )
        return Branch(trajectory, conditioning, NoiseKey(left.seed, right.seed, position))

    def _encode(self, prompt: str) -> Embedding:
        if prompt not in self._embeddings:
            self._embeddings[prompt] = self._denoiser.encode(prompt)
        return self._embeddings[prompt]

    def _encode_negative(self, prompt: str) -> Embedding:
        if prompt not in self._negatives:
            self._negatives[prompt] = self._denoiser.encode_negative(prompt)
        return self._negatives[prompt]


def levels_of(spec: TransitionSpec) -> list[list[BranchPlan]]:
    """The branches of a tree by the step where they start."""
    branches = [branch for plan in plan_tree(spec.shape, spec.settings.steps) for branch in plan.branches]
    steps = sorted({branch.injection_step for branch in branches})
    return [[branch for branch in branches if branch.injection_step == step] for step in steps]
