"""The cue list in a real browser: written, edited in place, dragged into another order."""

from __future__ import annotations

from typing import Any

from core.control import commands as c
from core.control.commands import ById, CueDraft
from core.control.cue_fields import CUE_FIELDS
from core.control.snapshot import CueState, MadeFrom
from tests.web_remote.fakes import PROMPTS, FakeShow
from tests.web_remote.stage import LAPTOP, Stage, needs_browser, opened

pytestmark = needs_browser


def test_states_of_cues_have_words(stage: Stage) -> None:
    stage.show.states = {2: (CueState.RENDERING, 0.62), 3: (CueState.FAILED, 0.0), 4: (CueState.WAITING, 0.0)}

    stage.reads(".cue:nth-child(2) .cue-state", "62 %")
    stage.reads(".cue:nth-child(3) .cue-state", "Failed")
    stage.reads(".cue:nth-child(4) .cue-state", "Waiting")


def test_each_cue_says_what_its_picture_is_made_from(stage: Stage) -> None:
    stage.show.made_from = {2: MadeFrom.SCENE, 3: MadeFrom.PICTURE}

    stage.reads(".cue:nth-child(1) .cue-detail", "from text")
    stage.reads(".cue:nth-child(2) .cue-detail", "from a drawn scene")
    stage.reads(".cue:nth-child(3) .cue-detail", "from a picture")


def test_cue_says_how_its_prompt_was_read(stage: Stage) -> None:
    stage.show.made_from = {2: MadeFrom.SCENE}
    stage.show.understood = {2: 'city, blue: from "street", "blue"'}

    stage.reads(".cue:nth-child(2) .cue-detail", 'city, blue: from "street", "blue"')


def test_scene_of_a_cue_is_chosen_from_pictures(stage: Stage) -> None:
    stage.page.locator(".cue-edit").nth(1).click()
    stage.page.click(".scene-menu summary")
    stage.page.click(".scene:has-text('lasers')")
    stage.page.click(".cue-editor button[type=submit]")

    stage.commanded(c.EditCue(ById(2), scene="lasers"))


def test_scene_of_a_cue_is_left_to_its_words_again(stage: Stage) -> None:
    stage.show.setlist.edit(ById(2), {"scene": "lasers"})
    stage.page.locator(".cue-edit").nth(1).click()
    stage.page.click(".scene-menu summary")
    stage.page.click(".scene.by-words")
    stage.page.click(".cue-editor button[type=submit]")

    stage.commanded(c.EditCue(ById(2), scene=None))


def test_a_prompt_is_text_whatever_is_in_it(stage: Stage) -> None:
    nasty = "<img src=x onerror=\"document.title='owned'\"> <b>bold</b>"
    stage.show.setlist.append(CueDraft(nasty))

    stage.reads(".cue:nth-child(5) .cue-prompt", "<b>bold</b>")
    assert stage.page.locator(".cue-prompt img, .cue-prompt b").count() == 0
    assert stage.page.title() == "latentdeck"


def test_a_prompt_is_added_by_enter(stage: Stage) -> None:
    stage.page.fill("#new-prompt", "a new prompt")
    stage.page.press("#new-prompt", "Enter")

    stage.commanded(c.AppendCue(CueDraft("a new prompt")))
    stage.reads(".cue:nth-child(5) .cue-prompt", "a new prompt")
    assert stage.page.input_value("#new-prompt") == ""


def test_a_prompt_is_edited_in_its_row(stage: Stage) -> None:
    stage.page.locator(".cue-edit").nth(1).click()
    stage.page.fill(".cue-editor textarea", "another prompt")
    stage.page.click(".cue-editor button[type=submit]")

    stage.commanded(c.EditCue(ById(2), prompt="another prompt"))
    stage.reads(".cue:nth-child(2) .cue-prompt", "another prompt")


def test_an_editor_keeps_its_text_while_others_move_its_cue(stage: Stage) -> None:
    stage.page.locator(".cue-edit").nth(1).click()
    stage.page.fill(".cue-editor textarea", "half written")
    stage.show.setlist.move(ById(2), 4)
    stage.show.setlist.remove(ById(1))

    stage.reads(".cue:nth-child(3) .cue-number", "3")
    assert stage.page.input_value(".cue:nth-child(3) textarea") == "half written"
    assert stage.page.evaluate("document.activeElement.tagName") == "TEXTAREA"


