"""The types that DuckDB gives the columns of checks, as Spark calls them.

Both engines agree on values, not on types: a sum of counts is a bigint here and a decimal there. A finding shows its
numbers, so each check's rows are cast to what DuckDB would have given before anything is made of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Final

import duckdb

from claims_audit.checking.catalog import Catalog
from claims_audit.checking.query_file import CheckFile
from claims_audit.errors import ConfigurationError
from claims_audit.warehouse.database import create_tables, harden

_TYPES: Final = {
    "VARCHAR": "string",
    "BOOLEAN": "boolean",
    "TINYINT": "tinyint",
    "SMALLINT": "smallint",
    "INTEGER": "int",
    "BIGINT": "bigint",
    "HUGEINT": "bigint",  # of counts: more than eighteen digits of claim lines there are not
    "DOUBLE": "double",
    "FLOAT": "float",
    "DATE": "date",
    "TIMESTAMP": "timestamp_ntz",
}
_DECIMAL: Final = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")


def check_columns(
    catalog: Catalog, checks: Sequence[CheckFile], params: Mapping[str, Mapping[str, object]]
) -> dict[str, dict[str, str]]:
    """Name and Spark type of each column of each check, by check id, learned over tables without a row."""
    with duckdb.connect() as con:
        harden(con)
        create_tables(con)
        stored = {view.stored_as for view in catalog.views}
        for view in catalog.views:
            if view.stored_as is None and view.name not in stored:
                con.execute(f"create table {view.name} as select * from ({view.sql}) limit 0")
        found = {}
        for check in checks:
            con.execute(
                f"create or replace table shape as select * from ({check.sql}) limit 0",
                dict(params[check.check_id]),
            )
            columns = con.execute("select column_name, data_type from duckdb_columns() where table_name = 'shape'")
            found[check.check_id] = {name: spark_type(kind, check.check_id) for name, kind in columns.fetchall()}
    return found


def spark_type(kind: str, place: str) -> str:
    """Spark's name of a DuckDB type; raises ConfigurationError for one that has none."""
    if match := _DECIMAL.fullmatch(kind):
        return f"decimal({match[1]},{match[2]})"
    if kind in _TYPES:
        return _TYPES[kind]
    raise ConfigurationError(f"{place}: a column of type {kind} has no counterpart on Spark; cast it")
