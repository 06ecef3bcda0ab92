"""How a phone gets in without typing: an address as a QR code, as SVG for the page and as text for a terminal."""

from __future__ import annotations

import io
from functools import lru_cache

import segno

BORDER = 2  # modules of white around the code; phones read it from two on


@lru_cache(maxsize=16)  # each takes 10 ms of the interpreter, and a show has three
def qr_svg(address: str) -> str:
    """An SVG element that scales with its surroundings: black on white, whatever the colours of the page."""
    out = io.BytesIO()
    _code(address).save(
        out, kind="svg", border=BORDER, dark="#000", light="#fff", omitsize=True, xmldecl=False, svgns=True, nl=False
    )
    return out.getvalue().decode()


def qr_text(address: str) -> str:
    """The code in half blocks, two rows of it a line, for a dark terminal."""
    out = io.StringIO()
    _code(address).terminal(out, border=BORDER, compact=True)
    return out.getvalue()


def _code(address: str) -> segno.QRCode:
    return segno.make(address, micro=False, error="l")  # a screen is not torn or dirty: the smallest code is read best
