"""CSV: native, with the canonical columns as header, or any export through a profile. Parquet is in columnar.py.

Commas, semicolons, tabs or pipes; UTF-8, UTF-16 or Windows-1252. Each physical line is read on its own: none of the
native columns may hold a line break, so that a quote that never closes costs its own line and not the rest of the file.
The exports that profiles read have notes and addresses with line breaks: there a quote may close some lines later.
"""

from __future__ import annotations

import csv
from collections import deque
from collections.abc import Iterator
from itertools import islice
from typing import BinaryIO, Final

import pyarrow as pa

from claims_audit.coded import total
from claims_audit.model import FileTotals, RejectedRange, RejectKind, RowBatch
from claims_audit.readers.tables.header_row import DELIMITERS, HEADER_ROWS, HeaderRow, find_header, split_header
from claims_audit.readers.tables.profile import Profile
from claims_audit.readers.tables.profile_aside import TOTAL
from claims_audit.readers.tables.profile_rows import ProfileRows
from claims_audit.readers.tables.regular_lines import joined, read_blocks, take_apart
from claims_audit.readers.tables.rows import Places, native_batch
from claims_audit.readers.tables.text_lines import MAX_LINE, TextForm, find_form, physical_lines
from claims_audit.readers.values import parse_cents

Lines = Iterator[tuple[bytes, int]]
Fault = tuple[str, str]

# Bytes; how much is read at once, no more.
_USUAL_LINE: Final = 256
# How many lines a quoted cell of an export may run over.
_MAX_BREAKS: Final = 50


def read_delimited(
    stream: BinaryIO, name: str, *, profile: Profile | None = None, batch_lines: int = 50_000
) -> Iterator[RowBatch | RejectedRange | FileTotals]:
    """Reads a CSV, native or through a profile; yields FileTotals last. `stream` has to be seekable.

    Raises UnreadableFileError if no row at its beginning is a header, or if the header has columns too few or too many.
    """
    form = find_form(stream, profile.encoding if profile else None)
    delimiters = (profile.delimiter,) if profile and profile.delimiter else DELIMITERS
    header, table = find_header(_header_rows(physical_lines(stream, form), form, delimiters), profile, name)
    totals = FileTotals(header=header.cells)
    if header.row:
        totals.warn("lines_above_header", header.row)
    if form.is_assumed:
        totals.warn("read_as_windows_1252")
    lines = physical_lines(stream, form)
    start = form.mark + sum(length for _, length in islice(lines, header.row + 1))
    if profile is None and not form.is_wide and header.delimiter != "\t":
        stream.seek(start)
        return _read_regular(stream, form, header, table, start, totals, batch_lines * _USUAL_LINE)
    if profile is None:
        return _read_native(lines, form, header, table, start, totals, batch_lines)
    return _read_export(lines, form, header, ProfileRows(profile, header.cells), start, totals, batch_lines)


def parse_header(line: bytes) -> list[str]:
    """Column names of a header line in UTF-8 with commas, trimmed and in lower case; an empty list if it is no text."""
    try:
        text = line.removeprefix(b"\xef\xbb\xbf").decode("utf-8").strip("\r\n")
        return [cell.strip().lower() for cell in next(csv.reader([text], strict=True), [])]
    except (UnicodeDecodeError, csv.Error):
        return []


def delimited_header_rows(stream: BinaryIO) -> list[HeaderRow]:
    """The rows at the beginning of a text, each taken apart in every way that is possible."""
    form = find_form(stream)
    return list(_header_rows(physical_lines(stream, form), form, DELIMITERS))


def delimited_sample(stream: BinaryIO, header: HeaderRow, count: int) -> list[list[str]]:
    """Up to `count` rows below a header that have its width."""
    form = find_form(stream)
    splitter = _Splitter(form, header.delimiter, len(header.cells))
    rows = (splitter.split(*line) for line in islice(physical_lines(stream, form), header.row + 1, None))
    return [cells for cells, fault in islice(rows, 2 * count) if fault is None][:count]


def _header_rows(lines: Lines, form: TextForm, delimiters: tuple[str, ...]) -> Iterator[HeaderRow]:
    for row, (raw, length) in enumerate(islice(lines, HEADER_ROWS)):
        try:
            text = raw.decode(form.encoding).rstrip("\r\n")
        except UnicodeDecodeError:
            continue
        if length <= MAX_LINE and "\0" not in text:
            for delimiter, cells in split_header(text, delimiters):
                yield HeaderRow(cells, row, delimiter)


