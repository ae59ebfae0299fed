"""The 837P examples from elsewhere, through the whole intake."""

from __future__ import annotations

import csv
import gzip
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from claims_audit.project import ROOT
from claims_audit.warning_texts import warning_text

Desk = Any
SHARED = ROOT.parent / "shared" / "data"
CLINIC = SHARED / "x12" / "837p" / "bh_clinic_5claims.837"
needs_samples = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared sample files are not beside the project")


def expected() -> list[dict[str, str]]:
    path = SHARED / "expected_x12_counts.csv"
    if not path.is_file():
        return []
    with path.open(newline="") as stream:
        return [row for row in csv.DictReader(stream) if "/837p" in row["file"]]


@needs_samples
def test_minutes_in_the_unit_field_stay_one_line_with_a_warning(desk: Desk) -> None:
    (report,) = desk.load(CLINIC)
    assert report.lines == {"loaded": 5, "quarantined": 0, "superseded": 0, "duplicate": 0, "other": 0}
    group = desk.rows(
        "select service_units, unit_basis_code, quality_warnings from claim_line where procedure_code = '90853'"
    )
    assert [(row[0], row[1]) for row in group] == [(Decimal(120), "UN")]
    assert "units_look_like_minutes" in group[0][2]
    assert "minutes" in warning_text("units_look_like_minutes", report.warnings["units_look_like_minutes"])
    assert report.as_dict()["warnings"]


@needs_samples
@pytest.mark.parametrize("row", expected(), ids=lambda row: Path(row["file"]).name)
def test_every_line_and_cent_is_accounted_for_with_a_reason(desk: Desk, row: dict[str, str]) -> None:
    (report,) = desk.load(SHARED / row["file"])
    assert report.lines_in == int(row["SV1"])
    assert report.charge_in_cents == int(Decimal(row["sum_SV102"]) * 100)
    content = gzip.decompress((desk.home.archive / f"{report.sha256}.gz").read_bytes())
    assert content == (SHARED / row["file"]).read_bytes()
    rejected = desk.rows("select byte_start, byte_end, reason_code, reason, line_count from rejected_range")
    # Some of the structure files hold the same transaction twice: those lines are duplicates, and called so.
    assert sum(item[4] for item in rejected) == report.lines_in - report.lines["loaded"] - report.lines["duplicate"]
    for start, end, code, reason, _ in rejected:
        assert 0 <= start < end <= len(content)
        assert code
        assert reason


@needs_samples
def test_the_structure_files_together(desk: Desk) -> None:
    rows = expected()
    reports = desk.load(*(SHARED / row["file"] for row in rows))
    assert sum(report.lines_in for report in reports) == sum(int(row["SV1"]) for row in rows)
    assert all(report.status == "loaded" for report in reports)
