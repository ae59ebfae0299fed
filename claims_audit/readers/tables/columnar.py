"""Parquet: the canonical columns, or any export through a profile, as text or as typed values. CSV is in delimited.py.

A Parquet file has no byte position of a row; positions are row numbers, from 0, in both byte columns.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from claims_audit.coded import coded, converted, total, trimmed
from claims_audit.errors import UnreadableFileError
from claims_audit.model import FileTotals, RejectedRange, RowBatch
from claims_audit.readers.tables.profile import Profile, profile_faults
from claims_audit.readers.tables.profile_rows import ProfileRows
from claims_audit.readers.tables.rows import Places, header_faults, table_of
from claims_audit.readers.values import parse_cents

_DATE_COLUMNS: Final = (
    *("date_of_service", "date_of_service_through", "received_date"),
    *("treatment_plan_from", "treatment_plan_to"),
)


def read_columnar(
    path: Path, name: str, *, profile: Profile | None = None, batch_lines: int = 50_000
) -> Iterator[RowBatch | RejectedRange | FileTotals]:
    """Reads a Parquet file, native or through a profile; yields FileTotals last.

    Raises UnreadableFileError if it is no Parquet, or if its columns are none of ours or of the profile.
    """
    try:
        file = pq.ParquetFile(path)
        names = [str(column) for column in file.schema_arrow.names]
        texts = [field.name for field in file.schema_arrow if pa.types.is_string(field.type)]
        if profile is None and texts:
            # Text comes as the distinct values of which the file is made.
            file = pq.ParquetFile(path, read_dictionary=texts)
    except (pa.ArrowException, OSError) as error:
        raise UnreadableFileError(f"{name}: is no Parquet file ({type(error).__name__}); export it again") from None
    totals = FileTotals(header=tuple(names))
    if profile is not None:
        if faults := profile_faults(profile, names):
            raise UnreadableFileError(f"{name}: {faults}")
        return _read_batches(file, name, _Export(ProfileRows(profile, names)), totals, batch_lines)
    header = [column.strip().lower() for column in names]
    table = table_of(header)
    if table is None or (faults := header_faults(table, header)):
        raise UnreadableFileError(f"{name}: {faults if table else 'the columns are none of the known sets'}")
    return _read_batches(file, name, _Native(table, header), totals, batch_lines)


def parquet_rows(path: Path, start: int, end: int) -> Iterator[list[str | None]]:
    """Cells of the rows from `start` to before `end`, as text."""
    first = 0
    for batch in pq.ParquetFile(path).iter_batches(batch_size=10_000):
        if first >= end:
            return
        wanted = batch.slice(max(start - first, 0), max(min(end - first, batch.num_rows) - max(start - first, 0), 0))
        for row in zip(*(column.to_pylist() for column in wanted.columns), strict=True):
            yield [as_text(value) for value in row]
        first += batch.num_rows


def parquet_header(path: Path) -> list[str] | None:
    """The names of the columns as delivered; None if the file cannot be read."""
    try:
        return [str(column) for column in pq.read_schema(path).names]
    except (pa.ArrowException, OSError):
        return None


def parquet_table(path: Path) -> str | None:
    """The table whose columns the file has, None if it has neither's or cannot be read."""
    names = parquet_header(path)
    return None if names is None else table_of([column.strip().lower() for column in names])


class _Native:
    """Batches of a file with the canonical columns."""

    def __init__(self, table: str, header: list[str]) -> None:
        self._table, self._header = table, header

    def convert(self, batch: pa.RecordBatch, first: int) -> tuple[list[RowBatch | RejectedRange], int]:
        columns: dict[str, pa.Array] = {
            column: native_column(column, batch.column(at)) for at, column in enumerate(self._header)
        }
        cents = total(columns["charge_amount"], _cents) if "charge_amount" in columns else 0
        rows = np.arange(first, first + batch.num_rows)
        places = {
            "byte_start": pa.array(rows),
            "byte_end": pa.array(rows + 1),
            "source_line_number": pa.array(rows + 1),
        }
        return [RowBatch.of_arrays(self._table, columns | places)], cents


class _Export:
    """Batches of a file that is read through a profile."""

    def __init__(self, rows: ProfileRows) -> None:
        self._rows = rows

    def convert(self, batch: pa.RecordBatch, first: int) -> tuple[list[RowBatch | RejectedRange], int]:
        numbers = list(range(first, first + batch.num_rows))
        after = [number + 1 for number in numbers]
        places = Places(numbers, after, list(after))
        columns = [[as_text(value) for value in batch.column(at).to_pylist()] for at in self._rows.picks]
        return self._rows.convert(columns, places)


def _read_batches(
    file: pq.ParquetFile, name: str, rows: _Native | _Export, totals: FileTotals, batch_lines: int
) -> Iterator[RowBatch | RejectedRange | FileTotals]:
    first = 0
    try:
        for batch in file.iter_batches(batch_size=batch_lines):
            items, cents = rows.convert(batch, first)
            first += batch.num_rows
            totals.lines_in += batch.num_rows
            totals.charge_in_cents += cents
            yield from items
    except (pa.ArrowException, OSError) as error:
        raise UnreadableFileError(f"{name}: breaks off after {first:,} rows ({type(error).__name__})") from None
    totals.records_in = totals.lines_in
    yield totals


def native_column(name: str, values: pa.Array) -> pa.DictionaryArray:
    """A column of any type as coded text; each distinct value is written once."""
    try:
        column = values if pa.types.is_dictionary(values.type) else values.dictionary_encode()
    except pa.ArrowNotImplementedError:  # lists and the like, which no native column is
        return coded([native_cell(name, as_text(value)) for value in values.to_pylist()])
    indices, distinct = column.indices.cast(pa.int32()), column.dictionary
    if name not in _DATE_COLUMNS and (pa.types.is_string(distinct.type) or pa.types.is_large_string(distinct.type)):
        return trimmed(pa.DictionaryArray.from_arrays(indices, distinct.cast(pa.string())))
    typed = pa.DictionaryArray.from_arrays(indices, distinct)
    return converted(typed, lambda value: native_cell(name, as_text(value)))


def _cents(charge: str) -> int:
    return parse_cents(charge) or 0


def native_cell(column: str, text: str | None) -> str | None:
    """The text of a typed cell in a native column: a day that is stored as its midnight is a day."""
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
    if isinstance(value, time):
        return value.isoformat(timespec="seconds")
    if isinstance(value, float):
        if value != value:  # NaN is how pandas writes an empty cell
            return None
        return f"{round(value, 4):f}".rstrip("0").rstrip(".")
    if isinstance(value, Decimal):
        return f"{value:f}"
    if isinstance(value, bytes):  # text that older writers do not mark as such
        return value.decode("utf-8", "replace").strip() or None
    return str(value).strip() or None
