"""The report of each profile in a real browser and on paper: `make test-browser`."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.browser.conftest import REPORT, require_browser

require_browser()

from axe_playwright_python.sync_playwright import Axe  # noqa: E402
from pypdf import PdfReader  # noqa: E402

FOLDER = Path(REPORT).resolve().parent
# WCAG 2.2, levels A and AA.
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
CLASSIFICATIONS = {
    "report": "Internal: contains protected health information",
    "report-counsel": "Privileged and confidential: prepared at the request of counsel",
    "report-management": "Management: no member is named, counts from 1 to 10 are hidden",
}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize("stem", CLASSIFICATIONS)
def test_axe_finds_nothing(open_page: Any, stem: str, scheme: str, width: int) -> None:
    page = open_page(file=FOLDER / f"{stem}.html", color_scheme=scheme, viewport={"width": width, "height": 900})
    if stem != "report-management":
        page.wait_for_selector("#finding-list table")
        page.locator("#finding-list .opener").first.click()
    found = Axe().run(page, options={"runOnly": {"type": "tag", "values": RULES}}).response["violations"]
    assert [(fault["id"], fault["nodes"][0]["target"]) for fault in found] == []


@pytest.mark.parametrize("stem", CLASSIFICATIONS)
def test_the_page_says_for_whom_it_is(open_page: Any, stem: str) -> None:
    page = open_page(file=FOLDER / f"{stem}.html")
    assert page.locator(".classification").inner_text().startswith(CLASSIFICATIONS[stem])


@pytest.mark.parametrize("width", [320, 640, 1280])
def test_the_page_of_management_is_no_wider_than_the_window(open_page: Any, width: int) -> None:
    page = open_page(file=FOLDER / "report-management.html", viewport={"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_management_can_be_walked_with_the_keyboard(open_page: Any) -> None:
    page = open_page(file=FOLDER / "report-management.html")
    page.keyboard.press("Tab")
    assert "Skip" in page.evaluate("document.activeElement.textContent")
    page.keyboard.press("Enter")
    assert page.url.endswith("#exposure")
    page.locator("#checks summary").focus()
    page.keyboard.press("Enter")
    assert page.locator("#checks details[open]").count() == 1


@pytest.mark.parametrize("stem", CLASSIFICATIONS)
def test_every_sheet_carries_classification_run_and_page(stem: str) -> None:
    printed = PdfReader(FOLDER / f"{stem}.pdf")
    sheets = [" ".join(sheet.extract_text().split()) for sheet in printed.pages]
    for number, sheet in enumerate(sheets, start=1):
        assert CLASSIFICATIONS[stem] in sheet, number
        assert f"Run {FOLDER.name}, page {number} of {len(sheets)}" in sheet, number
    everything = " ".join(sheets)
    assert "Provenance" in everything
    if stem == "report-management":
        assert not re.search(r"\bHLC\d{8}\b", everything)
    else:
        # Nothing is folded: the claim lines of the most pressing findings are there to read.
        assert len(re.findall(r"\bHLC\d{8}:\d", everything)) > 200
