from __future__ import annotations

import pytest

from controllers.osc.pattern import find_addresses, grow_tree

ADDRESSES = [
    "/vj/output/brightness",
    "/vj/output/blackout",
    "/vj/output",
    "/vj/depth",
    "/vj/depth/norm",
    "/vj/status/late",
]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("/vj/output/*", ["/vj/output/brightness", "/vj/output/blackout"]),
        ("/vj/*", ["/vj/output", "/vj/depth"]),
        ("/*/*/norm", ["/vj/depth/norm"]),
        ("/vj/output/b*t", ["/vj/output/blackout"]),
        ("/vj/output/b*s*", ["/vj/output/brightness"]),
        ("/vj/dept?", ["/vj/depth"]),
        ("/vj/dept?/norm", ["/vj/depth/norm"]),
        ("/vj/[a-e]epth", ["/vj/depth"]),
        ("/vj/[!a-e]epth", []),
        ("/vj/{depth,output}", ["/vj/output", "/vj/depth"]),
        ("/vj/o{ut,in}put/{brightness,x}", ["/vj/output/brightness"]),
        ("/vj/{depth", []),
        ("/vj/[depth", []),
        ("/other/*", []),
        ("/vj/output*/", []),
    ],
)
def test_a_pattern_finds_its_addresses(pattern: str, found: list[str]) -> None:
    assert find_addresses(grow_tree(ADDRESSES), pattern) == found


def test_many_alternatives_find_nothing_rather_than_take_for_ever() -> None:
    assert find_addresses(grow_tree(ADDRESSES), "/vj/" + "{d,e}" * 40) == []


def test_stars_without_end_are_matched_in_bounded_steps() -> None:
    tree = grow_tree(["/" + "a" * 200])

    assert find_addresses(tree, "/" + "a*" * 120 + "b") == []
