"""Pictures that were sent to the show or taken from it, as PNG files named by what they hold.

A name that says what is in the file never means two pictures: so a transition that starts from it can be known by it.
"""

from __future__ import annotations

import threading
from hashlib import sha256
from pathlib import Path

import cv2
import numpy as np

from core.control.errors import CommandRefused, InvalidValue
from core.control.files import write_bytes_whole
from core.frames.frame import Pixels
from core.frames.image import decode_image_bytes, encode_png, size_in_head

MAX_BYTES = 16 * 1024 * 1024  # of a file; a photo of 24 million pixels has about 10
MAX_SIDE = 2048  # of a picture that is kept: no model paints larger ones
MAX_FILES = 1000  # in the folder: a remote that sends without end must not fill the disk
NAME_LENGTH = 32


class PictureStore:
    """The folder is made when the first picture comes. Thread: any; waits for the disk.

    Args:
        max_files: what the folder may hold; None sets no limit.
    """

    def __init__(self, folder: Path, max_files: int | None = MAX_FILES) -> None:
        self.folder = folder
        self._max_files = max_files
        self._writing = threading.Lock()  # an upload and a capture of the same picture share a name

    def keep(self, content: bytes) -> Path:
        """The place of a picture that came as a PNG, JPEG or WebP file.

        Raises:
            InvalidValue: it is too large, damaged, or not such an image.
            CommandRefused: the folder is full or cannot be written to.
        """
        if len(content) > MAX_BYTES:
            raise InvalidValue(f"a picture must have at most {MAX_BYTES >> 20} MB, got {len(content) / (1 << 20):.1f}")
        if size_in_head(content) is None:
            raise InvalidValue(
                f"a picture must be a PNG, JPEG or WebP file, got {len(content)} bytes of something else"
            )
        return self.keep_pixels(decode_image_bytes(content, "a picture", MAX_SIDE))

    def keep_pixels(self, pixels: Pixels) -> Path:
        """The place of a picture, (height, width, 3) uint8 RGB; a larger one is made smaller.

        Raises:
            CommandRefused: as above.
        """
        content = encode_png(_limited(pixels))
        path = self.folder / f"{sha256(content).hexdigest()[:NAME_LENGTH]}.png"
        try:
            with self._writing:
                if not path.exists():
                    self._write(path, content)
        except OSError as error:
            raise CommandRefused(f"a picture cannot be kept in {self.folder}: {error.strerror}") from error
        return path.resolve()

    def _write(self, path: Path, content: bytes) -> None:
        """Whole or not at all: the render worker may open it at any time."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if self._max_files is not None and sum(1 for _ in self.folder.iterdir()) >= self._max_files:
            raise CommandRefused(f"{self.folder} is full: it holds {self._max_files} files; take some away")
        write_bytes_whole(path, content)


def _limited(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    scale = MAX_SIDE / max(height, width)
    if scale >= 1:
        return pixels
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
