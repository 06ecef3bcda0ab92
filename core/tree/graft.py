"""Grafts: a leaf of one transition as the left keyframe of another, so that a tree can start from what is on screen.

Whatever a keyframe is made of (noise, words, guidance), a grafted one has the mix of both ends of its transition, at its position.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from dataclasses import replace
from typing import TypeVar

from core.tree.denoiser import Latent, Noise, NoiseKey
from core.tree.planning import damped
from core.tree.spec import Graft, KeyframeSpec, RenderSettings, TransitionSpec
from core.tree.tree import Trajectory, Tree

T = TypeVar("T")
Mix = Callable[[T, T, float], T]


def graft_keyframe(transition: TransitionSpec, position: float) -> KeyframeSpec:
    """The keyframe that is the leaf at this position; prompt, weight and seed are those of the nearer end, to call it by.

    Raises:
        InvalidValue: position is outside 0..1, or too many grafts follow one another.
    """
    left, right = transition.left, transition.right
    guidance = left.guidance + (right.guidance - left.guidance) * position
    near = left if position < 0.5 else right
    return KeyframeSpec(
        near.prompt,
        near.negative,
        near.seed,
        damped(guidance, position, transition.middle_guidance),
        graft=Graft(transition, position),
        weight=near.weight,
    )


def mix_down(
    keyframe: KeyframeSpec, of_one: Callable[[KeyframeSpec], T], mix: Mix[T], wholes: Container[KeyframeSpec] = ()
) -> T:
    """What `of_one` finds in a keyframe; in a grafted one, the mix of what it finds in both ends of its transition.

    wholes: grafted keyframes that are asked themselves.
    """
    if keyframe.graft is None or keyframe in wholes:
        return of_one(keyframe)
    ends = keyframe.graft.transition
    left, right = (mix_down(end, of_one, mix, wholes) for end in (ends.left, ends.right))
    return mix(left, right, keyframe.graft.position)


def in_size(spec: TransitionSpec, settings: RenderSettings) -> TransitionSpec:
    """The same transition in another size or with other steps, down to what it is grafted on."""
    left, right = (keyframe_in_size(end, settings) for end in (spec.left, spec.right))
    return replace(spec, left=left, right=right, settings=settings)


def keyframe_in_size(spec: KeyframeSpec, settings: RenderSettings) -> KeyframeSpec:
    """The same keyframe, where what it goes back to is made in another size or with other steps."""
    leader = keyframe_in_size(spec.leader, settings) if spec.leader is not None else None
    graft = replace(spec.graft, transition=in_size(spec.graft.transition, settings)) if spec.graft is not None else None
    inpaint = spec.inpaint
    if inpaint is not None and isinstance(inpaint.picture, KeyframeSpec):
        inpaint = replace(inpaint, picture=keyframe_in_size(inpaint.picture, settings))
    return replace(spec, leader=leader, graft=graft, inpaint=inpaint)


def noise_of(keyframe: KeyframeSpec) -> Noise:
    """The noise of its seed, between two seeds for a neighbour, or of all the seeds that a graft goes back to."""

    def of_one(one: KeyframeSpec) -> Noise:
        return one.seed if one.wander is None else NoiseKey(one.seed, one.wander.seed, one.wander.weight)

    return mix_down(keyframe, of_one, NoiseKey)


def whole_trajectory(tree: Tree, position: float, mix: Mix[Latent]) -> Trajectory:
    """All latents x_0 ... x_S of a leaf: before its injection step it is the mix of its parents, and they are of theirs."""
    steps = range(tree.spec.settings.steps + 1)
    return Trajectory(0, [_latent(tree, position, step_index, mix) for step_index in steps])


def _latent(tree: Tree, position: float, step_index: int, mix: Mix[Latent]) -> Latent:
    trajectory = tree.trajectories[position]
    if step_index >= trajectory.start:
        return trajectory.at(step_index)
    origin = tree.origin_of(position)
    assert origin is not None, "a keyframe has all its latents"
    left, right = (_latent(tree, place, step_index, mix) for place in (origin.left, origin.right))
    return mix(left, right, origin.weight)