def _read_regular(
    stream: BinaryIO, form: TextForm, header: HeaderRow, table: str, offset: int, totals: FileTotals, block_bytes: int
) -> Iterator[RowBatch | RejectedRange | FileTotals]:
    """As _read_native, many lines at once. Not for tabs between cells: there blank lines and empty cells look alike."""
    columns = header.native
    splitter = _Splitter(form, header.delimiter, len(columns))
    charge_at = columns.index("charge_amount") if "charge_amount" in columns else None
    line_number = header.row + 2
    for content, length in read_blocks(stream, block_bytes):
        block = take_apart(content, columns, header.delimiter)
        block.ends[-1] += length - len(content)
        rows: list[list[str]] = []
        numbers: list[int] = []
        for number in block.others.tolist():
            start, end = int(block.starts[number]), int(block.ends[number])
            if splitter.is_blank(content[start:end], end - start):
                continue
            totals.lines_in += 1
            cells, fault = splitter.split(content[start:end], end - start)
            cents = _cents(cells, charge_at)
            totals.charge_in_cents += cents
            if fault is None:
                rows.append(cells)
                numbers.append(number)
                continue
            yield RejectedRange(
                table, offset + start, offset + end, *fault,
                source_line_number=line_number + number, line_count=1, charge_cents=cents,
            )  # fmt: skip
        totals.lines_in += len(block.regular)
        if charge_at is not None and len(block.regular):
            totals.charge_in_cents += total(block.columns["charge_amount"], lambda charge: parse_cents(charge) or 0)
        kept, cells_of = joined(block, columns, numbers, _trimmed(columns, rows) if rows else {})
        if len(kept):
            places = {
                "byte_start": pa.array(offset + block.starts[kept]),
                "byte_end": pa.array(offset + block.ends[kept]),
                "source_line_number": pa.array(line_number + kept),
            }
            yield RowBatch.of_arrays(table, cells_of | places)
        offset, line_number = offset + length, line_number + len(block.ends)
    totals.records_in = totals.lines_in
    yield totals


def _read_native(
    lines: Lines, form: TextForm, header: HeaderRow, table: str, offset: int, totals: FileTotals, batch_lines: int
) -> Iterator[RowBatch | RejectedRange | FileTotals]:
    columns = header.native
    splitter = _Splitter(form, header.delimiter, len(columns))
    charge_at = columns.index("charge_amount") if "charge_amount" in columns else None
    line_number = header.row + 1
    rows: list[list[str]] = []
    places = Places()
    for raw, length in lines:
        start, offset, line_number = offset, offset + length, line_number + 1
        if splitter.is_blank(raw, length):
            continue
        totals.lines_in += 1
        cells, fault = splitter.split(raw, length)
        cents = _cents(cells, charge_at)
        totals.charge_in_cents += cents
        if fault is not None:
            code, reason = fault
            yield RejectedRange(
                table, start, offset, code, reason, source_line_number=line_number, line_count=1, charge_cents=cents
            )
            continue
        rows.append(cells)
        places.add(start, offset, line_number)
        if len(rows) >= batch_lines:
            yield native_batch(table, _trimmed(columns, rows), places)
            rows, places = [], Places()
    if rows:
        yield native_batch(table, _trimmed(columns, rows), places)
    totals.records_in = totals.lines_in
    yield totals


def _read_export(
    lines: Lines,
    form: TextForm,
    header: HeaderRow,
    export: ProfileRows,
    offset: int,
    totals: FileTotals,
    batch_lines: int,
) -> Iterator[RowBatch | RejectedRange | FileTotals]:
    splitter = _Splitter(form, header.delimiter, len(header.cells))
    picks = export.picks
    waiting = _PutBack(lines)
    line_number = header.row + 1
    rows: list[list[str]] = []
    places = Places()
    for raw, length in waiting:
        start, offset, line_number = offset, offset + length, line_number + 1
        if splitter.is_blank(raw, length):
            continue
        totals.lines_in += 1
        cells, fault = splitter.split(raw, length)
        first_line = line_number
        if fault is not None and fault[0] == "broken_quotes":
            closed = _close_quotes(raw, length, waiting, splitter)
            if closed is not None:
                cells, fault, (more, taken) = closed[0], None, closed[1:]
                offset, line_number = offset + more, line_number + taken
        if fault is not None:
            code, reason = fault
            kind = RejectKind.QUARANTINED
            if code == "wrong_cell_count" and export.is_footer(cells):
                code, reason, kind = TOTAL.code, TOTAL.reason, RejectKind.OTHER_TRANSACTION
            # What stands where the charge should be is nothing to count: cells may be shifted.
            yield RejectedRange(
                export.table, start, offset, code, reason, kind=kind, source_line_number=first_line, line_count=1
            )
            continue
        rows.append([cells[at] for at in picks])
        places.add(start, offset, first_line)
        if len(rows) >= batch_lines:
            items, cents = export.convert(list(zip(*rows, strict=True)), places)
            totals.charge_in_cents += cents
            yield from items
            rows, places = [], Places()
    if rows:
        items, cents = export.convert(list(zip(*rows, strict=True)), places)
        totals.charge_in_cents += cents
        yield from items
    totals.records_in = totals.lines_in
    yield totals


