from __future__ import annotations

import pytest

from controllers.midi.mapping.controls import Control
from controllers.midi.mapping.learn import Entry
from controllers.midi.mapping.mapping_file import parse_map
from controllers.midi.mapping.own_map import EMPTY, OwnMap, layer
from controllers.midi.port_names import PortName

SHIPPED = parse_map(
    """
    schema = 1
    name = "desk"
    [[map]]
    on = "cc:0:1"
    to = "depth"
    [[map]]
    on = "cc:0:2"
    to = "guidance"
    [[map]]
    on = "pc:0"
    to = "standby.select"
    """,
    "desk.toml",
)
FADER: Entry = {"port": "Desk", "on": "cc:1:1", "to": "strength"}


def targets(own: OwnMap, port: str = "Desk") -> set[tuple[str, str]]:
    return {(str(binding.on), binding.to) for binding in layer(SHIPPED, own, PortName(port))}


def test_an_own_entry_hides_what_the_shipped_map_does_with_its_control_and_nothing_else() -> None:
    own = EMPTY.with_entry(FADER)

    assert targets(own) == {("cc:1:1", "strength"), ("cc:0:2", "guidance"), ("pc:0", "standby.select")}
    assert targets(own, "Keys") == {("cc:0:1", "depth"), ("cc:0:2", "guidance"), ("pc:0", "standby.select")}


def test_own_bindings_are_known_as_own() -> None:
    bindings = layer(SHIPPED, EMPTY.with_entry(FADER), PortName("Desk"))

    assert [binding.to for binding in bindings if binding.is_own] == ["strength"]


def test_a_control_that_is_learned_again_changes_its_target() -> None:
    own = EMPTY.with_entry(FADER).with_entry({**FADER, "to": "freeze"})

    assert own.entries == ({**FADER, "to": "freeze"},)


def test_a_forgotten_target_is_moved_by_nothing() -> None:
    own = EMPTY.with_entry({"port": "Desk", "on": "cc:1:9", "to": "depth"})
    shipped = [("Desk", binding) for binding in SHIPPED.bindings]

    own = own.without_target("depth", shipped)

    assert targets(own) == {("cc:0:2", "guidance"), ("pc:0", "standby.select")}
    assert own.without_target("depth", shipped).entries == own.entries


def test_a_freed_control_can_be_learned_again() -> None:
    own = EMPTY.without_target("depth", [("Desk", SHIPPED.bindings[0])]).with_entry(FADER)

    assert ("cc:1:1", "strength") in targets(own)
    assert own.midi_map.freed == ()


@pytest.mark.parametrize(
    "entry",
    [
        {"port": 'a "quoted" \\ name\tand ü', "on": "note:1:60", "to": "standby.select", "value": 3},
        {"on": "cc:1:7", "to": "transition.speed", "range": [0.0, 2.0], "takeover": "scale"},
        {"on": "cc:1:7", "to": "hold", "led": {"on": 5, "looks": {"on air": 3}}},
        {"on": "note:1:7", "to": "hold", "mode": "trigger", "value": True},
    ],
    ids=["text", "numbers", "nested", "switch"],
)
def test_an_entry_is_read_as_it_was_written(entry: Entry) -> None:
    assert OwnMap.parse(OwnMap.of([entry]).text(), "own.toml").entries == (entry,)


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        ("cc:1:7", "cc:0:7", True),
        ("cc:1:7", "cc:2:7", False),
        ("cc14:1:7", "cc:1:39", True),
        ("cc14:1:7", "cc:1:8", False),
        ("pc:0", "pc:1:4", False),
        ("note:1:7", "cc:1:7", False),
    ],
)
def test_controls_that_share_messages_overlap(one: str, other: str, is_same: bool) -> None:
    assert Control.parse(one).overlaps(Control.parse(other)) is is_same
    assert Control.parse(other).overlaps(Control.parse(one)) is is_same
