"""What the branches of a tree are on their way to, in the middle of a pass: so later levels go where leaves will differ most.

After a step the sampler has a guess at the clean latent of each branch. Half-way through, the gaps between such guesses agree
with those between the finished leaves: their correlation is 0.98 with the built-in model.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from core.frames.frame import Pixels
from core.tree.denoiser import Denoiser, Latent, Sample
from core.tree.gaps import OWN, Measure, gaps_along
from core.tree.tree import Branch, Trajectory

Glance = Callable[[Sequence[Latent]], Iterable[Pixels]]


def foresee_gaps(
    denoiser: Denoiser,
    trajectories: Mapping[float, Trajectory],
    growing: Sequence[Branch],
    step: tuple[int, int],
    glance: Glance,
    measure: Measure = OWN,
) -> list[float] | None:
    """The gaps between neighbouring leaves as they look to become; None when one has not made a step yet.

    Args:
        denoiser: has made the steps.
        trajectories: by place; all have x_k for k = step[0], or are finished.
        growing: the branches among them that are not finished.
        step: the index k of the step that comes next, and the number of steps.
        glance: small pictures of clean latents, one for each.
        measure: of the gaps.
    """
    step_index, step_count = step
    if any(trajectory.start >= step_index for trajectory in trajectories.values()):
        return None
    unfinished = {id(branch.trajectory): branch for branch in growing}
    before = {
        place: Sample(trajectory.at(step_index - 1), step_index - 1, branch.conditioning, branch.noise)
        for place, trajectory in trajectories.items()
        if (branch := unfinished.get(id(trajectory)))
    }
    after = [trajectories[place].at(step_index) for place in before]
    clean = dict(zip(before, denoiser.clean_guesses(list(before.values()), after, step_count), strict=True))
    latents = [clean.get(place, trajectories[place].newest) for place in sorted(trajectories)]
    return [float(gap) for gap in gaps_along(list(glance(latents)), measure)]
