"""The list of what was set aside, run by run: where it lies in which file and why; never with a value.

Kept beside run.json, so that it outlives a delivery that was taken out again, and is read without the warehouse.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import duckdb

from claims_audit.errors import NoInputError, StorageError, UsageError
from claims_audit.home import Home
from claims_audit.warehouse.database import Connection, confine

_COLUMNS: Final = (
    "run_id",
    "file_name",
    "sha256",
    "format_code",
    "kind_code",
    "table_name",
    "byte_start",
    "byte_end",
    "source_line_number",
    "segment_code",
    "column_name",
    "reason_code",
    "reason",
    "line_count",
    "charge_cents",
    "header",
)


@dataclass(frozen=True, slots=True)
class SetAside:
    """One range of one delivered file, half open, in bytes of the uncompressed content (rows in tables of cells)."""

    run_id: str
    file_name: str
    sha256: str
    format_code: str
    kind_code: str
    table_name: str
    byte_start: int
    byte_end: int
    source_line_number: int | None
    segment_code: str | None
    column_name: str | None
    reason_code: str
    reason: str
    line_count: int
    charge_cents: int
    header: str | None  # JSON: the column names as delivered

    @property
    def reject_id(self) -> str:
        """Names the range: the beginning of the content's hash and its place."""
        return f"{self.sha256[:12]}:{self.byte_start}-{self.byte_end}"

    @property
    def counts_rows(self) -> bool:
        """Whether the place is in rows and not in bytes."""
        return self.format_code.endswith(("_parquet", "_xlsx"))


def write_list(con: Connection, home: Home, run_id: str) -> None:
    """Writes what the files of a run left behind to `runs/<run>/rejects.parquet`, whole or not at all."""
    folder = home.run_folder(run_id)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    path = folder / "rejects.parquet"
    part = path.with_suffix(".part")
    columns = ", ".join(_COLUMNS)
    con.execute(
        f"copy (select {columns} from rejected_range inner join delivered_file using (file_id) "
        f"where run_id = $run_id order by file_id, byte_start) to {_quoted(part)} (format parquet)",
        {"run_id": run_id},
    )
    part.replace(path)


def read_list(home: Home, run_id: str | None = None, file: str | None = None) -> list[SetAside]:
    """What was set aside, of one run or of all, of one file (its name or the beginning of its hash) or of all.

    A range that several runs set aside, because its delivery was taken out again, is listed once, for the last of them.
    """
    paths = sorted(home.path.glob(f"runs/{run_id or '*'}/rejects.parquet"))
    if run_id is not None and not paths:
        raise NoInputError(f"{home.run_folder(run_id)}: no such run, or it loaded nothing")
    if not paths:
        return []
    with duckdb.connect() as con:
        confine(con, home.path)
        try:
            rows = con.execute(
                f"select {', '.join(_COLUMNS)} from read_parquet($paths) "
                "where $file is null or file_name = $file or starts_with(sha256, $file) "
                "qualify row_number() over "
                "(partition by sha256, byte_start, byte_end, reason_code order by run_id desc) = 1 "
                "order by run_id, file_name, byte_start",
                {"paths": [str(path) for path in paths], "file": file},
            ).fetchall()
        except duckdb.Error as error:
            raise StorageError(f"{home.path / 'runs'}: a list cannot be read ({type(error).__name__})") from None
    return [SetAside(*row) for row in rows]


def find_one(home: Home, reject_id: str) -> SetAside:
    """The range of that name. Raises UsageError if the name is none, NoInputError if no such range was set aside."""
    sha, colon, _ = reject_id.partition(":")
    if not colon:
        raise UsageError(f"{reject_id}: is no name of a range; `claims-audit rejects list` shows them")
    for item in read_list(home, file=sha):
        if item.reject_id == reject_id:
            return item
    raise NoInputError(f"{reject_id}: no such range was set aside; `claims-audit rejects list` shows them")


def _quoted(path: Path) -> str:
    return "'" + str(path).replace("'", "''") + "'"
