"""claims-audit work-papers: what a reviewer fills in comes back from a spreadsheet, or is refused by name."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from claims_audit.errors import ExitCode, UnreadableFileError
from claims_audit.home import Home
from claims_audit.review.event import Disposition
from claims_audit.review.finding_list import list_findings
from claims_audit.review.log import ReviewLog
from claims_audit.settings import read_settings
from flows.rendering import build_run_report
from reports.snapshot import open_snapshot
from reports.work_paper_changes import find_changes
from reports.work_paper_columns import COLUMNS
from reports.work_paper_reading import read_work_papers
from reports.work_papers import DISPOSITION_MEANINGS, LINE_MEANINGS
from reports.workbook import LINE_COLUMNS
from tests.flows.conftest import SIZES, night

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")


class Papers:
    """A workbook as somebody opens, changes and saves it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.book = openpyxl.load_workbook(path)
        self.sheet: Worksheet = self.book["Review"]
        self.titles = [cell.value for cell in self.sheet[1]]

    def cell(self, row: int, title: str) -> Any:
        return self.sheet.cell(row, self.titles.index(title) + 1)

    def fill(self, row: int, **values: object) -> None:
        for name, value in values.items():
            self.cell(row, name.replace("_", " ").capitalize()).value = value

    def finding(self, row: int) -> str:
        return str(self.cell(row, "Finding id").value)

    def save(self) -> Path:
        self.book.save(self.path)
        return self.path


@pytest.fixture(name="papers")
def papers_fixture(home: Path, tmp_path: Path, cli: Any, monkeypatch: pytest.MonkeyPatch) -> Papers:
    """Work-papers of the two oversized groups."""
    monkeypatch.setenv("CLAIMS_AUDIT_REVIEWER", "A. Reviewer")
    path = tmp_path / "papers.xlsx"
    ended = cli("work-papers", "export", str(path), "--home", str(home), "--check", "oversized_group", "--json")
    assert (ended.code, ended.json["findings"], ended.json["left_out"]) == (ExitCode.DONE, len(SIZES), 0)
    assert path.stat().st_mode & 0o077 == 0
    return Papers(path)


@pytest.fixture(name="bring")
def bring_fixture(home: Path, cli: Any) -> Callable[..., Any]:
    return lambda papers, *words: cli(
        "work-papers", "import", str(papers.save()), "--home", str(home), "--json", *words
    )


def events(home: Path) -> list[dict[str, str]]:
    return [{**event.details, "reviewer": event.reviewer} for event in ReviewLog(home / "review.sqlite").events()]


def test_the_sheets_and_the_columns_of_a_claims_review_report(papers: Papers) -> None:
    assert papers.book.sheetnames == ["Read me", "Review", "Evidence", "Data dictionary", "Provenance"]
    assert papers.titles[:9] == [
        "Program billed",
        "Beneficiary number",
        "Date of service",
        "Code submitted",
        "Code reimbursed",
        "Allowed amount reimbursed",
        "Correct code",
        "Correct allowed amount",
        "Dollar difference",
    ]
    assert papers.sheet.freeze_panes == "D2"
    assert papers.sheet.auto_filter.ref is not None
    assert papers.sheet.protection.sheet
    for column in COLUMNS:
        assert papers.cell(2, column.title).protection.locked == (column.detail is None), column.title
        letter = papers.cell(1, column.title).column_letter
        assert papers.sheet.column_dimensions[letter].hidden == column.is_hidden, column.title
    row = {title: papers.cell(2, str(title)).value for title in papers.titles}
    assert row["Code submitted"] == "90853"
    assert isinstance(row["Date of service"], datetime)
    lists = {str(rule.sqref).split(":")[0]: rule.formula1 for rule in papers.sheet.data_validations.dataValidation}
    assert "Needs records" in lists[papers.cell(2, "Disposition").coordinate]
    assert len(list(papers.book["Evidence"].iter_rows())) == 1 + sum(SIZES.values())
    told = {(row[0], row[1]) for row in papers.book["Data dictionary"].iter_rows(min_row=2, values_only=True)}
    assert told == {("Review", c.title) for c in COLUMNS} | {("Evidence", c.title) for c in LINE_COLUMNS}
    assert set(LINE_MEANINGS) == {column.title for column in LINE_COLUMNS}
    assert list(DISPOSITION_MEANINGS) == list(Disposition)
    for sheet in papers.book.worksheets:
        assert all(cell.data_type != "f" for cells in sheet.iter_rows() for cell in cells)


