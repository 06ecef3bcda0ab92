"""The picture that a keyframe starts from: the scene of its prompt, or an image file made to fit the frame."""

from __future__ import annotations

from core.builtin.scenes.prompt import scene_for_prompt
from core.builtin.scenes.render import render_scene
from core.control.errors import InvalidValue
from core.frames.frame import Pixels
from core.tree.pictures import picture_of_file
from core.tree.spec import SCENE, KeyframeSpec, RenderSettings

LEAST_REDRAWN = (
    0.2  # weight of a wander from which its scene is drawn anew; a nearer neighbour differs in its noise alone
)
LEAST_RECOLOURED = 0.8  # and from which it has other colours, where the prompt names none


def find_picture(keyframe: KeyframeSpec, settings: RenderSettings) -> Pixels:
    """The picture of a keyframe that has a start: (settings.height, settings.width, 3), RGB.

    Raises:
        InvalidValue: the file is no image that can be read, or a scene cannot be so small.
    """
    assert keyframe.start is not None, "a keyframe without a start has no picture"
    if keyframe.start.source == SCENE:
        return _render(keyframe, settings)
    return picture_of_file(keyframe, settings)


def _render(keyframe: KeyframeSpec, settings: RenderSettings) -> Pixels:
    asked = keyframe.start.scene if keyframe.start else None
    wander = keyframe.wander
    drawn_with = wander.seed if wander and wander.weight >= LEAST_REDRAWN else keyframe.seed
    coloured_with = wander.seed if wander and wander.weight >= LEAST_RECOLOURED else keyframe.seed
    try:
        scene = scene_for_prompt(keyframe.prompt, coloured_with, asked)
        return render_scene(scene, drawn_with, settings.width, settings.height)
    except ValueError as error:  # too small a frame, or a seed below 0
        raise InvalidValue(f"no scene for {keyframe.prompt!r}: {error}") from error
