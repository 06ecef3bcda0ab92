"""MIDI in the page: learning in the menu of a parameter, and controllers that are plugged in where the browser is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from core.control import commands as c
from core.control.midi_view import BindingView, FaderView, LearnState, LearnView, MidiPortView, MidiView
from tests.web_remote.fakes import PROMPTS, FakeShow
from tests.web_remote.stage import LAPTOP, Stage, needs_browser, opened

pytestmark = needs_browser

PORT = "nanoKONTROL2"
BOUND = MidiView(
    ports=(MidiPortView(PORT, "nanokontrol2"),),
    bindings=(BindingView(PORT, "cc:0:7", "depth", "absolute", label="fader 8", is_own=True),),
)


class MidiList:
    """A MIDI hand that keeps what it gets."""

    def __init__(self) -> None:
        self.received: list[tuple[str, bytes]] = []
        self.lights: list[Callable[[bytes], None]] = []

    def receive_remote(self, browser: str, port: str, data: bytes, light: Callable[[bytes], None]) -> None:
        self.received.append((port, data))
        self.lights.append(light)

    def browser_left(self, browser: str) -> None:
        pass


def open_menu(stage: Stage) -> None:
    stage.page.locator('#mix [data-parameter="depth"] .more').click()


def test_the_menu_says_which_control_moves_a_parameter_and_forgets_it(stage: Stage) -> None:
    stage.show.midi = BOUND
    open_menu(stage)
    stage.reads("#menu .midi-bound", "MIDI: fader 8, nanoKONTROL2")
    stage.page.get_by_role("button", name="Forget").click()

    stage.commanded(c.ForgetControls("depth"))


def test_learning_is_followed_in_the_menu_word_by_word(stage: Stage) -> None:
    open_menu(stage)
    stage.page.get_by_role("button", name="Learn MIDI").click()
    stage.commanded(c.LearnControl("depth"))

    stage.show.midi = MidiView(learn=LearnView(LearnState.CONFLICT, "depth", "fader 8 moves guidance"))
    stage.reads("#menu .learn", "fader 8 moves guidance")
    stage.page.get_by_role("button", name="Replace").click()

    stage.commanded(c.LearnControl("depth"), c.ReplaceLearned())


def test_a_fader_that_stands_elsewhere_is_a_ghost_on_the_slider(stage: Stage) -> None:
    stage.show.midi_faders = (FaderView(PORT, "cc:0:7", "depth", 0.9, is_apart=True),)
    ghost = stage.page.locator('#mix [data-parameter="depth"] .ghost')
    ghost.wait_for()
    assert float(ghost.evaluate("ghost => ghost.style.getPropertyValue('--place')")) == pytest.approx(0.9)

    stage.show.midi_faders = (FaderView(PORT, "cc:0:7", "depth", 0.5, is_apart=False),)
    ghost.wait_for(state="hidden")


def test_messages_of_a_controller_at_the_browser_go_to_the_show_and_lights_come_back(browser: Any) -> None:
    midi = MidiList()
    with opened(browser, FakeShow(*PROMPTS[:2]), midi=midi, script=FAKE_MIDI, **LAPTOP) as stage:
        stage.open_panel("performance")
        stage.page.get_by_role("button", name="Use the MIDI controllers of this device").click()
        stage.reads("#performance", f"Forwarded from here: {PORT}")
        stage.page.evaluate(
            "for (const data of [[176, 7, 64], [0xf8], [144, 60, 127]]) plugged.onmidimessage({ data: new Uint8Array(data) })"
        )
        stage.until(lambda: len(midi.received) == 2)
        midi.lights[0](bytes([144, 1, 127]))
        stage.until(lambda: stage.page.evaluate("lit.length === 1"))

        assert midi.received == [(PORT, bytes([176, 7, 64])), (PORT, bytes([144, 60, 127]))]
        assert stage.page.evaluate("lit") == [[144, 1, 127]]


def test_two_controllers_of_one_make_at_the_browser_are_told_apart(browser: Any) -> None:
    midi = MidiList()
    with opened(browser, FakeShow(*PROMPTS[:2]), midi=midi, script=FAKE_MIDI + FAKE_TWIN, **LAPTOP) as stage:
        stage.open_panel("performance")
        stage.page.get_by_role("button", name="Use the MIDI controllers of this device").click()
        stage.reads("#performance", f"Forwarded from here: {PORT}, {PORT} #2")
        stage.page.evaluate("twin.onmidimessage({ data: new Uint8Array([176, 7, 64]) })")
        stage.until(lambda: len(midi.received) == 1)
        midi.lights[0](bytes([144, 1, 127]))
        stage.until(lambda: stage.page.evaluate("litTwin.length === 1"))

        assert midi.received == [(f"{PORT} #2", bytes([176, 7, 64]))]
        assert stage.page.evaluate("lit") == []


FAKE_MIDI = """
window.lit = [];
window.plugged = { name: "nanoKONTROL2" };
const output = { name: "nanoKONTROL2", send: (message) => lit.push(message) };
navigator.requestMIDIAccess = async () => ({ inputs: new Map([[1, plugged]]), outputs: new Map([[1, output]]) });
"""

FAKE_TWIN = """
window.litTwin = [];
window.twin = { name: "nanoKONTROL2" };
const otherOutput = { name: "nanoKONTROL2", send: (message) => litTwin.push(message) };
navigator.requestMIDIAccess = async () => ({
  inputs: new Map([[1, plugged], [2, twin]]),
  outputs: new Map([[1, output], [2, otherOutput]]),
});
"""
