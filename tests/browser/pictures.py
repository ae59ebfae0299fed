"""Photographs a report for docs/: `make picture` calls it with the page, Chromium and the folder."""

from __future__ import annotations

import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

DESKTOP = {"width": 1280, "height": 1600}
# Name of the picture, and how the page is looked at.
VIEWS: dict[str, dict[str, object]] = {
    "report": {"viewport": DESKTOP},
    "report_dark": {"viewport": DESKTOP, "color_scheme": "dark"},
    "report_phone": {"viewport": {"width": 390, "height": 1600}, "is_mobile": True},
    "report_print": {"viewport": {"width": 816, "height": 1056}},
    "report_management": {"viewport": DESKTOP},
}
MANAGEMENT = "report_management"


def main(page_file: str, chromium: str, folder: str) -> None:
    """Writes one PNG a view."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, how in VIEWS.items():
            page = browser.new_page(**how)  # type: ignore[arg-type]
            file = Path(page_file).resolve()
            if name == MANAGEMENT:
                page.goto(file.with_name("report-management.html").as_uri())
            else:
                page.goto(file.as_uri())
                page.wait_for_selector("#finding-list table")
            if name == "report_print":
                page.emulate_media(media="print")
            page.screenshot(path=Path(folder) / f"{name}.png")
            page.close()
        browser.close()


if __name__ == "__main__":
    main(*sys.argv[1:])
