"""A whole set in a real browser, from an empty setlist to the last blackout, on a laptop and on a phone at the same time."""

from __future__ import annotations

from typing import Any

import pytest

from core.control import commands as c
from core.control.commands import ById
from tests.web_remote.fakes import FakeShow
from tests.web_remote.stage import LAPTOP, PATIENCE_MS, PHONE, Stage, needs_browser, opened

pytestmark = needs_browser

SET = ("purple galaxy", "sunset over the ocean", "misty mountains", "neon tunnel", "gold mandala")


def test_a_set_is_played_by_two_hands(browser: Any) -> None:
    show = FakeShow()
    with opened(browser, show, **LAPTOP) as laptop:
        stage_phone = browser.new_context(**PHONE).new_page()
        stage_phone.set_default_timeout(PATIENCE_MS)
        stage_phone.goto(laptop.remote.address)
        write(laptop)
        play(laptop, stage_phone)
        end(laptop, stage_phone)
        stage_phone.context.close()


def write(stage: Stage) -> None:
    """Five prompts, one of them edited, the last one dragged to the front of the queue."""
    stage.page.wait_for_selector("#empty")
    for prompt in SET:
        stage.page.fill("#new-prompt", prompt)
        stage.page.press("#new-prompt", "Enter")
    stage.until(lambda: stage.page.locator(".cue").count() == 5)
    stage.page.locator(".cue-edit").nth(3).click()
    stage.page.fill(".cue-editor textarea", "neon blue tunnel")
    stage.page.keyboard.press("Enter")
    stage.reads(".cue:nth-child(4) .cue-prompt", "neon blue tunnel")
    handle, target = (stage.page.locator(".cue-handle").nth(index).bounding_box() for index in (4, 1))
    stage.page.mouse.move(handle["x"] + 8, handle["y"] + 30)
    stage.page.mouse.down()
    stage.page.mouse.move(handle["x"] + 8, target["y"] + 20, steps=5)
    stage.page.wait_for_timeout(60)
    stage.page.mouse.up()
    stage.reads(".cue:nth-child(2) .cue-prompt", "gold mandala")
    stage.show.current_cue = 1  # the machine has painted the first picture


def play(stage: Stage, phone: Any) -> None:
    """GO by the keyboard, scrub by hand on the laptop, and let go on the phone."""
    stage.reads("#program-words", "On air  1  purple galaxy")
    stage.page.keyboard.press("Space")
    stage.reads("#program-words", "1 → 2  gold mandala")
    stage.drag(".tbar", 0.2)
    stage.page.mouse.up()
    phone.locator("#badges", has_text="By hand").wait_for()
    phone.locator(".release").tap()
    stage.until(lambda: not stage.show.is_scrubbing)
    stage.until(lambda: stage.show.from_cue is None or stage.show.position > 0.6)
    phone.locator(".cue-arm").nth(3).tap()
    stage.reads(".cue.standby .cue-prompt", "misty mountains")


def end(stage: Stage, phone: Any) -> None:
    """The lock takes away what changes the set; blackout and panic stay within reach."""
    stage.page.keyboard.press("l")
    phone.wait_for_selector("body[data-mode=show]")
    assert phone.locator("#add").is_hidden()
    assert phone.locator(".cue-prompt").first.bounding_box()["width"] > 100
    assert phone.locator(".cue-edit:visible, .cue-handle:visible").count() == 0
    phone.locator("#blackout").tap()
    stage.page.wait_for_selector("#blackout[aria-pressed=true]")
    stage.reads("#badges", "Blackout")
    phone.locator("#panic").tap()
    stage.until(lambda: c.Panic() in stage.show.commands)
    stage.page.keyboard.press("l")
    stage.page.wait_for_selector("body[data-mode=edit]")
    assert c.SelectStandby(ById(3)) in stage.show.commands
    assert [cue.prompt for cue in stage.show.setlist.cues] == [SET[0], SET[4], SET[1], SET[2], "neon blue tunnel"]


def test_what_was_taken_back_is_said_on_its_button(stage: Stage) -> None:
    stage.show.undo = "move cue 3"
    button = stage.page.get_by_role("button", name="Undo")
    stage.until(button.is_enabled)
    assert button.get_attribute("title") == "Undo: move cue 3"
    stage.page.keyboard.press("Control+z")

    stage.commanded(c.Undo())
    assert stage.page.get_by_role("button", name="Redo").is_disabled()


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
@pytest.mark.parametrize("prompt", ["x" * 400, "word " * 120], ids=["one long word", "many words"])
def test_no_prompt_breaks_the_layout(browser: Any, size: dict[str, Any], prompt: str) -> None:
    with opened(browser, FakeShow(prompt, prompt, "short"), **size) as stage:
        box = stage.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")

        assert box == list(size["viewport"].values())
        assert stage.page.locator("#go").bounding_box()["width"] > 100
