from __future__ import annotations

from xml.etree import ElementTree as ET

import cv2
import numpy as np

from web_remote.invitation import BORDER, qr_svg, qr_text

ADDRESS = "http://192.168.178.23:8770/#token=3Zx8Jr0gq2vRrYpS5bQm1A"
PIXELS_OF_A_MODULE = 8


def read(modules: np.ndarray) -> str:
    """What a phone would read; modules are True where it is dark."""
    grey = np.where(modules, 0, 255).astype(np.uint8)
    large = np.kron(grey, np.ones((PIXELS_OF_A_MODULE, PIXELS_OF_A_MODULE), np.uint8))
    text: str
    text, _, _ = cv2.QRCodeDetector().detectAndDecode(
        cv2.copyMakeBorder(large, 40, 40, 40, 40, cv2.BORDER_CONSTANT, value=255)
    )
    return text


def test_the_code_in_the_terminal_can_be_read() -> None:
    # In a dark terminal the blocks are light, so that a space is a dark module.
    halves = {" ": (1, 1), "\u2580": (0, 1), "\u2584": (1, 0), "\u2588": (0, 0)}
    rows = []
    for line in qr_text(ADDRESS).rstrip("\n").splitlines():
        text = line.replace("\x1b[0m", "")
        rows += [[halves[mark][half] for mark in text] for half in (0, 1)]
    width = min(len(row) for row in rows)

    assert read(np.array([row[:width] for row in rows], bool)) == ADDRESS


def test_the_svg_is_one_element_without_a_fixed_size() -> None:
    svg = ET.fromstring(qr_svg(ADDRESS))

    assert svg.tag == "{http://www.w3.org/2000/svg}svg"
    assert "viewBox" in svg.attrib
    assert "width" not in svg.attrib


def test_the_light_border_is_part_of_the_code() -> None:
    svg = ET.fromstring(qr_svg(ADDRESS))

    side = int(svg.attrib["viewBox"].split()[2])
    assert (side - 2 * BORDER - 17) % 4 == 0, "a QR code of version n has 17 + 4 n modules"
