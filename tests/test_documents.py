"""What the documents point to must be there."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LINK = re.compile(r"\]\((?!https?://|mailto:)([^)#\s]+)?(?:#([\w-]+))?\)")
CODE_PATH = re.compile(r"`((?:live|core|controllers|web_remote|tests|docs|examples)/[\w/.-]*?)(?:::\w+)?`")


def documents() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.splitlines() if (ROOT / name).exists()]


def missing_links(path: Path, text: str) -> Iterator[str]:
    for target, anchor in LINK.findall(text):
        found = (path.parent / target) if target else path
        if not found.exists():
            yield target
        elif anchor and found.suffix == ".md" and anchor not in anchors_of(found.read_text(encoding="utf-8")):
            yield f"{target}#{anchor}"


def anchors_of(text: str) -> set[str]:
    """As GitHub makes them of headings."""
    heads = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


def missing_paths(text: str) -> list[str]:
    named = (match.rstrip(".") for match in CODE_PATH.findall(text))
    return [name for name in named if not (ROOT / name).exists() and not re.search(r"[*<{]", name)]


@pytest.mark.parametrize("path", documents(), ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_and_every_path_leads_somewhere(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert [*missing_links(path, text), *missing_paths(text)] == []


def test_what_leads_nowhere_is_found() -> None:
    text = "[a](nowhere.md) [b](README.md#no-such-head) [c](README.md#start) `live/nothing.py` `live/show/plan.py`"

    assert list(missing_links(ROOT / "README.md", text)) == ["nowhere.md", "README.md#no-such-head"]
    assert missing_paths(text) == ["live/nothing.py"]


def test_the_makefile_has_the_commands_that_contributing_names() -> None:
    named = set(re.findall(r"`make (\w+)", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")))
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))

    assert named == targets
