"""From the picture of the show to the output frame: colours, the safe look of a panic, brightness, blackout, in this order.

The last stage: whatever came before, blackout is black here, and panic fades to a picture that needs nothing of the show.
"""

from __future__ import annotations

from enum import StrEnum

import cv2
import numpy as np
import numpy.typing as npt

from core.frames.frame import FrameFormat, Pixels
from live.playback.compositor import Compositor, Fit
from live.values.parameters import LiveParameters

SECOND_PRESS_WITHIN = 2.0  # s: panic pressed again so soon means at once
LUMA = (0.299, 0.587, 0.114)  # how bright red, green and blue look (ITU-R BT.601)
MIDDLE_GREY = 128.0


class Look(StrEnum):
    """What a panic fades to."""

    CUE = "cue"
    STILL = "still"
    BLACK = "black"


class Panic:
    """How far the output has gone from the program (weight 0) to the safe look (weight 1)."""

    def __init__(self) -> None:
        self.is_on = False
        self.weight = 0.0
        self._pressed_at = -np.inf

    def press(self, now: float) -> None:
        """Go to the safe look; the second press within SECOND_PRESS_WITHIN is there at once."""
        if self.is_on and now - self._pressed_at <= SECOND_PRESS_WITHIN:
            self.weight = 1.0
        self.is_on = True
        self._pressed_at = now

    def release(self) -> None:
        self.is_on = False

    def advance(self, elapsed: float, fade: float) -> None:
        """Move on by elapsed seconds of a fade that takes `fade` seconds from end to end; 0 is at once."""
        step = elapsed / fade if fade > 0 else 1.0
        self.weight = min(1.0, self.weight + step) if self.is_on else max(0.0, self.weight - step)


class OutputStage:
    """Thread: playback only.

    Args:
        still: the picture of the look `still`, any size, uint8 RGB; None when the settings name none.
    """

    def __init__(self, output: FrameFormat, fit: Fit, still: Pixels | None = None) -> None:
        self._panic = Panic()
        self._look = Look.BLACK
        self._cue = Compositor(output, fit)
        self._still: Pixels | None = None
        if still is not None:
            fitted = Compositor(output, fit)
            fitted.mix(still, still, 0.0)
            self._still = fitted.picture

    @property
    def is_panicking(self) -> bool:
        return self._panic.is_on

    def press_panic(self, look: Look, cue_picture: Pixels | None, now: float) -> Look:
        """Start to fade to a safe look, and say which: one that is not there is black.

        cue_picture: the leaf of the last cue that was on air, uint8 RGB of any size. A look that is already on its way
        stays as it is.
        """
        if self._panic.weight == 0:
            self._look = self._available(look, cue_picture)
            if self._look is Look.CUE and cue_picture is not None:
                self._cue.mix(cue_picture, cue_picture, 0.0)
        self._panic.press(now)
        return self._look

    def release_panic(self) -> None:
        """Fade back to the program."""
        self._panic.release()

    def advance(self, parameters: LiveParameters, elapsed: float) -> None:
        """Move the fade of a panic on, in each frame, also one that nobody has room for."""
        if self._panic.is_on or self._panic.weight > 0:
            self._panic.advance(elapsed, parameters.number("output.fade"))

    def finish(self, out: Pixels, picture: Pixels, parameters: LiveParameters) -> None:
        """Write the output frame from the picture of the show; both (height, width, 3) uint8 RGB."""
        brightness = parameters.number("output.brightness")
        if parameters.values["output.blackout"] or brightness <= 0:
            out.fill(0)
            return
        colour(out, picture, parameters.number("output.contrast"), parameters.number("output.saturation"))
        if self._panic.weight > 0:
            self._mix_safe_look(out, self._panic.weight)
        if brightness < 1:
            cv2.convertScaleAbs(out, dst=out, alpha=brightness)

    def _available(self, look: Look, cue_picture: Pixels | None) -> Look:
        is_there = {Look.CUE: cue_picture is not None, Look.STILL: self._still is not None, Look.BLACK: True}
        return look if is_there[look] else Look.BLACK

    def _mix_safe_look(self, out: Pixels, weight: float) -> None:
        if self._look is Look.BLACK:
            cv2.convertScaleAbs(out, dst=out, alpha=1 - weight)
            return
        safe = self._still if self._look is Look.STILL and self._still is not None else self._cue.picture
        cv2.addWeighted(out, 1 - weight, safe, weight, 0, dst=out)


def colour(out: Pixels, picture: Pixels, contrast: float, saturation: float) -> None:
    """Write the picture with its contrast and saturation changed; 1 and 1 is a plain copy."""
    if contrast == 1 and saturation == 1:
        np.copyto(out, picture)
    else:
        cv2.transform(picture, colour_matrix(contrast, saturation), dst=out)


def colour_matrix(contrast: float, saturation: float) -> npt.NDArray[np.float32]:
    """The 3 x 4 matrix that takes (red, green, blue, 1) to new colours.

    Saturation 0 is grey of the same brightness, contrast 0 is middle grey everywhere.
    """
    grey = np.tile(np.array(LUMA), (3, 1))
    mixed = saturation * np.eye(3) + (1 - saturation) * grey
    offset = np.full((3, 1), MIDDLE_GREY * (1 - contrast))
    return np.hstack((contrast * mixed, offset)).astype(np.float32)
