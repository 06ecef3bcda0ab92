"""A picture as a JPEG file, for everything that shows the program over HTTP."""

from __future__ import annotations

import cv2

from core.control.errors import SinkError
from core.frames.frame import Pixels


def encode_jpeg(pixels: Pixels, quality: int) -> bytes:
    """Pixels of shape (height, width, 3), uint8 RGB, as a JPEG file; quality 1..100.

    Raises:
        SinkError: the encoder refused them.
    """
    done, jpeg = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise SinkError(f"the JPEG encoder refused a picture of shape {pixels.shape}")
    return bytes(jpeg)
