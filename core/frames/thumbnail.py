"""A leaf small enough to be told about: the remote shows what comes without a pixel of the program's way.

Made in the worker, where a leaf is painted, so that it costs the playback nothing but the passing on of a few kilobytes.
"""

from __future__ import annotations

import cv2

from core.frames.frame import Pixels

WIDTH = 320  # pixels; a preview pane on a laptop has 475, and the whole of a tree of 33 leaves stays below 400 KB
QUALITY = 75


def thumbnail(pixels: Pixels, width: int = WIDTH) -> bytes:
    """A JPEG file of a picture of shape (height, width, 3), uint8 RGB; never larger than the picture itself.

    Empty when the encoder refused: a leaf is worth more than the look of it.
    """
    height, full_width = pixels.shape[:2]
    small = pixels
    if full_width > width:
        small = cv2.resize(pixels, (width, max(1, round(height * width / full_width))), interpolation=cv2.INTER_AREA)
    is_done, jpeg = cv2.imencode(".jpg", cv2.cvtColor(small, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
    return bytes(jpeg) if is_done else b""
