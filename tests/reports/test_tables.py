"""The exports of the findings: CSV, JSON and Parquet."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from decimal import Decimal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from claims_audit.errors import UsageError
from reports.tables import (
    csv_cell,
    findings_as_json,
    findings_frame,
    write_findings_csv,
    write_findings_json,
    write_findings_parquet,
)
from tests.reports.conftest import RUN, Warehouse, fill_small_practice

FINDING_COLUMNS = [
    "finding_id",
    "check_id",
    "rule",
    "severity",
    "direction",
    "certainty",
    "verdict",
    "policy_id",
    "payer_id",
    "member_id",
    "rendering_provider_npi",
    "date_of_service",
    "session_key",
    "exposure_amount",
    "exposure_ceiling_amount",
    "message",
    "recommended_action",
    "evidence",
    "evidence_sha",
    "first_seen_run",
    "last_seen_run",
    "state",
    "service_month",
    "claim_lines",
]


def test_csv_has_the_findings_of_the_run(snapshot: Path, tmp_path: Path) -> None:
    path = tmp_path / "findings.csv"
    assert write_findings_csv(snapshot, RUN, path) == 6
    with path.open(newline="", encoding="utf-8") as file:
        rows = {row["finding_id"]: row for row in csv.DictReader(file)}
    assert list(rows["f-size"]) == FINDING_COLUMNS
    assert "f-gone" not in rows
    assert rows["f-size"]["claim_lines"] == "PCN1:1;PCN2:1;PCN3:1"
    assert rows["f-under"]["exposure_amount"] == "12.50"
    assert rows["f-size"]["date_of_service"] == "2026-10-20"
    assert rows["f-lead"]["claim_lines"] == ""
    assert json.loads(rows["f-size"]["evidence"])["max_size"] == 12


def test_csv_goes_to_a_stream_too(snapshot: Path) -> None:
    stream = io.StringIO()
    write_findings_csv(snapshot, RUN, stream)
    assert len(stream.getvalue().splitlines()) == 7


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1+2", "@x", "\t=1", "\r=1"])
def test_csv_text_cannot_become_a_formula(warehouse: Warehouse, text: str) -> None:
    fill_small_practice(warehouse)
    warehouse.con.execute("update finding set message = $text, member_id = $text", {"text": text})
    stream = io.StringIO()
    write_findings_csv(warehouse.publish(), RUN, stream)
    row = next(csv.DictReader(io.StringIO(stream.getvalue(), newline="")))
    assert (row["message"], row["member_id"]) == ("'" + text, "'" + text)


def test_true_numbers_stay_numbers() -> None:
    assert csv_cell(Decimal("-12.50")) == Decimal("-12.50")
    assert csv_cell(-1) == -1
    assert csv_cell("plain") == "plain"


def test_json_has_lists_and_objects(snapshot: Path, tmp_path: Path) -> None:
    rows = {row["finding_id"]: row for row in findings_as_json(snapshot, RUN)}
    assert rows["f-size"]["claim_lines"] == ["PCN1:1", "PCN2:1", "PCN3:1"]
    assert rows["f-size"]["evidence"] == {"member_count": 13, "max_size": 12, "members": ["M100", "M101"]}
    assert rows["f-dup"]["exposure_amount"] == 27.63
    assert rows["f-lead"]["claim_lines"] == []
    path = tmp_path / "findings.json"
    assert write_findings_json(snapshot, RUN, path) == 6
    assert json.loads(path.read_text())[0]["date_of_service"] == "2026-10-20"


def test_parquet_keeps_decimals_and_dates(snapshot: Path, tmp_path: Path) -> None:
    path = tmp_path / "findings.parquet"
    assert write_findings_parquet(snapshot, RUN, path) == 6
    table = pq.read_table(path)
    assert table.column_names == FINDING_COLUMNS
    row = next(row for row in table.to_pylist() if row["finding_id"] == "f-size")
    assert (row["exposure_amount"], row["date_of_service"]) == (Decimal("60.00"), date(2026, 10, 20))
    assert row["claim_lines"] == "PCN1:1;PCN2:1;PCN3:1"


def test_lines_are_in_order_of_claim_then_number(warehouse: Warehouse) -> None:
    fill_small_practice(warehouse)
    warehouse.con.execute(
        """
        insert into finding_line values
            ('f-lead', 1, 'B', 10, 0), ('f-lead', 2, 'B', 9, 0), ('f-lead', 3, 'A', 2, 0)
        """
    )
    rows = findings_frame(warehouse.publish(), RUN).to_pylist()
    assert next(row for row in rows if row["finding_id"] == "f-lead")["claim_lines"] == "A:2;B:9;B:10"


def test_an_unknown_run_is_refused(snapshot: Path) -> None:
    with pytest.raises(UsageError):
        findings_frame(snapshot, "another")


def test_a_night_without_findings_has_a_header_only(warehouse: Warehouse) -> None:
    fill_small_practice(warehouse)
    warehouse.con.execute("delete from finding")
    snapshot = warehouse.publish()
    stream = io.StringIO()
    assert write_findings_csv(snapshot, RUN, stream) == 0
    assert stream.getvalue().strip().split(",") == FINDING_COLUMNS
    assert findings_as_json(snapshot, RUN) == []
