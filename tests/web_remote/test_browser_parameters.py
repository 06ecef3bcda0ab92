"""Sliders, switches and their menu in a real browser: all made from the registry."""

from __future__ import annotations

import pytest

from core.control import commands as c
from core.control.actions import ACTIONS
from core.control.commands import ByNumber
from core.control.parameters import PARAMETERS
from tests.web_remote.stage import Stage, needs_browser

pytestmark = needs_browser


def test_the_panel_holds_the_whole_registry(stage: Stage) -> None:
    stage.open_panel("parameters")
    names = stage.page.locator("#parameters [data-parameter]").evaluate_all(
        "elements => elements.map((element) => element.dataset.parameter)"
    )
    labels = stage.page.locator("#parameters form.action .address").all_text_contents()

    assert sorted(names) == sorted(PARAMETERS)
    assert sorted(labels) == sorted(f"/vj/{name.replace('.', '/')}" for name in ACTIONS)


def test_the_speed_slider_sends_and_rests_in_its_detent(stage: Stage) -> None:
    stage.drag('#mix [data-parameter="transition.speed"]', 0.25)
    stage.page.mouse.up()
    stage.until(lambda: stage.show.values["transition.speed"] == pytest.approx(3, abs=0.05))

    stage.drag('#mix [data-parameter="transition.speed"]', -0.257)  # ends at 0.94: within reach of 1
    stage.page.mouse.up()
    stage.until(lambda: stage.show.values["transition.speed"] == 1.0)
    stage.reads('#mix [data-parameter="transition.speed"] .fader-value', "1.00")


def test_a_held_slider_is_not_moved_by_another_hand(stage: Stage) -> None:
    stage.drag('#mix [data-parameter="depth"]', 0.25)
    stage.until(lambda: stage.show.values["depth"] == pytest.approx(0.75, abs=0.005))
    stage.show.values["depth"] = 0.1
    stage.page.wait_for_timeout(150)
    assert stage.page.locator('#mix [data-parameter="depth"] .fader-value').text_content() == "0.75"

    stage.page.mouse.up()

    stage.reads('#mix [data-parameter="depth"] .fader-value', "0.10")


def test_a_drag_sends_no_more_than_one_value_per_frame(stage: Stage) -> None:
    stage.page.evaluate(
        "window.frames_drawn = 0; requestAnimationFrame(function count() { frames_drawn++; requestAnimationFrame(count); })"
    )
    stage.drag('#mix [data-parameter="depth"]', 0.4)
    stage.page.mouse.up()
    stage.until(lambda: stage.show.values["depth"] == pytest.approx(0.9, abs=0.005))

    assert len(stage.show.commands) <= stage.page.evaluate("frames_drawn")


def test_a_tap_on_a_slider_does_not_make_it_jump(stage: Stage) -> None:
    stage.page.locator('#mix [data-parameter="output.brightness"] .track').click(position={"x": 15, "y": 20})
    stage.page.click("#cut")

    stage.commanded(c.Cut())


def test_a_slider_is_reset_from_its_menu(stage: Stage) -> None:
    stage.show.values["guidance"] = 9.0
    stage.reads('#mix [data-parameter="guidance"] .fader-value', "9.00")
    stage.page.locator('#mix [data-parameter="guidance"] .more').click()
    stage.page.get_by_role("button", name="Reset to 3.00").click()

    stage.commanded(c.ResetParameter("guidance"))
    stage.reads('#mix [data-parameter="guidance"] .fader-value', "3.00")


def test_arrows_move_a_slider_finely(stage: Stage) -> None:
    stage.page.locator('#mix [data-parameter="depth"] .track').focus()
    stage.page.keyboard.press("ArrowRight")

    stage.commanded(c.SetParameter("depth", 0.51))


def test_autopilot_and_choice(stage: Stage) -> None:
    stage.page.get_by_role("button", name="Autopilot").click()
    stage.open_panel("parameters")
    stage.page.locator('#parameters [data-parameter="underrun"]').get_by_role("button", name="hold", exact=True).click()

    stage.until(lambda: len(stage.show.commands) == 2)
    assert stage.show.commands == [c.SetParameter("setlist.auto", False), c.SetParameter("underrun", "hold")]


def test_a_right_click_shows_the_address_and_takes_an_exact_value(stage: Stage) -> None:
    stage.page.locator('#mix [data-parameter="transition.duration"]').click(button="right")
    stage.reads("#menu .address", "/vj/transition/duration")
    stage.page.fill("#menu input", "12.5")
    stage.page.keyboard.press("Enter")

    stage.commanded(c.SetParameter("transition.duration", 12.5))
    assert stage.page.locator("#menu").is_hidden()


def test_go_works_while_a_menu_is_open_and_escape_closes_only_the_menu(stage: Stage) -> None:
    stage.page.locator('#mix [data-parameter="depth"] .more').click()
    stage.page.keyboard.press("Escape")
    assert stage.page.locator("#menu").is_hidden()
    stage.page.locator('#mix [data-parameter="depth"] .more').click()
    stage.page.click("#go")

    stage.commanded(c.Go())


def test_the_search_finds_by_name_address_and_sentence(stage: Stage) -> None:
    stage.open_panel("parameters")
    stage.page.fill("#find", "/vj/output/bl")
    assert stage.page.locator("#parameters .row:visible, #parameters .fader:visible").count() == 1

    stage.page.fill("#find", "cross-fade")
    stage.reads("#parameters .label", "Depth")
    assert stage.page.locator("#parameters .fader:visible").count() == 1


def test_an_action_with_arguments_is_sent_from_its_form(stage: Stage) -> None:
    stage.open_panel("parameters")
    form = stage.page.locator("#parameters form", has_text="/vj/setlist/move")
    form.get_by_label("Move: number").fill("1")
    form.get_by_label("Move: to").fill("3")
    form.get_by_role("button").click()

    stage.commanded(c.MoveCue(ByNumber(1), 3))


def test_a_tap_counts_on_the_way_down_and_once(stage: Stage) -> None:
    stage.page.locator(".tap").hover()
    stage.page.mouse.down()
    stage.commanded(c.TapTempo())
    stage.page.mouse.up()
    stage.page.keyboard.press("t")

    stage.commanded(c.TapTempo(), c.TapTempo())


def test_a_transition_is_given_a_length_in_beats(stage: Stage) -> None:
    stage.page.get_by_label("Length of a transition").select_option("8 beats")
    stage.commanded(c.SetParameter("transition.beats", 8.0))

    stage.show.values["transition.beats"] = 6.0
    stage.until(
        lambda: (
            stage.page.get_by_label("Length of a transition").evaluate("list => list.selectedOptions[0].text")
            == "6 beats"
        )
    )
