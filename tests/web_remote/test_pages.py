from __future__ import annotations

import re

import pytest

from web_remote.pages import load_files

# How a file of the page may name another file or a line to the show: import, markup, style, socket.
ABSOLUTE = re.compile(rb"""(from |import\(|href=|src=|url\(|fetch\(|Link\(|WebSocket\()["'`]?/""")


@pytest.mark.parametrize("path", load_files())
def test_the_page_asks_for_everything_relative_to_where_it_was_opened(path: str) -> None:
    """A proxy may have put it below a path."""
    body, _ = load_files()[path]

    assert ABSOLUTE.findall(body) == []
