"""Opening a published snapshot to read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from claims_audit.errors import StorageError, UsageError
from claims_audit.warehouse.database import confine


@contextmanager
def open_snapshot(snapshot: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Opens a snapshot read-only; temporary tables are allowed and vanish with the connection."""
    if not snapshot.is_file():
        raise StorageError(f"The snapshot {snapshot.name} is not there; run the audit first.")
    try:
        con = duckdb.connect(str(snapshot), read_only=True)
    except duckdb.Error as error:
        # The text of a DuckDB error can carry values of rows; the name of the file is enough to act on.
        raise StorageError(f"The snapshot {snapshot.name} cannot be opened ({type(error).__name__}).") from None
    try:
        # Set one by one and not in connect(), where another open handle with other settings would be refused.
        confine(con)
        yield con
    finally:
        con.close()


def require_run(con: duckdb.DuckDBPyConnection, run_id: str) -> None:
    """Refuses a run that the snapshot does not hold."""
    # fetchall, because a result that is not read to its end blocks the next statement of the connection.
    if not con.execute("select 1 from audit_run where run_id = $run_id", {"run_id": run_id}).fetchall():
        raise UsageError(f"This snapshot holds no run {run_id}.")


def has_relation(con: duckdb.DuckDBPyConnection, name: str) -> bool:
    """Whether the snapshot has a table or view of that name."""
    found = con.execute("select 1 from information_schema.tables where table_name = $name", {"name": name}).fetchall()
    return bool(found)
