"""The page in a real browser, played by mouse and keyboard against a small show in memory."""

from __future__ import annotations

from typing import Any

import pytest

from core.control import commands as c
from core.control.commands import ById, CueDraft
from tests.web_remote.fakes import PROMPTS, FakeShow, serving, settings_for_tests
from tests.web_remote.stage import LAPTOP, PATIENCE_MS, Stage, needs_browser
from web_remote.app import WebRemote

pytestmark = needs_browser


# What is shown


def test_the_page_shows_program_setlist_and_status(stage: Stage) -> None:
    stage.reads("#program-words", f"On air  1  {PROMPTS[0]}")
    assert stage.page.locator(".cue-prompt").all_text_contents() == list(PROMPTS[:4])
    assert stage.page.locator(".cue-state").all_text_contents() == ["On air", "Ready", "Ready", "Ready"]
    assert stage.page.locator(".cue.standby .cue-number").text_content() == "2"
    stage.open_panel("performance")
    stage.reads("#performance", "small diffusion 64")
    stage.reads("#performance", "UDP 127.0.0.1:7770")
    stage.until(lambda: stage.page.evaluate("document.getElementById('picture').width === 320"))


# Hands


def test_go_takes_the_standby_cue_once_for_two_quick_presses(stage: Stage) -> None:
    stage.page.locator("#go").dblclick()

    stage.commanded(c.Go())
    stage.reads("#program-words", f"1 → 2  {PROMPTS[1]}")
    stage.reads(".cue.standby .cue-number", "3")


@pytest.mark.parametrize(
    ("press", "command"),
    [
        ("#hold", c.SetParameter("hold", True)),
        ("#freeze", c.SetParameter("freeze", True)),
        ("#blackout", c.SetParameter("output.blackout", True)),
    ],
)
def test_a_switch_lights_up_when_the_show_has_it(stage: Stage, press: str, command: c.SetParameter) -> None:
    stage.page.click(press)

    stage.commanded(command)
    stage.page.wait_for_selector(f"{press}[aria-pressed=true]")
    stage.page.click(press)
    stage.commanded(command, c.SetParameter(command.name, False))


def test_two_quick_presses_are_on_and_off(stage: Stage) -> None:
    stage.page.locator("#freeze").dblclick()

    stage.commanded(c.SetParameter("freeze", True), c.SetParameter("freeze", False))


def test_a_refusal_is_shown_as_a_sentence(stage: Stage) -> None:
    stage.show.is_full = True
    stage.page.click("#go")

    stage.reads(".toast.error", "Go refused: 1024 commands already wait")


# Keys


def test_keys_play_also_after_a_click_on_a_button(stage: Stage) -> None:
    stage.page.locator(".cue-arm").nth(3).click()
    for key in ("Space", "Enter", "b", "F", "h", "p", "Escape"):
        stage.page.keyboard.press(key)

    stage.commanded(
        c.SelectStandby(ById(4)),
        c.Go(),
        c.Cut(),
        c.SetParameter("output.blackout", True),
        c.SetParameter("freeze", True),
        c.SetParameter("hold", True),
        c.ReleasePosition(),
        c.Panic(),
    )


def test_keys_are_letters_while_somebody_writes(stage: Stage) -> None:
    stage.page.click("#new-prompt")
    stage.page.keyboard.type("b f h ?")

    assert stage.page.input_value("#new-prompt") == "b f h ?"
    assert stage.show.commands == []


def test_a_question_mark_shows_the_keys(stage: Stage) -> None:
    stage.page.keyboard.press("?")
    stage.reads("#overlay[open]", "Blackout")
    stage.page.keyboard.press("Space")  # closes by the focused button, and is no GO
    stage.page.wait_for_selector("#overlay:not([open])", state="attached")

    assert stage.show.commands == []


# The line


def test_a_lost_line_is_said_and_comes_back_by_itself(browser: Any) -> None:
    show = FakeShow(*PROMPTS[:2])
    page = browser.new_page(**LAPTOP)
    page.set_default_timeout(PATIENCE_MS)
    first = WebRemote(settings_for_tests(), show.submit, show.snapshot)
    with serving(first):
        port = first.port
        page.goto(first.address)
        page.wait_for_selector("body[data-link=up]")

    page.wait_for_selector("body[data-link=down]")
    assert "What you see is old" in page.locator("#lost").text_content()
    assert page.locator("#deck").evaluate("deck => deck.inert")
    page.keyboard.press("Space")
    show.setlist.append(CueDraft("added meanwhile"))

    with serving(WebRemote(settings_for_tests(port), show.submit, show.snapshot)):
        page.wait_for_selector("body[data-link=up]")
        page.locator(".cue-prompt", has_text="added meanwhile").wait_for()
        assert page.locator("#lost").is_hidden()
        page.close()
    assert show.commands == []


def test_a_show_that_stands_still_is_not_called_live(stage: Stage) -> None:
    stage.program.is_standing_still = True

    stage.page.wait_for_selector("body[data-link=stalled]")
    stage.reads("#lost", "stopped making frames. What you see is old: 3 s")
    stage.program.is_standing_still = False
    stage.page.wait_for_selector("body[data-link=up]")


def test_a_wrong_token_is_final_and_says_what_to_do(stage: Stage) -> None:
    page = stage.page.context.new_page()
    page.goto(stage.remote.address.partition("#")[0] + "#token=wrong")

    page.wait_for_selector("body[data-link=refused]")
    assert "Open the whole address that latentdeck printed" in page.locator("#lost").text_content()


# The output page


def test_the_output_page_shows_the_whole_program_and_nothing_else(stage: Stage) -> None:
    page = stage.page.context.new_page()
    address, _, token = stage.remote.output_address.partition("#")
    page.goto(f"{address}?fit=crop#{token}")
    stage.until(lambda: page.evaluate("document.getElementById('picture').width === 320"))

    assert page.locator("body").inner_text().strip() == ""
    assert page.locator("canvas").evaluate("canvas => getComputedStyle(canvas).objectFit") == "cover"
    assert page.locator("canvas").bounding_box() == {"x": 0, "y": 0, "width": 1280, "height": 800}
