"""The page on a phone, played with one thumb."""

from __future__ import annotations

import pytest

from core.control import commands as c
from core.control.commands import ById
from tests.web_remote.stage import SMALLEST_TOUCH, Stage, needs_browser

pytestmark = needs_browser


def test_a_phone_plays_with_a_thumb(phone: Stage) -> None:
    page = phone.page
    page.tap("#go")
    phone.until(lambda: c.Go() in phone.show.commands)
    page.tap("[data-opens=mix]")
    page.get_by_role("button", name="Speed 0").tap()
    phone.until(lambda: phone.show.values["transition.speed"] == 0.0)
    page.tap("[data-opens=setlist]")
    page.tap("#blackout")
    phone.until(lambda: bool(phone.show.values["output.blackout"]))


def test_a_finger_drags_a_slider_and_another_one_scrolls(phone: Stage) -> None:
    phone.page.tap("[data-opens=mix]")
    rail = phone.page.locator('#mix [data-parameter="depth"] .rail')
    rail.scroll_into_view_if_needed()
    box, start = rail.bounding_box(), scrolled(phone)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    phone.swipe((x, y), (x + 0.25 * box["width"], y))
    phone.until(lambda: phone.show.values["depth"] == pytest.approx(0.75, abs=0.02))
    count = len(phone.show.commands)
    phone.swipe((x, y), (x, y - 60))
    phone.until(lambda: scrolled(phone) > start + 20)

    assert len(phone.show.commands) == count


def scrolled(phone: Stage) -> float:
    return float(phone.page.evaluate("document.querySelector('.mix').scrollTop"))


def test_a_finger_that_rests_on_a_control_opens_its_menu(phone: Stage) -> None:
    phone.page.tap("[data-opens=mix]")
    label = phone.page.locator('#mix [data-parameter="depth"] .label')
    label.scroll_into_view_if_needed()
    box = label.bounding_box()
    point = {"x": box["x"] + 5, "y": box["y"] + 5}
    session = phone.page.context.new_cdp_session(phone.page)
    session.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [point]})
    phone.reads("#menu .address", "/vj/depth")
    session.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})

    menu, transport = (phone.page.locator(name).bounding_box() for name in ("#menu", ".transport"))
    assert menu["y"] >= 0
    assert menu["y"] + menu["height"] <= transport["y"]


def test_a_finger_drags_a_cue_by_its_handle(phone: Stage) -> None:
    start, end = (phone.page.locator(".cue-handle").nth(index).bounding_box() for index in (0, 1))
    x = start["x"] + 10
    phone.swipe((x, start["y"] + 30), (x, end["y"] + 45))

    phone.commanded(c.MoveCue(ById(1), 2))


def test_a_phone_shows_everything_within_its_width(phone: Stage) -> None:
    for panel in ("setlist", "mix", "parameters", "performance"):
        phone.page.tap(f"[data-opens={panel}]")
        size = phone.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")

        assert size == [390, 844]


@pytest.mark.parametrize("panel", ["setlist", "mix", "parameters", "performance"])
def test_controls_are_large_enough_for_a_finger(phone: Stage, panel: str) -> None:
    phone.page.locator(".cue-edit").nth(1).tap()
    phone.page.tap(f"[data-opens={panel}]")

    assert phone.page.evaluate(SMALL_TARGETS, SMALLEST_TOUCH) == []


def test_the_vital_buttons_are_in_reach_whatever_panel_is_open(phone: Stage) -> None:
    for panel in ("setlist", "mix", "parameters", "performance"):
        phone.page.tap(f"[data-opens={panel}]")
        for vital in ("go", "cut", "blackout", "panic"):
            box = phone.page.locator(f"#{vital}").bounding_box()
            assert box["y"] > 844 / 2
            assert box["y"] + box["height"] <= 844


# Where a finger that misses the middle of a control by not quite half of the least size still hits it.
SMALL_TARGETS = """(least) => {
    const reach = least / 2 - 1;
    const small = [];
    for (const element of document.querySelectorAll("button, input, select, summary, .track")) {
        if (!element.checkVisibility() || element.classList.contains("unseen")) continue;
        element.scrollIntoView({ block: "center" });
        const box = element.getBoundingClientRect();
        const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
        const misses = [[0, -reach], [0, reach], [-reach, 0], [reach, 0]].filter(([right, down]) => {
            if (x + right < 0 || x + right > innerWidth) return false;
            return !element.contains(document.elementFromPoint(x + right, y + down));
        });
        if (misses.length) small.push(`${element.outerHTML.slice(0, 70)} ${box.width}x${box.height} ${JSON.stringify(misses)}`);
    }
    return small;
}"""
