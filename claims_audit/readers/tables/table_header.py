"""The header of a table whose format is not known yet, as delivered: of a CSV, a Parquet file or a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from claims_audit.errors import UnreadableFileError
from claims_audit.readers.tables.columnar import parquet_header
from claims_audit.readers.tables.delimited import delimited_header_rows
from claims_audit.readers.tables.header_row import HeaderRow, likely_header
from claims_audit.readers.tables.profile import Profile
from claims_audit.readers.tables.rows import table_of
from claims_audit.readers.tables.workbook import is_workbook, workbook_header_rows

_PARQUET: Final = b"PAR1"


@dataclass(frozen=True, slots=True)
class TableHeader:
    """The kind of a file, its column names as delivered, and the table if these are native names."""

    kind: Literal["csv", "parquet", "workbook"]
    columns: tuple[str, ...]
    native_table: str | None


def table_header(path: Path, profiles: Sequence[Profile] = ()) -> TableHeader | None:
    """The header of the file; None if it is no table. `profiles` help to tell the header from report titles above it.

    Reads the beginning of the file (of a text without a byte order mark, all of it, to know its encoding).
    """
    try:
        with path.open("rb") as stream:
            magic = stream.read(4)
            if magic == _PARQUET:
                names = parquet_header(path)
                return None if names is None else _as_header("parquet", names)
            if not is_workbook(path):
                row = likely_header(delimited_header_rows(stream), profiles)
                return None if row is None else _as_header("csv", row.cells)
        return _workbook_header(path, profiles)
    except UnreadableFileError:
        return None


def _workbook_header(path: Path, profiles: Sequence[Profile]) -> TableHeader | None:
    sheets = workbook_header_rows(path, path.name)
    rows: list[HeaderRow] = [row for sheet in sheets if (row := likely_header(sheet, profiles)) is not None]
    # The sheet that will be read is the first that fits; else the first at all.
    fitting = likely_header(rows, profiles)
    return None if fitting is None else _as_header("workbook", fitting.cells)


def _as_header(kind: Literal["csv", "parquet", "workbook"], names: Sequence[str]) -> TableHeader:
    return TableHeader(kind, tuple(names), table_of([name.strip().lower() for name in names]))
