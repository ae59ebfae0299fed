"""Excel workbooks (.xlsx, .xlsm, .xls, .xlsb) and OpenDocument sheets: the first visible sheet with a header of ours.

Values only: formulas are not computed (the value that was stored with them is read) and macros are not touched. The
positions of a row are its number in the sheet, from 0, in both byte columns; its line number is the one that the
spreadsheet shows. The parser runs in a process of its own (workbook_process.py).
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice
from pathlib import Path
from typing import Final

from claims_audit.errors import UnreadableFileError
from claims_audit.model import FileTotals, RejectedRange, RowBatch
from claims_audit.readers.tables import workbook_process
from claims_audit.readers.tables.columnar import as_text, native_cell
from claims_audit.readers.tables.header_row import HEADER_ROWS, HeaderRow, find_header, likely_header
from claims_audit.readers.tables.profile import Profile
from claims_audit.readers.tables.profile_rows import ProfileRows
from claims_audit.readers.tables.rows import Places, native_batch
from claims_audit.readers.tables.workbook_safety import is_workbook, require_safe
from claims_audit.readers.values import parse_cents

__all__ = ["is_workbook", "read_workbook", "sheet_rows", "workbook_header_rows", "workbook_rows", "workbook_sample"]

Cells = list[object]

MAX_ROWS: Final = 1_048_576  # of a sheet of Excel
# Of one message of the other process: some hundred rows.
_MAX_MESSAGE: Final = 64_000_000
# Days have fractions down to the second, amounts have binary noise below that.
_PLACES: Final = 8


def read_workbook(
    path: Path, name: str, *, profile: Profile | None = None, batch_lines: int = 20_000
) -> Iterator[RowBatch | RejectedRange | FileTotals]:
    """Reads a workbook, native or through a profile; yields FileTotals last.

    Raises UnreadableFileError if it is damaged, protected or dangerous, or if no visible sheet has a header of ours.
    """
    require_safe(path, name)
    with _Book(path, name) as book:
        complaint: UnreadableFileError | None = None
        for _ in book.sheets:
            head = book.head()
            try:
                header, table = find_header(_header_rows(head), profile, name)
            except UnreadableFileError as unfit:
                complaint = complaint or unfit
                book.skip()
                continue
            totals = FileTotals(header=header.cells)
            if header.row:
                totals.warn("lines_above_header", header.row)
            rows: _Native | ProfileRows = _Native(table, header)
            if profile is not None:
                rows = ProfileRows(profile, header.cells, serial_dates=True)
            yield from _read_rows(book, rows, header.row, _named(head[header.row]), totals, batch_lines)
            others = book.filled_sheets_left()
            if others:
                totals.warn("other_sheets", others)
            yield totals
            return
        raise complaint or UnreadableFileError(f"{name}: has no visible sheet; save it with the table shown")


def workbook_header_rows(path: Path, name: str) -> list[list[HeaderRow]]:
    """The first rows of each visible sheet that has any. Raises UnreadableFileError as read_workbook does."""
    require_safe(path, name)
    found = []
    with _Book(path, name) as book:
        for _ in book.sheets:
            if rows := _header_rows(book.head()):
                found.append(rows)
            book.skip()
    return found


def workbook_sample(
    path: Path, name: str, profiles: Sequence[Profile], count: int
) -> tuple[tuple[str, ...], list[list[str | None]]]:
    """Names and up to `count` rows of the first visible sheet that has a header. Raises UnreadableFileError."""
    require_safe(path, name)
    with _Book(path, name) as book:
        for _ in book.sheets:
            head = book.head()
            header = likely_header(_header_rows(head), profiles)
            if header is not None:
                named = _named(head[header.row])
                rows = islice(book.rows(), header.row + 1, header.row + 1 + count)
                return header.cells, [[_text(cells[at]) for at in named] for cells in rows]
            book.skip()
    raise UnreadableFileError(f"{name}: no row of its visible sheets looks like the names of columns")


def workbook_rows(path: Path, name: str, header: Sequence[str], start: int, end: int) -> Iterator[list[str | None]]:
    """Cells of the rows from `start` to before `end` of the sheet that has this header.

    Raises UnreadableFileError as read_workbook does.
    """
    require_safe(path, name)
    with _Book(path, name) as book:
        for _ in book.sheets:
            if any(row.cells == tuple(header) for row in _header_rows(book.head())):
                for cells in islice(book.rows(), start, end):
                    yield [_text(cell) for cell in cells]
                return
            book.skip()
    raise UnreadableFileError(f"{name}: no sheet has the header that was read")


def sheet_rows(path: Path, name: str) -> Iterator[list[str | None]]:
    """All rows of the first visible sheet that has more than one, whatever they hold.

    Raises UnreadableFileError as read_workbook does, and if every sheet is empty.
    """
    require_safe(path, name)
    with _Book(path, name) as book:
        for _ in book.sheets:
            if sum(1 for row in book.head() if _named(row)) > 1:
                for cells in book.rows():
                    yield [_text(cell) for cell in cells]
                return
            book.skip()
    raise UnreadableFileError(f"{name}: has no visible sheet with rows; save it with the table shown")


def _read_rows(
    book: _Book, rows: _Native | ProfileRows, header_row: int, named: list[int], totals: FileTotals, batch_lines: int
) -> Iterator[RowBatch | RejectedRange]:
    picks = [named[at] for at in rows.picks]
    waiting: list[list[str | None]] = []
    places = Places()
    for number, cells in enumerate(book.rows()):
        if number <= header_row or not any(cell is not None and cell != "" for cell in cells):
            continue
        totals.lines_in += 1
        waiting.append([_text(cells[at]) for at in picks])
        places.add(number, number + 1, number + 1)
        if len(waiting) >= batch_lines:
            items, cents = rows.convert(list(zip(*waiting, strict=True)), places)
            totals.charge_in_cents += cents
            yield from items
            waiting, places = [], Places()
    if waiting:
        items, cents = rows.convert(list(zip(*waiting, strict=True)), places)
        totals.charge_in_cents += cents
        yield from items
    totals.records_in = totals.lines_in


class _Native:
    """Rows of a sheet with the canonical columns."""

    def __init__(self, table: str, header: HeaderRow) -> None:
        self._table, self._header = table, header.native
        self.picks = tuple(range(len(header.cells)))

    def convert(
        self, columns: Sequence[Sequence[str | None]], places: Places
    ) -> tuple[list[RowBatch | RejectedRange], int]:
        given = {
            name: [native_cell(name, cell) for cell in cells] for name, cells in zip(self._header, columns, strict=True)
        }
        cents = sum(parse_cents(charge) or 0 for charge in given.get("charge_amount", ()) if charge is not None)
        return [native_batch(self._table, given, places)], cents


def _header_rows(head: list[Cells]) -> list[HeaderRow]:
    """The first rows as they might be headers; a column without a name is none."""
    return [
        HeaderRow(tuple((_text(cells[at]) or "").strip() for at in named), row)
        for row, cells in enumerate(head[:HEADER_ROWS])
        if len(named := _named(cells)) > 1
    ]


def _named(cells: Cells) -> list[int]:
    return [at for at, cell in enumerate(cells) if cell is not None and str(cell).strip()]


def _text(cell: object) -> str | None:
    if isinstance(cell, float):
        return f"{round(cell, _PLACES):.{_PLACES}f}".rstrip("0").rstrip(".")
    return as_text(cell)


class _Book:
    """The other end of workbook_process.py; every failure there is an UnreadableFileError here."""

    def __init__(self, path: Path, name: str) -> None:
        self._name = name
        # -I: what lies in the working folder or in the environment is not imported.
        self._process = subprocess.Popen(  # noqa: S603
            [sys.executable, "-I", str(Path(workbook_process.__file__)), str(path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        self._seen = 0
        self.sheets: list[object] = []

    def __enter__(self) -> _Book:
        try:
            self.sheets = self._list(self._answer())
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            # What was still to be written is of no interest to a process that is gone.
            with suppress(OSError):
                if pipe is not None:
                    pipe.close()
        self._process.wait()

    def head(self) -> list[Cells]:
        """The first rows of the next sheet; `skip` or `rows` has to follow."""
        self._seen += 1
        return [self._list(row) for row in self._list(self._answer())]

    def skip(self) -> None:
        """Passes over the sheet."""
        self._say("skip")

    def rows(self) -> Iterator[Cells]:
        """All rows of the sheet, from its first on."""
        self._say("read")
        count = 0
        while (rows := self._answer()) is not None:
            for row in self._list(rows):
                count += 1
                if count > MAX_ROWS:
                    raise UnreadableFileError(f"{self._name}: has more than {MAX_ROWS:,} rows; send it as CSV")
                yield self._list(row)

    def filled_sheets_left(self) -> int:
        """How many of the sheets behind the current one have more than one row."""
        filled = 0
        while self._seen < len(self.sheets):
            filled += sum(1 for row in self.head() if _named(row)) > 1
            self.skip()
        return filled

    def _say(self, word: str) -> None:
        try:
            if self._process.stdin is not None:
                self._process.stdin.write(f"{word}\n".encode())
                self._process.stdin.flush()
        except OSError:
            raise self._failed() from None

    def _answer(self) -> object:
        line = self._process.stdout.readline(_MAX_MESSAGE) if self._process.stdout is not None else b""
        if not line.endswith(b"\n"):
            raise self._failed()
        answer: object = json.loads(line)
        if not isinstance(answer, dict):
            return answer
        if answer.get("error") == "PasswordError":
            raise UnreadableFileError(f"{self._name}: is protected by a password; save it without one")
        raise UnreadableFileError(
            f"{self._name}: cannot be read as a workbook ({answer.get('error')}); save it anew, or as CSV"
        )

    def _list(self, value: object) -> list[object]:
        if not isinstance(value, list):
            raise self._failed()
        return value

    def _failed(self) -> UnreadableFileError:
        return UnreadableFileError(
            f"{self._name}: asks for more memory or time than a workbook of claims needs; save it anew, or as CSV"
        )
