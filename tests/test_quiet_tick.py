from __future__ import annotations

import pytest

from tests.benchmarks.quiet_tick import Cost, measure

MOST_CALLS, MOST_MOVES = 160, 115  # a tenth above what it was when this was written; before that 558 and 295


@pytest.fixture(scope="module")
def costs() -> dict[str, Cost]:
    return measure()


@pytest.mark.parametrize("state", ["at rest", "running", "drifting"])
def test_quiet_tick_goes_little_to_and_fro(costs: dict[str, Cost], state: str) -> None:
    """Each fact is worked out once a tick and passed on; asking again and again is how a tick grows."""
    cost = costs[state]

    assert cost.calls <= MOST_CALLS, (
        f"a tick {state} makes {cost.calls} calls: run python -m tests.benchmarks.quiet_tick"
    )
    assert cost.moves <= MOST_MOVES, f"a tick {state} makes {cost.moves} calls from one file to another"
