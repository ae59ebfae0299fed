"""Native Parquet: the canonical columns, as text or as typed values. CSV is in delimited.py.

A Parquet file has no byte position of a row; positions are row numbers, from 0, in both byte columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from claims_audit.errors import UnreadableFileError
from claims_audit.model import POSITION_COLUMNS, TABLE_COLUMNS, FileTotals, RejectedRange, RowBatch
from claims_audit.readers.rows import header_faults, table_of
from claims_audit.readers.values import parse_cents

_DATE_COLUMNS: Final = ("date_of_service", "date_of_service_through", "received_date")


def read_columnar(
    path: Path, name: str, *, batch_lines: int = 50_000
) -> Iterator[RowBatch | RejectedRange | FileTotals]:
    """Reads a native Parquet file; yields FileTotals last. Raises UnreadableFileError if it is not one of ours."""
    try:
        file = pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise UnreadableFileError(f"{name}: is no Parquet file ({type(error).__name__}); export it again") from None
    header = [column.strip().lower() for column in file.schema_arrow.names]
    table = table_of(header)
    if table is None or (faults := header_faults(table, header)):
        raise UnreadableFileError(f"{name}: {faults if table else 'the columns are none of the known sets'}")
    return _read_batches(file, name, table, header, batch_lines)


def parquet_table(path: Path) -> str | None:
    """The table whose columns the file has, None if it has neither's or cannot be read."""
    try:
        return table_of([column.strip().lower() for column in pq.read_schema(path).names])
    except (pa.ArrowException, OSError):
        return None


def _read_batches(
    file: pq.ParquetFile, name: str, table: str, header: list[str], batch_lines: int
) -> Iterator[RowBatch | RejectedRange | FileTotals]:
    totals, first = FileTotals(), 0
    try:
        for batch in file.iter_batches(batch_size=batch_lines):
            count = batch.num_rows
            given = {column: batch.column(at).to_pylist() for at, column in enumerate(header)}
            columns: dict[str, list[object]] = {
                column: [_as_cell(column, value) for value in given[column]] if column in given else [None] * count
                for column in TABLE_COLUMNS[table]
            }
            rows = list(range(first, first + count))
            empty: list[object] = [None] * count
            places: tuple[list[object], ...] = (
                list(rows),
                [row + 1 for row in rows],
                [row + 1 for row in rows],
                empty,
                empty,
            )
            columns |= dict(zip(POSITION_COLUMNS, places, strict=True))
            totals.lines_in += count
            if "charge_amount" in columns:
                totals.charge_in_cents += sum(
                    parse_cents(str(value)) or 0 for value in columns["charge_amount"] if value is not None
                )
            first += count
            yield RowBatch(table, columns)
    except (pa.ArrowException, OSError) as error:
        raise UnreadableFileError(f"{name}: breaks off after {first:,} rows ({type(error).__name__})") from None
    yield totals


def _as_cell(column: str, value: object) -> str | None:
    text = as_text(value)
    # pandas has no type for a day: it writes midnight.
    return text.removesuffix(" 00:00:00") if text and column in _DATE_COLUMNS else text


def as_text(value: object) -> str | None:
    """A typed value as the text that the CSV would have; floats lose their binary noise below a hundredth of a cent."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.replace(tzinfo=None).isoformat(sep=" ", timespec="seconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float):
        if value != value:  # NaN is how pandas writes an empty cell
            return None
        return f"{round(value, 4):f}".rstrip("0").rstrip(".")
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, bytes):  # text that older writers do not mark as such
        return value.decode("utf-8", "replace").strip() or None
    return str(value).strip() or None
