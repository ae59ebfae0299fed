"""Reads what audits of a lake found, with DuckDB and without Spark: a lake's findings are plain Parquet."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from claims_audit.errors import NoInputError, StorageError
from claims_audit.lake.layout import FINDINGS_MANIFEST
from claims_audit.warehouse.database import Connection, harden


def runs_in_lake(lake: Path) -> list[str]:
    """The audits of a lake whose findings are whole, oldest first."""
    return sorted(path.parent.name for path in (lake / "findings").glob(f"*/{FINDINGS_MANIFEST}"))


def find_run(lake: Path, run_id: str | None = None) -> str:
    """The run of that id, or the newest. Raises NoInputError that names those there are."""
    runs = runs_in_lake(lake)
    if not runs:
        raise NoInputError(f"{lake}: no audit of this lake has ended; call `claims-audit audit --engine spark --lake`")
    if run_id is None:
        return runs[-1]
    if run_id not in runs:
        raise NoInputError(f"{lake}: no run {run_id}; the last ones are {', '.join(runs[-5:])}")
    return run_id


def read_findings_manifest(lake: Path, run_id: str) -> dict[str, Any]:
    """What is told of a run: checks, counts, months, versions."""
    path = lake / "findings" / run_id / FINDINGS_MANIFEST
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError) as error:
        raise StorageError(f"{path}: cannot be read ({type(error).__name__}); audit the lake again") from None


@contextmanager
def open_findings(lake: Path, run_id: str) -> Iterator[Connection]:
    """A connection in which `finding`, `finding_line` and `check_result` are those of a run, read where they lie."""
    folder = lake / "findings" / run_id
    with duckdb.connect() as con:
        harden(con)
        try:
            for table in ("finding", "finding_line", "check_result"):
                con.execute(f"create view {table} as from read_parquet('{_quoted(folder / table)}/*.parquet')")
        except duckdb.Error as error:
            raise StorageError(f"{folder}: cannot be read ({type(error).__name__}); audit the lake again") from None
        yield con


def _quoted(path: Path) -> str:
    return str(path.resolve()).replace("'", "''")
