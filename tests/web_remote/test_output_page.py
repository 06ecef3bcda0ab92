"""The page for projectors and browser sources, in a real browser, while its server is killed and comes back."""

from __future__ import annotations

import multiprocessing
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing.process import BaseProcess
from typing import Any

import cv2
import numpy as np
import pytest

from core.frames.frame import Pixels
from tests.web_remote.served import serve_picture
from tests.web_remote.stage import needs_browser

PATIENCE = 20.0  # s: starting a process on a busy machine
OLD_TV = {"width": 640, "height": 480}  # 4:3, so that each way to fit a 16:9 picture looks different
BLACK, RED = (0, 0, 0), (250, 0, 0)

pytestmark = needs_browser


@contextmanager
def served(grey: int, port: int = 0) -> Iterator[tuple[BaseProcess, int, str]]:
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=serve_picture, args=(port, grey, theirs), daemon=True)
    process.start()
    try:
        assert ours.poll(PATIENCE), "the server did not start"
        yield process, *ours.recv()
    finally:
        process.kill()
        process.join()
        ours.close()
        theirs.close()


def seen(page: Any) -> Pixels:
    """A screenshot, (height, width, 3) RGB."""
    picture = cv2.imdecode(np.frombuffer(page.screenshot(), np.uint8), cv2.IMREAD_COLOR)
    assert picture is not None
    return np.ascontiguousarray(picture[:, :, ::-1], np.uint8)


def until(page: Any, is_true: Callable[[Pixels], bool]) -> Pixels:
    end = time.monotonic() + PATIENCE
    while not is_true(picture := seen(page)):
        assert time.monotonic() < end, f"it never came true; the middle is {picture[240, 320]}"
        page.wait_for_timeout(50)
    return picture


def is_like(pixel: Pixels, colour: tuple[int, int, int]) -> bool:
    return bool(np.abs(pixel.astype(int) - colour).max() < 25)


def shows(grey: int) -> Callable[[Pixels], bool]:
    return lambda picture: is_like(picture[240, 320], (grey, grey, grey))


@pytest.mark.parametrize(
    ("query", "top", "frame_at"),
    [
        ("", BLACK, (240, 5)),
        ("?fit=letterbox", BLACK, (240, 5)),
        ("?fit=stretch", RED, (240, 5)),
        ("?fit=crop", RED, (5, 320)),
    ],
    ids=["without a word", "letterbox", "stretch", "crop"],
)
def test_each_fit_fills_another_shape_in_its_way(
    browser: Any, query: str, top: tuple[int, int, int], frame_at: tuple[int, int]
) -> None:
    page = browser.new_page(viewport=OLD_TV)
    with served(120) as (_, _, address):
        base, _, token = address.partition("#")
        page.goto(f"{base}{query}#{token}")
        picture = until(page, shows(120))
        page.close()

    assert is_like(picture[5, 320], top)
    assert is_like(picture[frame_at], RED)
    assert is_like(picture[240, 5], RED) == (query != "?fit=crop"), "crop cuts the sides, and only crop does"


def test_the_last_picture_stays_when_the_server_is_killed_and_a_new_one_goes_on(browser: Any) -> None:
    page = browser.new_page(viewport=OLD_TV)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    with served(60) as (process, port, address):
        page.goto(address)
        until(page, shows(60))
        process.kill()
        process.join()
        page.wait_for_timeout(700)  # the page notices, and tries in vain at least once
        left = seen(page)

    with served(200, port):
        until(page, shows(200))
        page.close()

    assert shows(60)(left), "the last picture stays"
    assert faults == []