def test_a_cue_is_armed_moved_and_removed_by_its_identity(stage: Stage) -> None:
    stage.page.locator(".cue-arm").nth(2).click()
    stage.reads(".cue.standby .cue-number", "3")
    stage.page.locator(".cue-edit").nth(2).click()
    stage.page.get_by_role("button", name="Up", exact=True).click()
    stage.reads(".cue.standby .cue-number", "2")
    stage.page.get_by_role("button", name="Remove").click()

    stage.commanded(c.SelectStandby(ById(3)), c.MoveCue(ById(3), 2), c.RemoveCue(ById(3)))
    stage.until(lambda: stage.page.evaluate("document.querySelectorAll('.cue').length === 3"))


def test_a_cue_is_dragged_into_another_place(stage: Stage) -> None:
    handles = stage.page.locator(".cue-handle")
    start, end = handles.nth(0).bounding_box(), handles.nth(2).bounding_box()
    x = start["x"] + 8
    stage.page.mouse.move(x, start["y"] + start["height"] / 2)
    stage.page.mouse.down()
    stage.page.mouse.move(x, end["y"] + end["height"] / 2 + 8, steps=6)
    stage.page.wait_for_timeout(60)
    assert stage.show.commands == []
    stage.page.mouse.up()

    stage.commanded(c.MoveCue(ById(1), 3))
    stage.reads(".cue:nth-child(3) .cue-prompt", PROMPTS[0])


def test_a_cue_is_moved_by_arrow_keys_on_its_handle(stage: Stage) -> None:
    stage.page.locator(".cue-handle").nth(1).focus()
    stage.page.keyboard.press("ArrowDown")

    stage.commanded(c.MoveCue(ById(2), 3))
    stage.reads(".cue:nth-child(3) .cue-prompt", PROMPTS[1])
    assert stage.page.locator(".cue:nth-child(3) .cue-handle").evaluate("handle => handle === document.activeElement")


def test_the_editor_has_every_field_that_the_show_told_and_sends_only_what_changed(stage: Stage) -> None:
    stage.page.locator(".cue-edit").nth(1).click()
    stage.page.click(".cue-more summary")
    fields = stage.page.locator(".cue-editor .field").count()
    stage.page.locator(".cue-editor .field", has_text="Negative").locator("textarea").fill("text")
    stage.page.locator(".cue-editor .field", has_text="Duration").locator("input").fill("3.5")
    stage.page.click(".cue-editor button[type=submit]")

    stage.commanded(c.EditCue(ById(2), negative="text", duration=3.5))
    assert fields == len(CUE_FIELDS.keys() - {"picture", "mask", "scene"})  # those have menus of their own


def test_a_field_says_what_stands_in_for_it_until_it_is_set(stage: Stage) -> None:
    weight = stage.page.locator(".cue-editor .field", has_text="Weight").locator("input")
    stage.page.locator(".cue-edit").nth(1).click()
    assert (weight.input_value(), weight.get_attribute("placeholder")) == ("", "1")
    stage.page.click(".cue-more summary")
    weight.fill("1.5")
    stage.page.fill(".cue-editor textarea", "loud words")
    stage.page.click(".cue-editor button[type=submit]")

    stage.commanded(c.EditCue(ById(2), prompt="loud words", weight=1.5))
    stage.reads(".cue:nth-child(2) .cue-prompt", "loud words")
    stage.page.locator(".cue-edit").nth(1).click()
    assert weight.input_value() == "1.5"


def test_of_three_hundred_cues_only_those_that_changed_are_touched(browser: Any) -> None:
    show = FakeShow(*(f"cue {number} of a long night, with a prompt of some length" for number in range(300)))
    with opened(browser, show, **LAPTOP) as stage:
        stage.until(lambda: stage.page.locator(".cue").count() == 300)
        stage.page.wait_for_selector(".cue:nth-child(2).has-thumbnail")
        stage.page.evaluate(WATCH_ROWS)
        show.states = {3: (CueState.RENDERING, 0.5), 4: (CueState.RENDERING, 0.25)}
        stage.reads(".cue:nth-child(4) .cue-state", "Rendering 25 %")
        touched = stage.page.evaluate("[...window.touched].sort()")

    assert touched == ["3", "4"]


# The numbers of the rows in which anything is changed from now on.
WATCH_ROWS = """() => {
    window.touched = new Set();
    const rowOf = (node) => (node.nodeType === 1 ? node : node.parentElement).closest(".cue");
    new MutationObserver((changes) => {
        for (const { target } of changes) touched.add(rowOf(target)?.querySelector(".cue-number").textContent ?? "the list");
    }).observe(document.getElementById("cues"), { attributes: true, childList: true, characterData: true, subtree: true });
}"""
