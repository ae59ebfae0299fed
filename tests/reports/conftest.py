"""A small made-up warehouse, built from the tables of sql/ddl, for the tests of the reports."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from bench.many_findings import fill_findings
from reports.content import AuditReport, CheckInfo, Provenance, build_report

ROOT = Path(__file__).parents[2]
RUN = "20261102T020000Z-b2"
PREVIOUS = "20261101T020000Z-a1"

CHECKS = (
    CheckInfo(
        "oversized_group",
        "R10",
        "More people in a group than allowed",
        "group_size",
        "high",
        "A group rate assumes that the therapist can attend to each member.",
        "Payer policy; the seed article",
        "select session_key from group_session where member_count > max_size",
        ("member_id",),
    ),
    CheckInfo(
        "exact_duplicate_line",
        "R20",
        "The same line billed twice",
        "duplicates",
        "critical",
        "One service is paid once.",
        "The seed article",
        "select claim_line_id from current_claim_line",
        ("date_of_service", "procedure_code"),
    ),
    CheckInfo(
        *("underpaid", "R47", "Paid below the fee", "payment", "medium", "Money owed.", "Fee schedule", "select 1"),
        marks=("allowed_amount",),
    ),
    CheckInfo("provider_outlier", "R51", "Unlike the peers", "providers", "info", "A pattern.", "Method", "select 1"),
    CheckInfo("cloned_notes", "R31", "Notes that are copies", "diagnosis", "low", "Notes.", "Manual", "select 1"),
)

PROVENANCE = Provenance(
    command="claims-audit run --inbox inbox --home var",
    commit="0123abc",
    python_version="3.11.9",
    duckdb_version="2.0.0",
    lock_sha="1" * 64,
    config_sha="2" * 64,
    time_zone="America/Hartford",
)

Rows = Iterable[Mapping[str, Any]]


class Warehouse:
    """Rows on their way into a snapshot; columns that a test does not name get a plain default."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.con = duckdb.connect(str(path))
        # One transaction for all: a commit to disk for each row would take most of the time of a test.
        self.con.begin()
        for ddl in sorted((ROOT / "sql" / "ddl").glob("*.sql")):
            self.con.execute(ddl.read_text())

    def insert(self, table: str, rows: Rows, defaults: Mapping[str, Any] | None = None) -> None:
        for row in rows:
            values = {**(defaults or {}), **row}
            names = ", ".join(values)
            marks = ", ".join("?" for _ in values)
            self.con.execute(f"insert into {table} ({names}) values ({marks})", list(values.values()))

    def publish(self) -> Path:
        self.con.commit()
        self.con.close()
        return self.path


RUN_DEFAULTS = {
    "status_code": "published",
    "exit_code": 0,
    "code_version": "0.1.0",
    "rule_set_sha": "a" * 64,
    "policy_sha": "b" * 64,
    "data_view": "provider",
}
FILE_DEFAULTS = {
    "run_id": RUN,
    "accepted_run_id": RUN,
    "format_code": "claim_csv",
    "byte_count": 1000,
    "bytes_frame": 1000,
    "lines_in": 0,
    "lines_loaded": 0,
    "lines_quarantined": 0,
    "lines_superseded": 0,
    "lines_duplicate": 0,
    "lines_other": 0,
    "charge_in_cents": 0,
    "charge_loaded_cents": 0,
    "charge_quarantined_cents": 0,
    "charge_superseded_cents": 0,
    "charge_duplicate_cents": 0,
    "charge_other_cents": 0,
    "segment_counts": "{}",
    "warnings": "{}",
    "loaded_at": datetime(2026, 11, 2, 2, 0, 5),
}
LINE_DEFAULTS = {
    "file_id": 1,
    "byte_start": 0,
    "byte_end": 10,
    "claim_line_number": 1,
    "claim_frequency_code": "1",
    "payer_id": "CTMCD",
    "payer_name": "Connecticut Medicaid",
    "member_id": "M100",
    "billing_provider_npi": "1234567893",
    "rendering_provider_npi": "1245319599",
    "place_of_service_code": "11",
    "date_of_service": date(2026, 10, 20),
    "procedure_code": "90853",
    "service_units": Decimal("1.000"),
    "charge_amount": Decimal("40.00"),
    "paid_amount": Decimal("27.63"),
    "line_sha": "x",
}
FINDING_DEFAULTS = {
    "rule": "R10",
    "severity": "high",
    "direction": "overpayment",
    "certainty": "C1",
    "verdict": "violates_payer",
    "payer_id": "CTMCD",
    "rendering_provider_npi": "1245319599",
    "date_of_service": date(2026, 10, 20),
    "exposure_ceiling_amount": Decimal("0.00"),
    "message": "Something was found.",
    "recommended_action": "Look at the record.",
    "evidence": "{}",
    "evidence_sha": "e",
    "first_seen_run": PREVIOUS,
    "last_seen_run": RUN,
    "state": "open",
}


