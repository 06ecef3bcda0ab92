"""What a page says whose key is wrong or missing, in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from core.frames.frame import FrameFormat
from tests.web_remote.fakes import FakeProgram, FakeShow, serving, settings_for_tests
from tests.web_remote.nginx import free_port
from tests.web_remote.stage import PATIENCE_MS, needs_browser
from web_remote.app import WebRemote

pytestmark = needs_browser

WRONG = "The show refused this page: wrong token."
MISSING = "The show refused this page: no token: the address ends before #token=."
REMEDY = "Open the whole address that latentdeck printed at its start."


@contextmanager
def served(port: int = 0) -> Iterator[WebRemote]:
    show = FakeShow("fog")
    remote = WebRemote(settings_for_tests(port), show.submit, show.snapshot)
    with serving(remote):
        yield remote


@contextmanager
def page_at(browser: Any, address: str) -> Iterator[Any]:
    page = browser.new_page()
    page.set_default_timeout(PATIENCE_MS)
    page.goto(address)
    try:
        yield page
    finally:
        page.close()


@pytest.mark.parametrize(("path", "element"), [("/output", "#words"), ("/", "#lost")], ids=["output", "remote"])
@pytest.mark.parametrize(("fragment", "words"), [("#token=guess", WRONG), ("", MISSING), ("#token=", MISSING)])
def test_a_page_with_a_wrong_key_or_none_says_which_and_what_to_do(
    browser: Any, path: str, element: str, fragment: str, words: str
) -> None:
    with served() as remote, page_at(browser, f"http://127.0.0.1:{remote.port}{path}{fragment}") as page:
        page.locator(element).filter(has_text="refused").wait_for()

        assert page.inner_text(element) == f"{words} {REMEDY}"
        assert page.title() == (f"{words} {REMEDY}" if path == "/output" else "latentdeck")


def test_the_output_says_that_the_show_cannot_be_reached_and_never_over_a_picture(browser: Any) -> None:
    port = free_port()
    with served(port) as remote:
        page = browser.new_page()
        page.set_default_timeout(PATIENCE_MS)
        page.goto(remote.output_address)
        assert page.locator("#words").is_hidden()
    page.locator("#words").filter(has_text="No picture from the show").wait_for()

    with served(port) as remote:
        program = FakeProgram(FakeShow("fog"), remote.video_sink, FrameFormat(320, 180))
        program.start()
        page.locator("#words").wait_for(state="hidden")
        assert page.title() == "latentdeck output"
        program.stop()
    while page.title() == "latentdeck output":
        page.wait_for_timeout(20)

    assert page.locator("#words").is_hidden(), "an audience may look at the last picture"
    assert page.title().startswith("No picture from the show")
    page.close()
