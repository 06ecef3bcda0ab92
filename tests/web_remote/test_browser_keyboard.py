"""The keyboard on other layouts and with input methods, and what Esc closes before it is PANIC, in a real browser."""

from __future__ import annotations

from typing import Any

import pytest

from core.control import commands as c
from core.control.commands import ById
from core.control.snapshot import PresetView
from tests.web_remote.stage import Stage, needs_browser

pytestmark = needs_browser

BLACKOUT = c.SetParameter("output.blackout", True)
BY_INPUT_METHOD = 229  # the number of a key that an input method has taken
SHIFT, CONTROL = 8, 2


def strike(stage: Stage, key: str, code: str, number: int = 0, modifiers: int = 0) -> None:
    """One key as the layout or the input method of somebody else has it; the driver knows only a US keyboard."""
    session = stage.page.context.new_cdp_session(stage.page)
    event = {"key": key, "code": code, "windowsVirtualKeyCode": number, "modifiers": modifiers}
    for kind in ("rawKeyDown", "keyUp"):
        session.send("Input.dispatchKeyEvent", {"type": kind, **event})
    session.detach()


def compose(stage: Stage, text: str) -> None:
    """Begin a word by an input method."""
    session = stage.page.context.new_cdp_session(stage.page)
    session.send("Input.imeSetComposition", {"text": text, "selectionStart": len(text), "selectionEnd": len(text)})
    session.detach()


def open_editor(stage: Stage) -> None:
    stage.page.get_by_role("button", name="Edit cue 2").click()
    stage.page.wait_for_selector(".cue-editor")


# Layouts and input methods


@pytest.mark.parametrize(
    ("key", "number"),
    [("и", 0), ("لا", 0), ("Process", BY_INPUT_METHOD)],
    ids=["Russian", "Arabic", "an input method"],
)
def test_blackout_is_on_its_key_on_other_layouts(stage: Stage, key: str, number: int) -> None:
    strike(stage, key, "KeyB", number)

    stage.commanded(BLACKOUT)


def test_a_key_goes_by_its_place_where_the_layout_has_no_latin_letter(stage: Stage) -> None:
    full_width, capital = "\uff30", "\u0417"  # of an input method, and of Russian with caps lock
    for key in ("з", capital, "π", "פ", "ح", "せ", "ㅔ", "ย", full_width, "Process"):
        strike(stage, key, "KeyP")
    strike(stage, "p", "KeyR")  # as Dvorak has it

    stage.commanded(*[c.ReleasePosition()] * 11)


@pytest.mark.parametrize(
    ("strokes", "command"),
    [
        pytest.param([("Process", "Space")], c.Go(), id="space"),
        pytest.param([("\u3000", "Space")], c.Go(), id="space of full width"),
        pytest.param([("Process", "Enter")], c.Cut(), id="enter"),
        pytest.param([("٣", "Digit3"), ("ๅ", "Digit3"), ("Process", "Digit3")], c.SelectStandby(ById(3)), id="digits"),
    ],
)
def test_other_keys_work_with_an_input_method(stage: Stage, strokes: list[tuple[str, str]], command: c.Command) -> None:
    for key, code in strokes:
        strike(stage, key, code)

    stage.commanded(*[command] * len(strokes))


def test_a_shortcut_works_on_a_russian_layout(stage: Stage) -> None:
    strike(stage, "я", "KeyZ", modifiers=CONTROL)

    stage.commanded(c.Undo())


def test_letters_that_mean_nothing_stay_so(stage: Stage) -> None:
    for key, code in (("ß", "Minus"), ("é", "Digit2"), ("ö", "Semicolon"), ("ж", "Semicolon"), ("n", "KeyB")):
        strike(stage, key, code)
    stage.page.keyboard.press("f")

    stage.commanded(c.SetParameter("freeze", True))


@pytest.mark.parametrize(("key", "code"), [("؟", "Slash"), ("Process", "Slash"), ("?", "Digit7")])
def test_the_question_mark_of_other_layouts_shows_the_keys(stage: Stage, key: str, code: str) -> None:
    strike(stage, key, code, modifiers=SHIFT)

    stage.page.wait_for_selector("#overlay[open]")
    assert stage.show.commands == []


