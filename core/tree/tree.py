"""What is known of one transition: the trajectories that later rounds start from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import accumulate, pairwise

from core.frames.frame import Pixels
from core.tree.crossfeed import Pull, count_steps
from core.tree.denoiser import Conditioning, Latent, NoiseKey, Sample
from core.tree.gaps import OWN, Measure, Signature
from core.tree.planning import BranchPlan, RoundPlan, plan_round, plan_tree
from core.tree.spec import KeyframeSpec, Placing, TransitionSpec


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
    pull: Pull | None = None

    def step_count(self, steps: int) -> int:
        """How many of its steps have still to be computed."""
        if self.pull is None:
            return steps - self.trajectory.step_index
        return count_steps(self.pull.weights, self.trajectory.step_index)

    @property
    def sample(self) -> Sample:
        """It as it stands before its next step."""
        return Sample(self.trajectory.newest, self.trajectory.step_index, self.conditioning, self.noise)


@dataclass(slots=True)
class Tree:
    """The state of one transition. Rounds are grown in order; each starts from what the ones before it have left."""

    spec: TransitionSpec
    measure: Measure = OWN
    rounds_done: int = 0
    trajectories: dict[float, Trajectory] = field(default_factory=dict)
    signatures: dict[float, Signature] = field(default_factory=dict)  # of the leaves that were decoded
    origins: dict[float, BranchPlan] = field(
        default_factory=dict
    )  # not always as planned: where memory ended, parents may be missing
    _placed: list[RoundPlan] = field(default_factory=list)

    @property
    def rounds(self) -> tuple[RoundPlan, ...]:
        """The rounds whose places are known: with adaptive placing those that were begun, else all."""
        if self.spec.shape.placing is Placing.FIXED:
            return plan_tree(self.spec.shape, self.spec.settings.steps)
        return tuple(self._placed)

    @property
    def unseen(self) -> list[float]:
        """Leaves that must be looked at before the next round can be placed; none with fixed placing."""
        if len(self.rounds) > self.rounds_done or self.rounds_done == 0:
            return []
        return [place for place in sorted(self.trajectories) if place not in self.signatures]

    def place_next_round(self) -> None:
        """Find the places of the round that is grown next, unless they are known."""
        if len(self.rounds) > self.rounds_done:
            return
        assert not self.unseen, "a round is placed by the leaves before it"
        positions, gaps = [0.0, 1.0], None
        if self.rounds_done:
            positions = sorted(self.trajectories)
            gaps = [self.gap(left, right) for left, right in pairwise(positions)]
        plan = plan_round(self.spec.shape, self.spec.settings.steps, self.rounds_done, positions, gaps)
        self._placed.append(plan)

    def level_that_begins(self, branch_count: int) -> int | None:
        """The level of the round that grows now that begins after so many of its branches, if it may be placed by foresight.

        The first level of a round has its places already, from leaves that were seen or from distance alone.
        """
        if self.spec.shape.placing is Placing.FIXED:
            return None
        begins = list(accumulate(self.spec.shape.rounds[self.rounds_done]))
        return begins.index(branch_count) + 1 if branch_count in begins else None

    def replan(self, branches: tuple[BranchPlan, ...]) -> None:
        """Other places for branches of the round that grows now: as many, and those that have begun as they are."""
        plan = self._placed[-1]
        assert self.spec.shape.placing is Placing.ADAPTIVE, "fixed places stay"
        assert len(branches) == len(plan.branches), "a round keeps its number of leaves"
        self._placed[-1] = replace(plan, branches=branches)

    def gap(self, left: float, right: float) -> float:
        """Between two leaves that were decoded."""
        return self.measure.gap_between(self.signatures[left], self.signatures[right])

    def gaps_around(self, position: float) -> tuple[tuple[float, float], ...]:
        """The nearest decoded leaf on each side of one, and the gap to it."""
        before = max((place for place in self.signatures if place < position), default=None)
        after = min((place for place in self.signatures if place > position), default=None)
        return tuple((place, self.gap(position, place)) for place in (before, after) if place is not None)

    def origin_of(self, position: float) -> BranchPlan | None:
        """How the branch at this place begins; None for a keyframe."""
        return self.origins.get(position)

    @property
    def ends(self) -> dict[float, KeyframeSpec]:
        return {0.0: self.spec.left, 1.0: self.spec.right}

    def positions_before(self, round_index: int) -> tuple[float, ...]:
        """Places of all leaves of earlier rounds."""
        return tuple(position for plan in self.rounds[:round_index] for position in plan.positions)
