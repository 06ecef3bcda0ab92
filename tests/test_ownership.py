"""A field is written by its own class only: whoever wants it otherwise calls a method, which has a name and may refuse."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OWNERS = ("live/show", "live/rendering", "live/offline")


def foreign_writes(source: str) -> Iterator[tuple[int, str]]:
    """Line and target of each assignment to a field of another object."""
    for node in ast.walk(ast.parse(source)):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AugAssign | ast.AnnAssign):
            targets = [node.target]
        for target in targets:
            for field in target.elts if isinstance(target, ast.Tuple) else [target]:
                if isinstance(field, ast.Attribute) and ast.unparse(field.value) != "self":
                    yield field.lineno, ast.unparse(field)


@pytest.mark.parametrize("folder", OWNERS)
def test_nobody_writes_the_fields_of_another(folder: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}:{line}: {target} is written from outside its class"
        for path in sorted((ROOT / folder).rglob("*.py"))
        for line, target in foreign_writes(path.read_text(encoding="utf-8"))
    ]

    assert found == []


def test_write_to_another_object_is_seen() -> None:
    source = "class A:\n    def f(self, b):\n        self.x = b.y\n        b.y, self.x = 1, 2\n        b.z.y += 1\n"

    assert list(foreign_writes(source)) == [(4, "b.y"), (5, "b.z.y")]
