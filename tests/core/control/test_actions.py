from __future__ import annotations

import math
from collections.abc import Sequence

import pytest

from core.control import commands
from core.control.actions import ACTIONS, Action, ActionTable
from core.control.commands import ByName, ByNumber, Command, CueDraft
from core.control.cue_fields import MAX_CUES, MAX_PROMPT_CHARACTERS, MAX_SEED
from core.control.domain import Kind, Value
from core.control.errors import InvalidValue, UnknownName

CUE_VALUES: dict[str, Value] = {
    "prompt": "gold", "weight": 1.5, "negative": "blur", "seed": MAX_SEED, "duration": 8.0, "beats": 16.0, "hold": 4.5, "curve": "snap",
    "depth": 0.25, "guidance": 7.5, "crossfeed": 0.5, "strength": 0.75,
    "follow": "jump", "jump": 3, "name": "opener", "note": "wait for the drums", "colour": "purple", "scene": "lasers",
}  # fmt: skip
CASES: list[tuple[str, Sequence[object], Command]] = [
    ("go", (), commands.Go()),
    ("prev", (), commands.GoBack()),
    ("cut", (), commands.Cut()),
    ("position.release", (), commands.ReleasePosition()),
    ("standby.select", (3.0,), commands.SelectStandby(ByNumber(3))),
    ("standby.picture", ("still.png",), commands.ChoosePicture(None, "still.png")),
    ("standby.mask", ("window.png",), commands.ChoosePicture(None, "window.png", commands.PictureUse.MASK)),
    ("standby.capture", (), commands.CapturePicture(None)),
    ("setlist.append", ("gold",), commands.AppendCue(CueDraft("gold"))),
    ("setlist.append", ("gold", 4), commands.AppendCue(CueDraft("gold", duration=4.0))),
    ("setlist.insert", (2, "gold"), commands.InsertCue(2, CueDraft("gold"))),
    ("setlist.insert", (2, "gold", 4), commands.InsertCue(2, CueDraft("gold", duration=4.0))),
    ("setlist.remove", (1,), commands.RemoveCue(ByNumber(1))),
    ("setlist.move", (1, 2), commands.MoveCue(ByNumber(1), 2)),
    ("setlist.clear", (), commands.ClearSetlist()),
    ("setlist.shuffle", (), commands.ShuffleSetlist()),
    ("still", (), commands.TakeStill()),
    ("show.save", (), commands.SaveShow()),
    ("show.save", ("night.toml",), commands.SaveShow("night.toml")),
    ("show.load", ("night.toml",), commands.LoadShow("night.toml")),
    ("setlist.undo", (), commands.Undo()),
    ("setlist.redo", (), commands.Redo()),
    ("standby.next", (), commands.StepStandby(1)),
    ("standby.previous", (), commands.StepStandby(-1)),
    ("standby.clear", ("seed",), commands.EditCue(None, seed=None)),
    *((f"standby.{name}", (value,), commands.EditCue(None, **{name: value})) for name, value in CUE_VALUES.items()),
    ("preset.save", ("slow gold",), commands.SavePreset("slow gold")),
    ("preset.recall", (3.0,), commands.RecallPreset(3)),
    ("preset.rename", (3, "slow gold"), commands.RenamePreset(3, "slow gold")),
    ("preset.delete", ("3",), commands.DeletePreset(3)),
    ("panic", (), commands.Panic()),
    ("panic.release", (), commands.ReleasePanic()),
    ("setlist.go", (2,), commands.Go(ByNumber(2))),
    ("setlist.cut", (2,), commands.Cut(ByNumber(2))),
    ("cue.select", ("gold",), commands.SelectStandby(ByName("gold"))),
    ("cue.go", ("gold",), commands.Go(ByName("gold"))),
    ("cue.cut", ("gold",), commands.Cut(ByName("gold"))),
    ("tempo.tap", (), commands.TapTempo()),
    ("tempo.resync", (), commands.ResyncTempo()),
    ("tempo.double", (), commands.ScaleTempo(2.0)),
    ("tempo.half", (), commands.ScaleTempo(0.5)),
    ("tempo.nudge", (0.1,), commands.NudgeTempo(0.1)),
    ("midi.learn", ("depth",), commands.LearnControl("depth")),
    ("midi.learn", ("standby.select", 3), commands.LearnControl("standby.select", 3.0)),
    ("midi.learn.replace", (), commands.ReplaceLearned()),
    ("midi.learn.cancel", (), commands.CancelLearn()),
    ("midi.forget", ("depth",), commands.ForgetControls("depth")),
]


@pytest.mark.parametrize(("name", "raw", "command"), CASES, ids=lambda value: value if isinstance(value, str) else "")
def test_an_action_makes_its_command(name: str, raw: Sequence[object], command: Command) -> None:
    assert ACTIONS[name].command(raw) == command


def test_every_action_has_a_case_here() -> None:
    assert {name for name, _, _ in CASES} == set(ACTIONS)


@pytest.mark.parametrize("name", ACTIONS)
def test_too_many_arguments_are_refused(name: str) -> None:
    with pytest.raises(InvalidValue, match=f"^{name} takes .*, got 9 arguments"):
        ACTIONS[name].command([1] * 9)


def test_too_few_arguments_name_what_is_needed() -> None:
    with pytest.raises(InvalidValue, match=r"^setlist.insert takes number prompt \[duration\], got 1 arguments"):
        ACTIONS["setlist.insert"].command([1])


def test_an_action_without_arguments_says_so() -> None:
    with pytest.raises(InvalidValue, match=r"^go takes no arguments, got 1"):
        ACTIONS["go"].command([1])


@pytest.mark.parametrize("name", [name for name in ACTIONS if ACTIONS[name].arguments])
def test_each_argument_is_checked_and_named(name: str) -> None:
    """One argument at a time is replaced by something illegal."""
    good = next(raw for case, raw, _ in reversed(CASES) if case == name)
    for index, argument in enumerate(ACTIONS[name].arguments):
        numbers = [math.nan, math.inf, min(-2, 2 * argument.domain.minimum), 1e10, 10**400, "1"]
        texts = ["x" * (MAX_PROMPT_CHARACTERS + 1), "\x00", 7, None] + [""] * argument.domain.min_length
        either = [*numbers[:-1], *texts[:2], "", None]
        for bad in {Kind.TEXT: texts, Kind.NAME_OR_NUMBER: either}.get(argument.domain.kind, numbers):
            raw = [*good[:index], bad, *good[index + 1 :]]
            with pytest.raises(InvalidValue, match=f"^{name} {argument.name} must be"):
                ACTIONS[name].command(raw)


@pytest.mark.parametrize("number", [0, MAX_CUES + 1, 1.5], ids=str)
def test_cue_numbers_count_from_one(number: float) -> None:
    with pytest.raises(InvalidValue):
        ACTIONS["setlist.remove"].command([number])


def test_an_unknown_action_lists_those_most_like_it() -> None:
    with pytest.raises(UnknownName, match="no action is called 'gooo'; most like it: go, "):
        ACTIONS["gooo"]


def test_two_actions_may_not_share_a_name_nor_take_one_of_a_parameter() -> None:
    with pytest.raises(AssertionError):
        ActionTable((ACTIONS["go"], ACTIONS["go"]))
    with pytest.raises(AssertionError):
        ActionTable((Action("depth", (), "", commands.Go),))


def test_empty_negative_takes_the_negative_away() -> None:
    assert ACTIONS["standby.negative"].command([""]) == commands.EditCue(None, negative="")
