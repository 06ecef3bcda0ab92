from __future__ import annotations

import pytest

from core.control.commands import CueDraft
from core.control.cue_fields import Follow
from core.control.snapshot import Program
from live.offline.render import PASS_ONCE, one_pass
from tests.fakes import ShowRig


@pytest.mark.parametrize("follow", Follow)
def test_film_ends_whatever_follows_its_cues(follow: Follow) -> None:
    drafts = [CueDraft(f"cue {number}", seed=number, duration=0.3, follow=follow, jump=1) for number in (1, 2, 3)]
    parameters = {name.replace(".", "__"): value for name, value in PASS_ONCE.items()}
    rig = ShowRig(drafts=one_pass(drafts), **parameters)  # type: ignore[arg-type]
    for _ in range(60):
        snapshot = rig.tick()
        if snapshot.program is Program.CUE and snapshot.standby_cue is None:
            break
    rig.close()

    assert (snapshot.current_cue, snapshot.standby_cue) == (3, None)
