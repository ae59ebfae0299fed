"""Opens the DuckDB warehouse: the working file for the one writer, or a scratch database beside it for the checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from claims_audit.errors import StorageError
from claims_audit.home import Home
from claims_audit.project import SQL
from claims_audit.settings import Settings

Connection = duckdb.DuckDBPyConnection


@contextmanager
def open_warehouse(home: Home, settings: Settings) -> Iterator[Connection]:
    """The working file, read-write, with its tables made if need be. Raises StorageError if it cannot be opened."""
    con = _connect(home.warehouse, home, settings)
    try:
        create_tables(con)
        home.warehouse.chmod(0o600)
        yield con
    finally:
        con.close()


def create_tables(con: Connection) -> None:
    """Makes the tables of sql/ddl that are not there yet, and the columns that an older version did not have."""
    _add_columns(con)
    _run_ddl(con)


def _run_ddl(con: Connection) -> None:
    for path in sorted((SQL / "ddl").glob("*.sql")):
        for statement in duckdb.extract_statements(path.read_text(encoding="utf-8")):
            con.execute(statement)


def _add_columns(con: Connection) -> None:
    there = {(table, column) for table, column, _ in _columns(con)}
    tables = {table for table, _ in there}
    if not tables:
        return
    for table, column, kind in _wanted_columns():
        if table in tables and (table, column) not in there:
            filled = " default 0" if kind == "BIGINT" else ""
            con.execute(f"alter table {table} add column {column} {kind}{filled}")
            if column == "bytes_frame":
                # Of files loaded before bytes were told apart, all are in one class.
                con.execute("update delivered_file set bytes_frame = byte_count")
    # Its rows are worked out from the claims; superseded_line has taken its place.
    con.execute("drop table if exists superseded_claim")


@cache
def _wanted_columns() -> tuple[tuple[str, str, str], ...]:
    with duckdb.connect() as con:
        _run_ddl(con)
        return tuple(_columns(con))


def _columns(con: Connection) -> list[tuple[str, str, str]]:
    return con.execute(
        "select table_name, column_name, data_type from duckdb_columns() "
        "where schema_name = 'main' and not internal order by table_name, column_index"
    ).fetchall()


@contextmanager
def open_scratch(home: Home, settings: Settings) -> Iterator[Connection]:
    """A database in memory with the warehouse attached read-only behind it.

    Unqualified names are found in the scratch database first and in the warehouse after that: a month of
    `current_claim_line` made in the scratch stands in for the whole of it, and no check can change the warehouse.
    """
    con = _connect(None, home, settings)
    try:
        # The path is ours; DuckDB takes no parameter here.
        con.execute(f"attach '{_quoted(home.warehouse)}' as warehouse (read_only)")
        con.execute("set search_path = 'memory.main,warehouse.main'")
        yield con
    finally:
        con.close()


@contextmanager
def transaction(con: Connection) -> Iterator[None]:
    """All or nothing: commits at the end, rolls back on any exception."""
    con.execute("begin")
    try:
        yield
    except BaseException:
        con.execute("rollback")
        raise
    con.execute("commit")


def first_row(con: Connection, query: str, parameters: Mapping[str, object] | None = None) -> tuple[Any, ...] | None:
    """The first row of a small result, read to its end: an unfinished result keeps the connection busy."""
    rows = con.execute(query, dict(parameters or {})).fetchall()
    return rows[0] if rows else None


def harden(con: Connection) -> None:
    """No downloads, no telemetry, nothing on standard output."""
    con.execute("set enable_progress_bar = false")
    con.execute("set autoinstall_known_extensions = false")
    con.execute("set autoload_known_extensions = false")
    con.execute("set allow_community_extensions = false")


def _connect(path: Path | None, home: Home, settings: Settings) -> Connection:
    try:
        con = duckdb.connect(str(path) if path else ":memory:")
        harden(con)
        con.execute(f"set temp_directory = '{_quoted(home.temporary)}'")
        con.execute("set memory_limit = $limit", {"limit": settings.memory_limit})
        if settings.threads:
            con.execute("set threads = $threads", {"threads": settings.threads})
    except duckdb.Error as error:
        where = path or "the scratch database"
        raise StorageError(
            f"{where}: cannot be opened ({type(error).__name__}); if another program holds it, close that, and if the "
            "file is damaged, move it away and load the archive again"
        ) from None
    return con


def _quoted(path: Path) -> str:
    return str(path.resolve()).replace("'", "''")
