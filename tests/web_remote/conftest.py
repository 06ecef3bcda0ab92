from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.web_remote.fakes import PROMPTS, FakeShow
from tests.web_remote.stage import CHROMIUM, OPTIONS, PHONE, Stage, opened


@pytest.fixture(scope="module")  # while Playwright is open, no other module of tests can run an event loop
def browser() -> Iterator[Any]:
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=OPTIONS)
        yield chromium
        chromium.close()


@pytest.fixture
def stage(browser: Any) -> Iterator[Stage]:
    with opened(browser, FakeShow(*PROMPTS[:4])) as stage:
        yield stage


@pytest.fixture
def phone(browser: Any) -> Iterator[Stage]:
    with opened(browser, FakeShow(*PROMPTS), **PHONE) as stage:
        yield stage
