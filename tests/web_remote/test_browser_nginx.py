"""The page in a real browser behind a real proxy with TLS, at the root of a site and below a path."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.web_remote.fakes import PROMPTS, FakeShow, settings_for_tests
from tests.web_remote.nginx import NAME, free_port, needs_nginx, proxying, recipe
from tests.web_remote.stage import CHROMIUM, OPTIONS, needs_browser, opened
from web_remote.app import WebRemote

pytestmark = [*needs_nginx, *needs_browser]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One that finds the name of the example on this machine and takes its certificate."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    options = [*OPTIONS, f"--host-resolver-rules=MAP {NAME} 127.0.0.1", "--ignore-certificate-errors"]
    with api.sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, headless=True, args=options)
        yield chromium
        chromium.close()


@pytest.mark.parametrize("path", ["/", "/shows/vj/"])
def test_the_page_plays_behind_the_proxy_and_passes_its_address_on(browser: Any, path: str, tmp_path: Path) -> None:
    settings = settings_for_tests(port=free_port(), names=(NAME,))
    with proxying(recipe().replace("location / {", f"location {path} {{"), settings.port, tmp_path) as port:
        base = f"https://{NAME}:{port}{path}"

        def address(remote: WebRemote) -> str:
            return f"{base}#{remote.address.partition('#')[2]}"

        with opened(browser, FakeShow(*PROMPTS[:3]), settings=settings, address=address) as stage:
            stage.page.wait_for_selector("#no-picture[hidden]", state="attached")
            stage.until(lambda: stage.page.evaluate("document.getElementById('picture').width") == 320)
            stage.page.click("#go")
            stage.until(lambda: bool(stage.show.commands))
            stage.page.click(".invite-open")
            texts = stage.page.locator(".invitations .address").all_inner_texts()
            stage.page.goto(texts[2])
            stage.until(lambda: stage.page.evaluate("document.getElementById('picture').width") == 320)

    assert [text.partition("#")[0] for text in texts] == [base, base, f"{base}output"]
