"""Opens the DuckDB warehouse: the working file for the one writer, or a scratch database beside it for the checks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from claims_audit.errors import StorageError
from claims_audit.home import Home
from claims_audit.project import SQL
from claims_audit.settings import Settings

Connection = duckdb.DuckDBPyConnection


@contextmanager
def open_warehouse(
    home: Home, settings: Settings, *, memory_limit: str | None = None, reads_elsewhere: bool = False
) -> Iterator[Connection]:
    """The working file, read-write, with its tables made if need be. Raises StorageError if it cannot be opened.

    SQL over it reaches no file outside the home, unless it `reads_elsewhere`, as the loading of a published table does.
    """
    con = _connect(home.warehouse, home, settings, memory_limit)
    try:
        create_tables(con)
        home.warehouse.chmod(0o600)
        if not reads_elsewhere:
            confine(con, home.path)
        yield con
    finally:
        con.close()


def create_tables(con: Connection) -> None:
    """Makes the tables of sql/ddl that are not there yet, and the columns that an older version did not have."""
    there = _columns(con)
    wanted = _wanted_columns()
    if wanted <= there:
        return
    if there:
        _add_columns(con, wanted, there)
    _run_ddl(con)


def _run_ddl(con: Connection) -> None:
    for path in sorted((SQL / "ddl").glob("*.sql")):
        for statement in duckdb.extract_statements(path.read_text(encoding="utf-8")):
            con.execute(statement)


def _add_columns(con: Connection, wanted: frozenset[_Column], there: frozenset[_Column]) -> None:
    tables = {column.table for column in there}
    known = {(column.table, column.name) for column in there}
    for column in sorted(wanted):
        if column.table in tables and (column.table, column.name) not in known:
            filled = " default 0" if column.kind == "BIGINT" else ""
            con.execute(f"alter table {column.table} add column {column.name} {column.kind}{filled}")
            if column.name == "bytes_frame":
                # Of files loaded before bytes were told apart, all are in one class.
                con.execute("update delivered_file set bytes_frame = byte_count")
            if column.name == "last_date_of_service":
                con.execute(
                    "update claim set last_date_of_service = lasting.last_date_of_service from "
                    "(select claim_id, max(date_of_service) as last_date_of_service from claim_line group by claim_id) "
                    "as lasting where claim.claim_id = lasting.claim_id"
                )
    # Its rows are worked out from the claims; superseded_line has taken its place.
    con.execute("drop table if exists superseded_claim")


class _Column(NamedTuple):
    table: str
    name: str
    kind: str
    comment: str
    table_comment: str


@cache
def _wanted_columns() -> frozenset[_Column]:
    with duckdb.connect() as con:
        confine(con)
        _run_ddl(con)
        return _columns(con)


def _columns(con: Connection) -> frozenset[_Column]:
    rows = con.execute(
        """
        select
            duckdb_columns.table_name,
            duckdb_columns.column_name,
            duckdb_columns.data_type,
            coalesce(duckdb_columns.comment, ''),
            coalesce(duckdb_tables.comment, '')
        from duckdb_columns()
        inner join duckdb_tables()
            on
                duckdb_columns.database_name = duckdb_tables.database_name
                and duckdb_columns.table_name = duckdb_tables.table_name
        where duckdb_columns.schema_name = 'main' and not duckdb_columns.internal
        """
    ).fetchall()
    return frozenset(_Column(*row) for row in rows)


@contextmanager
def open_scratch(
    home: Home, settings: Settings, *, beside: Path | None = None, is_confined: bool = True
) -> Iterator[Connection]:
    """A database in memory with the warehouse attached read-only behind it; `beside` is a folder that it may read, too.

    Unqualified names are found in the scratch database first and in the warehouse after that: a month of
    `current_claim_line` made in the scratch stands in for the whole of it, and no check can change the warehouse. Only
    who measures it, and sets what is to be measured, opens it unconfined.
    """
    con = _connect(None, home, settings)
    try:
        # The path is ours; DuckDB takes no parameter here.
        con.execute(f"attach '{_quoted(home.warehouse)}' as warehouse (read_only)")
        con.execute("set search_path = 'memory.main,warehouse.main'")
        if is_confined:
            confine(con, home.path, *([beside] if beside else []))
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


def confine(con: Connection, *folders: Path) -> None:
    """No file but those open already and those in the folders, and no setting that could change it: for good.

    Memory limit and threads are settings, too: they are set before. Tables of Python reach SQL only by `register`.
    """
    harden(con)
    con.execute("set allowed_directories = $folders", {"folders": [str(folder.resolve()) for folder in folders]})
    con.execute("set enable_external_access = false")
    con.execute("set lock_configuration = true")


def _connect(path: Path | None, home: Home, settings: Settings, memory_limit: str | None = None) -> Connection:
    try:
        con = duckdb.connect(str(path) if path else ":memory:")
        harden(con)
        con.execute(f"set temp_directory = '{_quoted(home.temporary)}'")
        con.execute("set memory_limit = $limit", {"limit": memory_limit or settings.memory_limit})
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