def finding(finding_id: str, check_id: str, amount: str, **others: Any) -> dict[str, Any]:
    return {"finding_id": finding_id, "check_id": check_id, "exposure_amount": Decimal(amount), **others}


def finding_line(finding_id: str, line: int, amount: str) -> dict[str, Any]:
    return {
        "finding_id": finding_id,
        "claim_line_id": line,
        "patient_control_number": f"PCN{line}",
        "claim_line_number": 1,
        "exposure_amount": Decimal(amount),
    }


def claim_line(line: int, **others: Any) -> dict[str, Any]:
    return {"claim_line_id": line, "claim_id": f"c{line}", "patient_control_number": f"PCN{line}", **others}


def fill_small_practice(warehouse: Warehouse) -> None:
    """Six lines that count and one that was replaced; six findings of five kinds and one that is gone."""
    put = warehouse.insert
    put(
        "audit_run",
        [
            {"run_id": PREVIOUS, "started_at": datetime(2026, 11, 1, 2), "ended_at": datetime(2026, 11, 1, 2, 1)},
            {"run_id": RUN, "started_at": datetime(2026, 11, 2, 2), "ended_at": datetime(2026, 11, 2, 2, 1)},
        ],
        RUN_DEFAULTS,
    )
    put(
        "delivered_file",
        [
            {
                "file_id": 1,
                "file_name": "october.csv",
                "sha256": "f" * 64,
                "lines_in": 10,
                "lines_loaded": 6,
                "lines_quarantined": 1,
                "lines_superseded": 1,
                "lines_duplicate": 2,
                "charge_in_cents": 40000,
                "charge_loaded_cents": 24000,
                "charge_quarantined_cents": 4000,
                "charge_superseded_cents": 4000,
                "charge_duplicate_cents": 8000,
                "warnings": json.dumps({"npi_check_digit": 3, "made_up_code": 1}),
            },
            {
                "file_id": 2,
                "file_name": "september.837",
                "sha256": "e" * 64,
                "run_id": PREVIOUS,
                "accepted_run_id": PREVIOUS,
                "format_code": "837p",
                "lines_in": 4,
                "lines_loaded": 1,
                "lines_other": 3,
                "charge_in_cents": 16000,
                "charge_loaded_cents": 4000,
                "charge_other_cents": 12000,
                "segment_counts": json.dumps({"ST": 1, "CLM": 1, "SV1": 4}),
            },
        ],
        FILE_DEFAULTS,
    )
    put(
        "rejected_range",
        [
            {
                "file_id": 1,
                "table_name": "claim_line",
                "kind_code": "quarantined",
                "byte_start": 500,
                "byte_end": 560,
                "source_line_number": 7,
                "column_name": "date_of_service",
                "reason_code": "not_a_date",
                "reason": "The date of service is not a date.",
                "line_count": 1,
                "charge_cents": 4000,
            }
        ],
    )
    put(
        "claim_line",
        [
            claim_line(1, modifier_1="59", modifier_2="95", session_start_at=datetime(2026, 10, 20, 10)),
            claim_line(2, member_id="M101"),
            claim_line(3, member_id="M102", date_of_service=date(2026, 10, 28)),
            claim_line(4, member_id="M103", payer_id="MEDICARE", payer_name="Medicare"),
            claim_line(5, member_id="M103", payer_id="MEDICARE", payer_name="Medicare"),
            claim_line(6, member_id="M104", rendering_provider_npi="1003000126", date_of_service=date(2026, 9, 30)),
            claim_line(7, member_id="M104", file_id=2, date_of_service=date(2026, 12, 1)),
        ],
        LINE_DEFAULTS,
    )
    put(
        "superseded_line",
        [{"claim_line_id": 7, "claim_id": "c7", "superseded_by_claim_id": "c6", "basis_code": "payer_number"}],
    )
    put(
        "payer",
        [
            {"payer_id": "CTMCD", "payer_name": "Connecticut Medicaid"},
            {"payer_id": "MEDICARE", "payer_name": "Medicare"},
        ],
    )
    put(
        "payer_policy",
        [
            {"policy_id": "seed-90853-min", "payer_id": "SEED", "rule_key": "min_size", "rule_value": "3"},
            {"policy_id": "seed-90853-max", "payer_id": "SEED", "rule_key": "max_size", "rule_value": "10"},
            {
                "policy_id": "ct-90853-max",
                "payer_id": "CTMCD",
                "rule_key": "max_size",
                "rule_value": "12",
                "eff_from": date(2015, 1, 1),
                "source_title": "Clinic rules of the state program",
                "source_url": "example.org/rules",
                "source_kind": "official",
            },
        ],
        {"procedure_code": "90853", "source_title": "The seed article", "source_kind": "seed", "is_verified": True},
    )
    put(
        "finding",
        [
            finding(
                "f-dup",
                "exact_duplicate_line",
                "27.63",
                rule="R20",
                severity="critical",
                state="new",
                first_seen_run=RUN,
                payer_id="MEDICARE",
                member_id="M103",
                verdict="no_policy",
                message="Line 1 of claim PCN5 repeats line 1 of claim PCN4.",
            ),
            finding(
                "f-size",
                "oversized_group",
                "60.00",
                session_key="S1",
                policy_id="ct-90853-max",
                certainty="C3",
                message="13 people in one group; the limit is 12.",
                evidence=json.dumps({"member_count": 13, "max_size": 12, "members": ["M100", "M101"]}),
            ),
            finding("f-size-2", "oversized_group", "27.63", certainty="C2", state="changed"),
            finding("f-maybe", "oversized_group", "25.00", certainty="C4", severity="low"),
            finding("f-under", "underpaid", "12.50", rule="R47", severity="medium", direction="underpayment"),
            finding(
                "f-lead",
                "provider_outlier",
                "0.00",
                rule="R51",
                severity="info",
                direction="lead",
                certainty="C5",
                payer_id=None,
                rendering_provider_npi="1003000126",
            ),
            finding("f-gone", "underpaid", "9.99", rule="R47", state="not_seen", last_seen_run=PREVIOUS),
        ],
        FINDING_DEFAULTS,
    )
    put(
        "finding_line",
        [
            finding_line("f-dup", 5, "27.63"),
            # Line 1 is in two findings: it counts once, by the larger.
            finding_line("f-size", 1, "20.00"),
            finding_line("f-size", 2, "20.00"),
            finding_line("f-size", 3, "20.00"),
            finding_line("f-size-2", 1, "27.63"),
            finding_line("f-maybe", 6, "25.00"),
            finding_line("f-under", 4, "12.50"),
            finding_line("f-gone", 4, "9.99"),
        ],
    )
    put(
        "run_finding",
        [
            {"run_id": run, "finding_id": identity, "state": state, "exposure_amount": Decimal("1.00")}
            for run, identity, state in [
                (PREVIOUS, "f-size", "new"),
                (PREVIOUS, "f-gone", "new"),
                (RUN, "f-size", "open"),
                (RUN, "f-size-2", "changed"),
                (RUN, "f-dup", "new"),
                (RUN, "f-gone", "not_seen"),
            ]
        ],
    )
    put(
        "check_result",
        [
            {"check_id": "oversized_group", "status_code": "found", "lines_examined": 6, "finding_count": 3},
            {"check_id": "exact_duplicate_line", "status_code": "found", "lines_examined": 6, "finding_count": 1},
            # The last night looked at other months; the finding of an earlier month stands.
            {"check_id": "underpaid", "status_code": "clear", "lines_examined": 4, "lines_not_checked": 2},
            {
                "check_id": "cloned_notes",
                "status_code": "not_checked",
                "reason": "No notes were delivered.",
                "lines_not_checked": 6,
            },
            {"run_id": PREVIOUS, "check_id": "oversized_group", "status_code": "clear", "lines_examined": 6},
        ],
        {"run_id": RUN, "lines_examined": 0, "lines_not_checked": 0, "finding_count": 0, "duration_seconds": 0.25},
    )
    put(
        "gate_result",
        [
            {
                "run_id": RUN,
                "gate": "intake",
                "expectation": "Every file holds lines.",
                "severity": "critical",
                "status_code": "passed",
                "observed": "10 lines",
                "expected": "at least 1",
            }
        ],
    )
    warehouse.con.execute(
        """
        create table group_session as
        select * from (values
            ('S1', date '2026-10-20', '1245319599', 'roster', 13, 'group'),
            ('S2', date '2026-10-21', '1245319599', 'roster', 5, 'group'),
            ('S3', date '2026-10-22', '1245319599', 'date', 5, 'group'),
            ('S4', date '2026-10-22', '1245319599', 'date', 2, 'family')
        ) as t(session_key, date_of_service, rendering_provider_npi, size_basis, member_count, session_class)
        """
    )


def fill_many_findings(warehouse: Warehouse, count: int) -> None:
    """So many findings of six lines each over a tenth as many lines as findings."""
    fill_findings(warehouse.con, count, run_id=RUN, previous_run_id=PREVIOUS)


@pytest.fixture
def warehouse(tmp_path: Path) -> Warehouse:
    return Warehouse(tmp_path / "snapshot.duckdb")


@pytest.fixture(scope="session")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    warehouse = Warehouse(tmp_path_factory.mktemp("reports") / "snapshot.duckdb")
    fill_small_practice(warehouse)
    return warehouse.publish()


@pytest.fixture(scope="session")
def report(snapshot: Path) -> AuditReport:
    return build_report(snapshot, RUN, checks=CHECKS, provenance=PROVENANCE)


@pytest.fixture
def make_report(warehouse: Warehouse) -> Callable[..., AuditReport]:
    """Fills the small practice, lets the test change it, and builds its report."""

    def make(change: Callable[[Warehouse], None] | None = None, **options: Any) -> AuditReport:
        fill_small_practice(warehouse)
        if change is not None:
            change(warehouse)
        return build_report(warehouse.publish(), RUN, checks=CHECKS, provenance=PROVENANCE, **options)

    return make
