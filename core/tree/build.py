"""Grows trees: one pass over the steps takes all branches of a round together, each from its injection step on.

A branch needs its parents only at its injection step, so no branch waits for a finished one: a round takes as many calls of
the model as it has steps, not one for each branch and step. The mixing of parents is that of latent blending (Lunar Ring).
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from core.control.errors import ModelError
from core.frames.frame import Pixels
from core.tree.batches import Batches
from core.tree.bounded_cache import BoundedCache
from core.tree.canvas import Canvas, CanvasSource, canvas_of, find_canvas
from core.tree.conditions import Conditions
from core.tree.crossfeed import Pull, count_steps
from core.tree.denoiser import Denoiser, Latent, NoiseKey
from core.tree.foresight import foresee_gaps
from core.tree.graft import noise_of, whole_trajectory
from core.tree.pictures import PictureSource, find_picture
from core.tree.planning import BranchPlan, crossfeed_weights, order_for_playing, plan_levels, start_step
from core.tree.spec import Graft, InpaintSpec, KeyframeSpec, RenderSettings, TransitionSpec, TreeShape
from core.tree.thrift import Part, among_the_living, grow_in_parts
from core.tree.tree import Branch, Keyframe, Trajectory, Tree

BATCH_LIMIT = 16  # a GPU is full at 4 to 8 samples of 512 px; more only delays cancel and progress
DECODE_LIMIT = 2  # hungry for memory, no faster in larger batches on a CPU, and no leaf should wait for the others
KEYFRAME_LIMIT = 8  # the ends of the transitions around the playhead
TREE_LIMIT = 16  # the owner forgets trees by itself; this is for one that does not

logger = logging.getLogger(__name__)


class Cancelled(Exception):
    """The round was stopped on request; what was finished before it stays in the tree."""


def _go_on() -> bool:
    return False


def _ignore(*_: object) -> None:
    pass


@dataclass(frozen=True, slots=True)
class Watch:
    """How a round is seen from outside. All are called in the growing thread, between two calls of the model.

    Attributes:
        should_stop: asked before each call of the model.
        on_progress: sample evaluations that are done, and those of the whole round.
        on_leaf: a place and its picture, (height, width, 3) uint8 RGB.
        on_shortage: what was done where memory ended, in words.
        playhead: a place; leaves behind it are painted last.
    """

    should_stop: Callable[[], bool] = _go_on
    on_progress: Callable[[int, int], None] = _ignore
    on_leaf: Callable[[float, Pixels], None] = _ignore
    on_shortage: Callable[[str], None] = logger.warning
    playhead: float = 0.0


@dataclass(slots=True)
class Effort:
    """What a round took: calls of the model, and the samples in them (two for each branch with guidance)."""

    unet_calls: int = 0
    sample_evaluations: int = 0


class Grower:
    """Grows rounds with one model, and keeps what they share: embeddings by prompt, keyframes along the chain, and the trees
    that others are grafted on."""

    def __init__(
        self,
        denoiser: Denoiser,
        batch_limit: int = BATCH_LIMIT,
        decode_limit: int = DECODE_LIMIT,
        pictures: PictureSource = find_picture,
        canvases: CanvasSource = find_canvas,
    ) -> None:
        self._denoiser = denoiser
        self._conditions = Conditions(denoiser, self._find_canvas)
        self._canvases = canvases
        self._pictures = pictures
        self._batches = Batches(batch_limit, denoiser.free_memory)
        self._decode_batches = Batches(decode_limit, denoiser.free_memory)
        self._keyframes: BoundedCache[tuple[KeyframeSpec, RenderSettings], Keyframe] = BoundedCache(KEYFRAME_LIMIT)
        self._trees: BoundedCache[TransitionSpec, Tree] = BoundedCache(TREE_LIMIT)

    @property
    def takes_guidance(self) -> bool:
        """Whether the model is told the guidance, so that a branch takes one sample a step in any case."""
        return self._denoiser.takes_guidance

    def tree_of(self, spec: TransitionSpec) -> Tree:
        """The tree of a transition as far as it has been grown, or a new one."""
        tree = self._trees.get(spec)
        if tree is None:
            tree = Tree(spec)
            self._trees.put(spec, tree)
        return tree

    def forget(self, spec: TransitionSpec) -> None:
        """The tree of this transition is not needed any more; what is grafted on it later grows it again."""
        self._trees.forget(spec)

    def grow_round(self, tree: Tree, round_index: int, watch: Watch | None = None) -> Effort:
        """Grow one round and hand over each leaf as soon as it is decoded; a round that is there is only painted again.

        Rounds before it that the tree lacks are grown first, outside the effort, and decoded only where adaptive placing has
        to see them.

        Raises:
            Cancelled: watch.should_stop said so.
            OutOfMemory: not even the keyframes fit, one sample at a time. Before that branches are given up, see core.tree.thrift.
            InvalidValue: a picture that a keyframe starts from or is painted on cannot be had.
            ModelError: a keyframe needs a picture, and the model has no encoder.
        """
        watch = watch or Watch()
        for ground in self._conditions.unknown_grounds(tree.spec):
            self._picture_of(ground, tree.spec.settings, watch)
        while tree.rounds_done < round_index:
            self._place(tree, watch)
            self._grow(tree, watch)
        if tree.rounds_done == round_index:
            self._place(tree, watch)
        ready = self._known_pictures(tree, tree.rounds[round_index].positions)
        for position, picture in ready.items():
            tree.look_at(position, picture)
            watch.on_leaf(position, picture)
        effort = self._grow(tree, watch) if tree.rounds_done == round_index else Effort()
        order = order_for_playing(tree.rounds[round_index].positions, tree.positions_before(round_index))
        unpainted = [position for position in order if position in tree.trajectories and position not in ready]
        self._paint(tree, sorted(unpainted, key=lambda place: place < watch.playhead), watch)
        return effort

    def _place(self, tree: Tree, watch: Watch) -> None:
        """Find the places of the next round, after a look at the leaves that were never painted."""
        self._paint(tree, tree.unseen, Watch(watch.should_stop))
        tree.place_next_round()

    def _grow(self, tree: Tree, watch: Watch) -> Effort:
        """Grow the next round of the tree, all at once where memory lasts."""
        plan, effort = tree.rounds[tree.rounds_done], Effort()
        grow = partial(self._grow_part, tree, watch=watch, effort=effort)
        grow_in_parts(len(plan.branches), grow, watch.on_shortage, has_keyframes=plan.has_keyframes)
        tree.rounds_done += 1
        return effort

    def _grow_part(self, tree: Tree, part: Part, watch: Watch, effort: Effort) -> None:
        """The wavefront: all branches of a part of the round, and the keyframes with the first, in one pass over the steps."""
        plan, step_count = tree.rounds[tree.rounds_done], tree.spec.settings.steps
        trajectories = dict(tree.trajectories)
        growing = self._begin_keyframes(tree, trajectories, watch) if plan.has_keyframes and part[0] == 0 else []
        known = {*tree.trajectories, *plan.positions}
        waiting = deque(among_the_living(each, known, tree.trajectories) for each in plan.branches[slice(*part)])
        is_whole = part == (0, len(plan.branches))
        total = sum(each.step_count(step_count) * each.conditioning.evaluations for each in growing)
        total += effort.sample_evaluations + sum(self._evaluations(tree, each) for each in waiting)
        for step_index in range(step_count):
            if is_whole and waiting and waiting[0].injection_step == step_index:
                waiting = self._look_ahead(tree, waiting, growing, trajectories, watch)
            while waiting and waiting[0].injection_step == step_index:
                growing.append(self._inject(tree, waiting.popleft(), trajectories))
            self._take_step(
                growing, step_index, step_count, partial(self._advance, watch=watch, effort=effort, total=total)
            )
        self._keep(tree, trajectories)

    def _take_step(
        self, growing: Sequence[Branch], step_index: int, step_count: int, advance: Callable[[list[Branch], int], None]
    ) -> None:
        """Take the branches that have come to this step one further."""
        begun = [branch for branch in growing if branch.trajectory.step_index == step_index]
        advance([each for each in begun if each.pull is None or not each.pull.replaces(step_index + 1)], step_count)
        self._crossfeed(begun, step_index + 1)

    def _find_canvas(self, inpaint: InpaintSpec | None, settings: RenderSettings) -> Canvas:
        if inpaint is None or isinstance(inpaint.picture, str):
            return self._canvases(inpaint, settings)
        return canvas_of(self._picture_of(inpaint.picture, settings, Watch()), inpaint.mask, settings)

    def _picture_of(self, keyframe: KeyframeSpec, settings: RenderSettings, watch: Watch) -> Pixels:
        """The picture of a keyframe, which is grown by itself where it is not known; outside the effort."""
        known = self._keyframes.get((keyframe, settings))
        if known is None:
            known = Keyframe(self._grow_alone(keyframe, settings, watch))
            self._keyframes.put((keyframe, settings), known)
        if known.picture is None:
            alone = TransitionSpec(keyframe, keyframe, settings, TreeShape(0.0, ((1,),)))
            (leaf,) = self._denoiser.decode([known.trajectory.newest])
            known.picture = self._conditions.compose(alone, 0.0, leaf)
        return known.picture

    def _grow_alone(self, keyframe: KeyframeSpec, settings: RenderSettings, watch: Watch) -> Trajectory:
        growing: dict[KeyframeSpec, Branch] = {}
        trajectory = self._begin_keyframe(keyframe, 0.0, settings, growing, watch)
        advance = partial(self._advance, watch=Watch(watch.should_stop), effort=Effort(), total=0)
        for step_index in range(settings.steps):
            self._take_step(list(growing.values()), step_index, settings.steps, advance)
        return trajectory

    def _look_ahead(
        self,
        tree: Tree,
        waiting: deque[BranchPlan],
        growing: Sequence[Branch],
        trajectories: dict[float, Trajectory],
        watch: Watch,
    ) -> deque[BranchPlan]:
        """Place a level that begins now, and for the time being those after it, by what the branches before it are coming to."""
        branches = tree.rounds[tree.rounds_done].branches
        begun = branches[: len(branches) - len(waiting)]
        level = tree.level_that_begins(len(begun))
        if level is None:
            return waiting
        steps = tree.spec.settings.steps
        gaps = foresee_gaps(
            self._denoiser,
            trajectories,
            growing,
            (waiting[0].injection_step, steps),
            partial(self._glance, watch=watch),
        )
        if gaps is not None:
            positions = sorted(trajectories)
            later = plan_levels(tree.spec.shape, steps, (tree.rounds_done, level), positions, gaps)
            tree.replan(begun + later)
            waiting = deque(later)
        return waiting

    def _glance(self, latents: Sequence[Latent], watch: Watch) -> Iterator[Pixels]:
        def look(some: Sequence[Latent]) -> list[Pixels]:
            if watch.should_stop():
                raise Cancelled
            return self._denoiser.glance(some)

        return (
            picture for results in self._decode_batches.run(latents, look, watch.on_shortage) for _, picture in results
        )

    def _evaluations(self, tree: Tree, plan: BranchPlan) -> int:
        """Samples that a branch will take."""
        weights = crossfeed_weights(tree.spec.crossfeed, plan.injection_step, tree.spec.settings.steps)
        return count_steps(weights, plan.injection_step) * self._conditions.at(tree.spec, plan.position).evaluations

    def _advance(self, computed: list[Branch], step_count: int, watch: Watch, effort: Effort, total: int) -> None:
        """Take all branches one step further."""

        def step(branches: Sequence[Branch]) -> list[Latent]:
            if watch.should_stop():
                raise Cancelled
            return self._denoiser.advance([branch.sample for branch in branches], step_count)

        for results in self._batches.run(computed, step, watch.on_shortage):
            for branch, latent in results:
                branch.trajectory.latents.append(latent)
                effort.sample_evaluations += branch.conditioning.evaluations
            effort.unet_calls += 1
            watch.on_progress(effort.sample_evaluations, total)

    def _begin_keyframes(self, tree: Tree, trajectories: dict[float, Trajectory], watch: Watch) -> list[Branch]:
        """Put both ends into the trajectories, and return those that have to be grown, leaders first. Equal ends are grown once."""
        growing: dict[KeyframeSpec, Branch] = {}
        for position, keyframe in tree.ends.items():
            trajectories[position] = self._begin_keyframe(keyframe, position, tree.spec.settings, growing, watch)
        return list(growing.values())

    def _begin_keyframe(
        self,
        keyframe: KeyframeSpec,
        position: float,
        settings: RenderSettings,
        growing: dict[KeyframeSpec, Branch],
        watch: Watch,
    ) -> Trajectory:
        """Its trajectory: a known one, or one that grows from now on."""
        known = self._keyframes.get((keyframe, settings))
        if known is not None:
            return known.trajectory
        if keyframe.graft is not None:
            return self._find_graft(keyframe.graft, watch)
        if keyframe not in growing:
            leader = None
            if keyframe.leader is not None and keyframe.crossfeed.power > 0:
                leader = self._begin_keyframe(keyframe.leader, 0.0, settings, growing, watch)
            trajectory = Trajectory(0, self._first_latents(keyframe, settings, watch))
            weights = crossfeed_weights(keyframe.crossfeed, trajectory.step_index, settings.steps)
            conditioning = self._conditions.of_keyframe(keyframe, settings)
            noise = NoiseKey(keyframe.seed, keyframe.seed, position)
            pull = None if leader is None else Pull(leader.at, weights)
            growing[keyframe] = Branch(trajectory, conditioning, noise, pull)
        return growing[keyframe].trajectory

    def _find_graft(self, graft: Graft, watch: Watch) -> Trajectory:
        """The trajectory of a leaf; what is not there of its tree, as after a restart, is grown outside the effort."""
        tree = self.tree_of(graft.transition)
        while graft.position not in tree.trajectories:
            if tree.rounds_done == len(tree.spec.shape.rounds):
                raise ModelError(f"there is no leaf at {graft.position:g} in the transition that is grafted on")
            silent = Watch(watch.should_stop)
            self._place(tree, silent)
            self._grow(tree, silent)
        return whole_trajectory(tree, graft.position, self._denoiser.mix_latents)

    def _first_latents(self, keyframe: KeyframeSpec, settings: RenderSettings, watch: Watch) -> list[Latent]:
        """x_0, or with a picture x_0 ... x_k up to its start step k: what denoising would have left to do of it."""
        step_index = start_step(keyframe.start, settings.steps)
        if step_index == 0:  # nothing would be left of a picture
            return [self._denoiser.first_latent(keyframe.seed, settings)]
        if watch.should_stop():  # a large encoder takes as long as a step
            raise Cancelled
        picture = self._pictures(keyframe, settings)
        return self._denoiser.noised_picture(picture, keyframe.seed, step_index, settings)

    def _inject(self, tree: Tree, plan: BranchPlan, trajectories: dict[float, Trajectory]) -> Branch:
        """A new branch: it starts from the mix of its parents as they are at its injection step."""
        conditioning = self._conditions.at(tree.spec, plan.position)
        left, right = trajectories[plan.left], trajectories[plan.right]

        def mix_of_parents(step_index: int) -> Latent:
            return self._denoiser.mix_latents(left.at(step_index), right.at(step_index), plan.weight)

        trajectory = Trajectory(plan.injection_step, [mix_of_parents(plan.injection_step)])
        trajectories[plan.position] = trajectory
        noise = NoiseKey(noise_of(tree.spec.left), noise_of(tree.spec.right), plan.position)
        if tree.spec.crossfeed.power == 0:
            return Branch(trajectory, conditioning, noise)
        weights = crossfeed_weights(tree.spec.crossfeed, plan.injection_step, tree.spec.settings.steps)
        return Branch(trajectory, conditioning, noise, Pull(mix_of_parents, weights))

    def _crossfeed(self, begun: list[Branch], step_index: int) -> None:
        """Let all pulls act on x_k. In the order of joining, so that those who pull have been pulled themselves."""
        for branch in begun:
            if branch.pull is None or branch.pull.weights[step_index] == 0:
                continue
            latent = branch.pull.theirs(step_index)
            if not branch.pull.replaces(step_index):
                own = branch.trajectory.latents.pop()
                latent = self._denoiser.mix_latents(own, latent, branch.pull.weights[step_index])
            branch.trajectory.latents.append(latent)

    def _keep(self, tree: Tree, trajectories: dict[float, Trajectory]) -> None:
        """A part of the round is finished: its trajectories become the tree's, and its keyframes known along the chain."""
        tree.trajectories = trajectories
        for position, keyframe in tree.ends.items():
            key = (keyframe, tree.spec.settings)
            if key not in self._keyframes:
                self._keyframes.put(key, Keyframe(trajectories[position]))

    def _known_pictures(self, tree: Tree, positions: Sequence[float]) -> dict[float, Pixels]:
        """Pictures that were decoded for a neighbouring transition."""
        keyframes = {place: self._keyframe(tree, place) for place in positions if place in tree.ends}
        return {place: known.picture for place, known in keyframes.items() if known and known.picture is not None}

    def _keyframe(self, tree: Tree, position: float) -> Keyframe | None:
        return self._keyframes.get((tree.ends[position], tree.spec.settings))

    def _paint(self, tree: Tree, positions: Sequence[float], watch: Watch) -> None:
        def decode(places: Sequence[float]) -> list[Pixels]:
            if watch.should_stop():
                raise Cancelled
            return self._denoiser.decode([tree.trajectories[place].newest for place in places])

        for results in self._decode_batches.run(positions, decode, watch.on_shortage):
            for position, leaf in results:
                picture = self._conditions.compose(tree.spec, position, leaf)
                self._remember_picture(tree, position, picture)
                tree.look_at(position, picture)
                watch.on_leaf(position, picture)

    def _remember_picture(self, tree: Tree, position: float, picture: Pixels) -> None:
        keyframe = self._keyframe(tree, position) if position in tree.ends else None
        if keyframe is not None:
            keyframe.picture = picture
