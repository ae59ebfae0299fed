"""Tables in a scratch database that stand in for those of the warehouse behind it, which nothing can change.

The reference tables are read anew from the checkout and the home, as the next run would read them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import duckdb
import pyarrow as pa

from claims_audit.home import Home
from claims_audit.rejecting import RejectsRows
from claims_audit.settings import Settings
from claims_audit.warehouse.database import Connection, confine, create_tables
from claims_audit.warehouse.reference import load_reference

# Filled anew at the start of each run, whole; of all others the warehouse may hold more than is shipped.
_REFRESHED: Final = (
    *("payer", "payer_policy", "procedure_code", "modifier", "place_of_service"),
    *("licence_share", "unspecific_diagnosis", "denial_rule", "audit_setting"),
)


def read_reference_tables(home: Home, settings: Settings, schemas: Mapping[str, RejectsRows]) -> dict[str, pa.Table]:
    """Every table that a run fills at its start, as it would fill them; raises what load_reference raises."""
    with duckdb.connect(":memory:") as con:
        confine(con)
        create_tables(con)
        load_reference(con, home, settings, schemas)
        return {table: con.sql(f"from {table}").to_arrow_table() for table in _REFRESHED}


def put_in_place(con: Connection, tables: Mapping[str, pa.Table]) -> None:
    """Makes the tables in the scratch database, where they are found before those of the warehouse."""
    for name, table in tables.items():
        con.register("stand_in_rows", table)
        con.execute(f"create or replace table memory.main.{name} as select * from stand_in_rows")
        con.unregister("stand_in_rows")


def complete_warehouse(con: Connection) -> None:
    """Makes up, empty, for tables and columns that a warehouse of an older version lacks; comes after put_in_place."""
    there: dict[str, set[str]] = {}
    for table, column in con.execute(
        "select table_name, column_name from duckdb_columns() where database_name in ('warehouse', 'memory')"
    ).fetchall():
        there.setdefault(table, set()).add(column)
    with duckdb.connect(":memory:") as template:
        confine(template)
        create_tables(template)
        wanted: dict[str, dict[str, str]] = {}
        for table, column, kind in template.execute(
            "select table_name, column_name, data_type from duckdb_columns() where not internal "
            "order by table_name, column_index"
        ).fetchall():
            wanted.setdefault(table, {})[column] = kind
    for table, columns in wanted.items():
        if table not in there:
            told = ", ".join(f"{name} {kind}" for name, kind in columns.items())
            con.execute(f"create table memory.main.{table} ({told})")
        elif lacking := [name for name in columns if name not in there[table]]:
            added = ", ".join(f"cast(null as {columns[name]}) as {name}" for name in lacking)
            con.execute(f"create view memory.main.{table} as select *, {added} from warehouse.main.{table}")
