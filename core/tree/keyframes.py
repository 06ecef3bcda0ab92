"""Keyframes: begun from noise, a picture or a graft, known along the chain of transitions, and painted by themselves where another is
painted on them."""

from __future__ import annotations

from collections.abc import Callable

from core.frames.frame import Pixels
from core.tree.bounded_cache import BoundedCache
from core.tree.canvas import Canvas, CanvasSource, canvas_of
from core.tree.conditions import Conditions
from core.tree.crossfeed import Pull
from core.tree.denoiser import Denoiser, Latent, NoiseKey
from core.tree.graft import noise_of
from core.tree.pictures import PictureSource
from core.tree.planning import crossfeed_weights, start_step
from core.tree.spec import Graft, InpaintSpec, KeyframeSpec, RenderSettings, TransitionSpec, TreeShape
from core.tree.tree import Branch, Keyframe, Trajectory, Tree
from core.tree.watch import Cancelled, Effort, Watch
from core.tree.wavefront import Pass, Wavefront

# The ends of the transitions around the playhead at least; at most those of all that a show may have begun, so that a hand that
# turns to any cue meets a keyframe that is there. Between them as many as fit into this memory; those of living trees take none.
KEYFRAME_LIMITS = (8, 80)
KEYFRAME_BYTES = 1 << 28

FindGraft = Callable[[Graft, Watch], Trajectory]


class Keyframes:
    """
    Args:
        denoiser, wavefront: of one model.
        pictures: finds what a keyframe starts from.
        canvases: finds what a keyframe is painted on, where that is a file.
        find_graft: the trajectory of a leaf of another tree.
    """

    def __init__(
        self,
        denoiser: Denoiser,
        wavefront: Wavefront,
        pictures: PictureSource,
        canvases: CanvasSource,
        find_graft: FindGraft,
    ) -> None:
        self.conditions = Conditions(denoiser, self._find_canvas)
        self._denoiser = denoiser
        self._wavefront = wavefront
        self._pictures = pictures
        self._canvases = canvases
        self._find_graft = find_graft
        self._known: BoundedCache[tuple[KeyframeSpec, RenderSettings], Keyframe] = BoundedCache(KEYFRAME_LIMITS[0])

    def prepare(self, spec: TransitionSpec, watch: Watch) -> None:
        """Paint the keyframes that others of this transition are painted on; outside the effort."""
        for ground in self.conditions.unknown_grounds(spec):
            self._picture_of(ground, spec.settings, watch)

    def begin(self, tree: Tree, trajectories: dict[float, Trajectory], watch: Watch) -> list[Branch]:
        """Put both ends into the trajectories, and return those that have to be grown, leaders first. Equal ends are grown once."""
        growing: dict[KeyframeSpec, Branch] = {}
        for position, keyframe in tree.ends.items():
            trajectories[position] = self._begin(keyframe, position, tree.spec.settings, growing, watch)
        return list(growing.values())

    def keep(self, tree: Tree) -> None:
        """The ends of a tree that has been grown are known from now on."""
        for position, keyframe in tree.ends.items():
            key = (keyframe, tree.spec.settings)
            if key not in self._known:
                self._remember(key, Keyframe(tree.trajectories[position]))

    def known_pictures(self, tree: Tree) -> dict[float, Pixels]:
        """Pictures of the ends that were decoded for a neighbouring transition."""
        found = {place: self._known.get((keyframe, tree.spec.settings)) for place, keyframe in tree.ends.items()}
        return {place: known.picture for place, known in found.items() if known and known.picture is not None}

    def remember_picture(self, tree: Tree, position: float, picture: Pixels) -> None:
        """Of a leaf, in case it is an end."""
        keyframe = tree.ends.get(position)
        known = None if keyframe is None else self._known.get((keyframe, tree.spec.settings))
        if known is not None:
            known.picture = picture

    def _remember(self, key: tuple[KeyframeSpec, RenderSettings], keyframe: Keyframe) -> None:
        fewest, most = KEYFRAME_LIMITS
        self._known.limit = min(most, max(fewest, KEYFRAME_BYTES // max(1, key[1].trajectory_bytes)))
        self._known.put(key, keyframe)

    def _begin(
        self,
        keyframe: KeyframeSpec,
        position: float,
        settings: RenderSettings,
        growing: dict[KeyframeSpec, Branch],
        watch: Watch,
    ) -> Trajectory:
        """Its trajectory: a known one, or one that grows from now on."""
        known = self._known.get((keyframe, settings))
        if known is not None:
            return known.trajectory
        if keyframe.graft is not None:
            return self._find_graft(keyframe.graft, watch)
        if keyframe not in growing:
            leader = None
            if keyframe.leader is not None and keyframe.crossfeed.power > 0:
                leader = self._begin(keyframe.leader, 0.0, settings, growing, watch)
            trajectory = Trajectory(0, self._first_latents(keyframe, settings, watch))
            weights = crossfeed_weights(keyframe.crossfeed, trajectory.step_index, settings.steps)
            conditioning = self.conditions.of_keyframe(keyframe, settings)
            own = noise_of(keyframe)
            noise = NoiseKey(own, own, position)
            pull = None if leader is None else Pull(leader.at, weights)
            growing[keyframe] = Branch(trajectory, conditioning, noise, pull)
        return growing[keyframe].trajectory

    def _first_latents(self, keyframe: KeyframeSpec, settings: RenderSettings, watch: Watch) -> list[Latent]:
        """x_0, or with a picture x_0 ... x_k up to its start step k: what denoising would have left to do of it."""
        step_index = start_step(keyframe.start, settings.steps)
        if step_index == 0:  # nothing would be left of a picture
            return [self._denoiser.first_latent(noise_of(keyframe), settings)]
        if watch.should_stop():  # a large encoder takes as long as a step
            raise Cancelled
        picture = self._pictures(keyframe, settings)
        return self._denoiser.noised_picture(picture, noise_of(keyframe), step_index, settings)

    def _find_canvas(self, inpaint: InpaintSpec | None, settings: RenderSettings) -> Canvas:
        if inpaint is None or isinstance(inpaint.picture, str):
            return self._canvases(inpaint, settings)
        return canvas_of(self._picture_of(inpaint.picture, settings, Watch()), inpaint.mask, settings)

    def _picture_of(self, keyframe: KeyframeSpec, settings: RenderSettings, watch: Watch) -> Pixels:
        """The picture of a keyframe, which is grown by itself where it is not known."""
        known = self._known.get((keyframe, settings))
        if known is None:
            known = Keyframe(self._grow_alone(keyframe, settings, watch))
            self._remember((keyframe, settings), known)
        if known.picture is None:
            alone = TransitionSpec(keyframe, keyframe, settings, TreeShape(0.0, ((1,),)))
            ((_, leaf),) = next(self._wavefront.decode([known.trajectory.newest], lambda latent: latent, watch))
            known.picture = self.conditions.compose(alone, 0.0, leaf)
        return known.picture

    def _grow_alone(self, keyframe: KeyframeSpec, settings: RenderSettings, watch: Watch) -> Trajectory:
        growing: dict[KeyframeSpec, Branch] = {}
        trajectory = self._begin(keyframe, 0.0, settings, growing, watch)
        through = Pass(Watch(watch.should_stop, on_shortage=watch.on_shortage), Effort())
        for step_index in range(settings.steps):
            self._wavefront.take_step(list(growing.values()), step_index, settings.steps, through)
        return trajectory
