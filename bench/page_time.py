"""How soon a page is of use in Chromium: `.venv-browser/bin/python -m bench.page_time PAGE CHROMIUM` prints it as JSON.

Runs in the environment of the browser, which has playwright and nothing of ours.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

TIMES = 5


def main(page_file: str, chromium: str) -> None:
    """Prints the median seconds until the list is drawn, and of a filter and a sort over all findings."""
    seconds: dict[str, list[float]] = {"usable": [], "filter": [], "sort": []}
    with sync_playwright() as playwright:
        for _ in range(TIMES):
            # A browser of its own each time: nothing is cached.
            browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            page = browser.new_page(viewport={"width": 1280, "height": 900})
            started = time.perf_counter()
            page.goto(Path(page_file).resolve().as_uri(), wait_until="commit")
            page.wait_for_selector("#finding-list table")
            seconds["usable"].append(time.perf_counter() - started)
            started = time.perf_counter()
            page.fill("#filters [name=text]", "group of 13")
            page.wait_for_function("document.querySelector('#shown').textContent.includes('in all')")
            seconds["filter"].append(time.perf_counter() - started)
            started = time.perf_counter()
            page.click("#finding-list thead button:text-is('Exposure')")
            page.wait_for_selector("#finding-list th[aria-sort=descending]")
            seconds["sort"].append(time.perf_counter() - started)
            browser.close()
    print(json.dumps({name: sorted(values)[TIMES // 2] for name, values in seconds.items()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
