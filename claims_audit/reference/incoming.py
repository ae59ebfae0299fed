"""What was read of one file: rows that wait in temporary tables of the warehouse, and what was noticed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

import pyarrow as pa

from claims_audit.warehouse.database import Connection, first_row


@dataclass(slots=True)
class Incoming:
    """Rows by table, in `incoming_<table>`, without edition_id."""

    row_counts: dict[str, int] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    left_out: dict[str, int] = field(default_factory=dict)  # rows that are no part of the edition, by why
    setting: str | None = None  # where the table itself tells it
    part: str | None = None  # of an edition that comes in several files
    first_day: date | None = None  # of what the rows speak, where the file's name tells no date

    @property
    def row_count(self) -> int:
        """Rows in all."""
        return sum(self.row_counts.values())


def incoming_name(table: str) -> str:
    """The temporary table for rows of a table."""
    return f"incoming_{table}"


def hold_rows(
    con: Connection, incoming: Incoming, table: str, columns: Sequence[str], rows: Sequence[tuple[object, ...]]
) -> None:
    """Puts rows into the temporary table, with the types of the table that they are for."""
    con.execute(
        f"create or replace temp table {incoming_name(table)} as select {', '.join(columns)} from {table} limit 0"
    )
    if rows:
        frame = pa.table(
            {name: pa.array(list(cells)) for name, cells in zip(columns, zip(*rows, strict=True), strict=True)}
        )
        con.register("incoming_frame", frame)
        con.execute(f"insert into {incoming_name(table)} by name select * from incoming_frame")
        con.unregister("incoming_frame")
    incoming.row_counts[table] = count_rows(con, table)


def count_rows(con: Connection, table: str) -> int:
    """Rows that wait for a table."""
    row = first_row(con, f"select count(*) from {incoming_name(table)}")
    return int(row[0]) if row else 0
