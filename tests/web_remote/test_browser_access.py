"""The page for everybody: readable in the dark, by keyboard and by a screen reader."""

from __future__ import annotations

from importlib import resources
from typing import Any

import pytest

from tests.web_remote.fakes import PROMPTS, FakeShow
from tests.web_remote.stage import LAPTOP, PHONE, Stage, needs_browser, opened

pytestmark = needs_browser

# What a stage asks of the page besides the law: enough for somebody with a tremor, and in the dark.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


def violations(page: Any) -> list[str]:
    """What axe-core (Deque) finds wrong with the page as it is now."""
    pytest.importorskip("axe_core_python", reason="axe-core-python is not installed")
    page.evaluate((resources.files("axe_core_python") / "axe.min.js").read_text())
    found = page.evaluate("rules => axe.run(document, { runOnly: { type: 'tag', values: rules } })", RULES)
    return [f"{each['id']}: {node['html'][:120]}" for each in found["violations"] for node in each["nodes"]]


@pytest.mark.parametrize("panel", ["setlist", "parameters", "performance"])
def test_axe_finds_nothing_on_a_laptop(stage: Stage, panel: str) -> None:
    stage.open_panel(panel)
    stage.page.locator("#mix [data-parameter=depth] .more").click()
    if panel == "setlist":
        stage.page.locator(".cue-edit").nth(1).click()

    assert violations(stage.page) == []


@pytest.mark.parametrize("panel", ["setlist", "mix", "parameters", "performance"])
def test_axe_finds_nothing_on_a_phone(phone: Stage, panel: str) -> None:
    phone.open_panel(panel)

    assert violations(phone.page) == []


@pytest.mark.parametrize("opener", ["#help", ".invite-open"])
def test_axe_finds_nothing_in_a_dialog(stage: Stage, opener: str) -> None:
    stage.page.click(opener)

    assert violations(stage.page) == []


def test_axe_finds_nothing_while_the_line_is_lost(browser: Any) -> None:
    with opened(browser, FakeShow(*PROMPTS[:2]), **PHONE) as stage:
        stage.program.is_standing_still = True
        stage.page.wait_for_selector("body[data-link=stalled]")

        assert [each for each in violations(stage.page) if not each.startswith("color-contrast")] == []


@pytest.mark.parametrize("size", [LAPTOP, PHONE], ids=["laptop", "phone"])
def test_a_viewer_sees_the_show_and_has_nothing_to_press(browser: Any, size: dict[str, Any]) -> None:
    with opened(browser, FakeShow(*PROMPTS[:3]), address=lambda remote: remote.viewer_address, **size) as stage:
        stage.reads("#program-words", f"On air  1  {PROMPTS[0]}")
        for key in ("Space", "b", "Escape"):
            stage.page.keyboard.press(key)
        stage.page.wait_for_timeout(100)
        pressable = stage.page.evaluate(
            "() => [...document.querySelectorAll('button, input, [role=slider]')].filter((each) => each.checkVisibility() && !each.closest('[inert]')).map((each) => each.outerHTML)"
        )

        assert pressable == []
        assert stage.show.commands == []
        assert violations(stage.page) == []


def test_every_control_has_a_name(stage: Stage) -> None:
    nameless = stage.page.evaluate(
        """() => [...document.querySelectorAll('button, input, textarea, [role=slider]')].filter((element) =>
            !element.ariaLabel && !element.labels?.length && !element.textContent.trim()).map((element) => element.outerHTML)"""
    )

    assert nameless == []


def test_text_is_readable_in_the_dark(stage: Stage) -> None:
    """WCAG contrast of every colour pair that text on the page has now, against the ground it stands on."""
    weak = stage.page.evaluate(CONTRAST, 4.5)

    assert weak == []


CONTRAST = """(least) => {
    const parse = (text) => text.match(/[\\d.]+/g).map(Number);
    const channel = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
    const luminance = ([red, green, blue]) => 0.2126 * channel(red) + 0.7152 * channel(green) + 0.0722 * channel(blue);
    const ground = (element) => {
        for (let each = element; each; each = each.parentElement) {
            const colour = parse(getComputedStyle(each).backgroundColor);
            if (colour.length === 3 || colour[3] > 0.5) return colour;
        }
        return [0, 0, 0];
    };
    const weak = [];
    for (const element of document.querySelectorAll('body *')) {
        const ownText = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim());
        if (!ownText || !element.offsetWidth || element.closest(':disabled')) continue;
        const [one, other] = [luminance(parse(getComputedStyle(element).color)), luminance(ground(element))];
        const ratio = (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05);
        if (ratio < least) weak.push(`${element.className || element.id}: ${ratio.toFixed(2)}`);
    }
    return weak;
}"""
