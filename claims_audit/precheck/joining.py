"""Puts the lines of a file beside the history in a scratch database, as a load would, and changes neither.

`warehouse` is the temporary warehouse into which the file was loaded, `history` that of the home; both are attached
read-only. What the checks read are views over both, so that a month of them reads a month of the history.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import duckdb

from claims_audit.errors import StorageError
from claims_audit.intake.lifecycle import resolve_lifecycle, touches_lifecycle
from claims_audit.warehouse.database import Connection, first_row

# Worked out from the claims: taken from the history, unless the file changes what counts.
_LIFECYCLE: Final = ("claim_version", "superseded_line")
# What payers have said so far.
_REMITTANCES: Final = (
    *("remittance", "remittance_line", "remittance_adjustment", "provider_adjustment", "remittance_claim_line"),
)
# Keys of the file's rows; they follow those of the history, since the file comes after it.
_KEYS: Final = {
    "claim_line": ("claim_line_id", "file_id"),
    "claim": ("first_line_id", "file_id"),
    "attendance": ("attendance_id", "file_id"),
    "delivered_file": ("file_id",),
}


def join_history(con: Connection, history: Path) -> None:
    """Makes the tables that the checks read. Raises StorageError if the history cannot be read.

    Beside them it makes `offered_line`: each line of the file with its key among all lines; one that the history holds
    in every column has the key of that one, and is_known.
    """
    try:
        # The path is ours; DuckDB takes no parameter here.
        con.execute(f"attach '{str(history.resolve()).replace(chr(39), chr(39) * 2)}' as history (read_only)")
    except duckdb.Error as error:
        raise StorageError(
            f"{history}: cannot be opened ({type(error).__name__}); if another program holds it, close that"
        ) from None
    there = _tables(con, "history")
    first = {
        key: _greatest(con, table, key) if table in there else 0
        for table, key in (
            ("claim_line", "claim_line_id"),
            ("attendance", "attendance_id"),
            ("delivered_file", "file_id"),
        )
    }
    offsets = {**first, "first_line_id": first["claim_line_id"]}
    _keep_fresh_rows(con, there, offsets)
    for table in _KEYS:
        _over_both(con, table, there, f"select * from memory.main.fresh_{table}")
    for table in _REMITTANCES:
        _over_both(con, table, there, f"select * from warehouse.main.{table} where false")
    for table in _tables_with_editions(con):
        if table in there:
            con.execute(
                f"create view memory.main.{table} as select * from warehouse.main.{table} union all by name "
                f"select * from history.main.{table} where edition_id not like 'shipped-%'"
            )
    _settle_lifecycle(con, there)


def _keep_fresh_rows(con: Connection, there: set[str], offsets: dict[str, int]) -> None:
    """The rows of the file that the history does not hold already, each under a key of its own."""
    known = "select null::bigint as offered_id, null::bigint as known_id where false"
    if "claim_line" in there:
        # Lines that are alike in every column are of one day: the dates keep the search to the months of the file.
        known = """
            select
                offered.claim_line_id as offered_id,
                min(held.claim_line_id) as known_id
            from history.main.claim_line as held
            inner join warehouse.main.claim_line as offered on held.line_sha = offered.line_sha
            where
                held.date_of_service between
                    (select min(date_of_service) from warehouse.main.claim_line)
                    and (select max(date_of_service) from warehouse.main.claim_line)
            group by offered.claim_line_id
        """
    con.execute(f"create table memory.main.known_line as {known}")
    con.execute(
        """
        create table memory.main.offered_line as
        select
            coalesce(known_line.known_id, claim_line.claim_line_id + $first) as claim_line_id,
            known_line.known_id is not null as is_known,
            claim_line.* exclude (claim_line_id)
        from warehouse.main.claim_line
        left join memory.main.known_line on claim_line.claim_line_id = known_line.offered_id
        """,
        {"first": offsets["claim_line_id"]},
    )
    seen = {
        "claim_line": "where claim_line_id not in (select offered_id from memory.main.known_line)",
        "claim": (
            "where claim_id in (select claim_id from warehouse.main.claim_line "
            "where claim_line_id not in (select offered_id from memory.main.known_line))"
        ),
        "attendance": (
            "where row_sha not in (select row_sha from history.main.attendance)" if "attendance" in there else ""
        ),
        "delivered_file": "",
    }
    for table, keys in _KEYS.items():
        shifted = ", ".join(f"cast({key} + {offsets[key]} as {_type(con, table, key)}) as {key}" for key in keys)
        if table in ("claim_line", "claim"):
            # What is not sent yet will be received today at the earliest.
            day = "(select max(audit_date) from warehouse.main.audit_setting)"
            shifted += f", coalesce(received_date, {day}) as received_date"
        con.execute(
            f"create table memory.main.fresh_{table} as "
            f"select * replace ({shifted}) from warehouse.main.{table} {seen[table]}"
        )


def _settle_lifecycle(con: Connection, there: set[str]) -> None:
    files = [row[0] for row in con.execute("select file_id from memory.main.fresh_delivered_file").fetchall()]
    is_touched = any(touches_lifecycle(con, file_id) for file_id in files)
    for table in _LIFECYCLE:
        empty = f"select * from warehouse.main.{table} where false"
        if is_touched or table not in there:
            con.execute(f"create table memory.main.{table} as {empty}")
        else:
            _over_both(con, table, there, empty)
    if is_touched:
        resolve_lifecycle(con)


def _over_both(con: Connection, table: str, there: set[str], fresh: str) -> None:
    """A view over the file's rows and the history's; columns that an older warehouse lacks are null."""
    held = f" union all by name select * from history.main.{table}" if table in there else ""
    con.execute(f"create view memory.main.{table} as {fresh}{held}")


def _tables(con: Connection, database: str) -> set[str]:
    rows = con.execute("select table_name from duckdb_tables() where database_name = $name", {"name": database})
    return {row[0] for row in rows.fetchall()}


def _tables_with_editions(con: Connection) -> list[str]:
    return [
        row[0]
        for row in con.execute(
            "select table_name from duckdb_columns() where database_name = 'warehouse' and column_name = 'edition_id'"
        ).fetchall()
    ]


def _type(con: Connection, table: str, column: str) -> str:
    row = first_row(
        con,
        "select data_type from duckdb_columns() where database_name = 'warehouse' and table_name = $table "
        "and column_name = $column",
        {"table": table, "column": column},
    )
    return str(row[0]) if row else "bigint"


def _greatest(con: Connection, table: str, key: str) -> int:
    row = first_row(con, f"select coalesce(max({key}), 0) from history.main.{table}")
    return int(row[0]) if row else 0
