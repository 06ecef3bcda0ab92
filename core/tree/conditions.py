"""What each place of a tree is drawn towards: prompts and canvases of both ends, encoded once and mixed."""

from __future__ import annotations

from core.frames.frame import Pixels
from core.tree.bounded_cache import BoundedCache
from core.tree.canvas import Canvas, CanvasSource, find_canvas
from core.tree.denoiser import Conditioning, Denoiser, Embedding
from core.tree.graft import mix_down
from core.tree.planning import damped
from core.tree.spec import InpaintSpec, KeyframeSpec, RenderSettings, TransitionSpec

PROMPT_LIMIT = 64
CANVAS_LIMIT = 8


class Conditions:
    """Keeps what its denoiser has encoded, by prompt and by canvas."""

    def __init__(self, denoiser: Denoiser, canvases: CanvasSource = find_canvas) -> None:
        self._denoiser = denoiser
        self._find_canvas = canvases
        self._embeddings: BoundedCache[str, Embedding] = BoundedCache(PROMPT_LIMIT)
        self._canvases: BoundedCache[tuple[InpaintSpec | None, RenderSettings], tuple[Canvas, Embedding]] = (
            BoundedCache(CANVAS_LIMIT)
        )

    def of_keyframe(self, keyframe: KeyframeSpec, settings: RenderSettings) -> Conditioning:
        """
        Raises:
            InvalidValue: a picture or a mask cannot be had.
            ModelError: it has a canvas, and the model has no encoder.
        """
        canvas = None if keyframe.inpaint is None else self._canvas(keyframe.inpaint, settings)[1]
        return Conditioning(self._encode(keyframe.prompt), self._encode(keyframe.negative), keyframe.guidance, canvas)

    def at(self, spec: TransitionSpec, position: float) -> Conditioning:
        """The linear mix of both ends: the keys and values of cross attention are then mixed exactly linearly too."""
        left, right = spec.left, spec.right
        return Conditioning(
            self._mixed(self._prompt_of(left), self._prompt_of(right), position),
            self._mixed(self._negative_of(left), self._negative_of(right), position),
            damped(left.guidance + (right.guidance - left.guidance) * position, position, spec.middle_guidance),
            self._mixed_canvas(spec, position),
        )

    def compose(self, spec: TransitionSpec, position: float, leaf: Pixels) -> Pixels:
        """The leaf on its canvas; where only one end has one, it fades out towards the other."""
        if not _has_canvas(spec):
            return leaf
        canvas, _ = self._canvas_at(spec, position)
        return canvas.compose(leaf)

    def _mixed_canvas(self, spec: TransitionSpec, position: float) -> Embedding | None:
        return self._canvas_at(spec, position)[1] if _has_canvas(spec) else None

    def _canvas_at(self, spec: TransitionSpec, position: float) -> tuple[Canvas, Embedding]:
        def mix(
            left: tuple[Canvas, Embedding], right: tuple[Canvas, Embedding], weight: float
        ) -> tuple[Canvas, Embedding]:
            if left is right:
                return left
            return left[0].mixed(right[0], weight), self._mixed(left[1], right[1], weight)

        sides = [
            mix_down(side, lambda one: self._canvas(one.inpaint, spec.settings), mix)
            for side in (spec.left, spec.right)
        ]
        return mix(sides[0], sides[1], position)

    def _canvas(self, inpaint: InpaintSpec | None, settings: RenderSettings) -> tuple[Canvas, Embedding]:
        key = (inpaint, settings)
        known = self._canvases.get(key)
        if known is None:
            canvas = self._find_canvas(inpaint, settings)
            known = canvas, self._denoiser.encode_canvas(canvas)
            self._canvases.put(key, known)
        return known

    def _prompt_of(self, keyframe: KeyframeSpec) -> Embedding:
        return mix_down(keyframe, lambda one: self._encode(one.prompt), self._mixed)

    def _negative_of(self, keyframe: KeyframeSpec) -> Embedding:
        return mix_down(keyframe, lambda one: self._encode(one.negative), self._mixed)

    def _mixed(self, left: Embedding, right: Embedding, weight: float) -> Embedding:
        return self._denoiser.mix_embeddings(left, right, weight)

    def _encode(self, prompt: str) -> Embedding:
        embedding = self._embeddings.get(prompt)
        if embedding is None:
            embedding = self._denoiser.encode(prompt)
            self._embeddings.put(prompt, embedding)
        return embedding


def _has_canvas(spec: TransitionSpec) -> bool:
    """Whether any keyframe that the transition goes back to has one."""
    return any(
        mix_down(side, lambda one: one.inpaint is not None, lambda left, right, _: left or right)
        for side in (spec.left, spec.right)
    )
