"""Native CSV: one row a line, the canonical columns as header. Parquet is in columnar.py.

Each physical line is read on its own. None of the canonical columns may hold a line break, so that a quote that never
closes costs its own line and not the rest of the file.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from typing import BinaryIO, Final

from claims_audit.errors import UnreadableFileError
from claims_audit.model import POSITION_COLUMNS, TABLE_COLUMNS, FileTotals, RejectedRange, RowBatch
from claims_audit.readers.rows import header_faults, table_of
from claims_audit.readers.values import parse_cents

_BOM: Final = b"\xef\xbb\xbf"
_MAX_LINE: Final = 1 << 20


def read_delimited(
    stream: BinaryIO, name: str, *, batch_lines: int = 50_000
) -> Iterator[RowBatch | RejectedRange | FileTotals]:
    """Reads a native CSV; yields FileTotals last. Raises UnreadableFileError if the header is not one of ours."""
    first = stream.readline(_MAX_LINE)
    header = parse_header(first)
    table = table_of(header)
    if table is None or (faults := header_faults(table, header)):
        raise UnreadableFileError(f"{name}: {faults if table else 'the header has none of the known column sets'}")
    return _read_rows(stream, table, header, len(first), batch_lines)


def parse_header(line: bytes) -> list[str]:
    """Column names of a header line, trimmed and in lower case; an empty list if it is no text."""
    try:
        text = line.removeprefix(_BOM).decode("utf-8").strip("\r\n")
        return [cell.strip().lower() for cell in next(csv.reader([text], strict=True), [])]
    except (UnicodeDecodeError, csv.Error):
        return []


def _read_rows(
    stream: BinaryIO, table: str, header: list[str], offset: int, batch_lines: int
) -> Iterator[RowBatch | RejectedRange | FileTotals]:
    totals = FileTotals()
    width = len(header)
    charge_at = header.index("charge_amount") if "charge_amount" in header else None
    batch = _Batch(table, header)
    line_number = 1
    while raw := stream.readline(_MAX_LINE):
        start, offset, line_number = offset, offset + len(raw), line_number + 1
        if not raw.strip() and len(raw) < _MAX_LINE:
            continue
        while not raw.endswith(b"\n") and (rest := stream.readline(_MAX_LINE)):
            # An endless line: its bytes are passed over, its place is kept.
            offset += len(rest)
            raw = rest[-2:] if rest.endswith(b"\n") else b"\0"
        totals.lines_in += 1
        cells, fault = _cells(raw, width, offset - start)
        cents = _cents(cells, charge_at)
        totals.charge_in_cents += cents
        if fault is not None:
            code, reason = fault
            yield RejectedRange(
                table, start, offset, code, reason, source_line_number=line_number, line_count=1, charge_cents=cents
            )
            continue
        batch.append(cells, start, offset, line_number)
        if len(batch) >= batch_lines:
            yield batch.finish()
            batch = _Batch(table, header)
    if len(batch):
        yield batch.finish()
    yield totals


def _cells(raw: bytes, width: int, length: int) -> tuple[list[str], tuple[str, str] | None]:
    """The cells of one line and, if they cannot be used, why; never a value."""
    if length > _MAX_LINE:
        return [], ("line_too_long", f"The line has {length:,} bytes; a claim line has a few hundred.")
    if b"\0" in raw:
        return [], ("not_text", "The line holds a NUL byte; export the file again as UTF-8 text.")
    try:
        text = raw.decode("utf-8").rstrip("\r\n")
    except UnicodeDecodeError:
        return [], ("not_utf8", "The line is not UTF-8; export the file again as UTF-8.")
    if '"' not in text:
        cells = text.split(",")
    else:
        try:
            cells = next(csv.reader([text], strict=True))
        except (csv.Error, StopIteration):
            return [], ("broken_quotes", "A quotation mark is not closed or stands in the middle of a cell.")
    if len(cells) != width:
        return cells, ("wrong_cell_count", f"The line has {len(cells)} cells, the header has {width}.")
    return cells, None


def _cents(cells: list[str], charge_at: int | None) -> int:
    """The charge of a line as far as it can be read, for the reconciliation."""
    if charge_at is None or charge_at >= len(cells):
        return 0
    return parse_cents(cells[charge_at]) or 0


class _Batch:
    """Rows on their way to one RowBatch."""

    def __init__(self, table: str, header: list[str]) -> None:
        self.table = table
        self.header = header
        self.rows: list[list[str]] = []
        self.positions: list[tuple[int, int, int]] = []

    def __len__(self) -> int:
        return len(self.rows)

    def append(self, cells: list[str], start: int, end: int, line_number: int) -> None:
        self.rows.append(cells)
        self.positions.append((start, end, line_number))

    def finish(self) -> RowBatch:
        count = len(self.rows)
        given = dict(zip(self.header, zip(*self.rows, strict=True), strict=True))
        columns: dict[str, list[object]] = {
            name: [cell.strip() or None for cell in given[name]] if name in given else [None] * count
            for name in TABLE_COLUMNS[self.table]
        }
        starts, ends, numbers = zip(*self.positions, strict=True)
        empty: list[object] = [None] * count
        columns |= dict(zip(POSITION_COLUMNS, (list(starts), list(ends), list(numbers), empty, empty), strict=True))
        return RowBatch(self.table, columns)
