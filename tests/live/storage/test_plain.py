from __future__ import annotations

import json
from typing import get_args

import pytest

from core.control import commands as c
from core.control.commands import ById, ByName, ByNumber, Command, CueDraft
from core.control.errors import InvalidValue
from core.tree.spec import Crossfeed, KeyframeSpec, PictureStart, Placing, RenderSettings, TransitionSpec, TreeShape
from live.storage.plain import from_plain, to_plain

LEFT = KeyframeSpec("a", "", 1, 3.0, PictureStart("scene", 0.25))
RIGHT = KeyframeSpec("b", "c", 2, 4.0, leader=LEFT, crossfeed=Crossfeed(0.5, 0.5, 0.0))
SPEC = TransitionSpec(
    LEFT, RIGHT, RenderSettings(64, 32, 4), TreeShape(0.5, ((3,), (4, 8)), (0, 1, 2), placing=Placing.FIXED)
)
COMMANDS: list[Command] = [
    c.SetParameter("depth", 0.5),
    c.SetParameter("lock", True),
    c.AddToParameter("depth", -0.1),
    c.Go(),
    c.Go(ByName("gold")),
    c.AppendCue(CueDraft("a", seed=3, follow="jump", jump=1)),
    c.InsertCue(2, CueDraft("a", duration=2.0)),
    c.MoveCue(ById(7), 2),
    c.EditCue(None, prompt="b", duration=None, seed=3),
    c.EditCue(ByNumber(3), hold=1.5),
    c.Undo(),
]


@pytest.mark.parametrize("command", COMMANDS, ids=repr)
def test_every_command_survives_json(command: Command) -> None:
    text = json.dumps(to_plain(command, Command), allow_nan=False)

    assert from_plain(Command, json.loads(text), "command") == command


def test_a_spec_survives_json_with_its_enums_tuples_and_nested_keyframes() -> None:
    text = json.dumps(to_plain(SPEC, TransitionSpec))

    assert from_plain(TransitionSpec, json.loads(text), "spec") == SPEC


def test_every_command_there_is_can_be_told_by_its_kind() -> None:
    kinds = {made.__name__ for made in get_args(Command)}

    assert len(kinds) == len(get_args(Command))


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ([], "command must be a table, got []"),
        ({}, "command: kind must be one of SetParameter, .*, got None"),
        ({"kind": "Explode"}, "got 'Explode'"),
        ({"kind": "Go", "when": 3}, "command: unknown key 'when'; known: cue"),
        ({"kind": "AppendCue"}, "command.draft is missing"),
        ({"kind": "MoveCue", "cue": {"kind": "ById", "cue_id": "x"}, "number": 2}, "command.cue.cue_id must be int, got 'x'"),
        ({"kind": "MoveCue", "cue": {"kind": "ById", "cue_id": 1}, "number": 1.5}, "command.number must be int, got 1.5"),
    ],
)  # fmt: skip
def test_what_no_command_is_is_refused_with_its_place(raw: object, words: str) -> None:
    with pytest.raises(InvalidValue, match=words.replace("[]", r"\[\]")):
        from_plain(Command, raw, "command")


def test_rules_of_a_dataclass_hold_for_what_is_read() -> None:
    raw = {"power": 2.0}

    with pytest.raises(InvalidValue, match=r"crossfeed power must be in 0\.\.1, got 2"):
        from_plain(Crossfeed, raw, "crossfeed")


def test_an_unknown_choice_lists_the_known_ones() -> None:
    raw = to_plain(TreeShape(0.5, ((3,),)), TreeShape) | {"placing": "random"}

    with pytest.raises(InvalidValue, match=r"shape\.placing must be one of fixed, adaptive, got 'random'"):
        from_plain(TreeShape, raw, "shape")
