from __future__ import annotations

import io
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from core.control.errors import InvalidValue
from core.frames.frame import Pixels
from core.frames.image import check_image, decode_image_bytes, encode_png, over_black, size_in_head

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
    assert np.array_equal(decode_image_bytes(encode_png(PICTURE), "a picture"), PICTURE)


def test_a_photo_that_is_to_be_small_is_decoded_small() -> None:
    photo = cv2.imencode(".jpg", np.full((1024, 2048, 3), 90, np.uint8))[1].tobytes()

    found = decode_image_bytes(photo, "a picture", max_side=500)

    assert found.shape == (256, 512, 3)
    assert found.min() == found.max() == 90


# Transparency


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, bits: int, kind: int, row: bytes, *before: bytes) -> bytes:
    """A PNG of one row as the specification has it (ISO 15948); OpenCV and Pillow write a part of all kinds only."""
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", width, 1, bits, kind, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(b"\0" + row))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(before) + data + chunk(b"IEND", b"")


def saved(kind: str, pixels: Pixels, **options: object) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind, **options)
    return file.getvalue()


GREY, GREY_ALPHA, RGB, PALETTE, RGBA = 0, 4, 2, 3, 6
HALF = np.array([[[200, 100, 50, 128], [200, 100, 50, 0]]], np.uint8)

EXTRA_SAMPLES = b"\x52\x01\x03\0\1\0\0\0"  # a tag of TIFF with one number: 2 is alpha, 1 is alpha that is multiplied in
PREMULTIPLIED = saved("TIFF", np.array([[[100, 50, 25, 128], [0, 0, 0, 0]]], np.uint8)).replace(
    EXTRA_SAMPLES + b"\2", EXTRA_SAMPLES + b"\1"
)

TRANSPARENT = {
    "RGBA": (png(2, 8, RGBA, HALF.tobytes()), [(100, 50, 25), (0, 0, 0)]),
    "RGBA of 16 bits": (png(2, 16, RGBA, struct.pack(">8H", *(257 * HALF.ravel().astype(int)))), [(100, 50, 25), (0, 0, 0)]),
    "grey with alpha": (png(2, 8, GREY_ALPHA, bytes([200, 128, 255, 0])), [(100,) * 3, (0,) * 3]),
    "grey with alpha of 16 bits": (png(1, 16, GREY_ALPHA, struct.pack(">2H", 0xC8C8, 0x8080)), [(100,) * 3]),
    "palette": (
        png(2, 8, PALETTE, bytes([0, 1]), chunk(b"PLTE", bytes([200, 100, 50, 10, 20, 30])), chunk(b"tRNS", b"\x80")),
        [(100, 50, 25), (10, 20, 30)],
    ),
    "key": (png(2, 8, RGB, bytes([9, 8, 7, 9, 8, 6]), chunk(b"tRNS", struct.pack(">3H", 9, 8, 7))), [(0, 0, 0), (9, 8, 6)]),
    "key of 16 bits": (
        png(2, 16, RGB, struct.pack(">6H", 0x1200, 0, 0xFF00, 0x3400, 0, 0), chunk(b"tRNS", struct.pack(">3H", 0x1200, 0, 0xFF00))),
        [(0, 0, 0), (0x34, 0, 0)],
    ),
    "grey key": (png(2, 8, GREY, bytes([200, 100]), chunk(b"tRNS", b"\0\xc8")), [(0,) * 3, (100,) * 3]),
    "grey key of 1 bit": (png(2, 1, GREY, b"\x80", chunk(b"tRNS", b"\0\1")), [(0,) * 3, (0,) * 3]),
    "grey key of 2 bits": (
        png(4, 2, GREY, b"\x1b", chunk(b"tRNS", b"\0\2")), [(0,) * 3, (85,) * 3, (0,) * 3, (255,) * 3],
    ),
    "grey key of 16 bits": (
        png(3, 16, GREY, struct.pack(">3H", 0xC800, 0xC801, 0x4000), chunk(b"tRNS", b"\xc8\x01")), [(200,) * 3, (0,) * 3, (64,) * 3],
    ),
    "WebP": (saved("WEBP", HALF, lossless=True, exact=True), [(100, 50, 25), (0, 0, 0)]),
    "premultiplied TIFF": (PREMULTIPLIED, [(100, 50, 25), (0, 0, 0)]),
}  # fmt: skip


