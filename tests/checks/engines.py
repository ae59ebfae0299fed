"""Answers cases on DuckDB or on Spark.

All cases of one data view stand side by side in the same tables, marked so that they do not mix, and each view runs
once over all of them: what takes the time is planning the queries, above all on Spark. A case that saw another one
would be a fault of the views: nobody's claims may depend on those of strangers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import duckdb

from claims_audit.checking.catalog import Catalog, read_catalog
from claims_audit.checking.needs import needed_views
from claims_audit.checking.query_file import CheckFile
from claims_audit.checking.run import make_month
from tests.checks.case_file import Case, Row, all_cases
from tests.checks.case_tables import create_tables, finish_tables, insert_case, mark_of, without_mark

# Of so few rows nothing is worth compiling, broadcasting or planning again: by far the most time goes into that.
_SMALL_TABLES = {
    "spark.sql.shuffle.partitions": "1",
    "spark.sql.adaptive.enabled": "false",
    "spark.sql.autoBroadcastJoinThreshold": "-1",
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.ui.showConsoleProgress": "false",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
}
_LONG_AGO, _FAR_AHEAD = date(1990, 1, 1), date(2100, 1, 1)


class Answering(Protocol):
    """Makes every view over the tables that `con` holds, and answers queries over them."""

    def make_views(self, con: duckdb.DuckDBPyConnection, catalog: Catalog) -> None: ...

    def rows(self, sql: str, parameters: Mapping[str, object] | None = None) -> list[dict[str, Any]]: ...

    def close(self) -> None: ...


class DuckDbAnswering:
    """Works in the very tables, as a night does, with all months in one."""

    def make_views(self, con: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
        self._con = con
        for view in catalog.views:
            if view.stored_as is not None:
                con.execute(f"insert into {view.stored_as} by name {view.sql}")
                con.execute(f"create table {view.name} as {view.sql}")
            elif view.is_history:
                con.execute(f"create table {view.name} as {view.sql}")
        make_month(con, catalog.views, _LONG_AGO, _FAR_AHEAD)

    def rows(self, sql: str, parameters: Mapping[str, object] | None = None) -> list[dict[str, Any]]:
        cursor = self._con.execute(sql, dict(parameters or {}))
        names = [column[0] for column in cursor.description or ()]
        return [dict(zip(names, values, strict=True)) for values in cursor.fetchall()]

    def close(self) -> None:
        pass


class SparkAnswering:
    """Takes the tables over as Parquet, as a cluster would."""

    def __init__(self, folder: Path) -> None:
        from claims_audit.warehouse.spark import SparkWarehouse

        self._folder = folder
        self._spark = SparkWarehouse(folder / "made", options=_SMALL_TABLES)

    def make_views(self, con: duckdb.DuckDBPyConnection, catalog: Catalog) -> None:
        made = {view.stored_as for view in catalog.views} | {view.name for view in catalog.views}
        readers = (*catalog.views, *catalog.checks)
        for table in sorted({table for reader in readers for table in reader.tables} - made):
            path = self._folder / f"{table}.parquet"
            con.execute(f"copy {table} to '{path}' (format parquet)")
            self._spark.read_table(table, path)
        for view in catalog.views:
            if view.stored_as is None:
                self._spark.make_table(view.name, view.sql)
            else:
                self._spark.make_table(view.stored_as, view.sql)
                self._spark.make_table(view.name, f"select * from {view.stored_as}")

    def rows(self, sql: str, parameters: Mapping[str, object] | None = None) -> list[dict[str, Any]]:
        return self._spark.rows(sql, parameters)

    def close(self) -> None:
        self._spark.close()


class Engine:
    """Answers a case with the rows of its check or view, every value as text."""

    def __init__(self, answering: Answering) -> None:
        self._answering = answering
        self._catalog = read_catalog()
        self._names: dict[int, str] = {}
        self._found: dict[tuple[str | None, str], list[dict[str, Any]]] = {}

    def answer(self, case: Case) -> list[Row]:
        if (case.data_view, case.subject) not in self._found:
            self._ask_all(case.data_view)
        return as_rows_of(case, self._found[case.data_view, case.subject], self._catalog, self._names)

    def close(self) -> None:
        self._answering.close()

    def _ask_all(self, data_view: str | None) -> None:
        cases = [case for case in all_cases() if case.data_view == data_view]
        with duckdb.connect() as con:
            create_tables(con)
            for case in cases:
                self._names |= insert_case(con, case)
            finish_tables(con, cases[0].given["audit_setting"][0])
            subjects = sorted({case.subject for case in cases})
            checks = {check.check_id: check for check in self._catalog.checks if check.check_id in subjects}
            views = needed_views(self._catalog, checks.values(), [name for name in subjects if name not in checks])
            self._answering.make_views(con, replace(self._catalog, checks=tuple(checks.values()), views=views))
            for subject in subjects:
                if subject in checks:
                    rows = self._answering.rows(checks[subject].sql, checks[subject].params)
                else:
                    rows = self._answering.rows(f"select * from {subject}")
                assert all(mark_of(None) in str(row) for row in rows), f"{subject}: a row of no case"
                self._found[data_view, subject] = rows


def as_rows_of(case: Case, found: list[dict[str, Any]], catalog: Catalog, names: dict[int, str]) -> list[Row]:
    """The rows of one case among those of all cases, told as a case writes them; `names` are claim lines by id."""
    mark = mark_of(case.number)
    rows = [row for row in found if mark in str(row)]
    if case.is_check:
        rows = [_as_finding(catalog.check(case.subject), row, names) for row in rows]
        assert len({row["identity"] for row in rows}) == len(rows), "two findings share one grain"
    elif rows and "claim_line_id" in rows[0]:
        rows = [row | {"claim_line": names.get(row["claim_line_id"])} for row in rows]
    told = [{name: _tell(name, value) for name, value in row.items()} for row in rows]
    return [row for row in told if all(row[name] in values for name, values in case.only.items())]


def _as_finding(check: CheckFile, row: dict[str, Any], names: dict[int, str]) -> dict[str, Any]:
    """The row as the finding that it becomes: with what the header says, and its lines by their claim numbers."""
    pairs = (part.split(":") for part in row["claim_lines"].split(";") if part)
    lines = sorted((names[int(line_id)], amount) for line_id, amount in pairs)
    sentence = check.finding.format_map(row)
    assert "None" not in sentence, sentence
    # What was never billed has no lines that could add up.
    assert not lines or sum(Decimal(amount) for _, amount in lines) == row["exposure_amount"], "the lines do not add up"
    return {
        **row,
        "severity": row.get("severity") or check.severity,
        "direction": row.get("direction") or check.direction,
        "exposure_ceiling_amount": row.get("exposure_ceiling_amount") or row["exposure_amount"],
        "claim_lines": ";".join(name for name, _ in lines),
        "line_amounts": ";".join(f"{name}={amount}" for name, amount in lines),
        "finding": sentence,
        "identity": str([row[name] for name in check.grain]),
    }


def _tell(name: str, value: object) -> str | None:
    """A value as a case writes it: dollars with two places, other numbers as short as they are."""
    if isinstance(value, Decimal):
        return str(value.quantize(Decimal("0.01"))) if name.endswith("_amount") else f"{value.normalize():f}"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    return None if value in (None, "") else without_mark(str(value))
