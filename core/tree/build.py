"""Grows trees: one pass over the steps takes all branches of a round together, each from its injection step on.

A branch needs its parents only at its injection step, so no branch waits for a finished one: a round takes as many calls of
the model as it has steps, not one for each branch and step. The mixing of parents is that of latent blending (Lunar Ring).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from functools import partial

from core.control.errors import ModelError
from core.frames.frame import Pixels
from core.tree.bounded_cache import BoundedCache
from core.tree.canvas import CanvasSource, find_canvas
from core.tree.crossfeed import Pull, count_steps
from core.tree.denoiser import Denoiser, Latent, NoiseKey
from core.tree.foresight import foresee_gaps
from core.tree.gaps import OWN, Measure
from core.tree.graft import noise_of, whole_trajectory
from core.tree.keyframes import Keyframes
from core.tree.memory_fallback import Part, among_the_living, grow_in_parts
from core.tree.pictures import PictureSource, picture_of_file
from core.tree.planning import BranchPlan, crossfeed_weights, order_for_playing, plan_levels
from core.tree.spec import Graft, TransitionSpec
from core.tree.tree import Branch, Trajectory, Tree
from core.tree.watch import Effort, Watch
from core.tree.wavefront import BATCH_LIMIT, DECODE_LIMIT, Pass, Wavefront

# The owner forgets trees by itself, and a show may have more than 64 begun. To grow one again costs as much as it did at first:
# so many are kept at least, and at most, and between them as many as fit into this memory.
TREE_LIMITS = (16, 128)
TREE_BYTES = 1 << 30


class Grower:
    """Grows rounds with one model, and keeps what they share: embeddings by prompt, keyframes along the chain, and the trees
    that others are grafted on."""

    def __init__(
        self,
        denoiser: Denoiser,
        batch_limit: int = BATCH_LIMIT,
        decode_limit: int = DECODE_LIMIT,
        pictures: PictureSource = picture_of_file,
        canvases: CanvasSource = find_canvas,
        measure: Measure = OWN,
    ) -> None:
        self.measure = measure
        self._denoiser = denoiser
        self._wavefront = Wavefront(denoiser, batch_limit, decode_limit)
        self._keyframes = Keyframes(denoiser, self._wavefront, pictures, canvases, self._find_graft)
        self._conditions = self._keyframes.conditions
        self._trees: BoundedCache[TransitionSpec, Tree] = BoundedCache(TREE_LIMITS[0])

    @property
    def takes_guidance(self) -> bool:
        """Whether the model is told the guidance, so that a branch takes one sample a step in any case."""
        return self._denoiser.takes_guidance

    def tree_of(self, spec: TransitionSpec) -> Tree:
        """The tree of a transition as far as it has been grown, or a new one."""
        tree = self._trees.get(spec)
        if tree is None:
            tree = Tree(spec, self.measure)
            self._trees.limit = tree_limit(spec)
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
            OutOfMemory: not even the keyframes fit, one sample at a time. Before that branches are given up, see core.tree.memory_fallback.
            InvalidValue: a picture that a keyframe starts from or is painted on cannot be had.
            ModelError: a keyframe needs a picture, and the model has no encoder.
        """
        assert tree.measure is self.measure, "a tree has the measure of its grower"
        watch = watch or Watch()
        self._keyframes.prepare(tree.spec, watch)
        while tree.rounds_done < round_index:
            self._place(tree, watch)
            self._grow(tree, watch)
        if tree.rounds_done == round_index:
            self._place(tree, watch)
        ready = self._keyframes.known_pictures(tree) if tree.rounds[round_index].has_keyframes else {}
        self._show(tree, ready, watch)
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
        growing = self._keyframes.begin(tree, trajectories, watch) if plan.has_keyframes and part[0] == 0 else []
        known = {*tree.trajectories, *plan.positions}
        waiting = deque(among_the_living(each, known, tree.trajectories) for each in plan.branches[slice(*part)])
        is_whole = part == (0, len(plan.branches))
        total = sum(each.step_count(step_count) * each.conditioning.evaluations for each in growing)
        total += effort.sample_evaluations + sum(self._evaluations(tree, each) for each in waiting)
        through = Pass(watch, effort, total)
        for step_index in range(step_count):
            if is_whole and waiting and waiting[0].injection_step == step_index:
                waiting = self._look_ahead(tree, waiting, growing, trajectories, watch)
            while waiting and waiting[0].injection_step == step_index:
                growing.append(self._inject(tree, waiting.popleft(), trajectories))
            self._wavefront.take_step(growing, step_index, step_count, through)
        tree.trajectories = trajectories
        self._keyframes.keep(tree)

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
            partial(self._wavefront.glance, watch=watch),
            self.measure,
        )
        if gaps is not None:
            positions = sorted(trajectories)
            later = plan_levels(tree.spec.shape, steps, (tree.rounds_done, level), positions, gaps)
            tree.replan(begun + later)
            waiting = deque(later)
        return waiting

    def _evaluations(self, tree: Tree, plan: BranchPlan) -> int:
        """Samples that a branch will take."""
        weights = crossfeed_weights(tree.spec.crossfeed, plan.injection_step, tree.spec.settings.steps)
        return count_steps(weights, plan.injection_step) * self._conditions.at(tree.spec, plan.position).evaluations

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

    def _inject(self, tree: Tree, plan: BranchPlan, trajectories: dict[float, Trajectory]) -> Branch:
        """A new branch: it starts from the mix of its parents as they are at its injection step."""
        conditioning = self._conditions.at(tree.spec, plan.position)
        left, right = trajectories[plan.left], trajectories[plan.right]

        def mix_of_parents(step_index: int) -> Latent:
            return self._denoiser.mix_latents(left.at(step_index), right.at(step_index), plan.weight)

        trajectory = Trajectory(plan.injection_step, [mix_of_parents(plan.injection_step)])
        trajectories[plan.position] = trajectory
        tree.origins[plan.position] = plan
        noise = NoiseKey(noise_of(tree.spec.left), noise_of(tree.spec.right), plan.position)
        if tree.spec.crossfeed.power == 0:
            return Branch(trajectory, conditioning, noise)
        weights = crossfeed_weights(tree.spec.crossfeed, plan.injection_step, tree.spec.settings.steps)
        return Branch(trajectory, conditioning, noise, Pull(mix_of_parents, weights))

    def _paint(self, tree: Tree, positions: Sequence[float], watch: Watch) -> None:
        for results in self._wavefront.decode(positions, lambda place: tree.trajectories[place].newest, watch):
            pictures = {place: self._conditions.compose(tree.spec, place, leaf) for place, leaf in results}
            self._show(tree, pictures, watch)

    def _show(self, tree: Tree, pictures: Mapping[float, Pixels], watch: Watch) -> None:
        """Hand over leaves. They are looked at together, but each knows only of those before it."""
        signatures = self.measure.signatures_of(list(pictures.values()))
        for (position, picture), signature in zip(pictures.items(), signatures, strict=True):
            self._keyframes.remember_picture(tree, position, picture)
            tree.signatures.setdefault(position, signature)
            watch.on_leaf(position, picture)


def tree_limit(spec: TransitionSpec) -> int:
    """How many trees of this size are kept."""
    fewest, most = TREE_LIMITS
    largest = max(1, spec.settings.trajectory_bytes * spec.shape.leaf_count)
    return min(most, max(fewest, TREE_BYTES // largest))
