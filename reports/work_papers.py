"""Writes work-papers: a workbook in which a reviewer decides about findings and which can be imported again."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from xlsxwriter.exceptions import FileCreateError
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from claims_audit.errors import StorageError
from claims_audit.review.event import REASONS
from reports import words
from reports.atomic import replacing
from reports.sheet import (
    CLASSIFICATION,
    ROW_LIMIT,
    Styles,
    row_height,
    set_up_print,
    write_cell,
    write_table,
)
from reports.value import AuditReport
from reports.work_paper_columns import COLUMNS, WorkColumn, WorkRow, work_rows
from reports.workbook import LINE_COLUMNS, OPTIONS, line_rows

REVIEW_SHEET: Final = "Review"
PROVENANCE_SHEET: Final = "Provenance"
RUN: Final = "Run"
LOG_EVENTS: Final = "Events in the log of the review"
LOG_HEAD: Final = "Head of the log of the review (SHA-256)"
# Of a workbook that this version can import; a change of columns is a new form.
FORM: Final = "Form of the work-papers"
FORM_VERSION: Final = "1"

LINE_MEANINGS: Final = {
    "Finding": "Finding to which the line belongs.",
    "Rule": "Rule of the catalogue.",
    "Check id": "The check.",
    "Claim": "The provider's own number of the claim.",
    "Line": "Number of the line in its claim.",
    "At risk": "Dollars of the line that this finding puts at risk.",
    "Date of service": "Day of the service.",
    "Session start": "As the claim or the roster says.",
    "Session end": "As the claim or the roster says.",
    "Procedure code": "As it was billed.",
    "Modifiers": "As they were billed.",
    "Code reimbursed": "As a remittance names what was paid; empty where none is matched.",
    "Units": "Units of service.",
    "Charge": "Dollars that were charged.",
    "Allowed": "Dollars that were allowed; empty where that is not known.",
    "Paid": "Dollars that the payer has paid; empty where that is not known.",
    "Member": "Member id.",
    "Payer id": "The payer.",
    "Rendering NPI": "Who treated.",
    "Billing NPI": "Who billed.",
    "Place of service": "Code of the place.",
    "File": "Delivered file that holds the line.",
    "From byte": "First byte of it in the archived file.",
    "To byte": "First byte after it.",
}


@dataclass(frozen=True, slots=True)
class Export:
    """What the sheet Provenance says beside what the report knows."""

    exported_at: datetime  # UTC
    chosen: str  # which findings, in words
    left_out: int  # findings that the report does not list, whatever was chosen


def write_work_papers(report: AuditReport, path: Path, export: Export) -> int:
    """Writes the workbook in one step; returns the number of findings in it."""
    rows = work_rows(report)[: ROW_LIMIT - 1]
    with replacing(path) as draft:
        book = Workbook(str(draft), {**OPTIONS, "tmpdir": str(draft.parent)})
        book.set_properties(
            {
                "title": "Work-papers of the group therapy claims audit",
                "comments": CLASSIFICATION,
                "created": export.exported_at,
            }
        )
        styles = Styles(book)
        _write_pairs(book, styles, "Read me", _read_me(export))
        _write_review(book, styles, rows)
        write_table(book, styles, "Evidence", LINE_COLUMNS, line_rows(report))
        _write_dictionary(book, styles)
        _write_pairs(book, styles, PROVENANCE_SHEET, _provenance(report, export))
        book.get_worksheet_by_name(REVIEW_SHEET).activate()
        try:
            book.close()
        except FileCreateError as error:
            raise StorageError(f"The file {path.name} could not be written; is the disk full?") from error
    return len(rows)


def _write_review(book: Workbook, styles: Styles, rows: Sequence[WorkRow]) -> None:
    sheet = book.add_worksheet(REVIEW_SHEET)
    open_styles = {kind: _opened(book, styles, kind) for kind in ("text", "wrapped", "date", "money")}
    for place, column in enumerate(COLUMNS):
        sheet.set_column(
            place,
            place,
            column.width,
            open_styles[column.kind] if column.detail else None,
            {"hidden": column.is_hidden},
        )
        sheet.write_string(0, place, column.title, styles.head)
    sheet.set_row(0, 30)
    for number, row in enumerate(rows, start=1):
        values = [column.value(row) for column in COLUMNS]
        wrapped = [
            (str(v), c.width) for v, c in zip(values, COLUMNS, strict=True) if c.kind == "wrapped" and v is not None
        ]
        sheet.set_row(number, row_height(wrapped))
        for place, (value, column) in enumerate(zip(values, COLUMNS, strict=True)):
            if column.detail is None:
                write_cell(sheet, number, place, value, column.kind, styles)
            else:
                _write_open(sheet, number, place, value, column, open_styles[column.kind])
    last = max(len(rows), 1)
    for place, column in enumerate(COLUMNS):
        if column.detail is not None:
            sheet.data_validation(1, place, last, place, _validation(column))
    sheet.freeze_panes(1, 3)
    sheet.autofilter(0, 0, last, len(COLUMNS) - 1)
    set_up_print(sheet)
    # So many columns on one page cannot be read; each page begins with whom and when the row is about.
    sheet.fit_to_pages(4, 0)
    sheet.repeat_rows(0)
    sheet.repeat_columns(0, 2)
    # Without a password: it guards against slips. The import holds each fact against the audit.
    sheet.protect("", {"autofilter": True, "sort": True, "format_columns": True, "format_rows": True})


def _opened(book: Workbook, styles: Styles, kind: str) -> Format:
    formats = {"text": "@", "wrapped": "@", "date": "yyyy-mm-dd", "money": "#,##0.00"}
    return book.add_format(
        {
            "valign": "top",
            "font_size": 10,
            "num_format": formats[kind],
            "text_wrap": kind == "wrapped",
            "locked": False,
            "bg_color": "#FFFBEA",
            "border": 1,
            "border_color": "#D9D2B4",
        }
    )


def _write_open(sheet: Worksheet, row: int, place: int, value: Any, column: WorkColumn, style: Format) -> None:
    if value is None:
        sheet.write_blank(row, place, None, style)
    elif column.kind == "date":
        sheet.write_datetime(row, place, value, style)
    elif column.kind == "money":
        sheet.write_number(row, place, float(value), style)
    else:
        sheet.write_string(row, place, str(value), style)


def _validation(column: WorkColumn) -> dict[str, Any]:
    told = {"input_title": column.title[:32], "input_message": column.meaning[:255], "error_title": column.title[:32]}
    if column.choices:
        return {**told, "validate": "list", "source": list(column.choices), "error_message": "Choose from the list."}
    if column.kind == "date":
        first = datetime(1990, 1, 1)
        return {
            **told,
            "validate": "date",
            "criteria": ">=",
            "value": first,
            "error_message": "A day, such as 2026-03-31.",
        }
    if column.kind == "money":
        return {**told, "validate": "decimal", "criteria": ">=", "value": 0, "error_message": "Dollars, such as 85.10."}
    return {**told, "validate": "length", "criteria": "<=", "value": 4000, "error_message": "At most 4,000 characters."}


def _write_dictionary(book: Workbook, styles: Styles) -> None:
    sheet = book.add_worksheet("Data dictionary")
    for place, (title, width) in enumerate(
        (("Sheet", 12), ("Column", 28), ("Kind", 10), ("Filled by", 12), ("Meaning", 80), ("Choices", 60))
    ):
        sheet.set_column(place, place, width)
        sheet.write_string(0, place, title, styles.head)
    told = [
        (REVIEW_SHEET, c.title, c.kind, "reviewer" if c.detail else "audit", c.meaning, ", ".join(c.choices))
        for c in COLUMNS
    ]
    told += [("Evidence", c.title, c.kind, "audit", LINE_MEANINGS[c.title], "") for c in LINE_COLUMNS]
    for number, cells in enumerate(told, start=1):
        sheet.set_row(number, row_height([(cells[4], 80), (cells[5], 60)]))
        for place, text in enumerate(cells):
            write_cell(sheet, number, place, text.replace("wrapped", "text") if place == 2 else text, "wrapped", styles)
    sheet.freeze_panes(1, 0)
    set_up_print(sheet)
    sheet.repeat_rows(0)


def _write_pairs(book: Workbook, styles: Styles, name: str, pairs: Iterable[tuple[str, str]]) -> None:
    sheet = book.add_worksheet(name)
    sheet.set_column(0, 0, 40)
    sheet.set_column(1, 1, 100)
    set_up_print(sheet)
    for row, (label, text) in enumerate(pairs):
        sheet.set_row(row, row_height([(label, 40), (text, 100)]))
        write_cell(sheet, row, 0, label, "wrapped", styles)
        write_cell(sheet, row, 1, text, "wrapped", styles)


def _read_me(export: Export) -> Iterable[tuple[str, str]]:
    yield "Work-papers of the group therapy claims audit", CLASSIFICATION
    yield (
        "What this is",
        (
            "One row a finding on the sheet Review, with the columns of a claims review report first. A finding is a "
            "question to a claim; whether it is an overpayment a person decides."
        ),
    )
    yield (
        "What you fill",
        (
            "The yellow cells of the sheet Review. All others are locked; the import refuses a workbook in which one "
            "of them was changed. You may sort, filter and hide rows, and leave rows out. Formulas are refused."
        ),
    )
    yield (
        "How it comes back",
        (
            "`claims-audit work-papers import FILE` shows what it would put on record, and `--apply` does it: all "
            "rows, or none. A finding that somebody else has decided meanwhile, or whose evidence has changed, is "
            "refused by name."
        ),
    )
    if export.left_out:
        yield (
            "Left out",
            f"The {export.left_out:,} least pressing findings of the run: claims-audit review lists them.",
        )
    for name, meaning in DISPOSITION_MEANINGS.items():
        yield f"Disposition: {words.REVIEW_STATES[name]}", meaning
    for disposition, codes in REASONS.items():
        for code, meaning in codes.items():
            yield f"Reason, {words.REVIEW_STATES[disposition]}: {code}", meaning


DISPOSITION_MEANINGS: Final = {
    "confirmed": "The finding is right.",
    "dismissed": "It is not; a reason is needed.",
    "needs_records": "It cannot be judged yet.",
    "corrected": "The claim was put right; a reason is needed.",
    "refunded": "The money was paid back; number, amount and day are needed.",
    "referred": "Somebody else decides; to whom is needed.",
}


def _provenance(report: AuditReport, export: Export) -> Iterable[tuple[str, str]]:
    run, provenance = report.run, report.provenance
    yield RUN, run.run_id
    yield FORM, FORM_VERSION
    yield LOG_EVENTS, str(report.reviews.events)
    yield LOG_HEAD, report.reviews.head or ""
    yield "Findings chosen", export.chosen
    yield "Exported at (UTC)", f"{export.exported_at:%Y-%m-%d %H:%M:%S}"
    yield "Run started (UTC)", f"{run.started_at:%Y-%m-%d %H:%M:%S}"
    yield "claims-audit", run.code_version
    yield "Commit", provenance.commit or ""
    yield "Rule set (SHA-256)", run.rule_set_sha
    yield "Policies (SHA-256)", run.policy_sha
    yield "Findings digest of the run (SHA-256)", report.findings_digest
    yield "Snapshot (SHA-256)", provenance.snapshot_sha or ""
    yield "Command", provenance.command
