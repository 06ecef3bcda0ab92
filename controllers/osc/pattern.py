"""Matches OSC address patterns (`?`, `*`, `[a-z]`, `[!a]`, `{this,that}`) segment by segment, in bounded time.

A regular expression would do it in three lines, and 25 stars in one address would keep it busy for half a second.
"""

from __future__ import annotations

from collections.abc import Iterable

MAX_ALTERNATIVES = 16  # spellings of one pattern after `{a,b}` is written out; 4 braces could make thousands
WILDCARDS = frozenset("*?[{")

AddressTree = dict[str, "AddressTree"]


def is_pattern(address: str) -> bool:
    return not WILDCARDS.isdisjoint(address)


def grow_tree(addresses: Iterable[str]) -> AddressTree:
    """Nested segments; an address that ends somewhere has the empty segment there."""
    tree: AddressTree = {}
    for address in addresses:
        node = tree
        for segment in address[1:].split("/"):
            node = node.setdefault(segment, {})
        node[""] = {}
    return tree


def find_addresses(tree: AddressTree, pattern: str) -> list[str]:
    """The addresses in the tree that the pattern means, in their order."""
    reached = [("", tree)]
    for segment in pattern[1:].split("/"):
        spellings = _write_out(segment)
        reached = [
            (f"{path}/{name}", below)
            for path, node in reached
            for name, below in node.items()
            if name and any(_matches(spelling, name) for spelling in spellings)
        ]
    return [path for path, node in reached if "" in node]


def _write_out(segment: str) -> list[str]:
    """All spellings of a segment with its braces replaced; an open brace matches nothing."""
    spellings = [segment]
    while "{" in spellings[0]:
        head, _, rest = spellings.pop(0).partition("{")
        inner, closed, tail = rest.partition("}")
        if not closed:
            return []
        spellings.extend(head + choice + tail for choice in inner.split(","))
        if len(spellings) > MAX_ALTERNATIVES:
            return []
    return spellings


def _matches(pattern: str, name: str) -> bool:
    """Greedy matching that only ever goes back to the latest star: at most len(pattern) * len(name) steps."""
    at, place, star, resume = 0, 0, -1, 0
    while place < len(name):
        if at < len(pattern) and pattern[at] == "*":
            star, resume, at = at, place, at + 1
            continue
        after = _match_one(pattern, at, name[place]) if at < len(pattern) else 0
        if after:
            at, place = after, place + 1
        elif star >= 0:
            resume += 1
            at, place = star + 1, resume
        else:
            return False
    return not pattern[at:].strip("*")


def _match_one(pattern: str, at: int, character: str) -> int:
    """The index behind what matched the character; 0 when it did not match."""
    if pattern[at] == "?" or pattern[at] == character:
        return at + 1
    end = pattern.find("]", at + 2)
    if pattern[at] != "[" or end < 0:
        return 0
    inside = pattern[at + 1 : end]
    is_negated = inside.startswith("!")
    return end + 1 if _in_set(inside[is_negated:], character) != is_negated else 0


def _in_set(inside: str, character: str) -> bool:
    index = 0
    while index < len(inside):
        if inside[index + 1 : index + 2] == "-" and index + 2 < len(inside):
            if inside[index] <= character <= inside[index + 2]:
                return True
            index += 3
            continue
        if inside[index] == character:
            return True
        index += 1
    return False
