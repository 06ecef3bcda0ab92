from __future__ import annotations

import pytest

from core.control.parameters import PARAMETERS


def test_to_ask_for_a_name_that_may_be_missing_looks_for_none_like_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_slow(*arguments: object, **options: object) -> list[str]:
        raise AssertionError("names most like it were looked for")

    monkeypatch.setattr("core.control.named_table.get_close_matches", too_slow)

    assert PARAMETERS.get("zoom") is None
    assert PARAMETERS.get("depth") is PARAMETERS["depth"]
