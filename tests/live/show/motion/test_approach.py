from __future__ import annotations

import pytest

from live.show.motion.approach import approach_rate


def test_pace_to_the_leaf_is_that_of_the_way_unless_the_tree_is_late() -> None:
    assert approach_rate(0.2, 0.1, seconds_left=1.0) == 0.1
    assert approach_rate(0.2, 0.1, seconds_left=4.0) == pytest.approx(0.05)
    assert 0 < approach_rate(0.001, 0.1, seconds_left=0.0) < 0.01
