"""One page in a real browser, with a small show in memory behind it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from core.control.commands import Command
from core.frames.frame import FrameFormat
from tests.web_remote.fakes import FakeProgram, FakeShow, serving, settings_for_tests
from web_remote.app import WebRemote, WebSettings
from web_remote.browser_midi import MidiHand

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

needs_browser = [
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
LAPTOP: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "has_touch": True,
    "is_mobile": True,
    "device_scale_factor": 2,
}
PATIENCE_MS = 20_000
SMALLEST_TOUCH = 44  # CSS pixels


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

    def open(self, address: str) -> None:
        self.page.goto(address)
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

    def open_panel(self, name: str) -> None:
        self.page.click(f"[data-opens={name}]")

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
def opened(
    browser: Any,
    show: FakeShow,
    *,
    midi: MidiHand | None = None,
    script: str = "",
    settings: WebSettings | None = None,
    address: Callable[[WebRemote], str] = lambda remote: remote.address,
    **options: Any,
) -> Iterator[Stage]:
    """A page of this show; script runs in it before its own, address is where it is found."""
    remote = WebRemote(settings or settings_for_tests(), show.submit, show.snapshot, midi=midi)
    context = browser.new_context(**(options or LAPTOP))
    context.add_init_script(script or "{}")
    with serving(remote):
        program = FakeProgram(show, remote.video_sink, FrameFormat(320, 180))
        program.start()
        try:
            stage = Stage(show, remote, program, context.new_page())
            stage.open(address(remote))
            yield stage
        finally:
            context.close()
            program.stop()
    assert stage.faults == []
