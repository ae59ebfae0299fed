"""What reviewers decided, in the report value, on the page and in the workbook, over the small made-up practice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from claims_audit.review.event import EventKind, RecordedEvent
from reports.content import AuditReport, build_report
from reports.finding_data import review_items
from reports.page import write_page
from reports.value import Precision
from tests.reports.conftest import CHECKS, PROVENANCE, RUN, Warehouse, fill_small_practice

TODAY = date(2026, 11, 27)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


def events(*told: tuple[str, EventKind, dict[str, str]]) -> list[RecordedEvent]:
    return [
        RecordedEvent(seq, f"key-{seq}", subject, seq, kind, "A. Reviewer", NOW, details, "", f"{seq}" * 64)
        for seq, (subject, kind, details) in enumerate(told, start=1)
    ]


def decided(
    finding: str, check: str, disposition: str, sha: str = "e", **details: str
) -> tuple[str, EventKind, dict[str, str]]:
    told = {"disposition": disposition, "check_id": check, "evidence_sha": sha, **details}
    return finding, EventKind.DECIDED, told


@pytest.fixture(name="tell")
def tell_fixture(tmp_path: Path) -> Callable[..., AuditReport]:
    def tell(*told: tuple[str, EventKind, dict[str, str]], today: date = TODAY) -> AuditReport:
        path = tmp_path / "snapshot.duckdb"
        if not path.exists():
            warehouse = Warehouse(path)
            fill_small_practice(warehouse)
            warehouse.con.execute("update payer set program = 'medicare' where payer_id = 'MEDICARE'")
            warehouse.publish()
        return build_report(path, RUN, checks=CHECKS, provenance=PROVENANCE, reviewed=events(*told), today=today)

    return tell


def test_findings_say_where_their_review_stands(tell: Callable[..., AuditReport]) -> None:
    report = tell(
        decided(
            "f-dup",
            "exact_duplicate_line",
            "refunded",
            refund_number="9",
            refund_amount="27.6",
            refunded_on="2026-11-02",
        ),
        decided("f-size", "oversized_group", "dismissed", sha="older", reason_code="record_supports"),
        decided("f-maybe", "oversized_group", "needs_records", records_requested_on="2026-11-02"),
    )
    states = {finding.finding_id: finding.review_state for finding in report.findings}
    assert states == {
        "f-dup": "refunded",
        "f-size": "changed_since",
        "f-maybe": "needs_records",
        "f-size-2": "unreviewed",
        "f-under": "unreviewed",
        "f-lead": "unreviewed",
    }
    reviews = report.reviews
    assert (reviews.events, reviews.reviewed, reviews.changed_since, reviews.unreviewed) == (3, 2, 1, 3)
    (refunded,) = (finding for finding in report.findings if finding.finding_id == "f-dup")
    assert dict(review_items(refunded)) == {
        "Decision": "Refunded",
        "Decided by": "A. Reviewer, 2026-11-20 12:00 UTC",
        "Refund number": "9",
        "Refunded": "$27.60",
        "Refunded on": "2026-11-02",
    }


def test_precision_counts_what_was_judged_in_all_runs(tell: Callable[..., AuditReport]) -> None:
    report = tell(
        decided("f-size", "oversized_group", "confirmed"),
        decided("f-size-2", "oversized_group", "dismissed", reason_code="rule_wrong"),
        decided("f-maybe", "oversized_group", "needs_records"),  # not judged yet
        decided("f-long-gone", "oversized_group", "corrected", reason_code="void_sent"),  # of an earlier run
        decided("f-dup", "exact_duplicate_line", "confirmed"),
        decided("f-dup", "exact_duplicate_line", "dismissed", reason_code="data_wrong"),  # a second thought
    )
    found = {outcome.info.check_id: outcome.precision for outcome in report.checks}
    assert found["oversized_group"] == Precision(2, 3)
    assert found["exact_duplicate_line"] == Precision(0, 1)
    assert found["exact_duplicate_line"].share == 0.0
    assert found["underpaid"].share is None


def test_money_that_was_dismissed_is_still_counted(tell: Callable[..., AuditReport]) -> None:
    # A decision can be taken back; figures that change with it would not be those of the run.
    before = tell().totals
    assert tell(decided("f-dup", "exact_duplicate_line", "dismissed", reason_code="data_wrong")).totals == before


def test_suppressions_fit_their_payer_and_provider(tell: Callable[..., AuditReport]) -> None:
    suppressed = {"reason": "Under negotiation", "until": "2026-12-31"}
    report = tell(
        ("oversized_group", EventKind.SUPPRESSED, {**suppressed, "payer_id": "MEDICARE"}),
        (
            "oversized_group",
            EventKind.SUPPRESSED,
            {**suppressed, "payer_id": "CTMCD", "rendering_provider_npi": "1245319599"},
        ),
        ("underpaid", EventKind.SUPPRESSED, {**suppressed, "until": "2026-11-26"}),
    )
    assert [(row.check_id, row.is_active, row.findings) for row in report.reviews.suppressions] == [
        ("oversized_group", True, 0),
        ("oversized_group", True, 3),
        ("underpaid", False, 1),
    ]
    until = {finding.finding_id: finding.suppressed_until for finding in report.findings if finding.suppressed_until}
    assert until == dict.fromkeys(("f-size", "f-size-2", "f-maybe"), date(2026, 12, 31))
    assert report.reviews.suppressed == 3


def test_the_most_urgent_day_comes_first(tell: Callable[..., AuditReport]) -> None:
    def dated(finding: str, clock: str, day: str) -> tuple[str, EventKind, dict[str, str]]:
        return finding, EventKind.DATED, {"clock": clock, "day": day}

    report = tell(
        dated("f-under", "returned", "2026-11-20"),
        dated("f-under", "contract_due", "2026-01-01"),
        dated("f-size", "identified", "2026-11-01"),  # of no federal payer: nothing is counted
        dated("f-dup", "identified", "2026-10-01"),
        dated("f-maybe", "contract_due", "2026-11-27"),
        dated("f-lead", "contract_due", "2026-11-26"),
    )
    assert [(row.finding_id, row.days_left) for row in report.reviews.clocks] == [
        ("f-lead", -1),
        ("f-maybe", 0),
        ("f-dup", 3),
        ("f-size", None),
        ("f-under", None),
    ]


def test_the_page_tells_it_without_scripts(tell: Callable[..., AuditReport], tmp_path: Path) -> None:
    report = tell(
        decided("f-dup", "exact_duplicate_line", "confirmed", comment="<script>alert(1)</script>"),
        ("f-dup", EventKind.DATED, {"clock": "identified", "day": "2026-09-01"}),
        ("underpaid", EventKind.SUPPRESSED, {"reason": "A & B", "until": "2026-12-31"}),
    )
    write_page(report, tmp_path / "report.html")
    page = (tmp_path / "report.html").read_text()
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert(1)</script>" not in page
    assert "overdue by 27" in page
    assert "A &amp; B" in page
    assert "1 of 1</span>" in page
    assert Decimal("27.63") == next(row.exposure_amount for row in report.reviews.clocks)
