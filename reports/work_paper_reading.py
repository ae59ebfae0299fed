"""Reads work-papers that come back: each row by the finding that it names, wherever it stands in the sheet."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Final
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.utils import get_column_letter
from openpyxl.utils.exceptions import InvalidFileException

from claims_audit.errors import UnreadableFileError
from claims_audit.readers.tables.workbook_safety import require_safe
from reports.work_paper_columns import (
    COLUMNS,
    DISPOSITIONS,
    EVIDENCE_SHA,
    FINDING_ID,
    ROW_VERSION,
    WorkColumn,
    as_cents,
    as_fact,
)
from reports.work_papers import FORM, FORM_VERSION, LOG_EVENTS, LOG_HEAD, PROVENANCE_SHEET, REVIEW_SHEET, RUN

# What the reader of workbooks raises for files that are none, or damaged ones.
_BROKEN: Final = (
    zipfile.BadZipFile,
    InvalidFileException,
    ParseError,
    KeyError,
    ValueError,
    TypeError,
    OSError,
    EOFError,
)


@dataclass(frozen=True, slots=True)
class PaperRow:
    """One row as it came back; `cells` says where each column stands, for messages."""

    finding_id: str
    version: str
    evidence_sha: str
    facts: dict[str, str]
    entered: dict[str, str]
    cells: dict[str, str]
    faults: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Papers:
    """A workbook that came back: of which run, how far the log had come at the export, and its rows."""

    run_id: str
    log_events: int
    log_head: str
    rows: tuple[PaperRow, ...]


def read_work_papers(path: Path) -> Papers:
    """Reads the sheets Review and Provenance. Raises UnreadableFileError for what are no work-papers of this form."""
    require_safe(path, path.name)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=False, keep_links=False)
    except _BROKEN:
        raise UnreadableFileError(
            f"{path.name}: is no .xlsx workbook that can be read; save it as .xlsx again"
        ) from None
    try:
        for name in (REVIEW_SHEET, PROVENANCE_SHEET):
            if name not in book.sheetnames:
                raise UnreadableFileError(f"{path.name}: has no sheet {name}; export the work-papers again")
        told = {
            str(row[0]): "" if row[1] is None else str(row[1])
            for row in book[PROVENANCE_SHEET].iter_rows(max_col=2, values_only=True)
            if len(row) == 2 and row[0] is not None
        }
        if told.get(FORM) != FORM_VERSION or not told.get(RUN) or not told.get(LOG_EVENTS, "").isdecimal():
            raise UnreadableFileError(
                f"{path.name}: the sheet {PROVENANCE_SHEET} does not say of which run and form it is; export again"
            )
        rows = tuple(_read_rows(path.name, book[REVIEW_SHEET].iter_rows()))
        return Papers(told[RUN], int(told[LOG_EVENTS]), told.get(LOG_HEAD, ""), rows)
    except _BROKEN as error:
        if isinstance(error, UnreadableFileError):
            raise
        raise UnreadableFileError(f"{path.name}: is damaged; save it as .xlsx again") from None
    finally:
        book.close()


def _read_rows(name: str, rows: Iterator[Any]) -> Iterator[PaperRow]:
    places = _places(name, next(rows, ()))
    for number, cells in enumerate(rows, start=2):
        by_title = {title: cells[place] if place < len(cells) else None for title, place in places.items()}
        if all(cell is None or cell.value in (None, "") for cell in by_title.values()):
            continue
        where = {title: f"{get_column_letter(place + 1)}{number}" for title, place in places.items()}
        yield _read_row(by_title, where)


def _places(name: str, header: Any) -> dict[str, int]:
    titles = [str(cell.value).strip() if cell.value is not None else "" for cell in header]
    wanted = [column.title for column in COLUMNS]
    missing = [title for title in wanted if title not in titles]
    repeated = sorted({title for title in titles if title and titles.count(title) > 1})
    if missing or repeated:
        what = f"lacks {', '.join(missing)}" if missing else f"has {', '.join(repeated)} twice"
        raise UnreadableFileError(f"{name}: the first row of the sheet {REVIEW_SHEET} {what}; export it again")
    return {title: titles.index(title) for title in wanted}


def _read_row(cells: dict[str, Any], where: dict[str, str]) -> PaperRow:
    facts: dict[str, str] = {}
    entered: dict[str, str] = {}
    faults: list[str] = []
    for column in COLUMNS:
        cell = cells[column.title]
        value = None if cell is None else cell.value
        place = f"{where[column.title]} ({column.title})"
        # Array formulas and tables of data come as objects.
        is_plain = isinstance(value, str | int | float | date | bool | None)
        if cell is not None and (cell.data_type == "f" or not is_plain):
            faults.append(f"{place}: holds a formula; enter the value itself")
        elif cell is not None and cell.data_type == "e":
            faults.append(f"{place}: holds an error; enter the value itself")
        elif column.detail is None:
            facts[column.title] = as_fact(value, column.kind)
        elif value is not None and str(value).strip():
            text, fault = _entered(value, column)
            if fault:
                faults.append(f"{place}: {fault}")
            else:
                entered[column.detail] = text
    return PaperRow(
        facts.get(FINDING_ID, ""),
        facts.get(ROW_VERSION, ""),
        facts.get(EVIDENCE_SHA, ""),
        facts,
        entered,
        where,
        tuple(faults),
    )


def _entered(value: object, column: WorkColumn) -> tuple[str, str | None]:
    """What a reviewer filled in, as an event of the review holds it, or why it cannot be taken."""
    text = str(value).strip()
    if isinstance(value, bool):
        return "", "is true or false; enter a text"
    if column.kind == "date":
        if isinstance(value, datetime):
            return value.date().isoformat(), None
        if isinstance(value, date):
            return value.isoformat(), None
        try:
            return date.fromisoformat(text).isoformat(), None
        except ValueError:
            return "", "is no day; enter one such as 2026-03-31"
    if column.kind == "money":
        cents = None if isinstance(value, date) else as_cents(value)
        return (cents, None) if cents is not None else ("", "is no amount in dollars and whole cents, such as 85.10")
    if isinstance(value, float | date) and not (isinstance(value, float) and value.is_integer()):
        return "", "is a number or a day where a text belongs"
    if isinstance(value, float):
        text = str(int(value))
    if column.detail == "disposition":
        code = {label.lower(): code for label, code in DISPOSITIONS.items()}.get(text.lower().replace("_", " "))
        return (code, None) if code else ("", f"is none of {', '.join(DISPOSITIONS)}")
    return text.replace("\r\n", "\n"), None
