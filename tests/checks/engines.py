"""The two engines that answer a case: DuckDB, one case at a time; Spark, all cases of one data view together."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Protocol

import duckdb

from claims_audit.checking.catalog import Catalog, read_catalog
from claims_audit.checking.query_file import CheckFile
from claims_audit.checking.run import make_month
from tests.checks.case_file import Case, Row, all_cases
from tests.checks.case_tables import create_tables, finish_tables, insert_case, without_mark

# Hundreds of tiny tables: planning and compiling is what takes the time, not the rows.
_FOR_SMALL_TABLES = {"spark.sql.shuffle.partitions": "1", "spark.sql.codegen.wholeStage": "false"}
_LONG_AGO, _FAR_AHEAD = date(1990, 1, 1), date(2100, 1, 1)


class Engine(Protocol):
    """Answers a case with the rows of its check or view, every value as text."""

    def answer(self, case: Case) -> list[Row]: ...


class DuckDbEngine:
    """One connection; each case in a transaction that is rolled back."""

    def __init__(self) -> None:
        self._catalog = read_catalog()
        self._con = duckdb.connect()
        create_tables(self._con)

    def answer(self, case: Case) -> list[Row]:
        with _rolled_back(self._con):
            names = insert_case(self._con, case, 0)
            finish_tables(self._con, case.given["audit_setting"][0])
            chain = next(view for view in self._catalog.views if view.name == "claim_chain")
            self._con.execute(f"insert into superseded_claim by name {chain.sql}")
            self._con.execute(f"create table claim_chain as {chain.sql}")
            for view in self._catalog.views:
                if view.is_history:
                    self._con.execute(f"create table {view.name} as {view.sql}")
            make_month(self._con, self._catalog.views, _LONG_AGO, _FAR_AHEAD)
            cursor = self._con.execute(_query(self._catalog, case.subject))
            columns = [column[0] for column in cursor.description or ()]
            found = [dict(zip(columns, values, strict=True)) for values in cursor.fetchall()]
        return _answer(self._catalog, case, found, names)

    def close(self) -> None:
        self._con.close()


class SparkEngine:
    """One session; the cases of one data view stand side by side in its tables, marked so that they do not mix."""

    def __init__(self, folder: Path) -> None:
        from claims_audit.warehouse.spark import SparkWarehouse

        self._catalog = read_catalog()
        self._folder = folder
        self._spark = SparkWarehouse(folder / "made", options=_FOR_SMALL_TABLES)
        self._names: dict[int, str] = {}
        self._found: dict[tuple[str | None, str], list[dict[str, Any]]] = {}

    def answer(self, case: Case) -> list[Row]:
        if (case.data_view, case.subject) not in self._found:
            self._ask_all(case.data_view)
        number = next(at for at, other in enumerate(all_cases()) if other is case)
        mark = f"case{number:04d}~"
        rows = [row for row in self._found[case.data_view, case.subject] if mark in "|".join(map(str, row.values()))]
        return _answer(self._catalog, case, rows, self._names)

    def close(self) -> None:
        self._spark.close()

    def _ask_all(self, data_view: str | None) -> None:
        """Builds the tables of all cases of a data view, runs every view over them, and every check that is asked."""
        cases = [(number, case) for number, case in enumerate(all_cases()) if case.data_view == data_view]
        con = duckdb.connect()
        create_tables(con)
        for number, case in cases:
            self._names |= insert_case(con, case, number)
        finish_tables(con, cases[0][1].given["audit_setting"][0])
        read = {table for query in (*self._catalog.views, *self._catalog.checks) for table in query.tables}
        for table in sorted(read - {view.name for view in self._catalog.views} - {"superseded_claim"}):
            path = self._folder / f"{data_view}.{table}.parquet"
            con.execute(f"copy {table} to '{path}' (format parquet)")
            self._spark.read_table(table, path)
        con.close()
        chain = next(view for view in self._catalog.views if view.name == "claim_chain")
        self._spark.make_table("superseded_claim", chain.sql)
        for view in self._catalog.views:
            self._spark.make_table(view.name, view.sql)
        for subject in {case.subject for _, case in cases}:
            rows = self._spark.rows(_query(self._catalog, subject))
            assert all("~" in "|".join(map(str, row.values())) for row in rows), f"{subject}: a row of no case"
            self._found[data_view, subject] = rows


@contextmanager
def _rolled_back(con: duckdb.DuckDBPyConnection) -> Iterator[None]:
    con.execute("begin")
    try:
        yield
    finally:
        con.execute("rollback")


def _query(catalog: Catalog, subject: str) -> str:
    check = next((check for check in catalog.checks if check.check_id == subject), None)
    return check.sql if check else f"select * from {subject}"


def _answer(catalog: Catalog, case: Case, found: list[dict[str, Any]], names: dict[int, str]) -> list[Row]:
    if case.is_check:
        check = catalog.check(case.subject)
        found = [_as_finding(check, row, names) for row in found]
        assert len({row["identity"] for row in found}) == len(found), "two findings share one grain"
    elif found and "claim_line_id" in found[0]:
        found = [row | {"claim_line": names[row["claim_line_id"]]} for row in found]
    return [{name: _tell(name, value) for name, value in row.items()} for row in found]


def _as_finding(check: CheckFile, row: dict[str, Any], names: dict[int, str]) -> dict[str, Any]:
    """The row as the finding that it becomes: with what the header says, and its lines by their claim numbers."""
    lines = sorted(
        (names[int(key)], amount) for key, amount in (part.split(":") for part in row["claim_lines"].split(";"))
    )
    sentence = check.finding.format_map(row)
    assert "None" not in sentence, sentence
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