def test_blackout_works_over_a_dialog_on_a_russian_layout(stage: Stage) -> None:
    stage.page.keyboard.press("?")
    strike(stage, "и", "KeyB")

    stage.commanded(BLACKOUT)


def test_enter_and_esc_within_a_word_of_an_input_method_are_its_own(stage: Stage) -> None:
    open_editor(stage)
    stage.page.fill(".cue-editor textarea >> nth=0", "")
    compose(stage, "ni")
    for key in ("Enter", "Escape"):
        strike(stage, key, key, BY_INPUT_METHOD)

    assert stage.page.locator(".cue-editor").count() == 1
    assert stage.show.commands == []


# Esc


def presses_of_escape(stage: Stage) -> int:
    """How many until it is PANIC."""
    for press in range(1, 5):
        stage.page.keyboard.press("Escape")
        stage.page.keyboard.press("p")  # heard after it
        stage.until(lambda press=press: stage.show.commands.count(c.ReleasePosition()) == press)  # type: ignore[misc]
        if c.Panic() in stage.show.commands:
            return press
    raise AssertionError("no PANIC")


def test_esc_is_panic_when_nothing_is_open(stage: Stage) -> None:
    assert presses_of_escape(stage) == 1


@pytest.mark.parametrize("leave", ["", "#program-words"], ids=["focus in it", "focus elsewhere"])
def test_esc_closes_the_editor_of_a_cue(stage: Stage, leave: str) -> None:
    open_editor(stage)
    if leave:
        stage.page.click(leave)

    assert presses_of_escape(stage) == 2
    assert stage.page.locator(".cue-editor").count() == 0


def test_esc_by_an_input_method_closes_too(stage: Stage) -> None:
    open_editor(stage)
    stage.page.click("#program-words")
    strike(stage, "Process", "Escape", BY_INPUT_METHOD)

    stage.page.wait_for_selector(".cue-editor", state="detached")
    assert stage.show.commands == []


def test_esc_closes_a_menu_that_has_lost_the_focus(stage: Stage) -> None:
    stage.page.locator("#mix button.more").first.click()
    stage.page.wait_for_selector("#menu:not([hidden])")
    stage.page.evaluate("document.activeElement.blur()")

    assert presses_of_escape(stage) == 2


def test_esc_closes_what_was_opened_last_first(stage: Stage) -> None:
    open_editor(stage)
    stage.page.locator("#mix button.more").first.click()
    stage.page.wait_for_selector("#menu:not([hidden])")
    stage.page.keyboard.press("Escape")

    assert not stage.page.is_visible("#menu")
    assert stage.page.locator(".cue-editor").count() == 1
    assert stage.show.commands == []


@pytest.mark.parametrize(
    "opener", ["#help", "#presets .edits >> nth=1", "#new-prompt"], ids=["help", "presets", "writing"]
)
def test_esc_ends_whatever_else_is_being_done(stage: Stage, opener: str) -> None:
    stage.show.presets = (PresetView(1, "gold"),)
    stage.page.click(opener)

    stage.page.keyboard.press("Escape")
    stage.page.wait_for_selector("#overlay:not([open])", state="attached")

    assert stage.show.commands == []
    assert presses_of_escape(stage) == 1


def test_esc_lets_a_row_go_that_is_dragged(stage: Stage) -> None:
    box: Any = stage.page.locator(".cue-handle").nth(1).bounding_box()
    stage.page.mouse.move(box["x"] + 5, box["y"] + 5)
    stage.page.mouse.down()
    stage.page.mouse.move(box["x"] + 5, box["y"] + 300, steps=4)
    stage.page.keyboard.press("Escape")
    stage.page.mouse.up()

    assert presses_of_escape(stage) == 1
    assert stage.show.commands == [c.ReleasePosition(), c.Panic()][::-1]


def test_an_editor_that_went_with_its_cue_swallows_no_esc(stage: Stage) -> None:
    open_editor(stage)
    stage.show.setlist.remove(ById(2))
    stage.page.wait_for_selector(".cue-editor", state="detached")

    assert presses_of_escape(stage) == 1
