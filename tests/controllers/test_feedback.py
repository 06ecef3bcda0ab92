from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import pytest

from controllers.feedback import ECHO_PAUSE, MAX_TEXT_BYTES, STATUS, Listener, cut_text, describe, describe_status
from core.control.commands import Origin, Surface
from core.control.parameters import PARAMETERS
from core.control.snapshot import CueState, CueView, PresetView, Program, Snapshot

ME = Origin(Surface.OSC, "127.0.0.1:9000")
OTHER = Origin(Surface.WEB, "phone")


def listener() -> Listener:
    return Listener(lambda origin: origin == ME)


def cue(number: int, state: CueState, prompt: str = "") -> CueView:
    return CueView(100 + number, number, prompt, "", 1, None, state, progress=0.5)


def test_description_holds_every_parameter_and_the_cues_by_number() -> None:
    cues = (cue(1, CueState.ON_AIR, "sea"), cue(2, CueState.READY, "wood"), cue(3, CueState.RENDERING))

    values = describe(Snapshot(current_cue=101, standby_cue=102, cues=cues))

    assert set(PARAMETERS) <= set(values)
    assert values["status.current"] == 1
    assert values["status.current.prompt"] == "sea"
    assert values["status.standby"] == 2
    assert values["status.ready"] is True
    assert values["status.rendering"] is True
    assert values["status.setlist.length"] == 3


def test_the_preset_that_was_recalled_is_told_by_number_and_name() -> None:
    values = describe(
        Snapshot(presets=(PresetView(2, "calm"), PresetView(5, "wild")), preset=5, is_preset_changed=True)
    )

    told = [values[f"status.preset{part}"] for part in ("", ".name", ".changed", ".count")]
    assert told == [5, "wild", True, 2]


def test_cue_number_0_means_none() -> None:
    assert describe(Snapshot())["status.standby"] == 0


def test_new_listener_is_told_everything_and_then_only_changes() -> None:
    values = describe(Snapshot())
    new = listener()

    assert new.catch_up(values, {}, now=0.0) == values
    assert new.catch_up(values, {}, now=0.1) == {}
    assert new.catch_up({**values, "depth": 0.9}, {}, now=0.2) == {"depth": 0.9}


@pytest.mark.parametrize("setters", [{"depth": OTHER}, {}], ids=["another hand", "the show"])
def test_what_others_set_is_told_at_once(setters: Mapping[str, Origin]) -> None:
    told = listener()
    told.catch_up({"depth": 0.1}, {}, now=0.0)

    assert told.catch_up({"depth": 0.2}, setters, now=0.01) == {"depth": 0.2}


def test_own_moves_are_not_echoed_until_the_hand_rests() -> None:
    told = listener()
    told.catch_up({"depth": 0.0}, {}, now=0.0)
    setters = MappingProxyType({"depth": ME})

    echoes = [told.catch_up({"depth": step / 10}, setters, now=step * 0.1) for step in range(1, 9)]
    rest = 0.8 + ECHO_PAUSE

    assert echoes == [{}] * 8
    assert told.catch_up({"depth": 0.8}, setters, now=rest - 0.01) == {}
    assert told.catch_up({"depth": 0.8}, setters, now=rest + 0.01) == {"depth": 0.8}
    assert told.catch_up({"depth": 0.8}, setters, now=rest + 0.05) == {}


def test_another_hand_is_heard_in_the_middle_of_an_own_move() -> None:
    told = listener()
    told.catch_up({"depth": 0.0}, {}, now=0.0)
    told.catch_up({"depth": 0.5}, {"depth": ME}, now=0.1)

    assert told.catch_up({"depth": 0.9}, {"depth": OTHER}, now=0.15) == {"depth": 0.9}


def test_own_move_back_to_the_known_value_leaves_nothing_behind() -> None:
    told = listener()
    told.catch_up({"depth": 0.0}, {}, now=0.0)
    told.catch_up({"depth": 0.5}, {"depth": ME}, now=0.1)
    told.catch_up({"depth": 0.0}, {"depth": ME}, now=0.15)

    assert told.catch_up({"depth": 0.5}, {"depth": ME}, now=1.0) == {}


def test_long_text_is_cut_between_characters() -> None:
    cut = cut_text("ü" * 4096)

    assert len(cut.encode()) <= MAX_TEXT_BYTES
    assert cut.endswith("ü…")
    assert cut_text("short") == "short"


def test_every_read_only_value_has_a_sentence() -> None:
    assert list(STATUS) == list(describe_status(Snapshot()))
    assert all(status.doc for status in STATUS.values())


@pytest.mark.parametrize("program", Program)
def test_the_sentence_about_the_program_names_all_that_it_can_be(program: Program) -> None:
    assert program.value in STATUS["status.program"].doc
