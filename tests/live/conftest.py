from collections.abc import Iterator

import pytest

from tests.fakes import ShowRig


@pytest.fixture
def rig() -> Iterator[ShowRig]:
    """Three cues, no autopilot, a second for a transition."""
    rig = ShowRig(3, setlist__auto=False, transition__duration=1.0)
    yield rig
    rig.close()
