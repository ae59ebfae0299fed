"""A real browser that opens reports from disk; `make test-browser` says where the reports and Chromium are."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

REPORT = os.environ.get("CLAIMS_AUDIT_REPORT", "")
CHROMIUM = os.environ.get("CLAIMS_AUDIT_CHROMIUM", "")


def require_browser() -> None:
    """Leaves a module of tests out where make test-browser did not set the stage."""
    if not (REPORT and CHROMIUM):
        pytest.skip("make test-browser opens a report in Chromium for these", allow_module_level=True)


@pytest.fixture(scope="session", name="browser")
def browser_fixture() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(name="open_page")
def open_page_fixture(browser: Any) -> Iterator[Any]:
    """Opens a report; at the end nothing may have been asked for but the file, and nothing said on the console."""
    asked: list[str] = []
    said: list[str] = []
    contexts = []
    addresses = set()

    def open_page(fragment: str = "", *, file: Path | None = None, **how: Any) -> Any:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **how})
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: asked.append(request.url.split("#")[0]))
        page.on("console", lambda message: said.append(message.text))
        page.on("pageerror", lambda error: said.append(str(error)))
        address = (file or Path(REPORT)).resolve().as_uri()
        addresses.add(address)
        page.goto(address + fragment)
        if file is None and how.get("java_script_enabled", True):
            page.wait_for_selector("#finding-list table, #finding-list .empty")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert set(asked) <= addresses
    assert said == []
