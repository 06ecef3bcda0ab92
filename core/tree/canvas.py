"""What inpainting paints on: a picture and a mask, found for a spec, mixed along the way, and put back around every leaf."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from core.control.errors import InvalidValue
from core.frames.frame import Pixels
from core.tree.pictures import fit, read_image
from core.tree.spec import InpaintSpec, RenderSettings

PAINTED = 255
SHAPE_TOLERANCE = 0.02  # of height to width: sizes are rounded to whole pixels

CanvasSource = Callable[[InpaintSpec | None, RenderSettings], "Canvas"]


@dataclass(frozen=True, slots=True, eq=False)
class Canvas:
    """
    Attributes:
        picture: (height, width, 3) uint8 RGB.
        mask: (height, width) uint8: PAINTED is painted, 0 keeps the picture, between is a mix of both.
    """

    picture: Pixels
    mask: NDArray[np.uint8]

    def compose(self, leaf: Pixels) -> Pixels:
        """The leaf where the mask is PAINTED, and exactly the picture where it is 0."""
        return _mix(self.picture, leaf, self.mask[:, :, None] / np.float32(PAINTED))

    def mixed(self, other: Canvas, weight: float) -> Canvas:
        """The canvas between two; weight 0 gives this one, 1 the other. A picture counts where it is kept."""
        ours, theirs = (PAINTED - each.mask.astype(np.float32) for each in (self, other))
        total = (1 - weight) * ours + weight * theirs
        share = np.divide(weight * theirs, total, out=np.zeros_like(total), where=total > 0)
        picture = _mix(self.picture, other.picture, share[:, :, None])
        return Canvas(picture, _mix(self.mask, other.mask, np.float32(weight)))


def find_canvas(inpaint: InpaintSpec | None, settings: RenderSettings) -> Canvas:
    """The canvas of a keyframe, of the frame's size; without a spec all of it is painted.

    Raises:
        InvalidValue: a file is no image that can be read, or the mask has a shape of its own.
    """
    width, height = settings.width, settings.height
    if inpaint is None:
        return Canvas(np.zeros((height, width, 3), np.uint8), np.full((height, width), PAINTED, np.uint8))
    assert isinstance(inpaint.picture, str), "the picture of a keyframe has to be painted first"
    return canvas_of(read_image(Path(inpaint.picture)), inpaint.mask, settings)


def canvas_of(picture: Pixels, mask_path: str, settings: RenderSettings) -> Canvas:
    """A picture, (height, width, 3) uint8 RGB, with the mask in a file, both cut to the frame.

    Raises:
        InvalidValue: as above.
    """
    width, height = settings.width, settings.height
    mask = read_image(Path(mask_path))
    shapes = [picture.shape[0] / picture.shape[1], height / width]
    own = mask.shape[0] / mask.shape[1]
    if all(abs(own / shape - 1) > SHAPE_TOLERANCE for shape in shapes):
        raise InvalidValue(
            f"mask {mask_path} must have the shape of its picture ({_size(picture)}) or of the frame ({width}x{height}), "
            f"got {_size(mask)}"
        )
    grey = cv2.cvtColor(fit(mask, width, height), cv2.COLOR_RGB2GRAY)
    return Canvas(fit(picture, width, height), np.asarray(grey, np.uint8))


def _mix(a: NDArray[np.uint8], b: NDArray[np.uint8], weight: NDArray[np.floating] | np.float32) -> NDArray[np.uint8]:
    mixed = a + (b.astype(np.float32) - a) * weight
    return np.rint(mixed).astype(np.uint8)


def _size(picture: Pixels) -> str:
    return f"{picture.shape[1]}x{picture.shape[0]}"
