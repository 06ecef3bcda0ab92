from __future__ import annotations

import tomllib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.control.toml_text import to_toml

KEYS = st.text(st.characters(codec="utf-8", exclude_characters="."), min_size=1, max_size=8)
SCALARS = (
    st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
)
VALUES = SCALARS | st.lists(SCALARS | st.lists(SCALARS, max_size=3), max_size=3)
TABLES = st.recursive(
    st.dictionaries(KEYS, VALUES, max_size=4),
    lambda inner: st.dictionaries(KEYS, VALUES | inner | st.lists(inner, min_size=1, max_size=3), max_size=4),
    max_leaves=8,
)  # fmt: skip


@given(TABLES)
@settings(deadline=None)
def test_what_is_written_is_read_again(table: dict[str, object]) -> None:
    assert tomllib.loads(to_toml(table)) == table


def test_dots_part_tables() -> None:
    assert tomllib.loads(to_toml({"a.b": 1, "a.c": 2})) == {"a": {"b": 1, "c": 2}}


def test_nothing_is_not_written() -> None:
    assert to_toml({"a": None, "b": 1}) == "b = 1\n"


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), b"x"], ids=repr)
def test_what_toml_does_not_have_is_refused(value: object) -> None:
    with pytest.raises(TypeError, match="TOML has no way to write"):
        to_toml({"a": value})
