"""The second stage of two: leaves of a transition made large by an upscaler, each by itself, or blended anew in it.

The idea is that of latent blending (Lunar Ring): the small leaves say what is seen, the upscaler blends how it looks close by.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from core.frames.frame import Pixels
from core.tree.batches import Batches
from core.tree.denoiser import Conditioning, Denoiser, Latent, NoiseKey, Sample
from core.tree.spec import NO_CROSSFEED, KeyframeSpec, RenderSettings, TransitionSpec, TreeShape, UpscaleSpec
from core.tree.wavefront import BATCH_LIMIT, DECODE_LIMIT

NOISE_LEVEL = UpscaleSpec("").noise_level


def enlarge(
    denoiser: Denoiser,
    pictures: Sequence[Pixels],
    keyframe: KeyframeSpec,
    settings: RenderSettings,
    noise_level: int = NOISE_LEVEL,
) -> list[Pixels]:
    """Each picture by itself, all with one prompt and one noise, so that what follows one another stays alike.

    Args:
        denoiser: an upscaler.
        pictures: of any size, (height, width, 3) uint8 RGB; cut to the shape of the frame.
        keyframe: prompt, its weight, negative, seed and guidance; the rest is not used.
        settings: size of the large pictures, and steps.
        noise_level: see UpscaleSpec.

    Raises:
        ModelError: the model is no upscaler, or takes no such noise level.
        OutOfMemory: not even one picture fits.
    """
    words = denoiser.weigh(denoiser.encode(keyframe.prompt), keyframe.weight)
    prompts = words, denoiser.encode_negative(keyframe.negative)
    noise = NoiseKey(keyframe.seed, keyframe.seed, 0.0)
    first, batches = denoiser.first_latent(keyframe.seed, settings), Batches(BATCH_LIMIT, denoiser.free_memory)
    conditions = [
        Conditioning(
            *prompts,
            keyframe.guidance,
            denoiser.encode_small(picture, noise_level, settings),
            denoiser.takes_guidance,
        )
        for picture in pictures
    ]
    latents: list[Latent] = [first] * len(pictures)
    for step_index in range(settings.steps):
        samples = [
            Sample(latent, step_index, condition, noise) for latent, condition in zip(latents, conditions, strict=True)
        ]
        advanced = batches.run(samples, lambda batch: denoiser.advance(batch, settings.steps))
        latents = [latent for results in advanced for _, latent in results]
    decoded = Batches(DECODE_LIMIT, denoiser.free_memory).run(latents, denoiser.decode)
    return [picture for results in decoded for _, picture in results]


def enlarged(
    spec: TransitionSpec,
    pictures: Mapping[float, str],
    settings: RenderSettings,
    shape: TreeShape,
    noise_level: int = NOISE_LEVEL,
) -> TransitionSpec:
    """The transition that an upscaler blends, from one that another model has painted.

    Args:
        spec: of the small transition; prompts with their weights, seeds and guidance are taken over, start pictures and crossfeed
            are in its leaves.
        pictures: files of the small leaves by their places in 0..1, among them both keyframes.
        settings: size of the large pictures, and the upscaler's steps.
        shape: of the large tree. A place that has a small leaf enlarges it; places between enlarge the mix of their neighbours.
        noise_level: see UpscaleSpec.
    """
    assert 0.0 in pictures, "the first keyframe has its small picture"
    assert 1.0 in pictures, "the last keyframe has its small picture"
    small = {place: UpscaleSpec(pictures[place], noise_level) for place in sorted(pictures)}

    def end(keyframe: KeyframeSpec, place: float) -> KeyframeSpec:
        taken = keyframe.prompt, keyframe.negative, keyframe.seed, keyframe.guidance
        return KeyframeSpec(*taken, upscale=small[place], weight=keyframe.weight)

    waypoints = tuple((place, each) for place, each in small.items() if 0 < place < 1)
    return replace(
        spec,
        left=end(spec.left, 0.0),
        right=end(spec.right, 1.0),
        settings=settings,
        shape=shape,
        crossfeed=NO_CROSSFEED,
        waypoints=waypoints,
    )
