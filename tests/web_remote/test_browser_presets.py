"""The row of presets: what a slip cannot do, what a hand can."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from core.control import commands as c
from core.control.midi_view import BindingView, LearnState, LearnView, MidiView
from core.control.preset import MAX_NAME_CHARACTERS, MAX_PRESETS
from tests.fakes import ORIGIN
from tests.web_remote.fakes import PROMPTS, FakeShow
from tests.web_remote.stage import LAPTOP, PHONE, Stage, needs_browser, opened

pytestmark = needs_browser

NAMES = ("slow gold", "hard cuts", "<b>storm</b>")


def show_with(*names: str) -> FakeShow:
    show = FakeShow(*PROMPTS[:3])
    for name in names:
        show.submit(c.Submission(c.SavePreset(name), ORIGIN))
    show.commands.clear()
    show.preset = 0
    return show


@pytest.fixture
def stage(browser: Any) -> Iterator[Stage]:
    with opened(browser, show_with(*NAMES), **LAPTOP) as stage:
        yield stage


@pytest.fixture
def phone(browser: Any) -> Iterator[Stage]:
    with opened(browser, show_with(*NAMES), **PHONE) as stage:
        stage.page.tap("[data-opens=mix]")
        yield stage


def pad(stage: Stage, name: str) -> Any:
    return stage.page.locator(".pad").filter(has_text=name)


def test_a_click_recalls_and_the_pad_says_so(stage: Stage) -> None:
    pad(stage, "hard cuts").click()

    stage.commanded(c.RecallPreset(2))
    stage.page.wait_for_selector('.pad[aria-label="2 hard cuts, recalled"][aria-current=true]')
    stage.show.is_preset_changed = True
    stage.page.wait_for_selector('.pad.changed[aria-label="2 hard cuts, recalled and changed since"]')


def test_a_name_is_text_whatever_is_in_it(stage: Stage) -> None:
    assert stage.page.locator(".pad-name").all_inner_texts() == list(NAMES)
    assert stage.page.locator(".pad b").count() == 0


def test_a_new_preset_takes_a_name_or_the_next_free_place(stage: Stage) -> None:
    stage.page.get_by_role("button", name="Save", exact=True).click()
    stage.page.keyboard.type("blue hour")
    stage.page.keyboard.press("Enter")
    stage.commanded(c.SavePreset("blue hour"))
    pad(stage, "blue hour").wait_for()
    stage.page.get_by_role("button", name="Save", exact=True).click()
    stage.page.locator("#menu .primary").click()

    stage.commanded(c.SavePreset("blue hour"), c.SavePreset(5))


@pytest.mark.parametrize(
    ("name", "words"), [("Slow Gold!", "Preset 1 is called that"), ("12", "A name needs a letter")]
)
def test_a_new_preset_never_overwrites_one_by_its_name(stage: Stage, name: str, words: str) -> None:
    stage.page.get_by_role("button", name="Save", exact=True).click()
    stage.page.fill("#menu input", name)
    stage.page.locator("#menu .primary").click()

    assert words in stage.page.locator("#menu input").evaluate("input => input.validationMessage")
    assert stage.show.commands == []


def test_to_overwrite_takes_edit_the_pad_and_the_word(stage: Stage) -> None:
    stage.page.get_by_role("button", name="Edit", exact=True).first.press("Enter")
    stage.page.locator(".presets.editing").wait_for()
    pad(stage, "hard cuts").press("Enter")
    stage.reads("#menu .address", "/vj/preset/2/recall")
    assert stage.show.commands == []
    stage.page.get_by_role("button", name="Overwrite").click()

    stage.commanded(c.SavePreset(2))


def test_a_right_click_renames_or_deletes_and_the_slip_is_taken_back_there(stage: Stage) -> None:
    pad(stage, "hard cuts").click(button="right")
    stage.page.fill("#menu input", "soft cuts")
    stage.page.keyboard.press("Enter")
    pad(stage, "soft cuts").click(button="right")
    stage.page.get_by_role("button", name="Delete").click()
    stage.until(lambda: stage.page.locator(".pad").count() == 2)
    stage.show.undo = "delete preset 2 soft cuts"
    pad(stage, "slow gold").click(button="right")
    stage.page.get_by_role("button", name="Undo: delete preset 2 soft cuts").click()

    stage.commanded(c.RenamePreset(2, "soft cuts"), c.DeletePreset(2), c.Undo())


def test_a_pad_is_learned_by_its_own_number(stage: Stage) -> None:
    bindings = (BindingView("desk", "note:1:60", "preset.recall", "trigger", "pad 7", "2"),)
    stage.show.midi = MidiView(bindings=bindings, learn=LearnView(LearnState.WAITING, "preset.recall 1", "hit a pad"))
    stage.page.wait_for_timeout(300)
    pad(stage, "hard cuts").click(button="right")
    stage.reads("#menu", "MIDI: pad 7, desk")
    stage.page.get_by_role("button", name="Learn MIDI").click()

    stage.commanded(c.LearnControl("preset.recall", 2.0))


def test_shift_and_a_number_recalls_and_a_number_alone_arms(stage: Stage) -> None:
    stage.page.keyboard.press("Shift+Digit3")
    stage.commanded(c.RecallPreset(3))
    stage.page.keyboard.press("Digit3")
    stage.until(lambda: len(stage.show.commands) == 2)

    assert stage.show.commands[1] == c.SelectStandby(c.ById(3))


def test_the_lock_leaves_what_is_played(stage: Stage) -> None:
    stage.page.get_by_role("button", name="Edit", exact=True).first.click()
    stage.show.values["lock"] = True
    stage.page.wait_for_selector("body[data-mode=show]")
    assert stage.page.locator(".presets .edits:visible").count() == 0
    pad(stage, "hard cuts").click(button="right")
    assert stage.page.locator("#menu").is_hidden()
    pad(stage, "hard cuts").click()

    stage.commanded(c.RecallPreset(2))


def test_a_slider_shows_where_its_value_is_on_the_way_to_a_preset(stage: Stage) -> None:
    stage.show.gliding = {"transition.speed": 2.0}

    mark = stage.page.locator('#mix [data-parameter="transition.speed"] .swing')
    mark.wait_for()
    assert mark.evaluate("mark => mark.style.getPropertyValue('--place')") == "0.75"


def test_a_finger_that_rests_opens_the_menu_and_recalls_nothing(phone: Stage) -> None:
    box = pad(phone, "hard cuts").bounding_box()
    session = phone.page.context.new_cdp_session(phone.page)
    point = {"x": box["x"] + 30, "y": box["y"] + 20}
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    phone.reads("#menu .address", "/vj/preset/2/recall")
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    phone.page.wait_for_timeout(100)
    assert phone.show.commands == []
    phone.page.get_by_role("button", name="Close").tap()
    pad(phone, "hard cuts").tap()

    phone.commanded(c.RecallPreset(2))


def test_a_menu_in_which_somebody_writes_survives_the_keyboard_of_a_phone(phone: Stage) -> None:
    phone.page.get_by_role("button", name="Save", exact=True).tap()
    phone.page.locator("#menu input").tap()
    phone.page.set_viewport_size({"width": 390, "height": 480})
    phone.page.wait_for_timeout(100)

    box = phone.page.locator("#menu").bounding_box()
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 480


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_as_many_presets_as_there_can_be_stay_in_their_row(browser: Any, size: dict[str, Any]) -> None:
    names = [f"{number} {'w' * MAX_NAME_CHARACTERS}"[:MAX_NAME_CHARACTERS] for number in range(1, MAX_PRESETS + 1)]
    with opened(browser, show_with(*names), **size) as stage:
        stage.page.evaluate("document.querySelector('[data-opens=mix]').click()")
        stage.page.wait_for_selector(".pad")
        box = stage.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
        height = stage.page.locator(".presets").bounding_box()["height"]
        stage.page.get_by_role("button", name="Save", exact=True).click()
        stage.reads("#menu", "All places are taken")

    assert box == list(size["viewport"].values())
    assert height < 120
