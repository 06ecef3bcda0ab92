"""What makes the pixels of a transition: the keyframes of its cues, and the spec of the way between two keyframes.

The renderer sees a cue as it was when its last edit had rested, and a parameter likewise.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from core.control.snapshot import MadeFrom
from core.prompt_tags import plain_words
from core.setlist import Cue
from core.tree.graft import in_size
from core.tree.spec import (
    NO_CROSSFEED,
    SCENE,
    Crossfeed,
    InpaintSpec,
    KeyframeSpec,
    PictureStart,
    Placing,
    RenderSettings,
    TransitionSpec,
    TreeShape,
)
from live.rendering.first_round import FirstRound, Rounds
from live.rendering.transition import Transition
from live.show.settled_cues import SettledCues
from live.values.parameters import LiveParameters

FindTransition = Callable[[TransitionSpec], Transition | None]


class Specs:
    """Thread: playback only.

    Args:
        find: the transition made for a spec, if there is one.
        placing: as in TreeShape.

    Attributes:
        settings: size and steps of all keyframes; None until the model has told its defaults.
        prefers_scenes: the model paints better from the scene of a prompt than from the prompt alone.
    """

    def __init__(
        self,
        cues: SettledCues,
        parameters: LiveParameters,
        find: FindTransition,
        first_round: FirstRound,
        placing: Placing,
    ) -> None:
        self.settings: RenderSettings | None = None
        self.prefers_scenes = False
        self._cues = cues
        self._parameters = parameters
        self._find = find
        self._first_round = first_round
        self._placing = placing

    def use_model(self, settings: RenderSettings, *, prefers_scenes: bool) -> None:
        """The model has told its defaults: size and steps of all keyframes of this show. Before that nothing can be planned."""
        self.settings = settings
        self.prefers_scenes = prefers_scenes

    def made_from(self, cue: Cue) -> MadeFrom:
        """What the keyframe of a cue would start from now."""
        start = self._start_of(cue)
        if start is None:
            return MadeFrom.TEXT
        return MadeFrom.SCENE if start.source == SCENE else MadeFrom.PICTURE

    def look_of(self, cue: Cue) -> object:
        """What makes the picture of a cue, by itself: equal for cues that look the same, with the parameters of now."""
        return self._keyframe_of(cue, None), cue.mask if self._parameters.settled("mask") else None

    def keyframe(self, cue: Cue, before: KeyframeSpec | None) -> KeyframeSpec:
        """before: the keyframe that is on air when the transition to this cue begins."""
        return self._keyframe_of(self._cues.believed(cue), before)

    def _keyframe_of(self, cue: Cue, before: KeyframeSpec | None) -> KeyframeSpec:
        guidance, start = self._number(cue.guidance, "guidance"), self._start_of(cue)
        return KeyframeSpec(
            plain_words(cue.prompt),
            plain_words(cue.negative),
            cue.seed,
            guidance,
            start,
            inpaint=self._inpaint_of(cue, before),
            weight=1.0 if cue.weight is None else cue.weight,
        )

    def _inpaint_of(self, cue: Cue, before: KeyframeSpec | None) -> InpaintSpec | None:
        """What its mask keeps is the picture before the first masked cue, however many follow; the first picture is whole."""
        if before is None or not cue.mask or not self._parameters.settled("mask"):
            return None
        return InpaintSpec(before.ground, cue.mask)

    def _start_of(self, cue: Cue) -> PictureStart | None:
        """What the keyframe of a cue starts from; strength 1 leaves nothing of a picture, so that none is needed."""
        strength = self._number(cue.strength, "strength")
        wanted = self._parameters.settled("keyframes")
        is_scene = bool(cue.scene) or wanted == "scene" or (wanted == "auto" and self.prefers_scenes)
        source = cue.picture or (SCENE if is_scene else "")
        scene = cue.scene if source == SCENE else None
        return PictureStart(source, strength, scene) if source and strength < 1 else None

    def between(self, left: KeyframeSpec, right: KeyframeSpec, to_cue: Cue | None) -> TransitionSpec:
        """The transition from one keyframe to another, as the cue that it leads to says, or else the parameters."""
        settings = self._known_settings
        to_cue = self._cues.believed(to_cue) if to_cue else None
        depth, crossfeed = self._number(to_cue.depth if to_cue else None, "depth"), self._crossfeed(to_cue)

        def with_rounds(rounds: Rounds) -> TransitionSpec:
            shape = TreeShape(depth, rounds, placing=self._placing)
            return TransitionSpec(left, right, settings, shape, crossfeed)

        return with_rounds(((1,),)) if left == right else self._begun_or_new(with_rounds)

    def wander(self, home: KeyframeSpec, neighbour: KeyframeSpec) -> TransitionSpec:
        """The way to a neighbour: less changes on it than between two cues, so that three rounds are fine enough."""
        settings, depth = self._known_settings, self._number(None, "depth")

        def with_rounds(rounds: Rounds) -> TransitionSpec:
            return TransitionSpec(home, neighbour, settings, TreeShape(depth, rounds[:3], placing=self._placing))

        return self._begun_or_new(with_rounds)

    def _begun_or_new(self, with_rounds: Callable[[Rounds], TransitionSpec]) -> TransitionSpec:
        """A transition that has begun keeps its rounds; a new one takes those that fit the machine now."""
        specs = [with_rounds(rounds) for rounds in self._first_round.used]
        return next((spec for spec in specs if self._find(spec) is not None), specs[0])

    def _crossfeed(self, to_cue: Cue | None) -> Crossfeed:
        power = self._number(to_cue.crossfeed if to_cue else None, "crossfeed.power")
        if power == 0:
            return NO_CROSSFEED  # range and decay of no pull make no other transition
        return Crossfeed(power, self._number(None, "crossfeed.range"), self._number(None, "crossfeed.decay"))

    def _number(self, own: float | None, name: str) -> float:
        """What the cue says itself, else the parameter once the hand on it has come to rest."""
        return own if own is not None else float(self._parameters.settled(name))

    def resumed(self, spec: TransitionSpec) -> TransitionSpec:
        """A transition that an earlier run was in, in the size and with the rounds of this run."""
        sized = in_size(spec, self._known_settings)

        def with_rounds(rounds: Rounds) -> TransitionSpec:
            shape = replace(spec.shape, rounds=rounds, placing=self._placing, injection_steps=())
            return replace(sized, shape=shape)

        return self._begun_or_new(with_rounds)

    @property
    def _known_settings(self) -> RenderSettings:
        assert self.settings is not None, "nothing is planned before the model has told its defaults"
        return self.settings