class _Splitter:
    """Takes lines of one form apart."""

    def __init__(self, form: TextForm, delimiter: str, width: int) -> None:
        self._encoding, self._is_wide = form.encoding, form.is_wide
        self._delimiter, self._width = delimiter, width

    def is_blank(self, raw: bytes, length: int) -> bool:
        """Whether the line holds nothing but blanks."""
        if length >= MAX_LINE:
            return False
        if not self._is_wide:
            return not raw.strip()
        return not raw.decode(self._encoding, "replace").strip()

    def split(self, raw: bytes, length: int) -> tuple[list[str], Fault | None]:
        """The cells of one line and, if they cannot be used, why; never a value."""
        if length > MAX_LINE:
            return [], ("line_too_long", f"The line has {length:,} bytes; a claim line has a few hundred.")
        if not self._is_wide and b"\0" in raw:
            return [], ("not_text", "The line holds a NUL byte; export the file again as UTF-8 text.")
        try:
            text = raw.decode(self._encoding).rstrip("\r\n")
        except UnicodeDecodeError:
            if self._encoding != "utf-8":
                return [], ("not_decoded", f"The line is not {self._encoding}; export the file again as UTF-8.")
            return [], ("not_utf8", "The line is not UTF-8; export the file again as UTF-8.")
        if self._is_wide and "\0" in text:
            return [], ("not_text", "The line holds a NUL character; export the file again as UTF-8 text.")
        if '"' not in text:
            cells = text.split(self._delimiter)
        else:
            try:
                cells = next(csv.reader([text], delimiter=self._delimiter, strict=True))
            except (csv.Error, StopIteration):
                return [], ("broken_quotes", "A quotation mark is not closed or stands in the middle of a cell.")
        if len(cells) != self._width:
            return cells, ("wrong_cell_count", f"The line has {len(cells)} cells, the header has {self._width}.")
        return cells, None

    def split_lines(self, raw: bytes) -> list[str] | None:
        """The cells of a row that runs over several lines; None if it is no such row."""
        try:
            text = raw.decode(self._encoding).rstrip("\r\n")
            cells = next(csv.reader([text], delimiter=self._delimiter, strict=True))
        except (UnicodeDecodeError, csv.Error, StopIteration):
            return None
        return cells if len(cells) == self._width else None

    def quotes(self, raw: bytes) -> int:
        """How many quotation marks the bytes hold."""
        return raw.count('"'.encode(self._encoding))


class _PutBack:
    """Lines that may be put back to be read again."""

    def __init__(self, lines: Lines) -> None:
        self._lines, self._back = lines, deque[tuple[bytes, int]]()

    def __iter__(self) -> Lines:
        return self

    def __next__(self) -> tuple[bytes, int]:
        return self._back.popleft() if self._back else next(self._lines)

    def put_back(self, lines: list[tuple[bytes, int]]) -> None:
        self._back.extendleft(reversed(lines))


def _close_quotes(raw: bytes, length: int, waiting: _PutBack, splitter: _Splitter) -> tuple[list[str], int, int] | None:
    """Reads on to where a quoted cell closes: the cells, bytes and lines added; None (nothing read) if nowhere."""
    if length > MAX_LINE or splitter.quotes(raw) % 2 == 0:
        return None
    taken: list[tuple[bytes, int]] = []
    whole = raw
    while len(taken) < _MAX_BREAKS and (line := next(waiting, None)) is not None:
        taken.append(line)
        whole += line[0]
        if line[1] > MAX_LINE or len(whole) > MAX_LINE:
            break
        if splitter.quotes(line[0]) % 2:
            cells = splitter.split_lines(whole)
            if cells is not None:
                return cells, len(whole) - len(raw), len(taken)
            break
    waiting.put_back(taken)
    return None


def _trimmed(columns: list[str], rows: list[list[str]]) -> dict[str, list[str | None]]:
    return {
        name: [cell.strip() or None for cell in cells]
        for name, cells in zip(columns, zip(*rows, strict=True), strict=True)
    }


def _cents(cells: list[str], charge_at: int | None) -> int:
    """The charge of a line as far as it can be read, for the reconciliation."""
    if charge_at is None or charge_at >= len(cells):
        return 0
    return parse_cents(cells[charge_at]) or 0
