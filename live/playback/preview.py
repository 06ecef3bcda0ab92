"""Preview: the coming transition as the operator sees it first, at preview.position, while the program goes on untouched.

Drawn only while somebody watches, a few times a second and small, after the frame of the program has been offered.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from core.control.mailbox import Latest
from core.frames.frame import FrameFormat, FramePool, Pixels
from live.playback.compositor import Compositor, Fit
from live.playback.protocols import Output
from live.rendering.segment import Location
from live.rendering.transition import Transition

WIDTH = 480  # pixels: a picture beside a fader
FPS = 10.0
ROUNDING = 1e-6  # of the time of the show
FRAMES = 4  # one with the encoder, one on its way there, one being drawn, one to spare
NOTHING = 24  # grey level where there is no leaf yet: neither black nor a picture


class Preview:
    """Thread: playback only, but for `outputs` and `is_watched`."""

    def __init__(self, program: FrameFormat, fit: Fit) -> None:
        width = min(WIDTH, program.width)
        height = max(16, round(program.height * width / program.width / 2) * 2)
        self.frame_format = FrameFormat(width, height)
        self.outputs: Latest[tuple[Output, ...]] = Latest(())
        self.is_watched: Callable[[], bool] = lambda: False
        self._compositor = Compositor(self.frame_format, fit)
        self._frames = FramePool(self.frame_format, FRAMES)
        self._drawn_at = -math.inf
        self._count = 0

    def show(self, now: float, coming: Transition | None, position: float, pixels: Callable[[int], Pixels]) -> None:
        """Draw, if it is time to and somebody watches.

        now: seconds of the show.
        position: 0..1 in the coming transition; while that is not playable its target is shown, as soon as it is there.
        pixels: the leaf in a slot.
        """
        if now - self._drawn_at < 1 / FPS - ROUNDING or not self.is_watched():
            return
        frame = self._frames.lend()
        if frame is None:  # the encoder is slower than this
            return
        self._drawn_at = now
        location = None if coming is None else _locate(coming, position)
        if location is None:
            frame.pixels.fill(NOTHING)
        else:
            left, right = (self._thin(pixels(slot)) for slot in (location.left, location.right))
            self._compositor.mix(left, right, location.weight)
            frame.pixels[:] = self._compositor.picture
        frame.number, frame.due = self._count, now
        self._count += 1
        for output in self.outputs.get():
            output.offer(frame)
        frame.release()

    def _thin(self, leaf: Pixels) -> Pixels:
        """Only as many of its pixels as a small picture can show: the mix costs what it is given."""
        step = max(1, leaf.shape[1] // (2 * self.frame_format.width))
        return leaf[::step, ::step]


def _locate(coming: Transition, position: float) -> Location | None:
    if coming.is_playable:
        return coming.segment.locate(position)
    slot = coming.segment.slot_at(1.0)
    return None if slot is None else Location(slot, slot, 0.0)
