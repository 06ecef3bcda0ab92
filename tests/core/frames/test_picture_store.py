from __future__ import annotations

import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest

from core.control.errors import CommandRefused, InvalidValue
from core.frames.frame import Pixels
from core.frames.image import encode_png
from core.frames.picture_store import MAX_BYTES, MAX_SIDE, PictureStore

RED = np.full((6, 8, 3), (255, 0, 0), np.uint8)


def read(path: Path) -> Pixels:
    return np.asarray(cv2.cvtColor(cv2.imread(str(path)), cv2.COLOR_BGR2RGB), np.uint8)


def png_head(width: int, height: int) -> bytes:
    """A PNG of this size in a few bytes, as a bomb begins."""
    body = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))


def test_a_picture_is_kept_as_it_is_and_named_by_what_it_holds(tmp_path: Path) -> None:
    store = PictureStore(tmp_path / "pictures")

    first, again = store.keep(encode_png(RED)), store.keep_pixels(RED)
    other = store.keep_pixels(RED[:, ::-1] // 2)

    assert first == again != other
    assert np.array_equal(read(first), RED)
    assert sorted(path.suffix for path in (tmp_path / "pictures").iterdir()) == [".png", ".png"]


def test_a_photo_is_made_no_larger_than_any_model_paints(tmp_path: Path) -> None:
    photo = cv2.imencode(".jpg", np.full((2000, 4096, 3), 90, np.uint8))[1].tobytes()

    kept = read(PictureStore(tmp_path).keep(photo))

    assert kept.shape == (1000, MAX_SIDE, 3)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "must be a PNG, JPEG or WebP file, got 0 bytes"),
        (b"# notes\n", "must be a PNG, JPEG or WebP file"),
        (bytes(MAX_BYTES + 1), "must have at most 16 MB, got 16.0"),
        (png_head(40_000, 40_000), "must have at most 64 million pixels, got 40000x40000"),
        (png_head(40, 40), "a picture is damaged"),
        (encode_png(RED)[:60], "a picture is damaged"),
    ],
    ids=["nothing", "text", "too large", "bomb", "head only", "cut off"],
)
def test_what_is_no_picture_is_refused_and_leaves_nothing(content: bytes, words: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidValue, match=words):
        PictureStore(tmp_path / "pictures").keep(content)

    assert not (tmp_path / "pictures").exists()


def test_a_full_folder_takes_no_more_and_still_knows_what_it_has(tmp_path: Path) -> None:
    store = PictureStore(tmp_path, max_files=1)
    first = store.keep_pixels(RED)

    with pytest.raises(CommandRefused, match=f"{tmp_path} is full: it holds 1 files; take some away"):
        store.keep_pixels(RED // 2)

    assert store.keep_pixels(RED) == first
    assert list(tmp_path.iterdir()) == [first]


def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path) -> None:
    (tmp_path / "pictures").write_text("a file")

    with pytest.raises(CommandRefused, match=r"a picture cannot be kept in .*pictures: "):
        PictureStore(tmp_path / "pictures").keep_pixels(RED)
