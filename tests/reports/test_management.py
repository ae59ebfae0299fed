"""What management is told: no patient, no word of a person, and no small count that a reader can work out."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import combinations, product
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from claims_audit.home import Home
from claims_audit.settings import read_settings
from flows.rendering import build_run_report
from reports import management
from reports.content import AuditReport
from reports.json_form import as_object
from reports.management import ManagementReport, build_management
from reports.page import write_management_page
from reports.profiles import MANAGEMENT
from reports.small_cells import is_small
from tests.conftest import Audited
from tests.reports.conftest import Warehouse, fill_many_findings

SECRET = "Quokka"


def secrets(warehouse: Warehouse) -> None:
    """Puts a word that must not get out wherever the warehouse holds a person, a file or somebody's words."""
    run = warehouse.con.execute
    run("update claim_line set member_id = 'Quokka ' || member_id, patient_control_number = 'Quokka'")
    run("update delivered_file set file_name = 'Quokka.csv', warnings = '{\"Quokka\": 1}'")
    run(
        "update finding set message = 'Quokka', recommended_action = 'Quokka', member_id = 'Quokka', "
        "session_key = 'Quokka', evidence = '{\"Quokka\": \"Quokka\"}'"
    )
    run("update finding_line set patient_control_number = 'Quokka'")
    run("update rejected_range set reason = 'Quokka', column_name = 'Quokka'")
    run("update gate_result set expectation = 'Quokka', observed = 'Quokka', status_code = 'failed'")
    run("update check_result set reason = 'Quokka'")


@pytest.fixture
def secret_report(make_report: Callable[..., AuditReport]) -> AuditReport:
    return make_report(secrets, not_published="Quokka was not published.")


def told(report: ManagementReport, folder: Path) -> str:
    """All that the page and the JSON of a report say."""
    for is_for_paper in (False, True):
        write_management_page(report, folder / f"{is_for_paper}.html", is_for_paper=is_for_paper)
    pages = [(folder / f"{is_for_paper}.html").read_text(encoding="utf-8") for is_for_paper in (False, True)]
    return "\n".join((*pages, json.dumps(as_object(report, MANAGEMENT))))


def test_no_word_of_a_person_or_file_is_told(secret_report: AuditReport, tmp_path: Path) -> None:
    assert SECRET in json.dumps(as_object(secret_report))
    assert SECRET not in told(build_management(secret_report), tmp_path)


def test_no_identifier_of_the_sample_practice_is_told(sample_run: Audited, tmp_path: Path) -> None:
    report = report_of(sample_run)
    said = told(build_management(report), tmp_path)
    identifiers = {found.finding_id for found in report.findings}
    identifiers |= {found.member_id for found in report.findings if found.member_id}
    identifiers |= {found.session_key for found in report.findings if found.session_key}
    identifiers |= {found.message for found in report.findings}
    identifiers |= {line.member_id for line in report.claim_lines.values()}
    identifiers |= {line.patient_control_number for line in report.claim_lines.values()}
    identifiers |= {file.file_name for file in report.quality.files}
    identifiers |= {file.sha256 for file in report.quality.files}
    assert len(identifiers) > 500
    assert [text for text in identifiers if text in said] == []


def counts_of(value: object) -> Iterator[int]:
    """All counts of findings, lines, claims, members and sessions that a report shows."""
    if is_dataclass(value) and not isinstance(value, type):
        for field in fields(value):
            if field.name not in ("min_size", "max_size", "stale_days"):  # rules and days, not counts of anything
                yield from counts_of(getattr(value, field.name))
    elif isinstance(value, tuple):
        for item in value:
            yield from counts_of(item)
    elif isinstance(value, int) and not isinstance(value, bool):
        yield value


def test_no_count_from_one_to_ten_is_shown(sample_run: Audited, secret_report: AuditReport) -> None:
    for report in (report_of(sample_run), secret_report):
        assert [count for count in counts_of(build_management(report)) if is_small(count)] == []


def test_large_counts_and_dollars_are_shown(make_report: Callable[..., AuditReport]) -> None:
    def fill(warehouse: Warehouse) -> None:
        fill_many_findings(warehouse, 500)
        for table in ("finding", "finding_line", "run_finding"):
            warehouse.con.execute(f"delete from {table} where finding_id like 'f-%'")

    report = build_management(make_report(fill))
    size = next(check for check in report.checks if check.check_id == "oversized_group")
    assert size.exposure == report.totals.exposure
    assert report.totals.exposure.findings == 500
    assert report.totals.exposure.overpayment_findings == 300
    assert report.totals.exposure.overpayment == Decimal("1381.50")
    assert report.totals.exposure.other_findings == 200