def test_nothing_is_on_record_before_it_is_applied(papers: Papers, bring: Callable[..., Any], home: Path) -> None:
    papers.fill(2, disposition="Confirmed", correct_code="90849", correct_allowed_amount=12.3, comment="=1+1 as text")
    papers.cell(2, "Comment").data_type = "s"
    papers.fill(3, disposition="Dismissed", reason="payer_allows", reviewer="B. Other", date=datetime(2026, 11, 2))
    ended = bring(papers)
    assert (ended.code, ended.json["decisions"], ended.json["applied"]) == (ExitCode.DONE, 2, False)
    assert {"finding_id": papers.finding(2), "field": "Correct code", "recorded": "", "entered": "90849"} in ended.json[
        "changes"
    ]
    assert events(home) == []

    ended = bring(papers, "--apply")
    first, second = events(home)
    assert first | {"evidence_sha": ""} == {
        "disposition": "confirmed",
        "correct_code": "90849",
        "correct_amount": "12.30",
        "comment": "=1+1 as text",
        "check_id": "oversized_group",
        "evidence_sha": "",
        "reviewer": "A. Reviewer",
    }
    assert (second["reviewer"], second["reviewed_on"], second["reason_code"]) == (
        "B. Other",
        "2026-11-02",
        "payer_allows",
    )
    receipt = json.loads(Path(ended.json["receipt"]).read_text())
    assert [event["finding_id"] for event in receipt["events"]] == [papers.finding(2), papers.finding(3)]
    assert receipt["log_head"] == ReviewLog(home / "review.sqlite").verify().event_hash
    assert (receipt["log_events_before"], receipt["log_events_after"]) == (0, 2)

    # The same papers once more: all that they say is on record.
    ended = bring(papers, "--apply")
    assert (ended.code, ended.json["decisions"], ended.json["receipt"]) == (ExitCode.DONE, 0, None)


def test_sorted_filtered_hidden_and_left_out_rows(papers: Papers, bring: Callable[..., Any], home: Path) -> None:
    papers.fill(3, disposition="Referred", referred_to="Counsel")
    wanted = papers.finding(3)
    rows = [[cell.value for cell in papers.sheet[number]] for number in (3, 2)]
    for number, values in enumerate(rows, start=2):
        for place, value in enumerate(values, start=1):
            papers.sheet.cell(number, place).value = value
    papers.sheet.row_dimensions[2].hidden = True
    papers.sheet.delete_rows(3)
    papers.sheet.append([None] * 5)
    assert bring(papers, "--apply").code == ExitCode.DONE
    (event,) = ReviewLog(home / "review.sqlite").events()
    assert (event.subject_id, event.details["referred_to"]) == (wanted, "Counsel")


def test_what_is_on_record_comes_with_the_next_papers(
    papers: Papers, bring: Callable[..., Any], home: Path, cli: Any, tmp_path: Path
) -> None:
    papers.fill(2, disposition="Refunded", refund_number="0047", refund_amount="$85.10", refunded_on=date(2026, 11, 2))
    assert bring(papers, "--apply").code == ExitCode.DONE
    cli("work-papers", "export", str(tmp_path / "next.xlsx"), "--home", str(home), "--check", "oversized_group")
    following = Papers(tmp_path / "next.xlsx")
    row = next(row for row in (2, 3) if following.finding(row) == papers.finding(2))
    assert following.cell(row, "Review").value == "Refunded"
    assert following.cell(row, "Refund number").value == "0047"
    assert following.cell(row, "Refund amount").value == 85.1
    assert following.cell(row, "Refunded on").value == datetime(2026, 11, 2)
    assert bring(following).json["decisions"] == 0
    following.fill(row, comment="Cashed.")
    ended = bring(following, "--apply")
    assert [change["field"] for change in ended.json["changes"]] == ["Comment"]
    assert [event["disposition"] for event in events(home)] == ["refunded", "refunded"]
    # A decision is replaced, never emptied.
    following.fill(row, disposition=None)
    assert "never taken back" in bring(following).err


