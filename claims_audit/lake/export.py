"""Writes a published run as a lake: every table that views and checks read, as Parquet.

The tables are written beside the last ones, under a name of their own; the manifest is replaced at the end, in one
step. Whoever looks sees the old lake or the new one.
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import duckdb

from claims_audit.checking.catalog import Catalog
from claims_audit.checking.selection import select_checks
from claims_audit.errors import NoInputError, StorageError, UsageError
from claims_audit.home import hold_folder
from claims_audit.lake.layout import FORMAT_VERSION, KNOWN_NAMES, MANIFEST, LakeManifest, LakeTable
from claims_audit.lake.shapes import spark_type
from claims_audit.project import VERSION
from claims_audit.publishing import Snapshot, write_atomically
from claims_audit.settings import Settings
from claims_audit.warehouse.database import Connection, first_row, harden

# What is laid out by month of service, and the date that says which it is.
_DATED: Final = {"claim_line": "date_of_service", "attendance": "session_start_at"}
_FILE_BYTES: Final = 256 * 1024 * 1024
# Up to so many rows a table is a single file: it is small enough for one reader.
_SINGLE_FILE_ROWS: Final = 1_000_000


def tables_of_lake(catalog: Catalog) -> tuple[str, ...]:
    """Every stored table that a view or check reads, by name; the views themselves are made by the audit."""
    views = {view.name for view in catalog.views}
    read = frozenset().union(*(view.tables for view in catalog.views), *(check.tables for check in catalog.checks))
    return tuple(sorted(read - views))


def export_lake(
    snapshot: Snapshot,
    lake: Path,
    catalog: Catalog,
    settings: Settings,
    *,
    replace: bool = False,
    progress: Callable[[str], None] = lambda _: None,
) -> LakeManifest:
    """Writes the tables of a published run to a folder on this machine, which only its owner may read.

    Raises UsageError if something else is in the folder, or a lake that is not to be replaced; LockedError if somebody
    uses it; NoInputError if the run has no claim line; StorageError if it cannot be written. Then a lake that was there
    is as it was.
    """
    select_checks(catalog, settings.packs, settings.thresholds)
    with holding(lake, f"export {snapshot.run_id}", replace=replace, is_new=True):
        tables = lake / "tables"
        fresh = tables / f"{snapshot.run_id}-{secrets.token_hex(3)}"
        try:
            fresh.mkdir(mode=0o700, parents=True)
            manifest = _write(snapshot, lake, fresh, catalog, settings, progress)
            write_atomically(lake / MANIFEST, manifest.as_json())
        except (OSError, duckdb.Error) as error:
            shutil.rmtree(fresh, ignore_errors=True)
            told = error.strerror if isinstance(error, OSError) else type(error).__name__
            raise StorageError(f"{lake}: the lake could not be written ({told}); free space and call again") from None
        except BaseException:
            shutil.rmtree(fresh, ignore_errors=True)
            raise
        # Also those of exports that were killed.
        for other in tables.iterdir():
            if other != fresh:
                shutil.rmtree(other, ignore_errors=True)
    return manifest


@contextmanager
def holding(lake: Path, holder: str, *, replace: bool = False, is_new: bool = False) -> Iterator[None]:
    """Holds a lake on this machine for one export or audit; `is_new` makes the folder. Raises LockedError."""
    if is_new:
        _require_free(lake, replace)
    os.umask(0o077)
    try:
        lake.mkdir(mode=0o700, parents=True, exist_ok=True)
        if is_new:
            lake.chmod(0o700)
    except OSError as error:
        raise StorageError(f"{lake}: the folder cannot be made: {error.strerror}") from error
    with hold_folder(lake, holder):
        yield


def _require_free(lake: Path, replace: bool) -> None:
    if not lake.exists():
        return
    if not lake.is_dir():
        raise UsageError(f"{lake}: is a file; name a folder for the lake")
    there = {entry.name for entry in lake.iterdir()}
    if foreign := sorted(there - KNOWN_NAMES):
        raise UsageError(
            f"{lake}: holds what is no part of a lake, {len(foreign)} names such as {foreign[0]}; name an empty folder"
        )
    if MANIFEST in there and not replace:
        raise UsageError(f"{lake}: holds a lake; call with --replace to put this run in its place, findings stay")


def _write(
    snapshot: Snapshot,
    lake: Path,
    folder: Path,
    catalog: Catalog,
    settings: Settings,
    progress: Callable[[str], None],
) -> LakeManifest:
    with duckdb.connect(str(snapshot.path), read_only=True) as con:
        harden(con)
        con.execute("set memory_limit = $limit", {"limit": settings.memory_limit})
        con.execute("set preserve_insertion_order = false")
        # Spilled rows belong to the lake's owner, too, and go with the folder.
        con.execute(f"set temp_directory = '{_quoted(folder / 'spill')}'")
        months = con.execute(
            "select strftime(date_of_service, '%Y-%m') as service_month, count(*) from claim_line "
            "group by service_month order by service_month"
        ).fetchall()
        if not months:
            raise NoInputError(f"{snapshot.path.name}: holds no claim line; load claims first")
        run = first_row(
            con, "select policy_sha from audit_run where run_id = $run_id", {"run_id": snapshot.run_id}
        ) or (None,)
        (data_view,) = first_row(con, "select data_view from audit_setting") or (settings.data_view,)
        tables = {}
        for table in tables_of_lake(catalog):
            progress(f"writing {table}")
            tables[table] = _write_table(con, table, lake, folder)
    shutil.rmtree(folder / "spill", ignore_errors=True)
    return LakeManifest(
        format_version=FORMAT_VERSION,
        code_version=VERSION,
        exported_at=datetime.now(UTC).isoformat(timespec="seconds"),
        run_id=snapshot.run_id,
        rule_set_sha=catalog.sha256,
        policy_sha=run[0],
        data_view=data_view,
        packs=list(settings.packs),
        thresholds={check_id: dict(values) for check_id, values in settings.thresholds.items()},
        service_months=dict(months),
        tables=tables,
    )


def _write_table(con: Connection, table: str, lake: Path, folder: Path) -> LakeTable:
    (rows,) = first_row(con, f"select count(*) from {table}") or (0,)
    source, options, path = f"select * from {table}", "format parquet, compression zstd", folder / f"{table}.parquet"
    if table in _DATED:
        path = folder / table
        path.mkdir(mode=0o700)
        if rows:
            source = f"select *, strftime({_DATED[table]}, '%Y-%m') as service_month from {table}"
            options += ", partition_by (service_month)"
    elif rows > _SINGLE_FILE_ROWS:
        path = folder / table
        options += f", file_size_bytes {_FILE_BYTES}"
    # A folder without a month would be a table without columns: an empty table keeps one file with none of its rows.
    target = path / "none.parquet" if table in _DATED and not rows else path
    # DuckDB takes no parameter here; the folder is the caller's own, quoted.
    con.execute(f"copy ({source}) to '{_quoted(target)}' ({options})")
    files = [path] if path.is_file() else [entry for entry in path.rglob("*.parquet") if entry.is_file()]
    for file in files:
        _sync(file)
    described = con.execute(f"describe select * from {table}").fetchall()
    columns = {column: spark_type(kind, f"{table}.{column}") for column, kind, *_ in described}
    return LakeTable(
        columns=columns | ({"service_month": "string"} if table in _DATED else {}),
        path=path.relative_to(lake).as_posix(),
        row_count=rows,
        byte_count=sum(file.stat().st_size for file in files),
    )


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _quoted(path: Path) -> str:
    return str(path.resolve()).replace("'", "''")