@pytest.mark.parametrize("name", TRANSPARENT)
def test_what_is_transparent_is_black_whatever_colours_are_hidden_there(name: str) -> None:
    content, expected = TRANSPARENT[name]

    found = decode_image_bytes(content, "a picture")

    assert found[0].tolist() == [list(colour) for colour in expected]


def test_grey_of_16_bits_keeps_its_shades() -> None:
    content = png(3, 16, GREY, struct.pack(">3H", 0, 0x5A5A, 0xFFFF))

    assert decode_image_bytes(content, "a picture")[0, :, 0].tolist() == [0, 0x5A, 255]


def test_an_opaque_picture_is_the_same_with_alpha_and_without() -> None:
    opaque = np.dstack([PICTURE, np.full(PICTURE.shape[:2], 255, np.uint8)])

    assert np.array_equal(over_black(opaque), PICTURE)


# What cannot be shown


@pytest.mark.parametrize("name", [name for name in FILES if "webp" not in name])
def test_a_file_that_broke_off_is_damaged(name: str) -> None:
    with pytest.raises(InvalidValue, match="a picture is damaged"):
        decode_image_bytes(FILES[name][: len(FILES[name]) * 3 // 4], "a picture")
    with pytest.raises(InvalidValue, match="a picture is damaged"):
        check_image(io.BytesIO(FILES[name][: len(FILES[name]) * 3 // 4]), "a picture")


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM", "GIF"])
def test_a_picture_of_too_many_pixels_is_refused_in_every_kind_of_file(
    kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.frames.image.MAX_PIXELS", WIDTH * HEIGHT - 1)

    with pytest.raises(InvalidValue, match=f"a picture must have at most 0 million pixels, got {WIDTH}x{HEIGHT}"):
        decode_image_bytes(saved(kind, PICTURE), "a picture")


def test_a_head_that_promises_more_than_pillow_would_open_is_refused_too() -> None:
    head = b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, 12_000, 10_000, 1, 24, 0, 0, 0, 0, 0, 0)

    with pytest.raises(InvalidValue, match="a picture must have at most 64 million pixels, got more"):
        decode_image_bytes(head + bytes(1000), "a picture")


def test_a_png_of_a_million_empty_chunks_is_given_up_by_its_head() -> None:
    assert size_in_head(png(8, 8, RGB, bytes(24), chunk(b"teSt", b"") * 3000)) is None
    assert size_in_head(png(8, 8, RGB, bytes(24), chunk(b"teSt", b"") * 100)) == (8, 1)


BOMB = """
import resource, sys
from core.control.errors import InvalidValue
from core.frames.image import decode_image
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    with open(sys.argv[1], "rb") as file:
        decode_image(file, "a picture")
except InvalidValue as error:
    print(error, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024, sep=";")
"""


def black(side: int) -> bytes:
    """zlib's data of a black picture, a hundred rows once: 20,000 of them would take the test half a minute."""
    row = 1 + 3 * side
    deflate = zlib.compressobj(wbits=-15)
    hundred = deflate.compress(bytes(100 * row)) + deflate.flush(zlib.Z_FULL_FLUSH)
    checksum = (row * side % 65521 << 16) + 1  # Adler's, of nothing but zeros
    return b"\x78\x9c" + hundred * (side // 100) + deflate.flush() + struct.pack(">I", checksum)


def test_a_bomb_costs_no_memory(tmp_path: Path) -> None:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 20_000, 20_000, 8, RGB, 0, 0, 0))
    bomb = b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", black(20_000)) + chunk(b"IEND", b"")
    (tmp_path / "bomb.png").write_bytes(bomb)

    command = [sys.executable, "-c", BOMB, str(tmp_path / "bomb.png")]
    words, megabytes = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split(";")

    assert words == "a picture must have at most 64 million pixels, got 20000x20000"
    assert int(megabytes) < 32  # decoded it has 1200