FAULTS: dict[str, tuple[Callable[[Papers], None], str]] = {
    "a fact": (
        lambda p: p.fill(2, allowed_amount_reimbursed=1),
        "(Allowed amount reimbursed): a locked cell was changed",
    ),
    "a day": (
        lambda p: p.fill(2, date_of_service=datetime(2024, 3, 9)),
        "(Date of service): a locked cell was changed",
    ),
    "a fact emptied": (lambda p: p.fill(2, rule=None), "(Rule): a locked cell was changed"),
    "evidence": (lambda p: setattr(p.cell(2, "Evidence (SHA-256)"), "value", "f" * 64), "a locked cell was changed"),
    "an unknown id": (lambda p: setattr(p.cell(2, "Finding id"), "value", "0" * 32), "is none of the run"),
    "no id": (lambda p: setattr(p.cell(2, "Finding id"), "value", None), "row 2: its hidden finding id is gone"),
    "a repeated row": (
        lambda p: p.sheet.append([cell.value for cell in p.sheet[2]]),
        "row 4: finding",
    ),
    "a formula": (lambda p: p.fill(2, comment="=1+1"), "(Comment): holds a formula"),
    "a formula of facts": (
        lambda p: p.fill(2, potential_exposure="=SUM(A1:A2)"),
        "(Potential exposure): holds a formula",
    ),
    "an error": (lambda p: p.fill(2, comment="#REF!"), "(Comment): holds an error"),
    "an unknown disposition": (lambda p: p.fill(2, disposition="Fine"), "is none of Confirmed, Dismissed"),
    "no disposition": (lambda p: p.fill(2, comment="Looked at it."), "(Disposition): is empty"),
    "no reason": (lambda p: p.fill(2, disposition="Dismissed"), "record_supports"),
    "half a refund": (lambda p: p.fill(2, disposition="Refunded", refund_number="1"), "refund_amount, refunded_on"),
    "no amount": (lambda p: p.fill(2, disposition="Confirmed", correct_allowed_amount="lots"), "no amount"),
    "half a cent": (lambda p: p.fill(2, disposition="Confirmed", correct_allowed_amount=1.005), "no amount"),
    "no day": (lambda p: p.fill(2, disposition="Confirmed", records_requested="soon"), "no day"),
    "a day to come": (lambda p: p.fill(2, disposition="Confirmed", date=datetime(2199, 1, 1)), "future"),
    "a number for a text": (lambda p: p.fill(2, disposition="Confirmed", correct_code=9.5), "where a text belongs"),
    "a version": (lambda p: p.fill(2, disposition="Confirmed", row_version="7"), "stale, it had 7 events"),
    "a column": (lambda p: p.sheet.delete_cols(1), "lacks Program billed"),
    "a title twice": (lambda p: setattr(p.cell(1, "Rule"), "value", "Check"), "lacks Rule"),
    "a sheet": (lambda p: p.book.remove(p.book["Provenance"]), "has no sheet Provenance"),
    "another form": (lambda p: setattr(p.book["Provenance"]["B2"], "value", "99"), "of which run and form"),
}


def test_what_cannot_be_taken_is_named(papers: Papers, home: Path) -> None:
    """Each fault in a copy of the same papers, with a good row beside it."""
    settings = read_settings(home, None)
    snapshot, exported = build_run_report(Home(home), settings, None, "test")
    with open_snapshot(snapshot.path) as con:
        findings = list_findings(con, [], settings.review_day)
    whole = papers.path.read_bytes()
    for name, (spoil, told) in FAULTS.items():
        papers.path.write_bytes(whole)
        spoilt = Papers(papers.path)
        spoilt.fill(3, disposition="Confirmed")
        spoil(spoilt)
        try:
            read = read_work_papers(spoilt.save())
        except UnreadableFileError as error:
            assert told in str(error), name
            continue
        found = find_changes(read, exported, findings, [], reviewer="A. Reviewer", today=settings.review_day)
        assert any(told in fault for fault in found.faults), (name, found.faults)
        assert [event.subject_id for event in found.events] == [papers.finding(3)], name