def cells_of(report: AuditReport, monkeypatch: pytest.MonkeyPatch) -> management.Cells:
    made: list[management.Cells] = []

    class Watched(management.Cells):
        def __init__(self) -> None:
            super().__init__()
            made.append(self)

    monkeypatch.setattr(management, "Cells", Watched)
    build_management(report)
    return made[0]


def test_no_sum_of_the_sample_practice_tells_a_hidden_count(
    sample_run: Audited, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = cells_of(report_of(sample_run), monkeypatch)
    hidden = sorted(name for name in cells.counts if cells.show(name) is None)
    small = [name for name in hidden if is_small(cells.counts[name])]
    assert len(small) > 100
    place = {name: at for at, name in enumerate(hidden)}
    rows = []
    for relation in cells.relations:
        row = np.zeros(len(hidden))
        for name, sign in relation.signs.items():
            if name in place:
                row[place[name]] = sign
        rows.append(row)
    matrix = np.array(rows)
    # Any adding and subtracting, with any factors: a count can be had so only if its unit row is among the sums.
    rank = np.linalg.matrix_rank(matrix)
    for name in small:
        unit = np.zeros(len(hidden))
        unit[place[name]] = 1
        assert np.linalg.matrix_rank(np.vstack([matrix, unit])) > rank, name
    # And by brute force, each two and three of the sums that share a count.
    touching = [at for at, row in enumerate(rows) if np.count_nonzero(row)]
    for many in (1, 2):
        for chosen in combinations(touching, many):
            for factors in product((1, -1), repeat=many):
                left = sum(factor * rows[at] for factor, at in zip(factors, chosen, strict=True))
                alone = np.flatnonzero(left)
                assert len(alone) != 1 or hidden[alone[0]] not in small


def test_dollars_are_hidden_where_their_count_is(sample_run: Audited) -> None:
    report = build_management(report_of(sample_run))
    rows = [*report.checks, *report.payers, *report.providers, report.totals]
    hidden = 0
    for exposure in (row.exposure for row in rows):
        assert (exposure.overpayment is None) == (exposure.overpayment_findings is None)
        assert (exposure.underpayment is None) == (exposure.underpayment_findings is None)
        hidden += exposure.overpayment is None
    assert hidden > 20
    assert all(row.rate is None for row in report.providers if row.lines is None or row.flagged_lines is None)


def test_providers_beyond_the_fiftieth_share_a_row(sample_run: Audited) -> None:
    report = report_of(sample_run)
    rows = build_management(report).providers
    assert len(report.providers) > management.MOST_PROVIDERS
    assert len(rows) == management.MOST_PROVIDERS + 1
    assert rows[-1].npi == management.OTHER_PROVIDERS


@pytest.mark.parametrize(
    ("days_left", "urgency"),
    [(None, "no day yet"), (-1, "overdue"), (0, "due in 30 days"), (30, "due in 30 days"), (31, "due later")],
)
def test_days_that_run_are_told_by_urgency(days_left: int | None, urgency: str) -> None:
    assert management._urgency(days_left) == urgency


def test_the_page_says_for_whom_it_is(secret_report: AuditReport, tmp_path: Path) -> None:
    write_management_page(build_management(secret_report), tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert page.count("Management: no member is named, counts from 1 to 10 are hidden") >= 1
    assert "<script" not in page
    assert "Nothing was published; the internal report says why." in page
    sections = re.findall(r'<section id="(\w+)"', page)
    assert sections == [
        "changes",
        "exposure",
        "reviews",
        "checks",
        "providers",
        "sizes",
        "quality",
        "trend",
        "method",
        "provenance",
    ]


def test_equal_reports_give_equal_values(secret_report: AuditReport) -> None:
    assert build_management(secret_report) == build_management(secret_report)


def report_of(audited: Audited) -> AuditReport:
    home = Home(audited.home)
    return build_run_report(home, read_settings(home.path, None), None, "test")[1]


def test_only_named_types_are_told(sample_run: Audited) -> None:
    def check(value: Any) -> None:
        if is_dataclass(value):
            assert type(value).__module__ == "reports.management", type(value)
            for field in fields(value):
                check(getattr(value, field.name))
        elif isinstance(value, tuple):
            for item in value:
                check(item)
        else:
            assert value is None or isinstance(value, str | int | float | date | datetime | Decimal)

    check(build_management(report_of(sample_run)))
