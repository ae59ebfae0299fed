"""The report of the sample practice in a real browser, opened from disk: `make test-browser`."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.browser.conftest import require_browser

require_browser()

from playwright.sync_api import Page  # noqa: E402


def shown(page: Page) -> int:
    """How many findings the list says that it shows."""
    found = re.search(r"([\d,]+) findings shown", page.inner_text("#shown"))
    assert found
    return int(found[1].replace(",", ""))


def choose(page: Page, name: str, place: int = 1) -> int:
    """Chooses a filter by its place and returns the count that its label promises."""
    option = page.locator(f"#filters [name={name}] option").nth(place)
    page.select_option(f"#filters [name={name}]", str(option.get_attribute("value")))
    promised = re.search(r"\(([\d,]+)\)$", option.inner_text())
    assert promised
    return int(promised[1].replace(",", ""))


FILTERS = ["check", "severity", "direction", "certainty", "verdict", "payer", "provider", "state", "review"]


@pytest.mark.parametrize("name", FILTERS)
def test_each_filter_keeps_its_promise(open_page: Any, name: str) -> None:
    page = open_page()
    everything = shown(page)
    assert choose(page, name) == shown(page) <= everything
    page.click("#filters button[type=reset]")
    # The page's own policy keeps Playwright from evaluating a text in a loop.
    for _ in range(100):
        if shown(page) == everything:
            break
        page.wait_for_timeout(20)
    assert shown(page) == everything


def test_dates_amounts_and_words(open_page: Any) -> None:
    page = open_page()
    everything = shown(page)
    page.fill("#filters [name=from]", "2024-03-01")
    page.fill("#filters [name=to]", "2024-03-31")
    in_march = shown(page)
    assert 0 < in_march < everything
    days = page.locator("#finding-list tbody tr:not(.drill) td.date").all_inner_texts()
    assert {day[:7] for day in days} == {"2024-03"}
    page.fill("#filters [name=least]", "100")
    amounts = page.locator("#finding-list tbody tr:not(.drill) td.amount").all_inner_texts()
    assert shown(page) < in_march
    assert all(float(re.sub(r"[^\d.]", "", amount.split("\n")[0])) >= 100 for amount in amounts)
    page.fill("#filters [name=text]", "no such words anywhere")
    assert "No finding matches" in page.inner_text("#finding-list")


def test_sorting_says_so_and_sorts(open_page: Any) -> None:
    page = open_page()
    for name, cell in (("Date", "td.date"), ("Severity", "td .severity")):
        page.click(f"#finding-list thead button:text-is('{name}')")
        head = page.locator(f"#finding-list th:has(button:text-is('{name}'))")
        first = head.get_attribute("aria-sort")
        texts = page.locator(f"#finding-list tbody tr:not(.drill) {cell}").all_inner_texts()
        page.click(f"#finding-list thead button:text-is('{name}')")
        assert {first, head.get_attribute("aria-sort")} == {"ascending", "descending"}
        if name == "Date":
            assert texts == sorted(texts, reverse=True)


def test_pages_hold_a_hundred(open_page: Any) -> None:
    page = open_page()
    everything = shown(page)
    assert page.locator("#finding-list tbody tr:not(.drill)").count() == 100
    seen: set[str] = set()
    while True:
        seen |= {str(row.get_attribute("id")) for row in page.locator("#finding-list tbody tr:not(.drill)").all()}
        if page.is_disabled("#after"):
            break
        page.click("#after")
    assert len(seen) == everything


def test_the_address_holds_the_view(open_page: Any) -> None:
    page = open_page()
    choose(page, "severity", 2)
    page.fill("#filters [name=least]", "50")
    page.click("#finding-list thead button:text-is('Exposure')")
    count, first = shown(page), page.locator("#finding-list tbody tr").first.get_attribute("id")
    again = open_page(page.evaluate("location.hash"))
    assert shown(again) == count
    assert again.locator("#finding-list tbody tr").first.get_attribute("id") == first
    assert again.input_value("#filters [name=least]") == "50"


def test_a_figure_leads_to_its_findings(open_page: Any) -> None:
    page = open_page()
    link = page.locator("#exposure a[data-filter=check]").first
    count = int(link.inner_text().replace(",", ""))
    link.click()
    assert shown(page) == count


def test_a_finding_opens_with_its_lines_and_closes(open_page: Any) -> None:
    page = open_page()
    opener = page.locator("#finding-list .opener").first
    sentence = opener.inner_text()
    opener.click()
    sheet = page.locator("#finding-list tr.drill:not([hidden]) .sheet")
    assert sentence in sheet.inner_text()
    for heading in ("Why this matters", "Recommended action", "How sure", "Policy", "Evidence"):
        assert sheet.locator(f"h4:text-is('{heading}')").count() == 1
    assert sheet.locator("tbody tr").count() >= 1
    link = sheet.locator("a:text-is('Link to this finding')").get_attribute("href")
    opener.click()
    assert page.locator("#finding-list tr.drill:not([hidden])").count() == 0
    alone = open_page(link)
    assert sentence in alone.locator("#finding-list tr.drill:not([hidden]) .sheet").inner_text()


def test_by_keyboard_alone(open_page: Any) -> None:
    """From the top to a finding's lines: skip link, filter, sort, open, turn the page."""
    page = open_page()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    reached: list[str] = []
    for _ in range(60):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.name || document.activeElement.textContent"))
        if page.evaluate("document.activeElement.className") == "opener":
            break
    assert [name for name in reached if name in FILTERS] == [*FILTERS[:6], "state", "review", "provider"]
    assert {"from", "to", "least", "text", "Severity", "Exposure"} <= set(reached)
    # What has the focus is seen, and not below something that sticks.
    assert page.evaluate(
        "(() => { const e = document.activeElement, b = e.getBoundingClientRect();"
        "const top = document.elementFromPoint(b.x + 5, b.y + 5); return e === top || e.contains(top); })()"
    )
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
    page.keyboard.press("Enter")
    assert page.locator("#finding-list tr.drill:not([hidden])").count() == 1
    page.keyboard.press("Space")
    assert page.locator("#finding-list tr.drill:not([hidden])").count() == 0
    page.focus("#after")
    page.keyboard.press("Enter")
    assert "Page 2" in page.inner_text("#page-number")


