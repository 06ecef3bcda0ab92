"""The tree and the T-bar in a real browser."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.control import commands as c
from tests.web_remote.fakes import PROMPTS, FakeShow, grown, paint
from tests.web_remote.stage import Stage, needs_browser, opened

pytestmark = needs_browser


def test_scrub_keeps_the_position_until_release(stage: Stage) -> None:
    stage.drag(".tbar", 0.4)
    stage.page.mouse.up()
    stage.until(lambda: stage.show.position == pytest.approx(0.4, abs=0.01))
    stage.reads("#badges", "By hand")
    stage.page.get_by_role("button", name="Release").click()

    stage.until(lambda: stage.show.commands[-1] == c.ReleasePosition())
    stage.until(lambda: stage.show.position > 0.41)
    assert stage.page.locator("#badges").text_content() == ""


def test_a_press_on_the_tree_takes_the_playhead_there(stage: Stage) -> None:
    tree = stage.page.locator(".tbar .tree")
    box = tree.bounding_box()
    tree.click(position={"x": box["width"] * 0.75, "y": box["height"] / 2})

    stage.until(lambda: stage.show.position == pytest.approx(0.76, abs=0.02))
    stage.reads(".way-words", "by hand · 1 → 2")
    assert stage.show.is_scrubbing


def test_at_rest_the_coming_tree_is_in_focus_and_the_handle_at_its_start(stage: Stage) -> None:
    stage.reads(".way-words", "next 1 → 2 · 13 of 17 leaves")
    stage.reads(".tbar .fader-value", "0.0 %")


def test_the_tree_and_the_slider_below_it_have_one_scale(stage: Stage) -> None:
    stage.page.click("#freeze")
    stage.drag(".tbar", 0.3)
    stage.page.mouse.up()
    handle = stage.page.locator(".tbar .handle").bounding_box()
    stage.page.wait_for_timeout(100)
    middle = stage.page.evaluate(RED_COLUMN)

    assert middle == pytest.approx(handle["x"] + handle["width"] / 2, abs=2)


def test_what_is_drawn_of_a_tree_is_its_branches(stage: Stage) -> None:
    """The shape itself, in the browser's own JavaScript: feet at the parents, and the two leaves around the playhead."""
    shape = stage.page.evaluate(
        """async () => {
            const { leavesAt, treeOf } = await import("/state/tree.js");
            const tree = treeOf({ leaves: [0, 0.25, 0.5, 1], steps: 8, starts: [0, 6], branches: [
                { position: 0.25, injection_step: 6, left: 0, right: 0.5 }, { position: 0.5, injection_step: 4, left: 0, right: 1 }] });
            return { tree, lit: leavesAt([0, 0.25, 0.5, 1], 0.3) };
        }"""
    )

    tree = shape["tree"]
    assert [branch["x"] for branch in tree["branches"]] == [0.5, 0.25]
    assert tree["trunks"] == [{"x": 0, "start": 0}, {"x": 1, "start": 0.75}]
    younger = tree["branches"][1]
    assert [(foot["x"], foot["weight"]) for foot in younger["feet"]] == [(0, 0.5), (0.5, 0.5)]
    assert younger["y"] == 0.75 < younger["knee"] < 1
    assert [gap["width"] for gap in tree["gaps"]] == [0.75, 0.75, 1.5]
    assert [lit["x"] for lit in shape["lit"]] == [0.25, 0.5]
    assert [lit["weight"] for lit in shape["lit"]] == pytest.approx([0.8, 0.2])


def test_the_preview_shows_the_next_cue_and_under_the_hand_the_way_to_it(stage: Stage) -> None:
    """Only the page draws it: the show is not asked, and what is on air stays."""
    target, start = (paint(cue, (90, 160, 3)).mean(axis=(0, 1)) for cue in (2, 1))
    stage.until(lambda: colour_of(stage, "#preview") == pytest.approx(target, abs=6))

    box = stage.page.locator("[data-pane=preview] .screen").bounding_box()
    stage.page.mouse.move(box["x"] + 2, box["y"] + 20)

    stage.until(lambda: colour_of(stage, "#preview") == pytest.approx(start, abs=6))
    assert stage.page.locator("#preview-bar").is_visible()
    assert stage.show.commands == []


def test_a_fader_on_the_preview_moves_it_in_the_page_too(stage: Stage) -> None:
    start = paint(1, (90, 160, 3)).mean(axis=(0, 1))
    stage.show.values["preview.position"] = 0.0

    stage.until(lambda: colour_of(stage, "#preview") == pytest.approx(start, abs=6))
    assert stage.page.locator("#preview-bar").is_visible()


def test_the_preview_does_not_show_the_cue_before_while_the_next_is_rendered(browser: Any) -> None:
    show = FakeShow(*PROMPTS[:2])
    begun = replace(grown(1, 2), leaves=(0.0,), branches=(), progress=0.2, thumbnails=grown(1, 2).thumbnails[:1])
    show.coming = (begun,)
    with opened(browser, show) as stage:
        stage.page.wait_for_selector(".cue:nth-child(1).has-thumbnail")
        assert stage.page.locator("#preview.empty").count() == 1
        show.coming = (grown(1, 2),)

        stage.page.wait_for_selector("#preview:not(.empty)")


def test_cues_and_leaves_have_their_pictures(stage: Stage) -> None:
    for cue in (1, 2):
        place = f".cue:nth-child({cue}).has-thumbnail canvas"
        stage.page.wait_for_selector(place)
        assert colour_of(stage, place) == pytest.approx(paint(cue, (90, 160, 3)).mean(axis=(0, 1)), abs=12)


def colour_of(stage: Stage, canvas: str) -> Any:
    """The mean of what a canvas shows: red, green, blue."""
    return stage.page.evaluate(MEAN_COLOUR, canvas)


MEAN_COLOUR = """(selector) => {
    const canvas = document.querySelector(selector);
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    const sums = [0, 0, 0];
    for (let i = 0; i < data.length; i += 4) for (const channel of [0, 1, 2]) sums[channel] += data[i + channel];
    return sums.map((sum) => sum / (data.length / 4));
}"""

# The middle of the playhead on the canvas, in pixels of the window.
RED_COLUMN = """() => {
    const canvas = document.querySelector(".tbar .tree");
    const { data, width } = canvas.getContext("2d").getImageData(0, 0, canvas.width, 4);
    const columns = [];
    for (let x = 0; x < width; x++) if (data[4 * x] > 200 && data[4 * x + 2] < 120) columns.push(x);
    const box = canvas.getBoundingClientRect();
    return box.left + ((columns[0] + columns.at(-1) + 1) / 2) * (box.width / width);
}"""
