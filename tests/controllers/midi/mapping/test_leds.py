from __future__ import annotations

from types import MappingProxyType

import pytest

from controllers.midi.mapping.leds import MESSAGES_PER_BEAT, Led, LedBoard, LedKind, Light, light_values
from core.control.domain import Value
from core.control.snapshot import CueState, CueView, PresetView, Snapshot

OFF, GREEN = Light(0, 1), Light(1, 1)


def pad(number: int, when: str = "hold", **looks: Light) -> Led:
    return Led(LedKind.NOTE, number, when, OFF, GREEN, looks)


def cue(number: int, state: CueState, *, is_standby: bool = False) -> CueView:
    return CueView(number, number, "", "", 1, None, state, is_standby=is_standby)


@pytest.mark.parametrize(
    ("led", "value", "message"),
    [
        pytest.param(pad(7), True, b"\x90\x07\x01", id="on"),
        pytest.param(pad(7), False, b"\x90\x07\x00", id="off"),
        pytest.param(Led(LedKind.CC, 41, "status.ready", OFF, Light(127, 16), {}), True, b"\xbf\x29\x7f", id="cc on channel 16"),
        pytest.param(pad(7, "cue.1", ready=Light(21, 3)), "ready", b"\x92\x07\x15", id="channel for brightness"),
        pytest.param(pad(7, "cue.1", ready=GREEN), "waiting", b"\x90\x07\x00", id="word without a look"),
        pytest.param(Led(LedKind.CC, 1, "depth", OFF, Light(127, 1), {}), 0.5, b"\xb0\x01\x40", id="ring of an encoder"),
        pytest.param(Led(LedKind.SYSEX, 24, "hold", Light(12, 1), Light(60, 1), {}, bytes.fromhex("002029021178 08")), True,
                     bytes.fromhex("f0 00 20 29 02 11 78 08 18 3c f7"), id="system exclusive"),
    ],
)  # fmt: skip
def test_a_value_becomes_the_message_that_shows_it(led: Led, value: Value, message: bytes) -> None:
    assert led.message(value) == message


def test_only_what_changed_is_sent() -> None:
    board = LedBoard([pad(1), pad(2, "freeze")])

    assert len(board.refresh({"hold": True, "freeze": False})) == 2
    assert board.refresh({"hold": True, "freeze": False}) == []
    assert board.refresh({"hold": True, "freeze": True}) == [b"\x90\x02\x01"]


def test_a_large_board_is_refreshed_in_portions() -> None:
    board = LedBoard([pad(number) for number in range(30)])

    sizes = [len(board.refresh({"hold": True})) for _ in range(4)]

    assert sizes == [MESSAGES_PER_BEAT, MESSAGES_PER_BEAT, 30 - 2 * MESSAGES_PER_BEAT, 0]


def test_lights_that_somebody_else_used_are_sent_anew() -> None:
    board = LedBoard([pad(1)])
    board.refresh({"hold": True})
    board.forget()

    assert board.refresh({"hold": True}) == [b"\x90\x01\x01"]


def test_all_lights_go_off_at_the_end() -> None:
    board = LedBoard([pad(1), pad(2)])
    board.refresh({"hold": True})

    assert board.darken() == [b"\x90\x01\x00", b"\x90\x02\x00"]


def test_two_controls_with_one_light_send_it_once() -> None:
    assert len(LedBoard([pad(1, "hold"), pad(1, "freeze")])) == 1


def test_lights_see_the_cues_by_number_and_which_is_armed() -> None:
    cues = (cue(1, CueState.ON_AIR), cue(2, CueState.READY, is_standby=True), cue(3, CueState.READY))

    values = light_values(Snapshot(cues=cues, parameters=MappingProxyType({"hold": True})))

    assert [values[f"cue.{number}"] for number in (1, 2, 3)] == ["on air", "standby", "ready"]
    assert values["hold"] is True


@pytest.mark.parametrize(("is_changed", "word"), [(False, "recalled"), (True, "changed")])
def test_a_pad_follows_its_preset(*, is_changed: bool, word: str) -> None:
    presets = (PresetView(1, "calm"), PresetView(3, "wild"))

    values = light_values(Snapshot(presets=presets, preset=3, is_preset_changed=is_changed))

    assert {name: value for name, value in values.items() if name.startswith("preset.") and name != "preset.glide"} == {
        "preset.1": "saved",
        "preset.3": word,
    }
