"""What each place of a tree is drawn towards: prompts, canvases and small pictures, encoded once and mixed."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from pathlib import Path

from core.frames.frame import Pixels
from core.tree.bounded_cache import BoundedCache
from core.tree.canvas import Canvas, CanvasSource, find_canvas
from core.tree.denoiser import Conditioning, Denoiser, Embedding
from core.tree.graft import mix_down
from core.tree.pictures import read_image
from core.tree.planning import damped
from core.tree.spec import InpaintSpec, KeyframeSpec, RenderSettings, TransitionSpec, UpscaleSpec

PROMPT_LIMIT = 64
CANVAS_LIMIT = 8
SMALL_LIMIT = 64  # a leaf of the transition that is enlarged each


class Conditions:
    """Keeps what its denoiser has encoded, by prompt and by canvas."""

    def __init__(
        self,
        denoiser: Denoiser,
        canvases: CanvasSource = find_canvas,
        read: Callable[[Path], Pixels] = read_image,
    ) -> None:
        self._denoiser = denoiser
        self._find_canvas = canvases
        self._read = read
        self._embeddings: BoundedCache[str, Embedding] = BoundedCache(PROMPT_LIMIT)
        self._negatives: BoundedCache[str, Embedding] = BoundedCache(PROMPT_LIMIT)
        self._canvases: BoundedCache[tuple[InpaintSpec | None, RenderSettings], tuple[Canvas, Embedding]] = (
            BoundedCache(CANVAS_LIMIT)
        )
        self._small: BoundedCache[tuple[UpscaleSpec, RenderSettings], Embedding] = BoundedCache(SMALL_LIMIT)

    def of_keyframe(self, keyframe: KeyframeSpec, settings: RenderSettings) -> Conditioning:
        """
        Raises:
            InvalidValue: a picture or a mask cannot be had.
            ModelError: it has a canvas, and the model has no encoder.
        """
        canvas = None
        if keyframe.upscale is not None:
            canvas = self._enlarged(keyframe.upscale, settings)
        elif keyframe.inpaint is not None:
            _, canvas = self._canvas(keyframe.inpaint, settings)
        prompts = self._words_of(keyframe), self._encode_negative(keyframe.negative)
        return Conditioning(*prompts, keyframe.guidance, canvas, self._denoiser.takes_guidance)

    def at(self, spec: TransitionSpec, position: float) -> Conditioning:
        """The linear mix of both ends: the keys and values of cross attention are then mixed exactly linearly too."""
        left, right = spec.left, spec.right
        return Conditioning(
            self._mixed(self._prompt_of(left), self._prompt_of(right), position),
            self._mixed(self._negative_of(left), self._negative_of(right), position),
            damped(left.guidance + (right.guidance - left.guidance) * position, position, spec.middle_guidance),
            self._mixed_canvas(spec, position),
            self._denoiser.takes_guidance,
        )

    def compose(self, spec: TransitionSpec, position: float, leaf: Pixels) -> Pixels:
        """The leaf on its canvas; where only one end has one, it fades out towards the other."""
        if not _has_canvas(spec):
            return leaf
        canvas, _ = self._canvas_at(spec, position)
        return canvas.compose(leaf)

    def _mixed_canvas(self, spec: TransitionSpec, position: float) -> Embedding | None:
        if spec.left.upscale is not None:
            return self._on_the_way(spec, position)
        return self._canvas_at(spec, position)[1] if _has_canvas(spec) else None

    def unknown_grounds(self, spec: TransitionSpec) -> list[KeyframeSpec]:
        """Keyframes whose pictures must be painted before anything can be painted on them."""
        found = [one for one, inpaint in _grounds(spec).items() if (inpaint, spec.settings) not in self._canvases]
        return list(found)

    def _canvas_at(self, spec: TransitionSpec, position: float) -> tuple[Canvas, Embedding]:
        def mix(
            left: tuple[Canvas, Embedding], right: tuple[Canvas, Embedding], weight: float
        ) -> tuple[Canvas, Embedding]:
            if left is right:
                return left
            return left[0].mixed(right[0], weight), self._mixed(left[1], right[1], weight)

        grounds = _grounds(spec)

        def canvas_of(one: KeyframeSpec) -> tuple[Canvas, Embedding]:
            # A ground is its own canvas: what others keep of it is the same on the whole way.
            return self._canvas(one.inpaint or grounds.get(one), spec.settings)

        sides = [mix_down(side, canvas_of, mix, grounds) for side in (spec.left, spec.right)]
        return mix(sides[0], sides[1], position)

    def _on_the_way(self, spec: TransitionSpec, position: float) -> Embedding:
        """Between the two small pictures that are nearest."""
        assert spec.left.upscale is not None, "a spec has small pictures at both ends or none"
        assert spec.right.upscale is not None, "a spec has small pictures at both ends or none"
        way = [(0.0, spec.left.upscale), *spec.waypoints, (1.0, spec.right.upscale)]
        index = min(bisect_right(way, position, key=lambda point: point[0]), len(way) - 1)
        (start, before), (end, after) = way[index - 1], way[index]
        left, right = (self._enlarged(each, spec.settings) for each in (before, after))
        return self._mixed(left, right, (position - start) / (end - start))

    def _enlarged(self, upscale: UpscaleSpec, settings: RenderSettings) -> Embedding:
        key = (upscale, settings)
        known = self._small.get(key)
        if known is None:
            picture = self._read(Path(upscale.picture))
            known = self._denoiser.encode_small(picture, upscale.noise_level, settings)
            self._small.put(key, known)
        return known

    def _canvas(self, inpaint: InpaintSpec | None, settings: RenderSettings) -> tuple[Canvas, Embedding]:
        key = (inpaint, settings)
        known = self._canvases.get(key)
        if known is None:
            canvas = self._find_canvas(inpaint, settings)
            known = canvas, self._denoiser.encode_canvas(canvas)
            self._canvases.put(key, known)
        return known

    def _prompt_of(self, keyframe: KeyframeSpec) -> Embedding:
        return mix_down(keyframe, self._words_of, self._mixed)

    def _negative_of(self, keyframe: KeyframeSpec) -> Embedding:
        return mix_down(keyframe, lambda one: self._encode_negative(one.negative), self._mixed)

    def _words_of(self, keyframe: KeyframeSpec) -> Embedding:
        # Not kept by weight: a fader would push the prompts out, and a mix costs next to nothing.
        return self._denoiser.weigh(self._encode(keyframe.prompt), keyframe.weight)

    def _mixed(self, left: Embedding, right: Embedding, weight: float) -> Embedding:
        return self._denoiser.mix_embeddings(left, right, weight)

    def _encode(self, prompt: str) -> Embedding:
        return _kept(self._embeddings, prompt, self._denoiser.encode)

    def _encode_negative(self, prompt: str) -> Embedding:
        return _kept(self._negatives, prompt, self._denoiser.encode_negative)


def _kept(cache: BoundedCache[str, Embedding], prompt: str, encode: Callable[[str], Embedding]) -> Embedding:
    embedding = cache.get(prompt)
    if embedding is None:
        embedding = encode(prompt)
        cache.put(prompt, embedding)
    return embedding


def _grounds(spec: TransitionSpec) -> dict[KeyframeSpec, InpaintSpec]:
    """Keyframes whose picture others of the transition are painted on, each with what is painted on it."""

    def of_one(one: KeyframeSpec) -> dict[KeyframeSpec, InpaintSpec]:
        if one.inpaint is None or isinstance(one.inpaint.picture, str):
            return {}
        return {one.inpaint.picture: one.inpaint}

    def both(
        left: dict[KeyframeSpec, InpaintSpec], right: dict[KeyframeSpec, InpaintSpec], _: float
    ) -> dict[KeyframeSpec, InpaintSpec]:
        return left | right

    return mix_down(spec.left, of_one, both) | mix_down(spec.right, of_one, both)


def _has_canvas(spec: TransitionSpec) -> bool:
    """Whether any keyframe that the transition goes back to has one."""
    return any(
        mix_down(side, lambda one: one.inpaint is not None, lambda left, right, _: left or right)
        for side in (spec.left, spec.right)
    )