def test_the_drill_down_marks_what_it_is_about_and_tells_how_to_ask_again(open_page: Any) -> None:
    page = open_page("#list?check=oversized_group")
    page.locator("#finding-list .opener").first.click()
    drill = page.locator("#finding-list tr.drill:not([hidden])")
    assert drill.locator("tbody mark").count() > 10
    assert drill.locator("thead th").all_inner_texts()[12] == "Member"
    assert "what it is about" in (drill.locator("tbody mark").first.text_content() or "")
    drill.locator("summary", has_text="in SQL").click()
    assert "finding_line.finding_id = '" in drill.locator("pre").inner_text()


@pytest.mark.parametrize("width", [320, 640, 1280])
def test_nothing_is_wider_than_the_window(open_page: Any, width: int) -> None:
    page = open_page(viewport={"width": width, "height": 900})
    page.locator("#finding-list .opener").first.click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    # Targets of a pointer: 24 px at least, but for links in a text.
    small = page.evaluate(
        "[...document.querySelectorAll('button, select, input, summary')].filter(e => e.offsetParent)"
        ".filter(e => e.getBoundingClientRect().height < 24).map(e => e.outerHTML.slice(0, 80))"
    )
    assert small == []


def test_on_paper_nothing_is_folded(open_page: Any) -> None:
    page = open_page()
    page.locator("#finding-list .opener").first.click()
    page.emulate_media(media="print")
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    assert page.locator("main details:not(.sql):not([open])").count() == 0
    for selector in ("#filters", "#pager", ".contents"):
        assert not page.is_visible(selector)
    for size in ("Letter", "A4"):
        assert page.pdf(format=size).startswith(b"%PDF")
    heads = page.evaluate("[...document.querySelectorAll('thead')].map(e => getComputedStyle(e).display)")
    assert set(heads) == {"table-header-group"}


def test_without_scripts_the_most_pressing_are_there(open_page: Any) -> None:
    page = open_page(java_script_enabled=False)
    assert page.locator("#plain-findings details.finding").count() == 200
    assert page.locator("#filters").is_hidden()
    page.locator("#plain-findings summary").first.click()
    assert page.locator("#plain-findings details[open] table").first.is_visible()


def test_forced_colours_keep_what_is_said(open_page: Any) -> None:
    page = open_page(forced_colors="active")
    texts = page.locator("#finding-list tbody .severity").all_inner_texts()
    assert texts and all(texts)
