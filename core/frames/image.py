"""Image files as pixels and back. What a stranger sends is decoded only when its head says that it is small enough."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps, UnidentifiedImageError

from core.control.errors import InvalidValue
from core.frames.frame import Pixels

MAX_PIXELS = 64_000_000  # of a file; decoded they are 450 MB for a moment
FORMATS = ("PNG", "JPEG", "WEBP", "BMP", "GIF", "TIFF", "PPM")
HEAD = 1 << 16  # bytes of a file in which its size is looked for
JPEG_SIZES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # the markers of a frame; those three hold tables
JPEG_MARKERS = (
    2000  # that are looked at; a photo has tens, and 16 MB of nothing else would hold up the show for seconds
)
JPEG_ALONE = frozenset({0x01, *range(0xD0, 0xD8)})  # markers without a length behind them
PNG_CHUNKS = 2000  # and as many more as there are kilobytes: encoders cut their data into pieces of some


def decode_image(file: BinaryIO, what: str, max_side: int | None = None) -> Pixels:
    """The picture in a file as (height, width, 3), RGB, turned as its camera says; what is transparent in it is black.

    The array cannot be written to.

    Args:
        file: of a kind among FORMATS.
        what: names the file in errors.
        max_side: a photo may come smaller than it is, but not below this; that takes less time, and holds up playback less.

    Raises:
        InvalidValue: it is too large, damaged, or not an image.
    """
    with _open(file, what) as image:
        if max_side is not None and (scale := max_side / max(image.size)) < 1:
            image.draft("RGB", (round(image.width * scale), round(image.height * scale)))
        return _as_rgb(ImageOps.exif_transpose(image))


def check_image(file: BinaryIO, what: str) -> None:
    """Decode a picture for nothing but its faults; raises InvalidValue as above."""
    with _open(file, what) as image:
        image.load()


@contextmanager
def _open(file: BinaryIO, what: str) -> Iterator[Image.Image]:
    head = file.read(HEAD)
    size = size_in_head(head)
    _check_size(size, what)
    file.seek(0)
    try:
        with Image.open(file, formats=FORMATS) as image:
            _check_size(image.size, what)
            if image.format == "PNG":
                _tell_key_in_8_bits(image, bits=head[24])
            yield image
    except InvalidValue:
        raise
    except UnidentifiedImageError:
        fault = "damaged: it cannot be decoded" if size else "not an image, or of a kind that is not known here"
        raise InvalidValue(f"{what} is {fault}") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise InvalidValue(f"{what} must have at most {MAX_PIXELS // 10**6} million pixels, got more") from None
    except Exception as error:  # foreign bytes: what a decoder stumbles over has many names
        raise InvalidValue(f"{what} is damaged: it cannot be decoded ({error})") from error


def decode_image_bytes(content: bytes, what: str, max_side: int | None = None) -> Pixels:
    """The same as `decode_image` for a file in memory."""
    return decode_image(io.BytesIO(content), what, max_side)


def over_black(pixels: NDArray[np.uint8]) -> Pixels:
    """A picture with transparency, (height, width, 4) RGBA, on black."""
    alpha = np.ascontiguousarray(pixels[:, :, 3])
    colours = np.ascontiguousarray(pixels[:, :, :3])
    return np.asarray(cv2.multiply(colours, cv2.merge([alpha, alpha, alpha]), scale=1 / 255), np.uint8)


def _check_size(size: tuple[int, int] | None, what: str) -> None:
    if size is not None and size[0] * size[1] > MAX_PIXELS:
        raise InvalidValue(f"{what} must have at most {MAX_PIXELS // 10**6} million pixels, got {size[0]}x{size[1]}")


def _as_rgb(image: Image.Image) -> Pixels:
    if image.mode.startswith("I"):
        return np.repeat(_grey_of_16_bits(image)[:, :, None], 3, axis=2)
    if image.has_transparency_data:
        return over_black(np.asarray(image if image.mode == "RGBA" else image.convert("RGBA")))
    return np.asarray(image if image.mode == "RGB" else image.convert("RGB"))


def _grey_of_16_bits(image: Image.Image) -> NDArray[np.uint8]:
    """Pillow would cut all that is brighter than 255 of 65,535."""
    values = np.asarray(image).clip(0, 65535).astype(np.uint16)
    key = image.info.get("transparency")
    return np.where(values == key, 0, values >> 8).astype(np.uint8)


def _tell_key_in_8_bits(image: Image.Image, bits: int) -> None:
    """One value of a PNG may be transparent. Pillow tells it in the steps of the file, whatever it makes of the picture."""
    key = image.info.get("transparency")
    if image.mode == "L" and isinstance(key, int) and key < 1 << bits < 256:
        image.info["transparency"] = key * 255 // ((1 << bits) - 1)
    elif image.mode == "RGB" and isinstance(key, tuple) and bits == 16:
        image.info["transparency"] = tuple(value >> 8 for value in key)


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
        return _png_size(content)
    if content.startswith(b"\xff\xd8"):
        return _jpeg_size(content)
    if content.startswith(b"RIFF") and content[8:12] == b"WEBP":
        return _webp_size(content)
    return None


def _png_size(content: bytes) -> tuple[int, int] | None:
    """Of the first chunk; None also for more chunks than an encoder makes, each of which costs the decoder time."""
    at = 8
    for _ in range(PNG_CHUNKS + len(content) // 1024):
        if at + 8 > len(content):
            return _sizes(content, 16, 4, "big") if content[12:16] == b"IHDR" else None
        at += 12 + int.from_bytes(content[at : at + 4], "big")
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