def test_one_fault_keeps_all_rows_off_the_record(papers: Papers, bring: Callable[..., Any], home: Path) -> None:
    papers.fill(2, disposition="Confirmed")
    papers.fill(3, disposition="Dismissed")
    ended = bring(papers, "--apply")
    assert (ended.code, "1 faults; nothing was put on record" in ended.err) == (ExitCode.GATE_FAILED, True)
    assert events(home) == []
    # Papers of a log that is not here.
    papers.book["Provenance"]["B3"].value = "5"
    assert "a run saw 5 events" in bring(papers, "--apply").err


def test_stale_rows_are_refused_by_name(
    papers: Papers,
    bring: Callable[..., Any],
    home: Path,
    cli: Any,
    claim: Callable[..., Any],
    as_csv: Any,
    tmp_path: Path,
) -> None:
    by_day = {str(papers.cell(row, "Date of service").value)[:10]: row for row in (2, 3)}
    day = "2024-03-05"
    for row in by_day.values():
        papers.fill(row, disposition="Confirmed")
    # One finding gets another person, the other is decided by somebody else.
    late = claim(
        patient_control_number="P-late",
        member_id="M-late",
        date_of_service=day,
        session_start_at=f"{day} 09:00",
        session_end_at=f"{day} 10:00",
        session_id=f"S{day}",
        payer_id="ACME",
    )
    (tmp_path / "inbox" / "late.csv").write_bytes(as_csv([late]))
    night(cli, home, tmp_path / "inbox")
    other = papers.finding(by_day["2024-03-04"])
    cli("review", "decide", "needs_records", other, "--home", str(home))
    ended = bring(papers, "--apply")
    assert ended.code == ExitCode.GATE_FAILED
    assert f"finding {papers.finding(by_day[day])}: stale, its evidence has changed" in ended.err
    assert f"finding {other}: stale, it had 0 events at the export and has 1 now" in ended.err
    assert [event["disposition"] for event in events(home)] == ["needs_records"]


def test_files_that_are_no_work_papers(home: Path, cli: Any, tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(b"PK\x03\x04 and nothing more")
    (tmp_path / "b.xlsx").write_text("a,b\n1,2\n")
    openpyxl.Workbook().save(tmp_path / "c.xlsx")
    for name in ("a", "b", "c", "gone"):
        ended = cli("work-papers", "import", str(tmp_path / f"{name}.xlsx"), "--home", str(home))
        assert ended.code == ExitCode.NO_INPUT, name
        assert f"{name}.xlsx" in ended.err


@pytest.mark.skipif(
    OFFICE is None, reason="LibreOffice (libreoffice-calc-nogui) is not installed; see make test-office"
)
def test_papers_outlive_a_save_by_libreoffice(papers: Papers, home: Path, cli: Any, tmp_path: Path) -> None:
    papers.fill(2, disposition="Refunded", refund_number="0047", refund_amount=85.1, refunded_on=date(2026, 11, 2))
    papers.fill(3, disposition="Dismissed", reason="record_supports", comment="Two lines:\nZwölf; '=1+1'")
    path = papers.save()
    saved = tmp_path / "saved"
    subprocess.run(
        [
            str(OFFICE),
            f"-env:UserInstallation=file://{tmp_path / 'office'}",
            "--headless",
            "--convert-to",
            "xlsx",
            "--outdir",
            str(saved),
            str(path),
        ],
        check=True,
        capture_output=True,
        timeout=120,
    )
    ended = cli("work-papers", "import", str(saved / path.name), "--home", str(home), "--apply", "--json")
    assert ended.code == ExitCode.DONE, ended.err
    refunded, dismissed = events(home)
    assert (refunded["refund_number"], refunded["refund_amount"], refunded["refunded_on"]) == (
        "0047",
        "85.10",
        "2026-11-02",
    )
    assert dismissed["comment"] == "Two lines:\nZwölf; '=1+1'"
