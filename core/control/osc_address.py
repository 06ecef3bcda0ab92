"""Where a name is found over OSC: the root of the show, then the dotted name with slashes."""

from __future__ import annotations


def osc_address(root: str, name: str) -> str:
    """Such as /vj/transition/speed for transition.speed."""
    return f"{root}/{name.replace('.', '/')}"
