"""From two leaves to one picture of the output size: mixed and fitted, in preallocated memory."""

from __future__ import annotations

from enum import StrEnum

import cv2
import numpy as np

from core.frames.frame import FrameFormat, Pixels

cv2.setNumThreads(1)  # a second thread of ours would only take time from the worker

TEXT_COLOUR = (150, 152, 160)
ACCENT = (255, 122, 61)


class Fit(StrEnum):
    """How a picture of another shape fills the output."""

    CROP = "crop"
    LETTERBOX = "letterbox"
    STRETCH = "stretch"


class Compositor:
    """Thread: playback only. The picture stays until the next one is made, so freeze is to make none."""

    def __init__(self, output: FrameFormat, fit: Fit = Fit.CROP) -> None:
        self._output = output
        self._fit = fit
        self._picture: Pixels = np.zeros(output.shape, np.uint8)
        self._mixed: Pixels = np.zeros((0, 0, 3), np.uint8)
        self._old = self._mixed  # what a dissolve comes from
        self._dissolve_count = self._dissolve_left = 0  # mixes
        self._source = self._target = self._picture

    @property
    def picture(self) -> Pixels:
        """(height, width, 3) uint8 RGB of the output size; black before the first one. Read it only."""
        return self._picture

    def mix(self, left: Pixels, right: Pixels, weight: float) -> None:
        """Make the picture: (1 - weight) * left + weight * right, both (height, width, 3) uint8, fitted to the output."""
        if left.shape != self._mixed.shape:
            self._resize_to(left)
        cv2.addWeighted(left, 1 - weight, right, weight, 0, dst=self._mixed)
        if self._dissolve_left:
            self._dissolve_left -= 1
            share = self._dissolve_left / self._dissolve_count
            cv2.addWeighted(self._mixed, 1 - share, self._old, share, 0, dst=self._mixed)
        shape = self._target.shape
        cv2.resize(self._source, (shape[1], shape[0]), dst=self._target, interpolation=cv2.INTER_CUBIC)

    def dissolve(self, mix_count: int) -> None:
        """Let what is mixed from now on come in over the picture of now, whole with the last of `mix_count` mixes; 0 is a hard cut."""
        np.copyto(self._old, self._mixed)
        self._dissolve_count = self._dissolve_left = mix_count

    @property
    def mixed(self) -> Pixels:
        """The mix of the leaves, of their size: the picture before it is fitted to the output."""
        return self._mixed

    def show_test_card(self, seconds: float, lines: tuple[str, ...]) -> None:
        """Make the test card: colour bars, a running mark that shows the output is alive, and a few words."""
        draw_test_card(self._picture, seconds, lines)

    def _resize_to(self, leaf: Pixels) -> None:
        """Prepare for leaves of another size: which part of them is seen, and where."""
        self._mixed, self._old = np.zeros_like(leaf), np.zeros_like(leaf)
        self._dissolve_left = 0
        self._picture.fill(0)
        height, width = leaf.shape[:2]
        out_height, out_width = self._output.height, self._output.width
        self._source, self._target = self._mixed, self._picture
        if self._fit is Fit.CROP:
            seen = self._centred(width, height, min(width / out_width, height / out_height))
            self._source = self._mixed[seen]
        elif self._fit is Fit.LETTERBOX:
            scale = min(out_width / width, out_height / height)
            top, left = round(out_height - height * scale) // 2, round(out_width - width * scale) // 2
            self._target = self._picture[top : top + round(height * scale), left : left + round(width * scale)]

    def _centred(self, width: int, height: int, scale: float) -> tuple[slice, slice]:
        seen_width, seen_height = round(self._output.width * scale), round(self._output.height * scale)
        top, left = (height - seen_height) // 2, (width - seen_width) // 2
        return slice(top, top + seen_height), slice(left, left + seen_width)


def draw_test_card(picture: Pixels, seconds: float, lines: tuple[str, ...]) -> None:
    """Draw into (height, width, 3) uint8 RGB; `seconds` moves the running mark."""
    height, width = picture.shape[:2]
    picture[:] = (14, 15, 18)
    bars = (
        (180, 180, 180),
        (180, 180, 16),
        (16, 180, 180),
        (16, 180, 16),
        (180, 16, 180),
        (180, 16, 16),
        (16, 16, 180),
    )
    top, bottom = round(height * 0.18), round(height * 0.46)
    for index, colour in enumerate(bars):
        picture[top:bottom, width * index // len(bars) : width * (index + 1) // len(bars)] = colour
    mark = round((seconds / 4 % 1) * width)
    picture[bottom : bottom + max(2, height // 90), :mark] = ACCENT
    scale = height / 720
    for row, line in enumerate(lines):
        size = 1.6 if row == 0 else 0.9
        place = (round(width * 0.06), round(height * (0.62 + 0.1 * row)))
        colour = (235, 236, 240) if row == 0 else TEXT_COLOUR
        cv2.putText(
            picture, line, place, cv2.FONT_HERSHEY_DUPLEX, size * scale, colour, max(1, round(2 * scale)), cv2.LINE_AA
        )
