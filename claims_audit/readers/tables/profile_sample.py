"""The header and some rows of a table of any kind, for guessing what its columns are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from claims_audit.errors import UnreadableFileError
from claims_audit.readers.tables.columnar import as_text
from claims_audit.readers.tables.delimited import delimited_header_rows, delimited_sample
from claims_audit.readers.tables.header_row import likely_header
from claims_audit.readers.tables.profile import Profile
from claims_audit.readers.tables.workbook import is_workbook, workbook_sample

SAMPLE_ROWS: Final = 500


@dataclass(frozen=True, slots=True)
class Sample:
    """Column names as delivered, and the cells of each column in some rows."""

    names: tuple[str, ...]
    columns: tuple[tuple[str | None, ...], ...]

    @property
    def row_count(self) -> int:
        """How many rows were looked at."""
        return len(self.columns[0]) if self.columns else 0


def read_sample(path: Path, profiles: Sequence[Profile]) -> Sample:
    """The first rows of a CSV, a Parquet file or a workbook. Raises UnreadableFileError if no row can be a header."""
    try:
        with path.open("rb") as stream:
            if stream.read(4) == b"PAR1":
                return _parquet_sample(path)
            if is_workbook(path):
                header, rows = workbook_sample(path, path.name, profiles, SAMPLE_ROWS)
                return _as_sample(header, rows)
            found = likely_header(delimited_header_rows(stream), profiles)
            if found is not None:
                return _as_sample(found.cells, delimited_sample(stream, found, SAMPLE_ROWS))
    except OSError as error:
        raise UnreadableFileError(f"{path.name}: cannot be read ({error.strerror})") from None
    raise UnreadableFileError(f"{path.name}: no row at its beginning looks like the names of columns")


def _as_sample(names: Sequence[str], rows: Sequence[Sequence[str | None]]) -> Sample:
    return Sample(tuple(names), tuple(tuple(row[at] for row in rows) for at in range(len(names))))


def _parquet_sample(path: Path) -> Sample:
    try:
        file = pq.ParquetFile(path)
        batch = next(file.iter_batches(batch_size=SAMPLE_ROWS), None)
        names = tuple(str(name) for name in file.schema_arrow.names)
        columns = tuple(
            tuple(as_text(value) for value in batch.column(at).to_pylist()) if batch is not None else ()
            for at in range(len(names))
        )
    except (pa.ArrowException, OSError) as error:
        raise UnreadableFileError(f"{path.name}: is no Parquet file ({type(error).__name__})") from None
    return Sample(names, columns)
