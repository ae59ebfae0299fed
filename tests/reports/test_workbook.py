"""The workbook, read back cell by cell."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import openpyxl
import pytest
from openpyxl.workbook import Workbook

from reports import sheet
from reports.content import AuditReport
from reports.workbook import write_workbook
from tests.reports.conftest import FINDING_DEFAULTS, Warehouse, finding

FORMULAS = ("=1+1", "+1", "-1+2", "@SUM(A1)", "\t=1+1", "=cmd|' /C calc'!A0", "https://example.org", "007")


def read_back(report: AuditReport, folder: Path) -> Workbook:
    path = folder / "report.xlsx"
    write_workbook(report, path)
    assert path.stat().st_mode & 0o077 == 0
    return openpyxl.load_workbook(path)


def rows_of(book: Workbook, name: str) -> list[dict[str, object]]:
    heads, *rows = book[name].iter_rows(values_only=True)
    return [dict(zip(map(str, heads), row, strict=True)) for row in rows]


def test_sheets_and_their_rows(report: AuditReport, tmp_path: Path) -> None:
    book = read_back(report, tmp_path)
    assert book.sheetnames == ["Summary", "Findings", "Claim lines", "Denials", "Checks", "Files"]
    assert [len(rows_of(book, name)) for name in book.sheetnames[1:]] == [6, 7, 0, 5, 2]
    for name in book.sheetnames[1:]:
        assert book[name].freeze_panes == "B2"
        assert book[name].auto_filter.ref is not None


def test_a_finding_is_one_row_of_typed_cells(report: AuditReport, tmp_path: Path) -> None:
    row = rows_of(read_back(report, tmp_path), "Findings")[2]
    assert row["Finding"] == "f-size"
    assert row["Date of service"] == datetime(2026, 10, 20)
    assert row["Potential exposure"] == 60
    assert row["Rendering NPI"] == "1245319599"
    assert row["Claim lines"] == "PCN1:1;PCN2:1;PCN3:1"
    assert row["Evidence"] == "Member count: 13; Max size: 12; Members: M100, M101"
    assert str(row["Evidence (JSON)"]).startswith('{"member_count": 13')
    assert "Clinic rules of the state program" in str(row["Policy"])


def test_a_claim_line_keeps_its_codes_as_text(report: AuditReport, tmp_path: Path) -> None:
    row = next(row for row in rows_of(read_back(report, tmp_path), "Claim lines") if row["Claim"] == "PCN1")
    assert (row["Procedure code"], row["Modifiers"], row["Place of service"]) == ("90853", "59 95", "11")
    assert (row["Units"], row["Charge"], row["Paid"], row["Allowed"]) == (1, 40, 27.63, None)
    assert row["Session start"] == datetime(2026, 10, 20, 10)


def test_the_summary_names_verdict_and_dollars(report: AuditReport, tmp_path: Path) -> None:
    cells = {row[0]: row[1] for row in read_back(report, tmp_path)["Summary"].iter_rows(values_only=True)}
    assert cells["Verdict"] == "OK with warnings"
    assert cells["Potential overpayment exposure, C1 to C3"] == 95.26
    assert cells["Potential underpayment, C1 to C3"] == 12.5
    assert cells["  that may still be got back"] == 0
    assert (cells["  of Medicare and Medicaid"], cells["  of other payers"]) == (0, 95.26)
    assert "Internal: contains protected health information" in cells


def test_denials_are_a_work_list_by_dollars_and_last_day(
    make_report: Callable[..., AuditReport], tmp_path: Path
) -> None:
    def denial(finding_id: str, amount: str, last_day: str | None, **told: object) -> dict[str, object]:
        evidence = {"last_day": last_day, "remedy_text": "send the records", "denial_code": "CO-150", **told}
        return finding(
            finding_id,
            "denied_but_correctable",
            amount,
            direction="underpayment",
            evidence=json.dumps(evidence),
            member_id="M100",
        )

    def add(warehouse: Warehouse) -> None:
        rows = [
            denial("d-open", "20.00", None),
            denial("d-later", "20.00", "2027-01-31"),
            denial("d-small", "5.00", "2026-11-03"),
            denial("d-first", "20.00", "2026-12-31", is_recoverable=True, remark_code="N706", remedy_code="records"),
        ]
        warehouse.insert("finding", rows, FINDING_DEFAULTS)

    rows = rows_of(read_back(make_report(add), tmp_path), "Denials")
    assert [row["Finding"] for row in rows] == ["d-first", "d-later", "d-open", "d-small"]
    first = rows[0]
    assert (first["Expected value"], first["Last day"], first["Can be got back"]) == (20, datetime(2026, 12, 31), "yes")
    assert (first["Reason"], first["Remark"], first["Class"]) == ("CO-150", "N706", "Records")
    assert (first["What to do"], first["Member"]) == ("send the records", "M100")
    assert (rows[2]["Last day"], rows[2]["Can be got back"]) == (None, "no")


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_becomes_a_formula(make_report: Callable[..., AuditReport], tmp_path: Path, text: str) -> None:
    def plant(warehouse: Warehouse) -> None:
        run = warehouse.con.execute
        run("update finding set message = $text, member_id = $text, recommended_action = $text", {"text": text})
        run("update claim_line set member_id = $text", {"text": text})
        run("update delivered_file set file_name = $text", {"text": text})
        run("update check_result set reason = $text", {"text": text})

    book = read_back(make_report(plant), tmp_path)
    assert rows_of(book, "Findings")[0]["What was found"] == text
    for name in book.sheetnames:
        for cell in (cell for row in book[name].iter_rows() for cell in row):
            assert cell.data_type != "f"
            assert cell.hyperlink is None
            assert cell.value != text or cell.data_type == "s"


def test_rows_past_the_limit_of_a_sheet_go_on_another(
    report: AuditReport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sheet, "ROW_LIMIT", 4)
    book = read_back(report, tmp_path)
    assert [name for name in book.sheetnames if name.startswith("Claim")] == [
        "Claim lines",
        "Claim lines 2",
        "Claim lines 3",
    ]
    assert [len(rows_of(book, name)) for name in ("Claim lines", "Claim lines 2", "Claim lines 3")] == [3, 3, 1]


def test_a_text_longer_than_a_cell_is_cut_and_says_so(make_report: Callable[..., AuditReport], tmp_path: Path) -> None:
    def plant(warehouse: Warehouse) -> None:
        warehouse.con.execute("update finding set message = repeat('long ', 10000)")

    text = rows_of(read_back(make_report(plant), tmp_path), "Findings")[0]["What was found"]
    assert len(str(text)) == sheet.TEXT_LIMIT
    assert str(text).endswith("[cut here; the Parquet export has it all]")


def test_of_too_many_findings_the_most_pressing_are_listed(report: AuditReport, tmp_path: Path) -> None:
    write_workbook(report, tmp_path / "report.xlsx", most=2)
    book = openpyxl.load_workbook(tmp_path / "report.xlsx")
    assert [row["Finding"] for row in rows_of(book, "Findings")] == ["f-dup", "f-size-2"]
    summary = {row[0]: row[1] for row in book["Summary"].iter_rows(values_only=True)}
    assert summary["Findings not listed here; the CSV and Parquet exports have them"] == 4
