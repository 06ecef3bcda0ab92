from __future__ import annotations

import cv2
import numpy as np
import pytest

from core.frames.image import decode_image, encode_png, size_in_head

WIDTH, HEIGHT = 300, 17
PICTURE = np.random.default_rng(3).integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8)


def encoded(kind: str, *options: int) -> bytes:
    return cv2.imencode(kind, PICTURE, options)[1].tobytes()


FILES = {
    "png": encoded(".png"),
    "jpeg": encoded(".jpg"),
    "progressive jpeg": encoded(".jpg", cv2.IMWRITE_JPEG_PROGRESSIVE, 1),
    "jpeg with a thumbnail": encoded(".jpg")[:2] + b"\xff\xe1\x02\x02" + encoded(".jpg")[:512] + encoded(".jpg")[2:],
    "jpeg with a fill byte": encoded(".jpg")[:2] + b"\xff" + encoded(".jpg")[2:],
    "lossy webp": encoded(".webp", cv2.IMWRITE_WEBP_QUALITY, 50),
    "lossless webp": encoded(".webp", cv2.IMWRITE_WEBP_QUALITY, 101),
}


@pytest.mark.parametrize("name", FILES)
def test_the_size_stands_in_the_head(name: str) -> None:
    assert size_in_head(FILES[name]) == (WIDTH, HEIGHT)


def test_the_size_of_an_extended_webp_is_that_of_its_canvas() -> None:
    head = b"RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0" + bytes(4) + (299).to_bytes(3, "little") + (16).to_bytes(3, "little")

    assert size_in_head(head) == (WIDTH, HEIGHT)


@pytest.mark.parametrize("name", FILES)
def test_a_head_that_is_cut_off_anywhere_has_no_size_and_harms_nothing(name: str) -> None:
    content = FILES[name]

    found = {size_in_head(content[:length]) for length in range(len(content))}

    assert found <= {None, (WIDTH, HEIGHT)}
    assert size_in_head(content[:16]) is None


@pytest.mark.parametrize("content", [b"", b"GIF89a" + bytes(40), b"<svg/>", b"\xff\xd8" + b"\xff" * 5000])
def test_other_files_have_no_size(content: bytes) -> None:
    assert size_in_head(content) is None


def test_a_head_of_lies_cannot_turn_the_walk_around() -> None:
    assert size_in_head(b"\xff\xd8" + b"\xff\xe0\0\0" * 2000) is None


@pytest.mark.parametrize(
    "filling", [b"\xff", b"\xff\xd0", b"\xff\xe0\x00\x02"], ids=["fill bytes", "markers", "empty segments"]
)
def test_a_head_that_never_ends_is_given_up(filling: bytes) -> None:
    jpeg = FILES["jpeg"]

    assert size_in_head(jpeg[:2] + 20 * filling + jpeg[2:]) == (WIDTH, HEIGHT)
    assert size_in_head(jpeg[:2] + 2000 * filling + jpeg[2:]) is None


def test_a_png_keeps_every_pixel() -> None:
    decoded = decode_image(encode_png(PICTURE))

    assert decoded is not None
    assert np.array_equal(decoded, PICTURE)
