"""The HTML page: offline, under a strict policy, safe against what the data says, of use with and without scripts."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from reports.content import AuditReport
from reports.finding_data import finding_sql, marked_lines
from reports.page import write_page
from reports.snapshot import open_snapshot
from reports.value import ClockRow
from tests.reports.conftest import Warehouse, fill_many_findings

ATTACK = "<script>alert(1)</script><!--"


class Page(HTMLParser):
    """What a browser would take from the page: elements with attributes, text, and the bodies of its blocks."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.text = text
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.bodies: list[tuple[str, dict[str, str | None], str]] = []
        self.words: list[str] = []
        self._block: tuple[str, dict[str, str | None]] | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        self._block = (tag, dict(attrs)) if tag in ("script", "style") else None

    def handle_endtag(self, tag: str) -> None:
        self._block = None

    def handle_data(self, data: str) -> None:
        if self._block:
            self.bodies.append((*self._block, data))
        else:
            self.words.append(data)

    @property
    def reading(self) -> str:
        return " ".join(" ".join(self.words).split())

    def body_of(self, identity: str) -> str:
        """What stands in the block of that id; nothing in an empty one."""
        return next((body for _, attributes, body in self.bodies if attributes.get("id") == identity), "")

    @property
    def findings(self) -> dict[str, Any]:
        packed = self.body_of("finding-data")
        data = json.loads(gzip.decompress(base64.b64decode(packed)))
        for name in ("findings", "lines"):
            data[name] = list(zip(*data[name], strict=True))
        ids = base64.b64decode(self.body_of("finding-ids"))
        for place in range(0, len(ids), 16):
            assert data["findings"][place // 16][0] == 0
            data["findings"][place // 16] = (ids[place : place + 16].hex(), *data["findings"][place // 16][1:])
        place = 0
        for finding in data["findings"]:
            for at in range(0, len(finding[19]), 2):
                place += finding[19][at]
                finding[19][at] = place
        return data


def render(report: AuditReport, folder: Path) -> Page:
    path = folder / "report.html"
    write_page(report, path)
    return Page(path.read_text(encoding="utf-8"))


@pytest.fixture
def page(report: AuditReport, tmp_path: Path) -> Page:
    return render(report, tmp_path)


def test_nothing_points_out_of_the_file(page: Page) -> None:
    for tag, attributes in page.elements:
        for name in ("src", "href", "action", "srcset", "poster", "data"):
            value = attributes.get(name)
            assert value is None or value.startswith(("#", "data:")), (tag, name, value)
        assert "style" not in attributes, tag
        assert not any(name.startswith("on") for name in attributes), tag
    assert "@import" not in page.text
    assert "url(http" not in page.text


def test_the_policy_allows_our_own_style_and_script_only(page: Page) -> None:
    policy = next(
        attributes["content"] or ""
        for tag, attributes in page.elements
        if tag == "meta" and attributes.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for tag, attributes, body in page.bodies:
        if attributes.get("id") not in ("finding-data", "finding-ids"):
            digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
            assert f"{tag}-src 'sha256-{digest}'" in policy


def test_the_script_makes_text_and_never_markup_of_data(page: Page) -> None:
    script = next(body for tag, attributes, body in page.bodies if tag == "script" and not attributes)
    for way in ("innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "Function("):
        assert way not in script


def test_parts_come_in_the_order_of_the_reader(page: Page) -> None:
    order = [attributes["id"] for tag, attributes in page.elements if tag == "section" and "id" in attributes]
    assert order == [
        "changes",
        "exposure",
        "reviews",
        "checks",
        "providers",
        "sizes",
        "findings",
        "quality",
        "trend",
        "sampling",
        "method",
        "provenance",
        "glossary",
    ]


def test_the_page_says_what_matters(page: Page) -> None:
    for words in (
        "Internal: contains protected health information",
        "OK with warnings",
        "October 28, 2026",
        "stale by 5 days",
        "$95.26",
        "$95.88 weighted by certainty",
        "$0.00 may still be got back",
        "$0.00 Medicare and Medicaid, $95.26 other payers",
        "13 people in one group; the limit is 12.",
        "Max size is 12 for CTMCD, 90853, in force from 2015-01-01 to now",
        "Clinic rules of the state program (example.org/rules)",
        "The date of service is not a date.",
        "claims-audit run --inbox inbox --home var",
        "59 95",
        "PCN1:1",
    ):
        assert words in page.reading, words
    assert "overpaid" not in page.reading.lower()


def test_the_page_says_where_to_begin(page: Page) -> None:
    begin = page.text[page.text.index('<section class="first"') : page.text.index('<section id="changes"')]
    links = re.findall(r'<li><a href="#finding-([^"]+)"', begin)
    # One of each check, in the order of the list.
    assert links == ["f-dup", "f-size-2", "f-under", "f-lead"]
    assert "Look at the record." in begin


def test_what_was_decided_is_not_where_to_begin(report: AuditReport, tmp_path: Path) -> None:
    decided = replace(
        report, findings=tuple(replace(one, suppressed_until=date(2027, 1, 1)) for one in report.findings)
    )
    assert "Begin here" not in render(decided, tmp_path).reading
    clock = ClockRow("f-dup", "exact_duplicate_line", None, Decimal(1), *[None] * 6, None, days_left=-3)
    late = replace(decided, reviews=replace(report.reviews, clocks=(clock,)))
    assert "1 clock overdue." in render(late, tmp_path).reading


def test_tables_can_be_read_aloud(page: Page) -> None:
    tables = page.text.count("<table")
    assert tables == page.text.count("<caption>")
    assert all("scope" in attributes for tag, attributes in page.elements if tag == "th")
    charts = re.findall(r'<svg [^>]*class="chart".*?</svg>', page.text, re.DOTALL)
    assert len(charts) == 5
    for chart in charts:
        assert "<title" in chart
        assert "<desc" in chart
    identities = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(identities) == len(set(identities))
    assert 'aria-live="polite"' in page.text


def test_findings_are_packed_with_lines_and_policies(page: Page) -> None:
    data = page.findings
    assert [row[0] for row in data["findings"]] == ["f-dup", "f-size-2", "f-size", "f-under", "f-maybe", "f-lead"]
    size = data["findings"][2]
    assert size[12] == 6000
    assert size[16] == {"member_count": 13, "max_size": 12, "members": ["M100", "M101"]}
    assert [data["lines"][place][3] for place in size[19][::2]] == ["90853", "90853", "90853"]
    assert size[19][1::2] == [2000, 2000, 2000]
    assert "ct-90853-max" in data["policies"]


def test_the_cells_that_a_finding_is_about_are_marked(page: Page) -> None:
    data = page.findings
    marks = {check[0]: [data["columns"][place][0] for place in check[4]] for check in data["checks"]}
    assert marks == {
        "oversized_group": ["Member"],
        "exact_duplicate_line": ["Date", "Code"],
        "underpaid": ["Allowed"],
        "provider_outlier": [],
        "cloned_notes": [],
    }
    # f-dup: the second line is at risk.
    plain = page.text[page.text.index('id="finding-f-dup"') :]
    plain = plain[: plain.index("</details>")]
    assert plain.count("<mark>") == 3  # the sentence and two cells
    assert '<mark><span class="unseen">what it is about: </span>90853</mark>' in plain


def test_every_finding_has_its_own_lines(report: AuditReport, page: Page) -> None:
    data = page.findings
    for found, packed in zip(report.findings, data["findings"], strict=True):
        told = [data["lines"][place][0] for place in packed[19][::2]]
        assert told == [f"{line.patient_control_number}:{line.claim_line_number}" for line in found.lines]


def test_the_sql_of_a_finding_gives_its_lines(report: AuditReport, snapshot: Path) -> None:
    for found in report.findings:
        with open_snapshot(snapshot) as con:
            told = con.execute(f"select claim_line_id from ({finding_sql(found.finding_id).rstrip(';')})").fetchall()
        assert [row[0] for row in told] == [line.claim_line_id for line in found.lines]


def test_only_lines_at_risk_are_marked_unless_none_is(report: AuditReport) -> None:
    found = next(found for found in report.findings if found.finding_id == "f-size")
    first, *others = found.lines
    nothing = [replace(line, exposure_amount=Decimal(0)) for line in others]
    assert marked_lines(replace(found, lines=(first, *nothing))) == {first.claim_line_id}
    assert marked_lines(replace(found, lines=tuple(nothing))) == {line.claim_line_id for line in nothing}


def test_data_cannot_become_markup(make_report: Callable[..., AuditReport], tmp_path: Path) -> None:
    def attack(warehouse: Warehouse) -> None:
        run = warehouse.con.execute
        run("update payer set payer_name = $attack", {"attack": ATTACK})
        run("update delivered_file set file_name = $attack", {"attack": ATTACK})
        run(
            "update finding set message = $attack, recommended_action = $attack, evidence = $json",
            {"attack": ATTACK, "json": json.dumps({ATTACK: [ATTACK]})},
        )

    page = render(make_report(attack), tmp_path)
    assert ATTACK not in page.text
    assert ATTACK in page.reading
    assert page.findings["findings"][0][14] == ATTACK
    assert len([tag for tag, _ in page.elements if tag == "script"]) == 3


def test_a_night_without_findings_has_a_page(make_report: Callable[..., AuditReport], tmp_path: Path) -> None:
    def clear(warehouse: Warehouse) -> None:
        for table in ("finding", "finding_line", "run_finding", "gate_result", "rejected_range"):
            warehouse.con.execute(f"delete from {table}")
        warehouse.con.execute("drop table group_session")

    page = render(make_report(clear), tmp_path)
    assert "No finding in this run." in page.reading
    assert "Not available: this snapshot holds no sessions." in page.reading


def test_nothing_published_is_the_first_thing_said(make_report: Callable[..., AuditReport], tmp_path: Path) -> None:
    page = render(make_report(not_published="the gate did not pass."), tmp_path)
    assert "FAILED" in page.reading
    assert "Nothing was published. What follows is the last good state" in page.reading


def test_many_findings_stay_a_small_file(make_report: Callable[..., AuditReport], tmp_path: Path) -> None:
    report = make_report(lambda warehouse: fill_many_findings(warehouse, 20_000))
    page = render(report, tmp_path)
    assert [row[0] for row in page.findings["findings"]] == [found.finding_id for found in report.findings]
    assert len(page.findings["findings"]) == 20_006
    assert (tmp_path / "report.html").stat().st_size < 5_000_000
    # What a browser without scripts shows is the most pressing part.
    assert page.text.count('<details class="finding"') == 200


def test_ids_that_are_hashes_stand_apart(make_report: Callable[..., AuditReport], tmp_path: Path) -> None:
    def fill(warehouse: Warehouse) -> None:
        fill_many_findings(warehouse, 300)
        warehouse.con.execute("delete from finding where finding_id like 'f-%'")

    report = make_report(fill)
    page = render(report, tmp_path)
    told = [row[0] for row in page.findings["findings"]]
    assert told == [found.finding_id for found in report.findings]
    assert all(len(identity) == 32 for identity in told)
    assert len(base64.b64decode(page.body_of("finding-ids"))) == 16 * 300


def test_equal_reports_give_equal_pages(report: AuditReport, tmp_path: Path) -> None:
    write_page(report, tmp_path / "one.html")
    write_page(report, tmp_path / "two.html")
    assert (tmp_path / "one.html").read_bytes() == (tmp_path / "two.html").read_bytes()
    assert (tmp_path / "one.html").stat().st_mode & 0o077 == 0
