"""core.tree.build with a real model: against the plain meaning of a tree, by the schedulers of diffusers themselves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
import torch

from core.diffusion.loading import libraries
from core.diffusion.mixing import slerp
from core.diffusion.model import Model, load_model
from core.diffusion.stable_diffusion import StableDiffusion
from core.frames.frame import Pixels
from core.model_request import ModelRequest
from core.tree.build import Grower
from core.tree.conditions import Conditions
from core.tree.denoiser import NoiseKey, Sample
from core.tree.planning import crossfeed_weights, plan_tree, start_step
from core.tree.spec import Crossfeed, KeyframeSpec, PictureStart, RenderSettings, TransitionSpec, TreeShape
from core.tree.tree import Tree
from core.tree.watch import Watch
from tests.core.diffusion.tiny_pipelines import save_sd2

# diffusers makes numpy arrays of tensors in the way of numpy 1
pytestmark = pytest.mark.filterwarnings(
    "ignore:__array__ implementation doesn't accept a copy keyword:DeprecationWarning"
)

SPEC = TransitionSpec(
    KeyframeSpec("red sea", "fog", seed=1, guidance=3.0),
    KeyframeSpec("blue moon", "", seed=2, guidance=1.0),
    RenderSettings(16, 16, steps=5),
    TreeShape(0.4, ((3,), (2, 3))),
)
STARTS = {
    "noise": (None, None),
    "pictures": (PictureStart("1", strength=0.6), PictureStart("2", strength=0.2)),
    "a picture and noise": (PictureStart("1", strength=0.4), None),
    "noise and a picture": (None, PictureStart("2", strength=0.0)),
}


def spec_with(starts: str) -> TransitionSpec:
    left, right = STARTS[starts]
    return replace(SPEC, left=replace(SPEC.left, start=left), right=replace(SPEC.right, start=right))


def pulled(spec: TransitionSpec) -> TransitionSpec:
    """Crossfeed and damping of all kinds."""
    return replace(
        spec,
        right=replace(spec.right, leader=spec.left, crossfeed=Crossfeed(0.7, range=1.0, decay=0.5)),
        crossfeed=Crossfeed(0.6, range=0.8, decay=0.3),
        middle_guidance=0.4,
    )


def waves(keyframe: KeyframeSpec, settings: RenderSettings) -> Pixels:
    """A picture of its own for each source."""
    assert keyframe.start is not None
    frequency = int(keyframe.start.source)
    rows, columns, colours = np.ogrid[: settings.height, : settings.width, :3]
    return np.asarray(127 + 120 * np.sin(frequency * (rows / 3 + columns / 5) + colours), np.uint8)


@pytest.fixture(scope="module", params=["ddim", "euler", "DPMSolverMultistepScheduler"])
def model(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Model:
    """The small v-prediction model with each kind of sampler that adds no noise."""
    folder = save_sd2(tmp_path_factory.mktemp("model"), solver_order=1)
    return load_model(ModelRequest(str(folder), device="cpu", sampler=request.param))


def grow(denoiser: StableDiffusion, spec: TransitionSpec = SPEC, batch_limit: int = 16) -> Tree:
    tree, grower = Tree(spec), Grower(denoiser, batch_limit, pictures=waves)
    for round_index in range(len(spec.shape.rounds)):
        grower.grow_round(tree, round_index)
    return tree


class PlainReference:
    """One branch after the other, a batch of one each, guidance in two calls, and scheduler.step."""

    def __init__(self, denoiser: StableDiffusion, spec: TransitionSpec) -> None:
        self._denoiser, self._spec = denoiser, spec
        self._plans = {
            plan.position: plan for each in plan_tree(spec.shape, spec.settings.steps) for plan in each.branches
        }
        self._known: dict[float, dict[int, torch.Tensor]] = {}

    @torch.no_grad()
    def latents(self, position: float) -> dict[int, torch.Tensor]:
        if position not in self._known:
            self._known[position] = self._grow(position)
        return self._known[position]

    def _grow(self, position: float) -> dict[int, torch.Tensor]:
        scheduler = self._scheduler()
        if position in self._plans:
            plan = self._plans[position]
            start = plan.injection_step
            latents = {start: self._theirs(position, start)}
            crossfeed = self._spec.crossfeed
        else:
            keyframe = self._spec.left if position == 0 else self._spec.right
            latents = self._begin(scheduler, keyframe)
            start, crossfeed = max(latents), keyframe.crossfeed
        pull = crossfeed_weights(crossfeed, start, self._spec.settings.steps)
        for step in range(start, self._spec.settings.steps):
            latents[step + 1] = self._step(scheduler, latents[step], scheduler.timesteps[step], position)
            if pull[step + 1]:
                latents[step + 1] = slerp(latents[step + 1], self._theirs(position, step + 1), pull[step + 1])
        return latents

    def _theirs(self, position: float, step: int) -> torch.Tensor:
        """What pulls on a place: the mix of its parents; the left keyframe on the right one."""
        if position not in self._plans:
            return self.latents(0.0)[step]
        plan = self._plans[position]
        return slerp(self.latents(plan.left)[step], self.latents(plan.right)[step], plan.weight)

    def _begin(self, scheduler: Any, keyframe: KeyframeSpec) -> dict[int, torch.Tensor]:
        noise = torch.randn((4, 8, 8), generator=torch.Generator().manual_seed(keyframe.seed))
        if keyframe.start is None:
            return {0: noise * scheduler.init_noise_sigma}
        steps = self._spec.settings.steps
        start, vae = start_step(keyframe.start, steps), self._denoiser.vae
        values = torch.tensor(waves(keyframe, self._spec.settings)).permute(2, 0, 1)[None] / 255 * 2 - 1
        clean = vae.encode(values).latent_dist.mode()[0] * vae.config.scaling_factor
        noised = {
            k: scheduler.add_noise(clean, noise, scheduler.timesteps[k : k + 1]) for k in range(start + 1)[:steps]
        }
        return noised if start < steps else {**noised, steps: clean}

    def _step(self, scheduler: Any, latent: torch.Tensor, timestep: Any, position: float) -> torch.Tensor:
        left, right = self._spec.left, self._spec.right
        guidance = left.guidance * (1 - position) + right.guidance * position
        to_middle = 2 * min(position, 1 - position)
        guidance -= max(0.0, guidance - 1) * to_middle * (1 - self._spec.middle_guidance)
        inputs = scheduler.scale_model_input(latent[None], timestep)
        output = self._predict(inputs, timestep, (left.prompt, right.prompt), position)
        if guidance > 1:
            away = self._predict(inputs, timestep, (left.negative, right.negative), position)
            output = away + guidance * (output - away)
        result: torch.Tensor = scheduler.step(output, timestep, latent[None], return_dict=False)[0]
        return result[0]

    def _predict(self, inputs: torch.Tensor, timestep: Any, prompts: Sequence[str], position: float) -> torch.Tensor:
        left, right = (self._denoiser.encode(prompt)["text"].clone() for prompt in prompts)
        text = (1 - position) * left + position * right
        output: torch.Tensor = self._denoiser.unet(inputs, timestep, encoder_hidden_states=text[None]).sample
        return output

    def _scheduler(self) -> Any:
        sampler = self._denoiser.sampler
        scheduler = getattr(libraries.diffusers(), sampler.name).from_config(sampler._config)
        scheduler.set_timesteps(self._spec.settings.steps)
        return scheduler


@pytest.mark.parametrize("is_pulled", [False, True], ids=["alone", "pulled"])
@pytest.mark.parametrize("starts", STARTS)
def test_the_wavefront_gives_what_each_branch_alone_would(model: Model, starts: str, *, is_pulled: bool) -> None:
    spec = pulled(spec_with(starts)) if is_pulled else spec_with(starts)
    reference = PlainReference(model.denoiser, spec)

    tree = grow(model.denoiser, spec)

    assert len(tree.trajectories) == SPEC.shape.leaf_count
    for position, trajectory in tree.trajectories.items():
        expected = reference.latents(position)
        for index, latent in enumerate(trajectory.latents):
            torch.testing.assert_close(latent, expected[trajectory.start + index], rtol=1e-3, atol=1e-4)


def test_the_reference_would_show_a_wrong_place(model: Model) -> None:
    """So that the test above cannot pass because all branches are much alike, or because nothing pulls."""
    tree = grow(model.denoiser)

    places = sorted(tree.trajectories)
    clean = [tree.trajectories[place].newest for place in places]
    assert min(float((a - b).abs().max()) for a, b in pairwise(clean)) > 0.01
    other = grow(model.denoiser, pulled(SPEC)).trajectories
    assert (
        min(float((tree.trajectories[place].newest - other[place].newest).abs().max()) for place in places[1:]) > 0.01
    )


@pytest.mark.parametrize("starts", ["noise", "a picture and noise"])
@pytest.mark.parametrize("sampler", ["ddim", "ddpm", "euler", "euler_ancestral", "lcm", "tcd"])
def test_going_on_from_a_stored_latent_is_as_if_never_stopped(sampler: str, starts: str, sd1_folder: Any) -> None:
    request = ModelRequest(str(sd1_folder), device="cpu", sampler=sampler)
    tree = grow(load_model(request).denoiser, spec_with(starts))
    branch = tree.trajectories[0.5]
    fresh = load_model(request).denoiser
    condition = Conditions(fresh).at(SPEC, 0.5)
    noise = NoiseKey(SPEC.left.seed, SPEC.right.seed, 0.5)

    for step in range(branch.start, 5):
        resumed = fresh.advance([Sample(branch.at(step), step, condition, noise)], 5)[0]
        torch.testing.assert_close(resumed, branch.at(step + 1), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("starts", STARTS)
def test_the_same_seeds_give_the_same_pictures(sd1: Model, starts: str) -> None:
    first, again = (grow(sd1.denoiser, spec_with(starts)) for _ in range(2))

    for position, trajectory in first.trajectories.items():
        assert torch.equal(trajectory.newest, again.trajectories[position].newest)


@pytest.mark.parametrize("limit", [1, 2, 3])
def test_cut_batches_give_what_a_single_one_gives(sd1: Model, limit: int) -> None:
    spec = spec_with("a picture and noise")
    whole = grow(sd1.denoiser, spec)

    cut = grow(sd1.denoiser, spec, batch_limit=limit)

    for position, trajectory in whole.trajectories.items():
        torch.testing.assert_close(trajectory.newest, cut.trajectories[position].newest, rtol=1e-3, atol=1e-4)


def test_rounds_give_what_one_large_round_with_the_same_levels_gives(sd1: Model) -> None:
    at_once = TransitionSpec(SPEC.left, SPEC.right, SPEC.settings, TreeShape(0.4, ((3, 2, 3),)))

    by_rounds, in_one = grow(sd1.denoiser), grow(sd1.denoiser, at_once)

    for position, trajectory in by_rounds.trajectories.items():
        torch.testing.assert_close(trajectory.newest, in_one.trajectories[position].newest, rtol=1e-3, atol=1e-4)


def test_the_calls_of_the_unet_are_counted_exactly(sd1: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    forward = sd1.denoiser.unet.forward

    def count(inputs: torch.Tensor, *args: Any, **options: Any) -> Any:
        sizes.append(len(inputs))
        return forward(inputs, *args, **options)

    monkeypatch.setattr(sd1.denoiser.unet, "forward", count)
    tree, grower = Tree(SPEC), Grower(sd1.denoiser)

    efforts = [grower.grow_round(tree, index) for index in range(2)]

    # Steps 0 and 1: the keyframes, one of them guided. From step round(0.4 * 5) on: three guided branches too.
    assert sizes[:5] == [3, 3, 9, 9, 9]
    # Round 1: two levels, at round(0.6 * 5) and round(0.8 * 5); all its branches are guided.
    assert sizes[5:] == [4, 10]
    assert [effort.unet_calls for effort in efforts] == [5, 2]
    assert [effort.sample_evaluations for effort in efforts] == [33, 14]


def test_the_latents_before_a_start_are_as_strong_as_those_of_noise(model: Model) -> None:
    """So that a branch between a picture and noise begins with what the model expects to see."""
    from_noise, from_picture = (grow(model.denoiser, spec_with(starts)) for starts in ("noise", "pictures"))

    for index in range(3):
        strengths = [float(tree.trajectories[0.0].at(index).std()) for tree in (from_noise, from_picture)]
        assert strengths[1] == pytest.approx(strengths[0], rel=0.25)


def test_neighbouring_transitions_share_their_cue_to_the_last_pixel(sd1: Model) -> None:
    next_spec = TransitionSpec(SPEC.right, KeyframeSpec("dune", "", 3, 5.0), SPEC.settings, SPEC.shape)
    pictures: list[dict[float, Pixels]] = [{}, {}]
    grower = Grower(sd1.denoiser)

    for leaves, spec in zip(pictures, (SPEC, next_spec), strict=True):
        grower.grow_round(Tree(spec), 0, Watch(on_leaf=leaves.__setitem__))

    assert np.array_equal(pictures[0][1.0], pictures[1][0.0])
