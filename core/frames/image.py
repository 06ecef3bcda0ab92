"""Image files as pixels and back. What a stranger sends is decoded only when its head says that it is small enough."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from core.frames.frame import Pixels

JPEG_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # the markers of a frame; those three hold tables
JPEG_MARKERS = (
    2000  # that are looked at; a photo has tens, and 16 MB of nothing else would hold up the show for seconds
)
JPEG_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a length behind them


def decode_image(content: bytes) -> Pixels | None:
    """An image file as (height, width, 3), RGB, turned as its camera says; None when it is none."""
    try:
        image = cv2.imdecode(np.frombuffer(content, np.uint8), cv2.IMREAD_COLOR)
    except cv2.error:  # an empty file, or a picture of too many pixels
        return None
    return None if image is None else np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)


def encode_png(pixels: Pixels) -> bytes:
    is_written, encoded = cv2.imencode(".png", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR))
    assert is_written, "OpenCV always has PNG"
    return encoded.tobytes()


def write_png(path: Path, pixels: Pixels) -> None:
    """Raises OSError; OpenCV's own writer cannot open every path on Windows, and says nothing when a disk is full."""
    path.write_bytes(encode_png(pixels))


def size_in_head(content: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG, JPEG or WebP file without decoding it; None for anything else.

    A file of a few kilobytes may hold a picture of gigabytes.
    """
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return _sizes(content, 16, 4, "big") if content[12:16] == b"IHDR" else None
    if content.startswith(b"\xff\xd8"):
        return _jpeg_size(content)
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return _webp_size(content)
    return None


def _jpeg_size(content: bytes) -> tuple[int, int] | None:
    """Walk from marker to marker (ITU T.81, B.1) up to the one that begins the frame."""
    at = 2
    for _ in range(JPEG_MARKERS):
        if at + 4 > len(content) or content[at] != 0xFF:
            return None
        marker = content[at + 1]
        if marker == 0xFF:  # a fill byte
            at += 1
        elif marker in JPEG_ALONE:
            at += 2
        elif marker in JPEG_SIZES:
            size = _sizes(content, at + 5, 2, "big")
            return size and (size[1], size[0])  # it says the height first
        else:
            at += 2 + max(2, int.from_bytes(content[at + 2 : at + 4], "big"))
    return None


def _webp_size(content: bytes) -> tuple[int, int] | None:
    """Of the first chunk, which is one of three kinds (RFC 9649, 2.5 to 2.7)."""
    kind = content[12:16]
    if kind == b"VP8X":
        size = _sizes(content, 24, 3, "little")
        return size and (size[0] + 1, size[1] + 1)
    if kind == b"VP8 ":
        size = _sizes(content, 26, 2, "little")
        return size and (size[0] & 0x3FFF, size[1] & 0x3FFF)
    if kind == b"VP8L" and len(content) >= 25:
        bits = int.from_bytes(content[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return None


def _sizes(content: bytes, at: int, length: int, order: str) -> tuple[int, int] | None:
    """Two whole numbers of `length` bytes each, one behind the other."""
    if len(content) < at + 2 * length:
        return None
    first, second = content[at : at + length], content[at + length : at + 2 * length]
    return int.from_bytes(first, order), int.from_bytes(second, order)  # type: ignore[arg-type]
