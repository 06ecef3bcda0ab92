"""The page in a real browser, played by mouse, finger and keyboard against a small show in memory."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from core.control import commands as c
from core.control.commands import ById, Command, CueDraft
from core.control.snapshot import CueState
from core.frames.frame import FrameFormat
from tests.web_remote.fakes import PROMPTS, FakeProgram, FakeShow, serving, settings_for_tests
from web_remote.app import WebRemote

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium in PATH"),
]

OPTIONS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
LAPTOP = {"viewport": {"width": 1280, "height": 800}}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True, "device_scale_factor": 2}
PATIENCE_MS = 5000
SMALLEST_TOUCH = 44  # CSS pixels


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=OPTIONS)
        yield chromium
        chromium.close()


class Stage:
    """One page, the show behind it, and what went wrong in the page."""

    def __init__(self, show: FakeShow, remote: WebRemote, program: FakeProgram, page: Any) -> None:
        self.show = show
        self.remote = remote
        self.program = program
        self.page = page
        self.faults: list[str] = []
        page.set_default_timeout(PATIENCE_MS)
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self.note_console)

    def note_console(self, line: Any) -> None:
        if line.type == "error":
            self.faults.append(line.text)

    def open(self) -> None:
        self.page.goto(self.remote.address)
        self.page.wait_for_selector("body[data-link=up]")
        self.page.wait_for_selector(".cue, #empty:not([hidden])")

    def until(self, is_true: Callable[[], bool]) -> None:
        """Let the page run until something is true of the show or the page.

        Not `wait_for_function`: it evaluates text inside the page, which our content security policy forbids.
        """
        end = time.monotonic() + PATIENCE_MS / 1000
        while not is_true():
            assert time.monotonic() < end, f"it never came true; commands so far: {self.show.commands}"
            self.page.wait_for_timeout(10)

    def commanded(self, *commands: Command) -> None:
        self.until(lambda: len(self.show.commands) >= len(commands))
        assert self.show.commands == list(commands)

    def reads(self, selector: str, text: str) -> None:
        """Wait until an element shows a text."""
        self.page.locator(selector).filter(has_text=text).first.wait_for()

    def swipe(self, start: tuple[float, float], end: tuple[float, float], steps: int = 8) -> None:
        """One finger from start to end; the mouse of the driver would not scroll."""
        session = self.page.context.new_cdp_session(self.page)

        def touch(kind: str, *points: dict[str, float]) -> None:
            session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": list(points)})

        touch("touchStart", {"x": start[0], "y": start[1]})
        for step in range(1, steps + 1):
            part = step / steps
            touch("touchMove", {"x": start[0] + part * (end[0] - start[0]), "y": start[1] + part * (end[1] - start[1])})
        touch("touchEnd")
        session.detach()

    def drag(self, selector: str, distance: float) -> None:
        """Drag a slider from its middle by this much of its width."""
        box = self.page.locator(f"{selector} .rail").bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + distance * box["width"], y, steps=8)


@contextmanager
def opened(browser: Any, show: FakeShow, **options: Any) -> Iterator[Stage]:
    remote = WebRemote(settings_for_tests(), show.submit, show.snapshot)
    context = browser.new_context(**(options or LAPTOP))
    with serving(remote):
        program = FakeProgram(show, remote.video_sink, FrameFormat(320, 180))
        program.start()
        try:
            stage = Stage(show, remote, program, context.new_page())
            stage.open()
            yield stage
        finally:
            context.close()
            program.stop()
    assert stage.faults == []


@pytest.fixture
def stage(browser: Any) -> Iterator[Stage]:
    with opened(browser, FakeShow(*PROMPTS[:4])) as stage:
        yield stage


@pytest.fixture
def phone(browser: Any) -> Iterator[Stage]:
    with opened(browser, FakeShow(*PROMPTS), **PHONE) as stage:
        yield stage


# What is shown


def test_the_page_shows_program_setlist_and_status(stage: Stage) -> None:
    stage.reads("#program-words", f"On air  1  {PROMPTS[0]}")
    assert stage.page.locator(".cue-prompt").all_text_contents() == list(PROMPTS[:4])
    assert stage.page.locator(".cue-state").all_text_contents() == ["On air", "Ready", "Ready", "Ready"]
    assert stage.page.locator(".cue.standby .cue-number").text_content() == "2"
    stage.reads("#figures", "small diffusion 64")
    stage.reads("#figures", "UDP 127.0.0.1:7770")
    stage.until(lambda: stage.page.evaluate("document.getElementById('picture').width === 320"))


def test_states_of_cues_have_words(stage: Stage) -> None:
    stage.show.states = {2: (CueState.RENDERING, 0.62), 3: (CueState.FAILED, 0.0), 4: (CueState.WAITING, 0.0)}

    stage.reads(".cue:nth-child(2) .cue-state", "62 %")
    stage.reads(".cue:nth-child(3) .cue-state", "Failed")
    stage.reads(".cue:nth-child(4) .cue-state", "Waiting")


def test_a_prompt_is_text_whatever_is_in_it(stage: Stage) -> None:
    nasty = "<img src=x onerror=\"document.title='owned'\"> <b>bold</b>"
    stage.show.setlist.append(CueDraft(nasty))

    stage.reads(".cue:nth-child(5) .cue-prompt", "<b>bold</b>")
    assert stage.page.locator(".cue-prompt img, .cue-prompt b").count() == 0
    assert stage.page.title() == "latentdeck"


def test_sliders_and_switches_come_from_the_registry(stage: Stage) -> None:
    names = stage.page.locator("#faders [data-parameter], #switches [data-parameter]").evaluate_all(
        "elements => elements.map((element) => element.dataset.parameter)"
    )

    assert set(names) == {
        "transition.duration",
        "transition.speed",
        "depth",
        "guidance",
        "keyframes",
        "strength",
        "output.brightness",
        "underrun",
        "setlist.auto",
        "setlist.loop",
        "record",
    }
    stage.reads('[data-parameter="transition.speed"] .address', "/vj/transition/speed")
    stage.reads('[data-parameter="transition.speed"] .fader-value', "1.00")


def test_every_control_has_a_name(stage: Stage) -> None:
    nameless = stage.page.evaluate(
        """() => [...document.querySelectorAll('button, input, textarea, [role=slider]')].filter((element) =>
            !element.ariaLabel && !element.labels?.length && !element.textContent.trim()).map((element) => element.outerHTML)"""
    )

    assert nameless == []


# Hands


def test_go_takes_the_standby_cue_once_for_two_quick_presses(stage: Stage) -> None:
    stage.page.locator("#go").dblclick()

    stage.commanded(c.Go())
    stage.reads("#program-words", f"1 → 2  {PROMPTS[1]}")
    stage.reads(".cue.standby .cue-number", "3")


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


def test_the_speed_slider_sends_and_rests_in_its_detent(stage: Stage) -> None:
    stage.drag('[data-parameter="transition.speed"]', 0.25)
    stage.page.mouse.up()
    stage.until(lambda: stage.show.values["transition.speed"] == pytest.approx(3, abs=0.05))

    stage.drag('[data-parameter="transition.speed"]', -0.257)  # ends at 0.94: within reach of 1
    stage.page.mouse.up()
    stage.until(lambda: stage.show.values["transition.speed"] == 1.0)
    stage.reads('[data-parameter="transition.speed"] .fader-value', "1.00")


def test_a_held_slider_is_not_moved_by_another_hand(stage: Stage) -> None:
    stage.drag('[data-parameter="depth"]', 0.25)
    stage.until(lambda: stage.show.values["depth"] == pytest.approx(0.75, abs=0.005))
    stage.show.values["depth"] = 0.1
    stage.page.wait_for_timeout(150)
    assert stage.page.locator('[data-parameter="depth"] .fader-value').text_content() == "0.75"

    stage.page.mouse.up()

    stage.reads('[data-parameter="depth"] .fader-value', "0.10")


def test_a_drag_sends_no_more_than_one_value_per_frame(stage: Stage) -> None:
    stage.page.evaluate(
        "window.frames_drawn = 0; requestAnimationFrame(function count() { frames_drawn++; requestAnimationFrame(count); })"
    )
    stage.drag('[data-parameter="depth"]', 0.4)
    stage.page.mouse.up()
    stage.until(lambda: stage.show.values["depth"] == pytest.approx(0.9, abs=0.005))

    assert len(stage.show.commands) <= stage.page.evaluate("frames_drawn")


def test_a_tap_on_a_slider_does_not_make_it_jump(stage: Stage) -> None:
    stage.page.locator('[data-parameter="output.brightness"] .track').click(position={"x": 15, "y": 20})
    stage.page.click("#cut")

    stage.commanded(c.Cut())


def test_a_slider_is_reset_by_its_button(stage: Stage) -> None:
    stage.show.values["guidance"] = 9.0
    stage.reads('[data-parameter="guidance"] .fader-value', "9.00")
    stage.page.get_by_role("button", name="Reset Guidance").click()

    stage.commanded(c.ResetParameter("guidance"))
    stage.reads('[data-parameter="guidance"] .fader-value', "3.00")


def test_scrub_keeps_the_position_until_release(stage: Stage) -> None:
    stage.drag("#tbar", 0.4)
    stage.page.mouse.up()
    stage.until(lambda: stage.show.position == pytest.approx(0.4, abs=0.01))
    stage.reads("#badges", "By hand")
    assert stage.page.locator(".leaf").count() == 13

    stage.page.get_by_role("button", name="Release").click()

    stage.until(lambda: stage.show.commands[-1] == c.ReleasePosition())
    stage.until(lambda: stage.show.position > 0.41)
    assert stage.page.locator("#badges").text_content() == ""


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


def test_autopilot_and_choice(stage: Stage) -> None:
    stage.page.get_by_role("button", name="Autopilot").click()
    stage.page.locator("#switches").get_by_role("button", name="hold", exact=True).click()

    stage.until(lambda: len(stage.show.commands) == 2)
    assert stage.show.commands == [c.SetParameter("setlist.auto", False), c.SetParameter("underrun", "hold")]


def test_a_refusal_is_shown_as_a_sentence(stage: Stage) -> None:
    stage.show.is_full = True
    stage.page.click("#go")

    stage.reads(".toast.error", "Go refused: 1024 commands already wait")


# Keys


def test_keys_play_also_after_a_click_on_a_button(stage: Stage) -> None:
    stage.page.locator(".cue-arm").nth(3).click()
    for key in ("Space", "Enter", "b", "F", "h", "r"):
        stage.page.keyboard.press(key)

    stage.commanded(
        c.SelectStandby(ById(4)),
        c.Go(),
        c.Cut(),
        c.SetParameter("output.blackout", True),
        c.SetParameter("freeze", True),
        c.SetParameter("hold", True),
        c.ReleasePosition(),
    )


def test_keys_are_letters_while_somebody_writes(stage: Stage) -> None:
    stage.page.click("#new-prompt")
    stage.page.keyboard.type("b f h ?")

    assert stage.page.input_value("#new-prompt") == "b f h ?"
    assert stage.show.commands == []


def test_arrows_move_a_slider_finely(stage: Stage) -> None:
    stage.page.locator('[data-parameter="depth"] .track').focus()
    stage.page.keyboard.press("ArrowRight")

    stage.commanded(c.SetParameter("depth", 0.51))


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
    stage.reads("#lost", "stopped making frames")
    stage.program.is_standing_still = False
    stage.page.wait_for_selector("body[data-link=up]")


def test_a_wrong_token_is_final_and_says_what_to_do(stage: Stage) -> None:
    page = stage.page.context.new_page()
    page.goto(stage.remote.address.partition("#")[0] + "#token=wrong")

    page.wait_for_selector("body[data-link=refused]")
    assert "Open the address that latentdeck printed" in page.locator("#lost").text_content()


# Phone


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
    box = phone.page.locator('[data-parameter="depth"] .rail').bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    phone.swipe((x, y), (x + 0.25 * box["width"], y))
    phone.until(lambda: phone.show.values["depth"] == pytest.approx(0.75, abs=0.02))
    count = len(phone.show.commands)
    phone.swipe((x, y), (x, y - 60))
    phone.until(lambda: phone.page.evaluate("document.querySelector('.mix').scrollTop > 20"))

    assert len(phone.show.commands) == count


def test_a_phone_shows_everything_within_its_width(phone: Stage) -> None:
    for panel in ("setlist", "mix", "status"):
        phone.page.tap(f"[data-opens={panel}]")
        size = phone.page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")

        assert size == [390, 844]


def test_controls_are_large_enough_for_a_finger(phone: Stage) -> None:
    phone.page.locator(".cue-edit").nth(1).tap()
    for panel in ("setlist", "mix"):
        phone.page.tap(f"[data-opens={panel}]")
        small = phone.page.evaluate(
            """(least) => [...document.querySelectorAll('button:not(.small), input, .track')].filter((element) => {
                const box = element.getBoundingClientRect();
                return box.height > 0 && (box.height < least - 0.5 || box.width < least - 0.5);
            }).map((element) => `${element.outerHTML.slice(0, 60)} ${element.offsetWidth}x${element.offsetHeight}`)""",
            SMALLEST_TOUCH,
        )
        assert small == []


def test_text_is_readable_in_the_dark(stage: Stage) -> None:
    """WCAG contrast of every colour pair that text on the page has now, against the ground it stands on."""
    weak = stage.page.evaluate(CONTRAST, 4.5)

    assert weak == []


# The output page


def test_the_output_page_shows_the_whole_program_and_nothing_else(stage: Stage) -> None:
    page = stage.page.context.new_page()
    address, _, token = stage.remote.output_address.partition("#")
    page.goto(f"{address}?fit=crop#{token}")
    stage.until(lambda: page.evaluate("document.getElementById('picture').width === 320"))

    assert page.locator("body").inner_text().strip() == ""
    assert page.locator("canvas").evaluate("canvas => getComputedStyle(canvas).objectFit") == "cover"
    assert page.locator("canvas").bounding_box() == {"x": 0, "y": 0, "width": 1280, "height": 800}


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
