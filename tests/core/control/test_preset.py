from __future__ import annotations

import pytest

from core.control import commands as c
from core.control.actions import ACTIONS
from core.control.domain import Kind
from core.control.errors import InvalidValue
from core.control.parameters import PARAMETERS

LOOK = PARAMETERS.names_where(lambda parameter: parameter.in_presets)
GLIDING = PARAMETERS.names_where(lambda parameter: parameter.glides_to_presets)
LOCKED = PARAMETERS.names_where(lambda parameter: parameter.is_locked)

# Whatever is in a hand, guards the show, belongs to the evening or to the machine.
NEVER = (
    "position", "hold", "freeze", "lock", "record", "output.blackout", "output.brightness", "output.fade", "panic.look",
    "preset.glide", "preview.position", "setlist.auto", "setlist.loop", "underrun", "go.mode", "go.guard", "go.quantise",
    "tempo.bpm", "tempo.source", "tempo.bar", "envelope.gain", "window.monitor",
)  # fmt: skip


def test_a_preset_holds_the_look_and_nothing_that_no_preset_may_move() -> None:
    others = {name for name in PARAMETERS if name not in LOOK}

    assert others == {*NEVER, *(name for name in PARAMETERS if name.startswith("sink."))}
    assert {"keyframes", "transition.curve"} == LOOK & LOCKED


def test_only_numbers_that_mean_something_on_the_way_glide() -> None:
    assert {"transition.speed", "output.contrast", "lfo.1.depth"} <= GLIDING <= LOOK
    assert all(PARAMETERS[name].domain.kind is Kind.NUMBER for name in GLIDING)
    assert not GLIDING & {"depth", "transition.beats", "lfo.1.beats"}


@pytest.mark.parametrize(
    ("raw", "meant"), [(3, 3), (3.0, 3), ("3", 3), (" 64 ", 64), ("slow gold", "slow gold"), ("3 suns", "3 suns")], ids=repr
)  # fmt: skip
def test_a_preset_is_told_by_name_or_number(raw: object, meant: int | str) -> None:
    assert ACTIONS["preset.recall"].command([raw]) == c.RecallPreset(meant)


@pytest.mark.parametrize("raw", [0, 65, 2.5, "0", "9" * 40, "", "x" * 41, None, [], "a\x00b"], ids=repr)
def test_what_no_preset_can_be_is_refused_with_the_rule(raw: object) -> None:
    with pytest.raises(InvalidValue, match=r"preset\.save preset must be "):
        ACTIONS["preset.save"].command([raw])
