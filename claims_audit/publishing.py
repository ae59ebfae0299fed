"""Publishes a run: a new read-only snapshot beside the old ones, then the pointer. Readers only ever open snapshots."""

from __future__ import annotations

import hashlib
import json
import os
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import duckdb

from claims_audit.errors import NoInputError, PublishError, StorageError
from claims_audit.home import Home
from claims_audit.project import ROOT, SQL
from claims_audit.warehouse.database import confine, harden

# Files of this version open in DuckDB 1.x tools too.
_STORAGE_VERSION = "v1.2.0"


class PublishedView(Protocol):
    """A view that analysts find in the snapshot."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def sql(self) -> str:
        """Its SELECT."""

    @property
    def comment(self) -> str:
        """Its sentence in the data dictionary."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One published file."""

    run_id: str
    path: Path


def publish(home: Home, run_id: str, views: Sequence[PublishedView]) -> Snapshot:
    """Copies the warehouse to `snapshots/<run>.duckdb`, then moves the pointer. All handles must be closed.

    Raises PublishError; the last snapshot and its pointer are as they were then.
    """
    target = home.snapshots / f"{run_id}.duckdb"
    part = target.with_suffix(".part")
    try:
        # Also those of runs that were killed while they published.
        for leftover in home.snapshots.glob("*.part*"):
            leftover.unlink(missing_ok=True)
        _copy(home, part, views)
        part.chmod(0o400)
        _sync(part)
        part.replace(target)
        pointer = {
            "run_id": run_id,
            "snapshot": target.name,
            "sha256": _sha256(target),
            "published_at": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        write_atomically(home.pointer, json.dumps(pointer, indent=2) + "\n")
    except (OSError, duckdb.Error) as error:
        part.unlink(missing_ok=True)
        told = error.strerror if isinstance(error, OSError) else type(error).__name__
        raise PublishError(
            f"{target}: the snapshot could not be written ({told}); the last one stands. Free space and call again"
        ) from None
    return Snapshot(run_id, target)


def newest_snapshot(home: Home, run_id: str | None = None) -> Snapshot:
    """The snapshot of that run, or the newest. Raises NoInputError if nothing was published."""
    run_id = _pointed(home, "run_id") if run_id is None else run_id
    if run_id is None:
        raise NoInputError(f"{home.path}: nothing is published yet; call `claims-audit run` first")
    path = home.snapshots / f"{Path(run_id).name}.duckdb"
    if not path.is_file():
        there = ", ".join(sorted(p.stem for p in home.snapshots.glob("*.duckdb"))[-5:]) or "none"
        raise NoInputError(f"{path}: no such snapshot; the last ones are {there}")
    return Snapshot(run_id, path)


def last_published(home: Home) -> tuple[str, Path] | None:
    """Run and file of the newest snapshot; None if nothing was published yet or somebody has removed it."""
    try:
        snapshot = newest_snapshot(home)
    except NoInputError:
        return None
    return snapshot.run_id, snapshot.path


def published_at(home: Home) -> datetime | None:
    """When the newest snapshot was published; None if nothing was. Raises StorageError for a damaged pointer."""
    told = _pointed(home, "published_at")
    try:
        return None if told is None else datetime.fromisoformat(told)
    except ValueError:
        raise StorageError(f"{home.pointer}: published_at is no time") from None


def _pointed(home: Home, key: str) -> str | None:
    try:
        return str(json.loads(home.pointer.read_text(encoding="utf-8"))[key])
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise StorageError(f"{home.pointer}: cannot be read ({type(error).__name__})") from None


def connect(home: str | Path | None = None, run_id: str | None = None) -> duckdb.DuckDBPyConnection:
    """Opens the newest published snapshot (or that of `run_id`) read-only, for notebooks; the nightly run goes on.

    `home` is the folder given to `--home`; by default the environment's CLAIMS_AUDIT_HOME, else `var` in the checkout.
    The connection can read nothing else on the machine. Raises NoInputError if nothing was published.
    """
    folder = Path(home or os.environ.get("CLAIMS_AUDIT_HOME") or ROOT / "var")
    con = duckdb.connect(str(newest_snapshot(Home(folder), run_id).path), read_only=True)
    confine(con)
    return con


def write_atomically(path: Path, text: str) -> None:
    """Writes a small file so that a reader sees the old or the new one, never a part."""
    part = path.with_name(f".{path.name}.part")
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with part.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)
    _sync(path.parent)


def _copy(home: Home, part: Path, views: Sequence[PublishedView]) -> None:
    con = duckdb.connect(":memory:")
    try:
        harden(con)
        con.execute(f"set temp_directory = '{_quoted(home.temporary)}'")
        con.execute(f"attach '{_quoted(home.warehouse)}' as warehouse (read_only)")
        con.execute(f"attach '{_quoted(part)}' as snapshot (storage_version '{_STORAGE_VERSION}')")
        confine(con, home.path)
        con.execute("copy from database warehouse to snapshot")
        con.execute("use snapshot")
        _create_views(con, views)
        _comment_view_columns(con)
        con.execute("use memory")
        con.execute("checkpoint snapshot")
        con.execute("detach snapshot")
    finally:
        con.close()
    if Path(f"{part}.wal").exists():
        raise PublishError(f"{part}: a write-ahead log is left beside the snapshot")


def _create_views(con: duckdb.DuckDBPyConnection, views: Sequence[PublishedView]) -> None:
    """Makes the views, each after those that it reads, as they come.

    DuckDB binds a view with everything below it, which takes half a second for the deepest. Bound over empty tables
    of the same shape in place of the views below, and put in from the top down, it is one step for each.
    """
    for view in views:
        con.execute(f"create table {view.name} as select * from ({view.sql}) limit 0")
    for view in reversed(views):
        con.execute(f"drop table {view.name}")
        con.execute(f"create view {view.name} as {view.sql}")
        con.execute(f"comment on view {view.name} is {_literal(view.comment)}")


def _comment_view_columns(con: duckdb.DuckDBPyConnection) -> None:
    """Gives each view column the comment of the table column of that name, else that of sql/views/columns.toml."""
    derived = tomllib.loads((SQL / "views" / "columns.toml").read_text(encoding="utf-8"))
    columns = con.execute(
        """
        select
            duckdb_columns.table_name,
            duckdb_columns.column_name,
            duckdb_columns.comment,
            duckdb_views.view_name is not null as is_view,
            duckdb_columns.table_name = 'claim_line' as is_claim_line
        from duckdb_columns()
        left join duckdb_views()
            on
                duckdb_columns.table_name = duckdb_views.view_name
                and duckdb_columns.database_name = duckdb_views.database_name
                and not duckdb_views.internal
        where duckdb_columns.database_name = 'snapshot'
        -- Where several tables have a column of the name, the lines of a claim are what the views are made of.
        order by is_claim_line, duckdb_columns.table_name
        """
    ).fetchall()
    told = {name: comment for _, name, comment, is_view, _ in columns if comment and not is_view} | derived
    for view, name, _, is_view, _ in columns:
        if is_view and name in told:
            con.execute(f'comment on column {view}."{name}" is {_literal(told[name])}')


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if path.is_file():
        _sync(path.parent)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _quoted(path: Path) -> str:
    return str(path.resolve()).replace("'", "''")
